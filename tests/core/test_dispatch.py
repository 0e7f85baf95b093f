"""The table of transitions: every pair of state and event, and what holds at every moment."""

import typing
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stepline.core import dispatch
from stepline.core import events as e
from stepline.core.calls import (
    Call,
    ClosedBy,
    Help,
    LeftBy,
    LegStep,
    Outcome,
    Reason,
    Safety,
    Seat,
    Stale,
    State,
    Step,
    Trait,
    Wish,
)
from tests.core import world as w

KINDS = typing.get_args(e.Event)


def test_every_state_stands_in_the_table() -> None:
    assert set(dispatch.TABLE) == set(State)


def test_every_kind_of_event_is_tried() -> None:
    assert {type(event) for event in w.every_event(w.asking())} == set(KINDS)


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("kind", KINDS)
def test_every_pair_has_a_rule_or_is_stale_and_changes_nothing(state: State, kind: type) -> None:
    world = w.MAKE[state]()
    assert world.state() is state
    event = next(event for event in w.every_event(world) if isinstance(event, kind))
    before = world.sees()
    outcome = dispatch.step(before, event, world.now)
    if kind not in dispatch.TABLE[state]:
        assert isinstance(outcome, Stale)
    if isinstance(outcome, Stale):
        assert outcome.why
        assert world.sees() == before
        return
    assert isinstance(outcome, Step)
    assert outcome.call.state in dispatch.TABLE[state][kind].to
    world.happens(event)
    w.is_sound(world.call)


@pytest.mark.parametrize("state", [s for s in State if s is not State.CLOSED])
def test_every_open_state_has_a_deadline_and_reaches_the_end_by_itself(state: State) -> None:
    world = w.MAKE[state]()
    assert dispatch.deadline(world.call) is not None
    world.happens(e.CallerAway(closed=True))
    world.passes(4 * 3600)
    assert world.state() is State.CLOSED


@pytest.mark.parametrize("state", [s for s in State if s is not State.CLOSED])
def test_every_open_state_can_be_left_by_the_exit(state: State) -> None:
    world = w.MAKE[state]()
    assert world.happens(e.CallerExits())
    assert w.World(world.call).ringing() == set()


def test_a_rule_that_leads_where_the_table_does_not_say_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def wrong(call: Call, event: e.Event, now: object) -> Step:
        return Step(w.a_call(State.TALKING))

    rules = {**dispatch.TABLE[State.RINGING], e.ClockTick: dispatch.Rule(wrong, (State.KEPT,))}
    monkeypatch.setattr(dispatch, "TABLE", {**dispatch.TABLE, State.RINGING: rules})
    with pytest.raises(dispatch.Undeclared):
        dispatch.step(w.a_call(), e.ClockTick(), w.NOON)


seconds = st.sampled_from([0.1, 1, 2.5, 10, 16, 26, 61, 130, 700])


@settings(max_examples=120, deadline=None)
@given(st.data())
def test_whatever_happens_the_call_stays_sound_and_ends(data: st.DataObject) -> None:
    world = w.asking()
    for _ in range(data.draw(st.integers(1, 25))):
        if data.draw(st.booleans()):
            world.passes(data.draw(seconds))
        events = w.every_event(world)
        offers = [offer.id for offer in world.call.offers]
        if offers:
            chosen = data.draw(st.sampled_from(offers))
            events += [e.Rings(chosen), e.Ready(chosen), e.Passes(chosen)]
        event = data.draw(st.sampled_from(events))
        before = world.call
        if not world.happens(event):
            assert world.call == before
        w.is_sound(world.call)
    world.happens(e.CallerAway(closed=True))
    world.passes(6 * 3600)
    assert world.state() is State.CLOSED


def test_two_ring_at_once_and_a_pass_rings_the_next_at_once() -> None:
    world = w.asking()
    assert world.ringing() == {"bo", "cleo"}
    world.happens(e.Passes(world.offer(w.BO)))
    assert world.ringing() == {"cleo", "dee"}


def test_what_does_not_ring_within_two_seconds_is_replaced_at_once() -> None:
    world = w.asking()
    world.happens(e.Rings(world.offer(w.BO)))
    world.passes(2)
    assert world.ringing() == {"bo", "dee"}


def test_a_phone_that_rings_late_still_rings_its_full_time() -> None:
    world = w.asking()
    world.passes(2)
    late = world.offer(w.BO)
    world.passes(5)
    assert world.happens(e.Rings(late))
    assert "bo" in world.ringing()
    world.passes(24)
    assert "bo" in world.ringing()
    world.passes(1)
    assert "bo" not in world.ringing()


def test_nobody_who_can_be_rung_is_said_at_once_not_at_the_limit() -> None:
    world = w.World(w.a_call(), roster=())
    world.happens(e.ClockTick())
    assert (world.call.state, world.call.reason) == (State.CHOOSING, Reason.NOBODY)
    assert world.told == ["nobody"]


def test_at_the_limit_the_caller_is_asked_and_phones_ring_on() -> None:
    world = w.World(w.a_call(), roster=tuple(w.named(f"volunteer {n}") for n in range(12)))
    world.happens(e.ClockTick())
    while world.state() is State.RINGING:
        for offer in world.call.offers:
            world.happens(e.Rings(offer.id))
        world.passes(1)
    assert world.now - w.NOON == timedelta(seconds=120)
    assert world.call.reason is Reason.LIMIT
    assert "unanswered" in world.told
    assert [offer for offer in world.call.offers if offer.live]


def test_choosing_to_wait_when_nobody_is_there_does_not_ask_again_at_once() -> None:
    world = w.World(w.a_call(), roster=())
    world.happens(e.ClockTick())
    world.happens(e.CallerChooses(e.Choice.WAIT))
    assert world.state() is State.RINGING
    world.passes(119)
    assert world.state() is State.RINGING
    world.passes(1)
    assert world.state() is State.CHOOSING


def test_a_second_ready_waits_and_is_connected_when_the_first_fails() -> None:
    world = w.connecting()
    assert world.happens(e.Ready(world.offer(w.CLEO)))
    world.passes(15)
    assert world.state() is State.CONNECTING
    live = {w.NAMES[o.volunteer] for o in world.call.offers if o.live}
    assert live == {"cleo"}


def test_other_phones_stop_only_when_the_winner_is_connected() -> None:
    world = w.connecting()
    assert world.ringing() == {"cleo"}
    w.both_hear(world)
    assert world.state() is State.TALKING
    assert world.ringing() == set()


def test_the_side_that_came_less_far_has_failed() -> None:
    world = w.connecting()
    conversation = world.call.conversation
    world.happens(e.Reports(Seat.RESPONDER, LegStep.MICROPHONE, conversation))
    world.happens(e.Reports(Seat.CALLER, LegStep.PAGE, conversation))
    world.passes(15)
    assert (world.call.state, world.call.reason) == (State.CHOOSING, Reason.NO_VOICE)


def test_a_volunteers_failure_resumes_ringing_and_two_lead_to_a_choice() -> None:
    world = w.connecting()
    world.happens(e.Passes(world.offer(w.CLEO)))
    world.passes(15)
    assert world.state() is State.RINGING
    world.happens(e.Ready(world.offer(w.DEE)))
    world.passes(15)
    assert (world.call.state, world.call.reason) == (State.CHOOSING, Reason.NO_VOICE)


def test_a_report_of_another_conversation_is_stale() -> None:
    world = w.connecting()
    event = e.Reports(Seat.CALLER, LegStep.HEARING, w.named("another"))
    assert not world.happens(event)


def test_a_lost_page_has_twenty_seconds_in_which_no_new_phone_rings() -> None:
    world = w.asking()
    world.happens(e.CallerAway(closed=True))
    world.happens(e.Passes(world.offer(w.BO)))
    assert world.ringing() == {"cleo"}
    world.passes(19)
    assert world.happens(e.CallerReturns())
    assert world.state() is State.RINGING
    assert "dee" in world.ringing()


def test_after_twenty_seconds_all_phones_stop_and_the_place_is_kept_ten_minutes() -> None:
    world = w.kept()
    assert world.ringing() == set()
    world.passes(599)
    assert world.state() is State.KEPT
    world.passes(1)
    assert (world.call.state, world.call.closed_by) == (State.CLOSED, ClosedBy.LOST)


def test_a_talk_goes_on_while_either_side_gives_a_sign_of_life() -> None:
    world = w.talking()
    for seat in (Seat.CALLER, Seat.RESPONDER) * 5:
        world.passes(59)
        world.happens(e.Alive(seat))
    assert world.state() is State.TALKING
    world.passes(60)
    assert world.state() is State.CUT_OFF


def test_a_lost_stream_alone_does_not_cut_a_talk() -> None:
    world = w.talking()
    assert not world.happens(e.CallerAway(closed=False))
    assert world.state() is State.TALKING


def test_cut_off_the_caller_returns_to_the_same_volunteer() -> None:
    world = w.cut_off()
    world.passes(500)
    assert world.happens(e.CallerReturns())
    assert world.state() is State.CONNECTING
    w.both_hear(world)
    assert world.state() is State.TALKING
    assert {w.NAMES[o.volunteer] for o in world.call.offers if o.live} == {"bo"}


def test_a_volunteer_who_vanishes_is_replaced_after_twenty_seconds() -> None:
    world = w.talking()
    world.happens(e.VolunteerAway(world.offer(w.BO), closed=True))
    assert world.state() is State.CUT_OFF
    world.passes(60)
    assert "bo" not in world.ringing()
    assert world.call.state in {State.RINGING, State.CHOOSING}


def test_the_exit_in_a_talk_tells_the_volunteer_not_to_ring_back() -> None:
    world = w.talking()
    world.happens(e.CallerExits())
    assert (world.call.state, world.call.left_by) == (State.CLOSING, LeftBy.EXIT)


def test_a_volunteer_is_never_held_longer_than_ten_minutes_after_the_end() -> None:
    world = w.closing()
    world.passes(600)
    assert (world.call.state, world.call.safety) == (State.CLOSED, Safety.UNKNOWN)
    assert "safety_unknown" in world.told


def test_after_a_gap_in_the_clock_a_talk_is_never_cut() -> None:
    world = w.talking()
    world.now += timedelta(hours=1)
    world.step(e.ClockResumed())
    world.passes(59)
    assert world.state() is State.TALKING


def test_after_a_gap_unanswered_rings_get_their_full_time_and_no_second_ring() -> None:
    world = w.asking()
    world.happens(e.Rings(world.offer(w.BO)))
    offers = {offer.id for offer in world.call.offers}
    world.now += timedelta(seconds=100)
    world.step(e.ClockResumed())
    world.step(e.ClockTick())
    assert {offer.id for offer in world.call.offers} == offers
    assert world.ringing() == {"bo", "cleo"}


def test_danger_rings_more_phones_at_once_and_tells_the_coordinator_once() -> None:
    world = w.asking()
    world.happens(e.DangerRaised(Seat.CALLER))
    world.happens(e.DangerRaised(Seat.CALLER))
    assert world.ringing() == {"bo", "cleo", "dee"}
    assert world.told == ["danger"]


def test_help_rings_in_turn_and_says_nobody_at_sixty_seconds() -> None:
    world = w.talking()
    world.helpers = (w.ELI, w.DEE)
    world.happens(e.AsksHelp())
    assert world.ringing() == {"eli"}
    world.happens(e.Rings(world.offer(w.ELI)))
    world.passes(20)
    assert world.ringing() == {"dee"}
    world.happens(e.Rings(world.offer(w.DEE)))
    world.happens(e.Alive(Seat.RESPONDER))
    world.passes(40)
    assert world.help() is Help.NOBODY
    assert world.told[-2:] == ["help_wanted", "help_nobody"]


def test_a_helper_who_says_ready_joins_when_they_hear() -> None:
    world = w.talking()
    world.happens(e.AsksHelp())
    world.happens(e.Ready(world.offer(w.ELI)))
    assert world.help() is Help.JOINING
    world.happens(e.Reports(Seat.HELPER, LegStep.HEARING, world.call.conversation))
    assert world.help() is Help.JOINED
    world.happens(e.Leaves(world.offer(w.ELI)))
    assert world.help() is Help.NONE
    assert world.state() is State.TALKING


def test_a_waiting_page_that_falls_silent_counts_as_gone() -> None:
    world = w.asking()
    world.page_open = False
    world.happens(e.Alive(Seat.CALLER))
    world.passes(89)
    assert world.state() is not State.AWAY
    world.passes(1)
    assert world.state() is State.AWAY
    world.passes(20)
    assert world.state() is State.KEPT


@pytest.mark.parametrize("state", list(State))
@pytest.mark.parametrize("later_seconds", [0, 70, 900])
def test_only_events_that_may_ring_depend_on_who_may_be_rung(
    state: State, later_seconds: int
) -> None:
    """Elsewhere the roster isn't asked: a step must be the same with nobody to ring."""
    world = w.MAKE[state]()
    world.now += timedelta(seconds=later_seconds)
    for event in [*w.every_event(world), *more_reports(world)]:
        if dispatch.may_ring(world.state(), event):
            continue
        call = world.sees()
        outcome = dispatch.step(call, event, world.now)
        without = dispatch.step(with_nobody(call), event, world.now)
        if isinstance(outcome, Step):
            outcome = replace(outcome, call=with_nobody(outcome.call))
        assert outcome == without, event


def with_nobody(call: Call) -> Call:
    return replace(call, candidates=(), standby=())


def more_reports(world: w.World) -> list[e.Event]:
    named = world.call.conversation
    return [
        e.Reports(seat, step, named)
        for seat in (Seat.CALLER, Seat.RESPONDER)
        for step in LegStep
        if step is not LegStep.NONE
    ]


def test_a_conversation_begins_once_however_often_the_voices_join() -> None:
    world = w.talking()
    (bo,) = [offer for offer in world.call.offers if offer.joined_at]
    assert (bo.volunteer, bo.joined_at) == (w.BO, w.NOON)
    world.passes(30)
    world.happens(e.CallerReturns())
    w.both_hear(world)
    (again,) = [offer for offer in world.call.offers if offer.joined_at]
    assert again.joined_at == w.NOON


def wishing() -> w.World:
    """A call with wishes that nobody meets."""
    held = frozenset({Trait.GENDER, Trait.PLACE, Trait.LANGUAGE})
    world = w.World(w.a_call(wish=Wish.WOMAN, wishes=held), roster=())
    world.happens(e.ClockTick())
    assert world.state() is State.CHOOSING
    return world


def test_a_wish_is_dropped_one_at_a_time_and_the_search_goes_on_with_a_fresh_limit() -> None:
    world = wishing()
    world.roster = (w.BO,)
    world.now += timedelta(seconds=30)
    assert world.happens(e.CallerRelaxes(Trait.PLACE))
    assert world.call.relaxed == {Trait.PLACE}
    assert world.call.wishes == {Trait.GENDER, Trait.LANGUAGE}
    assert (world.state(), world.call.wish) == (State.RINGING, Wish.WOMAN)
    assert world.call.limit_at == world.now + timedelta(seconds=120)
    assert world.ringing() == {"bo"}


def test_dropping_the_gender_means_anyone() -> None:
    world = wishing()
    world.happens(e.CallerRelaxes(Trait.GENDER))
    assert world.call.wish is Wish.ANYONE


@pytest.mark.parametrize("trait", [Trait.FELLOWSHIP, Trait.GROUP])
def test_a_wish_that_the_caller_does_not_have_can_not_be_dropped(trait: Trait) -> None:
    assert not wishing().happens(e.CallerRelaxes(trait))


def test_a_wish_is_dropped_once() -> None:
    world = wishing()
    assert world.happens(e.CallerRelaxes(Trait.PLACE))
    assert not world.happens(e.CallerRelaxes(Trait.PLACE))


def test_a_wish_dropped_while_waiting_on_rings_at_once_within_the_same_limit() -> None:
    world = wishing()
    world.happens(e.CallerChooses(e.Choice.WAIT))
    limit_at = world.call.limit_at
    world.roster = (w.BO,)
    world.now += timedelta(seconds=1)
    assert world.happens(e.CallerRelaxes(Trait.PLACE))
    assert world.ringing() == {"bo"}
    assert world.call.limit_at == limit_at


def test_after_a_dropped_wish_nobody_is_said_again() -> None:
    world = wishing()
    world.happens(e.CallerRelaxes(Trait.PLACE))
    assert (world.state(), world.call.reason) == (State.CHOOSING, Reason.NOBODY)


def test_anyone_drops_every_wish_but_the_language() -> None:
    world = wishing()
    world.happens(e.CallerChooses(e.Choice.ANYONE))
    assert world.call.wishes == {Trait.LANGUAGE}
    assert world.call.relaxed == {Trait.GENDER, Trait.PLACE}
    assert world.call.wish is Wish.ANYONE


def test_who_would_not_understand_the_caller_stops_ringing_and_the_next_rings() -> None:
    world = w.asking()
    assert world.ringing() == {"bo", "cleo"}
    unsuited = world.offer(w.BO)
    world.happens(e.CallerAnswers(frozenset({unsuited})))
    assert world.ringing() == {"cleo", "dee"}
    (ended,) = [offer for offer in world.call.offers if offer.id == unsuited]
    assert ended.outcome is Outcome.STOPPED


def test_whoever_said_ready_keeps_the_seat_whatever_the_caller_answers() -> None:
    world = w.connecting()
    assert not world.happens(e.CallerAnswers(frozenset({world.offer(w.BO)})))
    assert world.state() is State.CONNECTING
