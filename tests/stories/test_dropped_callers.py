"""Dropped callers: phones stop, nobody rings back unasked, both find each other again.

The sentences of the design's section 5 about a caller who is gone, and the rules C06, X02, X03.
"""

from datetime import timedelta

import pytest

from stepline import models
from stepline.actions import asking, push
from stepline.core.calls import State
from tests.stories.cast import Reaching, Serving, Shift


def hears_of_each_other(caller: Reaching, serving: Serving) -> bool:
    serving.hears_a_voice()
    caller.hears_a_voice()
    return caller.is_talking_to(serving)


def everything_stopped(*people: Serving) -> bool:
    return not any(each.is_rung() for each in people)


# What the page says


@pytest.mark.parametrize("leaves", ["stops", "exits"])
def test_C06_when_the_caller_says_stop_all_phones_stop_at_once(shift: Shift, leaves: str) -> None:
    ana, bo, cleo = shift.caller("Ana"), shift.on_duty("Bo"), shift.on_duty("Cleo")
    ana.reaches_out()
    bo.rings()
    assert getattr(ana, leaves)()
    assert everything_stopped(bo, cleo)
    assert ana.call.state == State.CLOSED
    assert bo.sees()["told"]["what"] == "stopped"


def test_C06_a_page_that_is_gone_stops_all_phones_after_twenty_seconds(shift: Shift) -> None:
    ana, bo, cleo = shift.caller("Ana"), shift.on_duty("Bo"), shift.on_duty("Cleo")
    ana.reaches_out()
    bo.rings()
    cleo.rings()
    ana.closes_the_page()
    shift.clock.advance(seconds=19)
    assert not everything_stopped(bo, cleo), "a reload looks the same"
    shift.clock.advance(seconds=1)
    assert everything_stopped(bo, cleo)


def test_while_the_page_is_gone_no_new_phone_rings_nor_on_standby(shift: Shift) -> None:
    ana, bo = shift.caller("Ana"), shift.on_duty("Bo")
    ana.reaches_out()
    bo.rings()
    dee = shift.volunteer("Dee")
    models.StandbyHours.objects.create(
        volunteer=dee.person, line=shift.line, weekday=6, from_minute=0, to_minute=1440
    )
    ana.closes_the_page()
    bo.presses("2")
    cleo = shift.on_duty("Cleo")
    shift.clock.advance(seconds=19)
    assert everything_stopped(bo, cleo, dee)


def test_who_says_ready_while_the_page_is_gone_meets_a_caller_who_comes_back(shift: Shift) -> None:
    ana, bo = shift.caller("Ana"), shift.on_duty("Bo")
    ana.reaches_out()
    bo.rings()
    ana.closes_the_page()
    shift.clock.advance(seconds=10)
    assert bo.presses("1")
    ana.comes_back()
    assert hears_of_each_other(ana, bo)


def test_who_says_ready_to_a_caller_who_stays_away_is_freed_and_the_place_is_kept(
    shift: Shift,
) -> None:
    ana, bo, gil = shift.caller("Ana"), shift.on_duty("Bo"), shift.caller("Gil")
    ana.reaches_out()
    bo.rings()
    ana.closes_the_page()
    assert bo.presses("1")
    shift.clock.advance(seconds=15)
    assert ana.sees()["screen"] == "kept"
    gil.reaches_out()
    assert bo.is_rung(), "bo is free for who is there"


# Nobody rings back unasked


def test_X02_nobody_is_rung_back_who_did_not_say_yes_in_this_call(shift: Shift) -> None:
    """However a caller goes: nothing of theirs is left that could be rung."""
    bo = shift.on_duty("Bo")
    for leaves in ("stops", "exits", "closes_the_page"):
        ana = shift.caller("Ana")
        ana.reaches_out()
        getattr(ana, leaves)()
        shift.clock.advance(minutes=11)
        assert ana.call.state == State.CLOSED
        assert everything_stopped(bo)
    assert not models.CallBack.objects.exists()
    assert not models.Effect.objects.filter(kind=models.Effect.Kind.DIAL).exists()


def test_X02_after_a_talk_that_broke_nobody_is_rung_back_either(shift: Shift) -> None:
    ana, bo = shift.caller("Ana"), shift.on_duty("Bo")
    ana.reaches_out()
    bo.answers(ana)
    ana.closes_the_page()
    shift.clock.advance(minutes=21)
    assert ana.call.state == State.CLOSED
    assert not models.CallBack.objects.exists()
    assert not models.Effect.objects.filter(kind=models.Effect.Kind.DIAL).exists()


def test_X02_a_yes_is_for_this_call_alone_and_stop_takes_it_back(shift: Shift) -> None:
    shift.line.takes_numbers = True
    shift.line.is_demo = True
    shift.line.save()
    ana, bo = shift.caller("Ana"), shift.on_duty("Bo")
    ana.reaches_out()
    bo.rings()
    bo.presses("2")
    ana.takes_a_call_back(30)
    assert models.CallBack.objects.get().ended_at is None
    assert ana.stops()
    shift.clock.advance(minutes=61)
    assert everything_stopped(bo)
    promise = models.CallBack.objects.get()
    assert (promise.outcome, promise.number_sealed, promise.code_index) == ("stopped", None, None)


def test_X02_leaving_by_the_exit_in_the_talk_tells_the_volunteer_not_to_ring_back(
    shift: Shift,
) -> None:
    ana, bo = shift.caller("Ana"), shift.on_duty("Bo")
    ana.reaches_out()
    bo.answers(ana)
    ana.exits()
    assert bo.sees()["call"]["left_by"] == "exit"
    bo.says_of_the_caller("unknown")
    shift.clock.advance(minutes=15)
    assert everything_stopped(bo)
    assert ana.call.caller_index is None


def test_X03_what_wakes_or_rings_a_device_names_neither_line_nor_fellowship(
    shift: Shift, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What leaves for a telephone holds ids alone, and a push says no word of anybody."""
    shift.line.name, shift.line.fellowships = "The Zaphira fellowship", ["Zaphira"]
    shift.line.save()
    said: list[push.Message] = []

    def deliver(_rows: object, message: push.Message, _now: object) -> int:
        said.append(message)
        return 1

    monkeypatch.setattr(push, "_push_all", deliver)
    ana, bo = shift.caller("Ana"), shift.on_duty("Bo", fellowships=["Zaphira"])
    ana.reaches_out()
    asking.answer(ana.call.pk, "fellowship", "Zaphira", ana.now)
    push.ring(bo.offer().pk, ana.now)
    assert {name for message in said for name in message.content} == {"kind", "offer"}
    assert "Zaphira" not in str(said)
    bo.rings()
    bo.presses("2")
    ana.takes_a_call_back(15)
    shift.clock.advance(minutes=16)
    sent = list(models.Effect.objects.values())
    assert sent
    assert "Zaphira" not in str(sent)


# Both come back to the same conversation


def test_C06_cut_off_both_come_back_to_the_same_conversation(shift: Shift) -> None:
    ana, bo = shift.caller("Ana"), shift.on_duty("Bo")
    cleo = shift.on_duty("Cleo")
    ana.reaches_out()
    bo.answers(ana)
    talk = (ana.call.pk, ana.call.connected_at, bo.offer().pk)
    ana.closes_the_page()
    assert (ana.sees()["screen"], bo.sees()["screen"]) == ("cut_off", "cut_off")
    assert bo.sees()["call"]["place_kept"]
    shift.clock.advance(minutes=9)
    assert everything_stopped(bo, cleo), "nobody else is rung for a talk that waits"
    ana.comes_back()
    assert hears_of_each_other(ana, bo)
    assert (ana.call.pk, ana.call.connected_at, bo.offer().pk) == talk


def test_C06_when_the_volunteers_page_was_gone_they_come_back_to_the_same_talk_too(
    shift: Shift,
) -> None:
    ana, bo = shift.caller("Ana"), shift.on_duty("Bo")
    ana.reaches_out()
    bo.answers(ana)
    talk = bo.offer().pk
    bo.closes_the_page()
    shift.clock.advance(seconds=19)
    bo.reloads()
    assert hears_of_each_other(ana, bo)
    assert bo.offer().pk == talk


def test_a_place_is_kept_ten_minutes_and_asks_nothing_of_who_comes_back(shift: Shift) -> None:
    ana, bo = shift.caller("Ana"), shift.on_duty("Bo")
    ana.reaches_out(wish="woman")
    asked_at = ana.call.asked_at
    ana.closes_the_page()
    shift.clock.advance(minutes=10)
    assert ana.sees()["screen"] == "kept"
    ana.comes_back()
    assert bo.is_rung()
    assert (ana.call.wish, ana.call.asked_at) == ("woman", asked_at)


def test_a_call_unanswered_at_the_limit_tells_the_coordinator_within_sixty_seconds(
    shift: Shift,
) -> None:
    ana = shift.caller("Ana")
    for number in range(12):
        shift.on_duty(f"Volunteer {number}")
    shift.clock.pages_ring = True
    ana.reaches_out()
    limit_at = ana.call.limit_at
    shift.clock.advance(seconds=180)
    told = models.Notice.objects.filter(kind="unanswered", call_id=ana.call.pk).order_by("at")
    assert told[0].at - limit_at <= timedelta(seconds=60)
    wakes = models.Effect.objects.filter(kind=models.Effect.Kind.TELL, leg=told[0].pk)
    assert wakes.exists(), "their devices are woken, too"
