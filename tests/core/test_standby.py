"""The hours of standby: over midnight, over a change of clocks, and in what order they ring."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stepline.core import events as e
from stepline.core import standby
from stepline.core.calls import Reason, State
from stepline.core.standby import DAY_MINUTES, Hours
from tests.core import world as w

DUBLIN = ZoneInfo("Europe/Dublin")
SUNDAY, MONDAY = 6, 0
weekdays, minutes = st.integers(0, 6), st.integers(0, DAY_MINUTES - 1)


def at(minute_of_week: int) -> datetime:
    return datetime(2026, 11, 23, tzinfo=UTC) + timedelta(minutes=minute_of_week)


@pytest.mark.parametrize(
    ("asked", "parts"),
    [
        ((MONDAY, 60, 120), [(MONDAY, 60, 120)]),
        ((MONDAY, 0, 1440), [(MONDAY, 0, 1440)]),
        ((MONDAY, 1320, 360), [(MONDAY, 1320, 1440), (1, 0, 360)]),
        ((SUNDAY, 1320, 360), [(SUNDAY, 1320, 1440), (MONDAY, 0, 360)]),
        ((MONDAY, 1320, 0), [(MONDAY, 1320, 1440)]),
        ((MONDAY, 600, 600), [(MONDAY, 600, 1440), (1, 0, 600)]),
    ],
)
def test_hours_over_midnight_are_two_parts(
    asked: tuple[int, int, int], parts: list[tuple[int, int, int]]
) -> None:
    assert standby.beginning(*asked) == tuple(Hours(*part) for part in parts)


@pytest.mark.parametrize("wrong", [(7, 0, 60), (-1, 0, 60), (0, -1, 60), (0, 0, 1441)])
def test_what_is_no_part_of_a_day_is_refused(wrong: tuple[int, int, int]) -> None:
    with pytest.raises(ValueError, match="no part of a day"):
        standby.beginning(*wrong)


@given(weekdays, minutes, minutes)
def test_hours_last_from_their_first_minute_to_before_their_last(
    weekday: int, from_minute: int, to_minute: int
) -> None:
    parts = standby.beginning(weekday, from_minute, to_minute)
    begins = weekday * DAY_MINUTES + from_minute
    lasts = (to_minute - from_minute - 1) % DAY_MINUTES + 1
    assert sum(part.to_minute - part.from_minute for part in parts) == lasts
    assert not standby.are_now(parts, at(begins - 1)) or lasts == DAY_MINUTES * 7
    assert standby.are_now(parts, at(begins))
    assert standby.are_now(parts, at(begins + lasts - 1))
    assert not standby.are_now(parts, at(begins + lasts))


hours = st.builds(
    lambda day, a, b: Hours(day, min(a, b), max(a, b) + 1), weekdays, minutes, minutes
)


@given(st.lists(hours, max_size=6), st.integers(0, 7 * DAY_MINUTES - 1))
def test_joining_hours_changes_no_minute_and_leaves_none_twice(
    chosen: list[Hours], minute: int
) -> None:
    joined = standby.joined(chosen)
    assert standby.are_now(joined, at(minute)) == standby.are_now(chosen, at(minute))
    inside = [part for part in joined if standby.are_now([part], at(minute))]
    assert len(inside) <= 1


def test_the_hour_that_comes_twice_in_autumn_counts_twice() -> None:
    one_to_two = standby.beginning(SUNDAY, 60, 120)
    before = datetime(2026, 10, 24, 23, 59, tzinfo=UTC)
    first, second = before + timedelta(minutes=31), before + timedelta(minutes=91)
    after = datetime(2026, 10, 25, 2, 0, tzinfo=UTC)
    found = [
        standby.are_now(one_to_two, each.astimezone(DUBLIN))
        for each in (before, first, second, after)
    ]
    assert found == [False, True, True, False]


def test_the_hour_left_out_in_spring_does_not_come_and_the_next_one_does() -> None:
    one_to_three = standby.beginning(SUNDAY, 60, 180)
    midnight = datetime(2027, 3, 28, 0, 0, tzinfo=UTC)
    found = [
        standby.are_now(one_to_three, (midnight + timedelta(minutes=each)).astimezone(DUBLIN))
        for each in (0, 59, 60, 119, 120)
    ]
    assert found == [False, False, True, True, False], "it is two o'clock at once"


# Who is rung


def on_standby(*, on_duty: bool) -> w.World:
    world = w.World(w.a_call(candidates=()), roster=(w.BO,) if on_duty else ())
    world.standby = (w.CLEO, w.DEE)
    world.happens(e.ClockTick())
    return world


def test_standby_is_rung_at_once_when_nobody_is_on_duty() -> None:
    world = on_standby(on_duty=False)
    assert world.ringing() == {"cleo", "dee"}
    assert world.state() is State.RINGING


def test_standby_is_left_in_peace_while_somebody_on_duty_rings() -> None:
    world = on_standby(on_duty=True)
    world.happens(e.Rings(world.offer(w.BO)))
    world.passes(24)
    assert world.ringing() == {"bo"}
    world.passes(1)
    assert world.ringing() == {"cleo", "dee"}


def test_the_next_on_standby_is_rung_while_another_one_rings() -> None:
    world = on_standby(on_duty=False)
    world.standby = (w.CLEO, w.DEE, w.BO)
    world.happens(e.Rings(world.offer(w.CLEO)))
    world.happens(e.Passes(world.offer(w.DEE)))
    assert world.ringing() == {"cleo", "bo"}


def test_when_standby_is_used_up_nobody_is_said_at_once() -> None:
    world = on_standby(on_duty=False)
    world.happens(e.Passes(world.offer(w.CLEO)))
    world.happens(e.Passes(world.offer(w.DEE)))
    assert (world.state(), world.call.reason) == (State.CHOOSING, Reason.NOBODY)
