"""Which meetings come next: by their own clocks, checked against going through every minute."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stepline.core.meetings import (
    AHEAD,
    GRACE,
    SOON,
    Access,
    Coming,
    For,
    Meeting,
    Offered,
    Point,
    Wanted,
    around,
    distance_km,
    next_start,
    offer,
)

ZONES = ("UTC", "Europe/Dublin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu")
EVENING = datetime(2026, 11, 25, 18, 30, tzinfo=UTC)  # a Wednesday
CORK, DUBLIN = Point(51.8985, -8.4756), Point(53.3498, -6.2603)


def a_meeting(key: str = "one", weekday: int = 2, at: str = "20:00", **more: object) -> Meeting:
    hour, minute = at.split(":")
    facts: dict[str, object] = {
        "key": key,
        "name": key,
        "weekday": weekday,
        "minute": int(hour) * 60 + int(minute),
        "lasts_minutes": 60,
        "zone": "UTC",
        "in_person": True,
    }
    return Meeting(**(facts | more))  # type: ignore[arg-type]  # facts by name


def by_every_minute(meeting: Meeting, earliest: datetime) -> datetime | None:
    """Find the next start without reckoning: look at the clock of the place at each minute."""
    zone = ZoneInfo(meeting.zone)
    at = earliest.replace(second=0, microsecond=0)
    at += timedelta(minutes=at < earliest)
    for _ in range(8 * 24 * 60):
        there = at.astimezone(zone)
        shows = there.hour * 60 + there.minute
        if there.weekday() == meeting.weekday and shows == meeting.minute and not there.fold:
            return at
        at += timedelta(minutes=1)
    return None


instants = st.datetimes(
    min_value=EVENING.replace(year=2024, tzinfo=None),
    max_value=EVENING.replace(year=2032, tzinfo=None),
    timezones=st.just(UTC),
)
places = st.builds(Point, st.floats(-89, 89), st.floats(-179.9, 179.9))


@settings(max_examples=60, deadline=None)
@given(
    weekday=st.integers(0, 6),
    minute=st.integers(0, 24 * 60 - 1),
    zone=st.sampled_from(ZONES),
    now=instants,
)
def test_the_next_start_is_what_the_clock_of_the_place_shows_first(
    weekday: int, minute: int, zone: str, now: datetime
) -> None:
    meeting = a_meeting(weekday=weekday, at=f"{minute // 60}:{minute % 60}", zone=zone)
    found = by_every_minute(meeting, now - GRACE)
    starts_at = next_start(meeting, now)
    if found is not None and found != starts_at:
        # Only where the clocks skip that time: it is an hour (or half) later on that very day.
        there = starts_at.astimezone(ZoneInfo(zone))
        assert there.weekday() == weekday
        assert there.hour * 60 + there.minute != minute
        assert starts_at < found
        return
    assert starts_at == found


@pytest.mark.parametrize(
    ("zone", "at", "now", "starts_at"),
    [
        # Dublin's clocks skip 01:00 to 02:00 on 29 March 2026, a Sunday.
        ("Europe/Dublin", "01:30", "2026-03-28T12:00", "2026-03-29T01:30"),
        # 01:30 comes twice on 25 October 2026; the first is meant.
        ("Europe/Dublin", "01:30", "2026-10-24T12:00", "2026-10-25T00:30"),
        ("America/New_York", "02:30", "2026-03-07T12:00", "2026-03-08T07:30"),
        ("UTC", "00:00", "2026-11-28T23:59", "2026-11-29T00:00"),
    ],
)
def test_on_the_night_of_the_change_a_meeting_begins_once(
    zone: str, at: str, now: str, starts_at: str
) -> None:
    meeting = a_meeting(weekday=6, at=at, zone=zone)
    asked_at = datetime.fromisoformat(now).replace(tzinfo=UTC)
    assert next_start(meeting, asked_at) == datetime.fromisoformat(starts_at).replace(tzinfo=UTC)


def test_who_comes_a_quarter_of_an_hour_late_is_still_sent() -> None:
    meeting = a_meeting(at="18:15")
    assert next_start(meeting, EVENING) == EVENING - timedelta(minutes=15)
    assert next_start(meeting, EVENING + timedelta(seconds=1)) == EVENING + timedelta(
        days=7, minutes=-15
    )


def keys(found: Iterable[Coming]) -> list[str]:
    return [each.meeting.key for each in found]


def test_the_next_three_to_go_to_and_one_to_join_in_the_order_in_which_they_begin() -> None:
    meetings = [
        a_meeting("late", at="23:00"),
        a_meeting("first", at="19:00"),
        a_meeting("second", at="19:30"),
        a_meeting("third", at="20:30"),
        a_meeting("online", at="20:00", in_person=False, join_url="https://example.org/join"),
        a_meeting("online late", at="22:30", in_person=False, join_url="https://example.org/j"),
    ]
    found = offer(meetings, Wanted(), EVENING)
    assert keys(found.in_person) == ["first", "second", "third"]
    assert keys(found.online) == ["online"]


def test_nothing_of_a_later_day_is_offered() -> None:
    assert not offer([a_meeting(weekday=3, at="18:31")], Wanted(), EVENING)
    assert offer([a_meeting(weekday=3, at="18:30")], Wanted(), EVENING)
    assert not Offered()


def test_within_the_same_hours_newcomers_are_sent_where_they_are_expected() -> None:
    meetings = [
        *(a_meeting(f"any {n}", at=f"19:0{n}") for n in range(3)),
        a_meeting("open", at="19:40", says_open=True),
        a_meeting("beginners", at="20:00", meant_for=frozenset({For.NEWCOMERS})),
        a_meeting("beginners late", at="23:30", meant_for=frozenset({For.NEWCOMERS})),
    ]
    found = offer(meetings, Wanted(), EVENING)
    assert keys(found.in_person) == ["any 0", "open", "beginners"]


def test_a_meeting_for_women_is_offered_to_who_asks_for_one_and_to_nobody_else() -> None:
    women = a_meeting("women", meant_for=frozenset({For.WOMEN}))
    anybody = a_meeting("anybody")
    assert keys(offer([women, anybody], Wanted(), EVENING).in_person) == ["anybody"]
    asked = offer([women, anybody], Wanted(meant_for=For.WOMEN), EVENING)
    assert keys(asked.in_person) == ["women"]
    assert not offer([women], Wanted(meant_for=For.MEN), EVENING)


def test_access_and_language_are_held_to() -> None:
    ramp = a_meeting("ramp", access=frozenset({Access.WHEELCHAIR}), languages=frozenset({"es"}))
    stairs = a_meeting("stairs")
    wheels = Wanted(access=frozenset({Access.WHEELCHAIR}))
    assert keys(offer([ramp, stairs], wheels, EVENING).in_person) == ["ramp"]
    assert keys(offer([ramp, stairs], Wanted(language="es"), EVENING).in_person) == ["ramp"]
    assert not offer([ramp], Wanted(language="fr"), EVENING)


def test_near_a_place_only_what_is_near_and_online_from_anywhere() -> None:
    far = a_meeting("far", point=DUBLIN, join_url="https://example.org/join")
    near = a_meeting("near", point=Point(51.9, -8.4))
    nowhere = a_meeting("nowhere")
    found = offer([far, near, nowhere], Wanted(near=CORK), EVENING)
    assert keys(found.in_person) == ["near"]
    assert found.in_person[0].distance_km == pytest.approx(5.2, abs=0.2)
    assert keys(found.online) == ["far"]


def test_cork_and_dublin_are_as_far_apart_as_they_are() -> None:
    assert distance_km(CORK, DUBLIN) == pytest.approx(219, abs=2)
    assert distance_km(CORK, CORK) == 0


@settings(max_examples=200, deadline=None)
@given(center=places, other=places, km=st.floats(1, 500))
def test_the_box_around_a_point_holds_all_that_is_near(
    center: Point, other: Point, km: float
) -> None:
    if distance_km(center, other) > km:
        return
    latitudes, longitudes = around(center, km)
    apart = abs(other.longitude - center.longitude)
    assert abs(other.latitude - center.latitude) <= latitudes + 1e-9
    assert min(apart, 360 - apart) <= longitudes + 1e-6


@st.composite
def some_meetings(draw: st.DrawFn) -> list[Meeting]:
    count = draw(st.integers(0, 12))
    return [
        a_meeting(
            f"m{number}",
            weekday=draw(st.sampled_from((2, 3))),
            at=f"{draw(st.integers(0, 23))}:{draw(st.sampled_from((0, 15, 30)))}",
            in_person=draw(st.booleans()),
            join_url=draw(st.sampled_from(("", "https://example.org/"))),
            says_open=draw(st.booleans()),
            meant_for=frozenset(draw(st.sets(st.sampled_from(list(For)), max_size=2))),
            point=draw(st.sampled_from((None, CORK, DUBLIN))),
        )
        for number in range(count)
    ]


@settings(max_examples=150, deadline=None)
@given(meetings=some_meetings(), near=st.sampled_from((None, CORK)))
def test_nothing_better_was_left_out(meetings: list[Meeting], near: Point | None) -> None:
    """Brute force: of all that may be offered, nobody who is left out comes before a chosen one."""
    wanted = Wanted(near=near)
    found = offer(meetings, wanted, EVENING)

    def may_go(each: Meeting) -> bool:
        day_ahead = next_start(each, EVENING) <= EVENING + AHEAD
        by_who = not each.meant_for & {For.WOMEN, For.MEN}
        reach = near is None or (
            each.point is not None and distance_km(near, each.point) <= wanted.within_km
        )
        return day_ahead and by_who and each.in_person and reach

    def worth(each: Meeting) -> tuple[int, int]:
        soon = max(0, int((next_start(each, EVENING) - EVENING) / SOON))
        if For.NEWCOMERS in each.meant_for:
            return soon, 0
        return soon, 1 if each.says_open else 2

    able = [each for each in meetings if may_go(each)]
    chosen = [each.meeting for each in found.in_person]
    assert len(chosen) == min(3, len(able))
    assert all(each in able for each in chosen)
    left_out = [each for each in able if each not in chosen]
    assert all(worth(each) <= worth(other) for each in chosen for other in left_out)
    starts = [each.starts_at for each in found.in_person]
    assert starts == sorted(starts)
