"""While the caller rings emergency help nobody is dropped, rung back, or given another call."""

from dataclasses import replace
from datetime import timedelta

import pytest

from stepline.core import dispatch
from stepline.core import events as e
from stepline.core.calls import (
    DialCaller,
    HangUpCaller,
    Help,
    LeftBy,
    LegStep,
    Promise,
    Seat,
    Stale,
    State,
    Step,
)
from tests.core import world as w

MINUTE = 60
HELD = {State.CONNECTING, State.TALKING, State.CUT_OFF, State.DIALLING_HELP}
UNHEARD = {State.RINGING, State.CHOOSING, State.AWAY, State.KEPT, State.PROMISED, State.CLOSING}


@pytest.mark.parametrize("state", HELD)
@pytest.mark.parametrize("by", [Seat.CALLER, Seat.RESPONDER, Seat.HELPER])
def test_E02_ringing_for_help_keeps_whoever_has_the_seat(state: State, by: Seat) -> None:
    world = w.MAKE[state]()
    assert world.happens(e.DialsHelp(by))
    assert world.state() is State.DIALLING_HELP
    assert world.call.danger
    assert world.told == ["danger"]
    w.is_sound(world.call)


@pytest.mark.parametrize("state", UNHEARD)
def test_E01_ringing_for_help_before_anybody_answered_leaves_the_phones_ringing(
    state: State,
) -> None:
    world = w.MAKE[state]()
    rang = world.ringing()
    assert world.happens(e.DialsHelp(Seat.CALLER))
    assert world.state() is state
    assert world.call.danger
    assert rang <= world.ringing()


@pytest.mark.parametrize("closed", [True, False])
def test_the_page_may_go_and_the_volunteer_may_load_theirs_anew(closed: bool) -> None:
    world = w.dialling_help()
    world.passes(5)
    assert world.happens(e.CallerAway(closed=closed))
    assert not world.happens(e.VolunteerAway(world.offer(w.BO), closed=True))
    assert not world.happens(e.VolunteerReturns(world.offer(w.BO)))
    assert not world.happens(e.Alive(Seat.CALLER))
    world.passes(19 * MINUTE)
    assert world.state() is State.DIALLING_HELP
    assert world.call.missing is None
    w.is_sound(world.call)


def test_one_tap_joins_the_same_two_again() -> None:
    world = w.dialling_help()
    world.happens(e.CallerAway(closed=True))
    world.passes(12 * MINUTE)
    assert world.happens(e.CallerReturns())
    assert world.state() is State.CONNECTING
    w.both_hear(world)
    assert world.state() is State.TALKING
    assert [o.volunteer for o in world.call.offers if o.live and o.seat is Seat.RESPONDER] == [w.BO]


def test_the_volunteers_word_joins_only_a_page_that_is_here() -> None:
    world = w.dialling_help()
    world.happens(e.CallerAway(closed=False))
    assert not world.happens(e.SaysBack())
    here = w.dialling_help()
    assert here.happens(e.SaysBack())
    assert here.state() is State.CONNECTING


def test_E07_after_twenty_minutes_both_are_asked_and_only_ten_later_it_ends_told() -> None:
    world = w.dialling_help()
    world.passes(20 * MINUTE)
    assert (world.state(), world.call.missing) == (State.DIALLING_HELP, Seat.CALLER)
    assert world.told == ["danger", "help_nobody"]
    world.passes(10 * MINUTE)
    assert (world.state(), world.call.left_by) == (State.CLOSING, LeftBy.LOST)
    assert world.told[-1] == "help_unconfirmed"


def test_asked_one_word_gives_twenty_minutes_more() -> None:
    world = w.dialling_help()
    world.passes(25 * MINUTE)
    assert world.happens(e.DialsHelp(Seat.RESPONDER))
    assert world.call.missing is None
    world.passes(19 * MINUTE)
    assert (world.state(), world.call.missing) == (State.DIALLING_HELP, None)


def test_after_a_gap_in_the_clock_the_caller_gets_the_full_time_again() -> None:
    world = w.dialling_help()
    world.now += timedelta(minutes=40)
    assert world.happens(e.ClockResumed())
    assert (world.state(), world.call.missing) == (State.DIALLING_HELP, None)
    world.passes(19 * MINUTE)
    assert world.call.missing is None


def test_a_helper_who_says_ready_waits_with_the_volunteer_and_joins_at_the_return() -> None:
    world = w.dialling_help()
    assert world.help() is Help.RINGING
    assert world.happens(e.Ready(world.offer(w.ELI)))
    world.passes(15 * MINUTE)
    assert world.help() is Help.JOINING
    world.happens(e.CallerReturns())
    w.both_hear(world)
    world.happens(e.Reports(Seat.HELPER, LegStep.HEARING, world.call.conversation))
    assert world.help() is Help.JOINED


def test_a_helper_who_was_joining_is_not_sent_away() -> None:
    world = w.talking()
    world.happens(e.DangerRaised(Seat.RESPONDER))
    world.happens(e.Ready(world.offer(w.ELI)))
    world.happens(e.DialsHelp(Seat.CALLER))
    world.passes(15 * MINUTE)
    assert world.help() is Help.JOINING


def test_a_callers_telephone_is_freed_for_the_number_and_never_rung_back() -> None:
    promise = Promise(due_at=w.NOON, owner=w.BO, by_phone=True)
    call = replace(w.talking().sees(), promise=promise)
    step = dispatch.step(call, e.DialsHelp(Seat.RESPONDER), w.NOON)
    assert isinstance(step, Step)
    assert HangUpCaller() in step.effects
    assert isinstance(dispatch.step(step.call, e.SaysBack(), w.NOON), Stale)
    comes = dispatch.step(step.call, e.CallerReturns(), w.NOON)
    assert isinstance(comes, Step)
    assert DialCaller() not in comes.effects


@pytest.mark.parametrize("state", HELD)
def test_E01_danger_in_a_talk_opens_the_second_seat_unasked(state: State) -> None:
    world = w.MAKE[state]()
    world.happens(e.DangerRaised(Seat.CALLER))
    assert world.help() is Help.RINGING
    assert "eli" in world.ringing()
    assert world.told == ["danger"]


def test_E01_danger_before_the_talk_opens_it_when_the_voices_join() -> None:
    world = w.connecting()
    world.call = replace(world.call, danger=True)
    w.both_hear(world)
    assert (world.state(), world.help()) == (State.TALKING, Help.RINGING)


def test_whoever_stops_asking_for_a_second_person_is_not_overruled() -> None:
    world = w.talking()
    world.happens(e.DangerRaised(Seat.CALLER))
    world.happens(e.CancelsHelp())
    world.happens(e.CallerReturns())
    w.both_hear(world)
    assert world.help() is Help.NONE


def test_nobody_to_bring_in_does_not_stop_the_number() -> None:
    world = w.talking()
    world.helpers = ()
    assert world.happens(e.DangerRaised(Seat.RESPONDER))
    assert (world.call.danger, world.help()) == (True, Help.NOBODY)
