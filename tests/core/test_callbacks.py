"""Promised call backs in the table: owners asked in turn, callers who come, callers rung."""

from datetime import timedelta

from stepline.core import events as e
from stepline.core.calls import ClosedBy, State
from tests.core import world as w


def test_a_call_back_asks_its_owner_ten_minutes_before_and_goes_to_the_next() -> None:
    world = w.promised()
    world.passes(20 * 60)
    assert world.ringing() == {"bo"}
    world.happens(e.Passes(world.offer(w.BO)))
    assert world.ringing() == {"cleo"}
    world.happens(e.Ready(world.offer(w.CLEO)))
    assert world.call.promise is not None
    assert (world.call.promise.owner, world.call.promise.confirmed) == (w.CLEO, True)


def test_a_call_back_that_nobody_can_keep_is_told_once() -> None:
    world = w.promised()
    world.roster = ()
    world.passes(20 * 60)
    world.happens(e.Passes(world.offer(w.BO)))
    world.passes(5 * 60)
    assert world.told.count("call_back_unowned") == 1


def test_a_caller_who_comes_for_their_call_back_rings_the_owner_first() -> None:
    world = w.promised()
    world.happens(e.CallerReturns())
    assert world.state() is State.RINGING
    assert "bo" in world.ringing()
    world.happens(e.Ready(world.offer(w.BO)))
    w.both_hear(world)
    assert world.call.promise is not None
    assert world.call.promise.kept


def test_a_caller_who_does_not_come_is_let_go_half_an_hour_after() -> None:
    world = w.promised()
    world.passes(60 * 60 + 30)
    assert (world.call.state, world.call.closed_by) == (State.CLOSED, ClosedBy.CALL_BACK)


def promised_by_phone() -> w.World:
    world = w.choosing()
    due_at = w.NOON + timedelta(minutes=30)
    world.happens(e.CallBackAsked(due_at=due_at, owner=w.BO, by_phone=True))
    world.happens(e.CallerAway(closed=True))
    return world


def test_by_phone_the_volunteer_is_rung_first_and_then_the_caller() -> None:
    world = promised_by_phone()
    world.passes(20 * 60)
    world.happens(e.Ready(world.offer(w.BO)))
    world.passes(10 * 60)
    assert "bo" in world.ringing()
    world.happens(e.Ready(world.offer(w.BO)))
    assert world.dialled == 1
    w.both_hear(world)
    assert world.state() is State.TALKING
    assert world.call.promise is not None
    assert world.call.promise.kept


def test_a_caller_whose_phone_does_not_answer_is_tried_three_times_at_most() -> None:
    world = promised_by_phone()
    world.passes(30 * 60)
    for _ in range(3):
        assert world.state() is State.RINGING
        ready = next(o for o in world.call.offers if o.live)
        world.happens(e.Ready(ready.id))
        world.happens(e.CallerUnreached())
        world.passes(15 * 60)
    assert world.dialled == 3
    assert (world.call.state, world.call.closed_by) == (State.CLOSED, ClosedBy.CALL_BACK)
    assert world.told.count("call_back_missed") == 3


def test_a_call_back_by_phone_that_nobody_takes_is_put_off_and_told() -> None:
    world = promised_by_phone()
    world.roster = ()
    world.passes(30 * 60)
    assert world.state() is State.PROMISED
    assert "call_back_missed" in world.told
