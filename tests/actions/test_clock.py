"""The clock: signs of life, effects in order, early news, what is forgotten, health."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.utils import timezone

from stepline import models, worker
from stepline.actions import announce, asking, clock, effects, health, legs
from stepline.core.calls import State, Wish
from tests.stories.cast import Shift

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def shift(transactional_db: None) -> Shift:
    return Shift()


def test_after_a_gap_a_talk_is_not_cut(shift: Shift) -> None:
    ana, bo = shift.caller("Ana"), shift.on_duty("Bo")
    ana.reaches_out()
    bo.answers(ana)
    shift.clock.now += timedelta(hours=2)
    clock.resume_all(shift.clock.now)
    shift.clock.advance(seconds=59)
    assert ana.is_talking_to(bo)
    shift.clock.advance(seconds=1)
    assert ana.call.state == State.CUT_OFF


def test_after_a_gap_nobody_is_rung_twice_for_one_offer(shift: Shift) -> None:
    ana, bo = shift.caller("Ana"), shift.on_duty("Bo")
    ana.reaches_out()
    before = bo.offer().pk
    shift.clock.now += timedelta(seconds=100)
    clock.resume_all(shift.clock.now)
    shift.clock.look()
    assert bo.is_rung()
    assert bo.offer().pk == before
    assert models.Effect.objects.filter(offer=before).count() == 1


def test_effects_of_one_leg_leave_in_order(shift: Shift) -> None:
    ana, bo = shift.caller("Ana"), shift.on_duty("Bo", pretend={"says": "silent"})
    now = shift.clock.now
    from_ring = models.Effect.objects.filter
    ana.reaches_out()
    offer = bo.offer()
    from_ring(offer=offer).update(done_at=None, leased_until_at=None, tries=1)
    ring = from_ring(offer=offer).get()
    cancel = models.Effect.objects.create(
        key="cancel:x", kind="cancel", leg=offer.pk, call_id=offer.call_id, due_at=now
    )
    first = effects.claim(now)
    assert first == ring
    assert effects.claim(now) is None, "the cancel waits for the ring that is being sent"
    effects.done(ring, now)
    assert effects.claim(now) == cancel


def test_a_cancel_overtakes_an_unsent_ring(shift: Shift) -> None:
    ana = shift.caller("Ana")
    shift.on_duty("Bo", pretend={"says": "silent"})
    ana.call_id = asking.ask(shift.line, ana.key, Wish.ANYONE, "en", shift.clock.now).pk
    ana.stops()
    ring = models.Effect.objects.get(kind="ring")
    assert (ring.tries, ring.done_at) == (0, None)
    assert not models.Effect.objects.filter(kind="cancel").exists()


def test_a_ring_that_is_out_is_followed_by_a_cancel(shift: Shift) -> None:
    ana, bo = shift.caller("Ana"), shift.on_duty("Bo", pretend={"says": "silent"})
    ana.reaches_out()
    ana.stops()
    kinds = models.Effect.objects.filter(leg=bo.offer().pk).order_by("pk")
    assert list(kinds.values_list("kind", flat=True)) == ["ring", "cancel"]


def test_a_dead_senders_effect_is_free_again_within_five_seconds(shift: Shift) -> None:
    ana, now = shift.caller("Ana"), shift.clock.now
    shift.on_duty("Bo")
    ana.reaches_out()
    models.Effect.objects.update(done_at=None, leased_until_at=None)
    assert effects.claim(now) is not None
    assert effects.claim(now + timedelta(seconds=3)) is None
    assert effects.claim(now + timedelta(seconds=5)) is not None


def test_an_effect_that_fails_for_a_while_is_tried_again_and_then_given_up(
    shift: Shift,
) -> None:
    ana, now = shift.caller("Ana"), shift.clock.now
    shift.on_duty("Bo")
    ana.reaches_out()
    models.Effect.objects.update(done_at=None, leased_until_at=None, tries=0)
    for tries in range(1, effects.MOST_TRIES + 1):
        now += timedelta(seconds=10)
        effect = effects.claim(now)
        assert effect is not None
        assert effect.tries == tries
        effects.failed(effect, now, for_good=False)
    assert effects.claim(now + timedelta(minutes=5)) is None
    assert models.Effect.objects.get().gave_up_at == now


def test_news_of_a_leg_not_known_yet_is_applied_when_it_appears(shift: Shift) -> None:
    ana, bo = shift.caller("Ana"), shift.on_duty("Bo")
    ana.reaches_out()
    now = shift.clock.now
    assert legs.heard("leg-7", "rings", now) is None
    assert bo.offer().state == "placed"
    legs.placed(bo.offer().pk, "leg-7", now + timedelta(seconds=29))
    assert bo.offer().state == "ringing"
    assert not models.EarlyEvent.objects.exists()


def test_news_older_than_thirty_seconds_is_stale(shift: Shift) -> None:
    ana, bo = shift.caller("Ana"), shift.on_duty("Bo")
    ana.reaches_out()
    now = shift.clock.now
    legs.heard("leg-7", "rings", now)
    legs.placed(bo.offer().pk, "leg-7", now + timedelta(seconds=31))
    assert bo.offer().state == "placed"


def test_signals_are_gone_within_sixty_seconds_and_are_not_in_the_log_of_the_database(
    shift: Shift,
) -> None:
    ana = shift.caller("Ana")
    ana.reaches_out()
    now = shift.clock.now
    models.Signal.objects.create(
        call_id=ana.call.pk,
        from_seat="caller",
        to_seat="responder",
        session="s",
        body="{}",
        created_at=now,
    )
    clock.forget_old(now + timedelta(seconds=49))
    assert models.Signal.objects.count() == 1
    clock.forget_old(now + clock.SIGNALS_KEPT)
    assert models.Signal.objects.count() == 0
    assert timedelta(seconds=60) > clock.SIGNALS_KEPT + worker.TIDY_EVERY
    with connection.cursor() as cursor:
        cursor.execute("SELECT relpersistence FROM pg_class WHERE relname = 'stepline_signal'")
        assert cursor.fetchone() == ("u",)


def test_a_shift_that_is_over_ends_and_its_page_is_told(shift: Shift) -> None:
    bo = shift.volunteer("Bo")
    bo.goes_on_duty(minutes=60)
    assert clock.end_shifts(shift.clock.now + timedelta(minutes=59)) == 0
    assert clock.end_shifts(shift.clock.now + timedelta(minutes=60)) == 1
    assert bo.sees()["screen"] == "off_duty"


def test_health_is_red_when_a_deadline_is_overdue(shift: Shift) -> None:
    ana = shift.caller("Ana")
    shift.on_duty("Bo")
    ana.reaches_out()
    now = shift.clock.now
    models.Process.objects.create(kind="worker", started_at=now, seen_at=now)
    assert health.health(now).good
    late = health.health(now + timedelta(seconds=9))
    assert late.overdue >= timedelta(seconds=5)
    assert not late.good


def test_a_clock_that_is_half_a_second_off_claims_nothing(
    shift: Shift, monkeypatch: pytest.MonkeyPatch
) -> None:
    def off() -> timedelta:
        return timedelta(seconds=0.6)

    monkeypatch.setattr(health, "skew", off)
    clock_of_ours = worker.Worker(ThreadPoolExecutor(1), ThreadPoolExecutor(1))
    clock_of_ours.renew(shift.clock.now)
    assert not clock_of_ours.trusts_clock
    assert not health.health(shift.clock.now).good


def test_the_skew_of_one_machine_is_none(shift: Shift) -> None:
    assert health.skew() < timedelta(milliseconds=100)


def test_many_topics_go_into_few_payloads_that_postgresql_takes() -> None:
    topics = [f"volunteer:{number:036d}" for number in range(1000)]
    lines = announce.payloads(topics)
    assert max(map(len, lines)) < 8000
    assert ",".join(lines).split(",") == topics


def test_one_transaction_sends_one_notify(shift: Shift) -> None:
    ana = shift.caller("Ana")
    shift.on_duty("Bo")
    sent: list[str] = []

    def watch(
        execute: Callable[..., object], sql: str, params: object, many: bool, context: object
    ) -> object:
        sent.extend(["notify"] if "pg_notify" in sql else [])
        return execute(sql, params, many, context)

    with connection.execute_wrapper(watch):
        asking.ask(shift.line, ana.key, Wish.ANYONE, "en", shift.clock.now)
    assert sent == ["notify"]


def test_a_stuck_process_cannot_hide_its_calls(shift: Shift) -> None:
    wanted = ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout")
    with connection.cursor() as cursor:
        for name in wanted:
            cursor.execute(f"SHOW {name}")
            assert cursor.fetchone() == ("3s",)
    assert connection.get_connection_params()["keepalives"] == 1


def test_one_slow_provider_delays_no_other(shift: Shift, monkeypatch: pytest.MonkeyPatch) -> None:
    ana = shift.caller("Ana")
    shift.on_duty("Bo", pretend={"says": "silent"})
    shift.on_duty("Cleo", pretend={"says": "silent"})
    ana.call_id = asking.ask(shift.line, ana.key, Wish.ANYONE, "en", shift.clock.now).pk
    slow, _quick = models.Effect.objects.filter(kind="ring").order_by("pk")
    models.Effect.objects.update(due_at=timezone.now() - timedelta(seconds=1))
    stuck, sent = threading.Event(), threading.Event()

    def deliver(effect: models.Effect, _now: datetime) -> None:
        if effect.pk == slow.pk:
            stuck.wait(20)
        else:
            sent.set()

    monkeypatch.setattr(worker, "deliver", deliver)
    monkeypatch.setattr(worker, "work_once", lambda *_: 0)
    stop = threading.Event()
    running = threading.Thread(target=worker.run, args=(stop,))
    running.start()
    try:
        assert sent.wait(10), "the other ring waited for the slow one"
        assert not stuck.is_set()
    finally:
        stuck.set()
        stop.set()
        running.join(20)
