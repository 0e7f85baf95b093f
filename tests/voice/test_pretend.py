"""Pretend phones: what a habit makes of a ring."""

from datetime import UTC, datetime, timedelta

import pytest

from stepline import voice
from stepline.voice import pretend
from stepline.voice.pretend import Does, Habit, Says

NOW = datetime(2026, 3, 1, 3, 0, tzinfo=UTC)


def test_a_quick_volunteer_rings_and_is_ready() -> None:
    habit = pretend.read_habit({"answers_after_seconds": 6, "says": "ready"})
    rings, ready = pretend.when_rung(habit, NOW)
    assert rings.does is Does.RINGS
    assert rings.at < NOW + timedelta(seconds=1)
    assert (ready.does, ready.at) == (Does.READY, NOW + timedelta(seconds=6))


def test_one_who_passes() -> None:
    last = pretend.when_rung(Habit(timedelta(seconds=2), Says.PASSES), NOW)[-1]
    assert (last.does, last.at) == (Does.PASSES, NOW + timedelta(seconds=2))


def test_one_who_never_answers_still_rings() -> None:
    happenings = pretend.when_rung(Habit(timedelta(seconds=2), Says.SILENT), NOW)
    assert [one.does for one in happenings] == [Does.RINGS]


def test_a_phone_out_of_reach_does_nothing() -> None:
    assert pretend.when_rung(Habit(timedelta(0), Says.READY, rings=False), NOW) == ()


def test_nobody_answers_before_it_rings() -> None:
    rings, ready = pretend.when_rung(Habit(timedelta(0), Says.READY), NOW)
    assert rings.at <= ready.at


def test_joining_reports_every_step_within_a_second() -> None:
    happenings = pretend.when_connecting(NOW)
    assert [one.step for one in happenings] == ["page", "microphone", "connected", "hearing"]
    assert sorted(happenings, key=lambda one: one.at) == list(happenings)
    assert happenings[-1].at <= NOW + timedelta(seconds=1)


@pytest.mark.parametrize(
    "raw",
    [
        {},
        {"says": "maybe"},
        {"says": "ready", "answers_after_seconds": "6"},
        {"says": "ready", "answers_after_seconds": -1},
        {"says": "ready", "answers_after_seconds": 301},
        {"says": "ready", "rings": "no"},
        {"says": "ready", "mood": "good"},
    ],
)
def test_a_wrong_habit_is_refused(raw: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        pretend.read_habit(raw)


@pytest.mark.parametrize("one", ["browser", "pretend"])
@pytest.mark.parametrize("other", ["browser", "pretend"])
def test_pages_and_pretend_phones_can_be_joined(one: str, other: str) -> None:
    assert voice.can_connect(one, other)


def test_an_unknown_provider_is_an_error() -> None:
    with pytest.raises(KeyError):
        voice.can_connect("browser", "carrier pigeon")
