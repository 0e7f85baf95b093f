"""Two at the same instant, on two real connections: PostgreSQL decides, nobody waits."""

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, connections, transaction

from stepline import models
from stepline.actions import asking, clock, dispatch, effects, offers, ringing
from stepline.core import events as e
from stepline.core.calls import LegStep, OfferState, Ring, Seat, State, Wish
from tests.stories.cast import Shift

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def shift(transactional_db: None) -> Shift:
    return Shift()


def at_once(*acts: Callable[[], object]) -> list[object]:
    """Run each act on its own thread and connection, released by one gate; give the results."""
    gate = threading.Barrier(len(acts))
    results: list[object] = [None] * len(acts)

    def run(place: int, act: Callable[[], object]) -> None:
        try:
            connection.ensure_connection()
            gate.wait()
            results[place] = act()
        except Exception as error:  # noqa: BLE001  # the test looks at what came of each
            results[place] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


@pytest.mark.parametrize("_", range(5))
def test_two_ready_at_the_same_instant_exactly_one_connects(shift: Shift, _: int) -> None:
    ana, bo, cleo = shift.caller("Ana"), shift.on_duty("Bo"), shift.on_duty("Cleo")
    ana.reaches_out()
    now, calls = shift.clock.now, (bo, cleo)
    acts = [
        lambda each=each: offers.accept_offer(each.offer().pk, each.person, None, now)
        for each in calls
    ]
    at_once(*acts)
    states = sorted(models.Offer.objects.values_list("state", flat=True))
    assert states == [OfferState.ACCEPTED, OfferState.STANDBY]
    winner = bo if bo.offer().state == OfferState.ACCEPTED else cleo
    winner.hears_a_voice()
    ana.hears_a_voice()
    assert ana.is_talking_to(winner)
    loser = cleo if winner is bo else bo
    assert loser.sees()["told"]["what"] == "taken"


@pytest.mark.parametrize("_", range(5))
def test_two_calls_that_want_one_volunteer_ring_them_once(shift: Shift, _: int) -> None:
    bo, now = shift.on_duty("Bo"), shift.clock.now
    keys = [shift.caller(name).key for name in ("Ana", "Gil")]
    acts = [lambda key=key: asking.ask(shift.line, key, Wish.ANYONE, "en", now).pk for key in keys]
    results = at_once(*acts)
    assert not [each for each in results if isinstance(each, Exception)]
    assert models.Offer.objects.filter(volunteer=bo.person).count() == 1
    assert models.Call.objects.filter(deadline_at__isnull=False).count() == 2


def test_a_double_press_makes_one_call(shift: Shift) -> None:
    shift.on_duty("Bo")
    ana, now = shift.caller("Ana"), shift.clock.now
    press = [lambda: asking.ask(shift.line, ana.key, Wish.ANYONE, "en", now).pk] * 4
    results = at_once(*press)
    assert len(set(results)) == 1
    assert models.Call.objects.count() == 1


def test_a_stop_against_a_ready_leaves_nobody_occupied(shift: Shift) -> None:
    ana, bo = shift.caller("Ana"), shift.on_duty("Bo")
    ana.reaches_out()
    now, call_id = shift.clock.now, ana.call.pk
    at_once(
        lambda: dispatch.handle(call_id, e.CallerStops(), now),
        lambda: offers.accept_offer(bo.offer().pk, bo.person, None, now),
    )
    assert ana.call.state == State.CLOSED
    assert not models.Offer.objects.filter(ended_at=None).exists()


def test_ready_against_the_end_of_the_ring_is_either_taken_or_told(shift: Shift) -> None:
    ana, bo = shift.caller("Ana"), shift.on_duty("Bo")
    ana.reaches_out()
    bo.phone.rings()
    now, call_id = shift.clock.now + timedelta(seconds=25), ana.call.pk
    results = at_once(
        lambda: clock.tick(call_id, now),
        lambda: offers.accept_offer(bo.offer().pk, bo.person, None, now).stale,
    )
    offer = bo.offer()
    assert (offer.outcome == "silent") == bool(results[1])


def test_two_workers_never_handle_one_deadline_twice(shift: Shift) -> None:
    ana = shift.caller("Ana")
    shift.on_duty("Bo")
    ana.reaches_out()
    call_id = ana.call.pk
    due_at = ana.call.deadline_at
    assert due_at
    did = at_once(*[lambda: clock.tick(call_id, due_at)] * 4)
    assert did.count(True) == 1


def test_two_senders_never_hold_one_effect(shift: Shift) -> None:
    ana, now = shift.caller("Ana"), shift.clock.now
    shift.on_duty("Bo")
    asking.ask(shift.line, ana.key, Wish.ANYONE, "en", now)
    got = at_once(*[lambda: effects.claim(now)] * 3)
    assert [each for each in got if each is not None] == [models.Effect.objects.get()]


def test_one_live_offer_per_volunteer_is_held_by_the_database(shift: Shift) -> None:
    ana, gil, bo = shift.caller("Ana"), shift.caller("Gil"), shift.on_duty("Bo")
    ana.reaches_out()
    gil.reaches_out()
    copy = bo.offer()
    copy.pk = None
    copy.call_id = gil.call.pk
    with pytest.raises(IntegrityError), transaction.atomic():
        copy.save(force_insert=True)


def test_one_accepted_offer_per_seat_is_held_by_the_database(shift: Shift) -> None:
    ana, bo, cleo = shift.caller("Ana"), shift.on_duty("Bo"), shift.on_duty("Cleo")
    ana.reaches_out()
    bo.phone.presses("1")
    with pytest.raises(IntegrityError), transaction.atomic():
        models.Offer.objects.filter(pk=cleo.offer().pk).update(state=OfferState.ACCEPTED)


def test_an_open_call_without_a_deadline_is_refused_by_the_database(shift: Shift) -> None:
    ana = shift.caller("Ana")
    ana.reaches_out()
    with pytest.raises(IntegrityError), transaction.atomic():
        models.Call.objects.filter(pk=ana.call.pk).update(deadline_at=None)


def test_a_volunteer_whom_another_call_is_claiming_is_left_to_it(shift: Shift) -> None:
    bo, cleo = shift.on_duty("Bo"), shift.on_duty("Cleo")
    ring = Ring(seat=Seat.RESPONDER, volunteers=(bo.person.pk, cleo.person.pk), how_many=1)
    claimed, seen = threading.Event(), threading.Event()
    first: list[object] = []

    def hold() -> None:
        with transaction.atomic():
            first.extend(ringing.claim(ring))
            claimed.set()
            seen.wait(5)
        connections.close_all()

    holder = threading.Thread(target=hold)
    holder.start()
    claimed.wait(5)
    with transaction.atomic():
        second = ringing.claim(ring)
    seen.set()
    holder.join()
    assert first == [bo.person.pk]
    assert second == [cleo.person.pk]


def test_reports_out_of_order_and_repeated_change_nothing_wrong(shift: Shift) -> None:
    ana, bo = shift.caller("Ana"), shift.on_duty("Bo")
    ana.reaches_out()
    bo.phone.presses("1")
    ana.reports(LegStep.HEARING)
    ana.reports(LegStep.MICROPHONE)
    assert ana.call.caller_step == LegStep.HEARING
    bo.hears_a_voice()
    bo.hears_a_voice()
    assert ana.is_talking_to(bo)
