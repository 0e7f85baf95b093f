"""Phones that ring in the demonstration and in tests: a habit and an hour give all they do.

Nothing here waits or knows the time: the worker asks what happens when, and sends each thing
as the event that a real page or phone would have sent, through the same offers and effects.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from stepline.voice.provider import Capabilities

NAME = "pretend"
CAPABILITIES = Capabilities(
    rings_pages=True,
    dials_numbers=True,  # no network is rung: the number's own pretend telephone answers
    masks_numbers=True,
    connects_with=frozenset({NAME, "browser"}),
)

RINGS_AFTER = timedelta(milliseconds=150)
JOINS_AFTER = timedelta(milliseconds=400)
LONGEST_ANSWER = timedelta(minutes=5)


class Says(StrEnum):
    """What a pretend volunteer does with an offer."""

    READY = "ready"
    PASSES = "pass"
    SILENT = "silent"


class Does(StrEnum):
    """What a pretend phone is seen doing."""

    RINGS = "rings"
    READY = "ready"
    PASSES = "passes"
    REPORTS = "reports"


@dataclass(frozen=True, slots=True)
class Habit:
    """How one pretend volunteer takes calls; `rings` is false for a phone that is out of reach."""

    answers_after: timedelta
    says: Says
    rings: bool = True


@dataclass(frozen=True, slots=True)
class Happening:
    """One thing that the pretend phone does, and when; `step` only for Does.REPORTS."""

    at: datetime
    does: Does
    step: str | None = None


def read_habit(raw: Mapping[str, object]) -> Habit:
    """Read a stored habit, `{"answers_after_seconds": 6, "says": "ready"}`.

    `voice`, the file that speaks for them, may stand beside it: the pages play it.

    Raises ValueError for anything else, so that a wrong seed is seen at once.
    """
    known = {"answers_after_seconds", "says", "rings", "voice"}
    if not raw.keys() <= known:
        raise ValueError(f"a habit knows only {', '.join(sorted(known))}")
    seconds, rings = raw.get("answers_after_seconds", 0), raw.get("rings", True)
    match seconds, rings:
        case int() | float() as count, bool() if 0 <= count <= LONGEST_ANSWER.total_seconds():
            return Habit(timedelta(seconds=count), Says(str(raw.get("says"))), rings=rings)
    raise ValueError("answers_after_seconds must be 0 to 300, and rings true or false")


def when_rung(habit: Habit, rung_at: datetime) -> tuple[Happening, ...]:
    """Tell all that a pretend phone does with an offer that rings since `rung_at`, in order."""
    if not habit.rings:
        return ()
    rings = Happening(rung_at + RINGS_AFTER, Does.RINGS)
    answered_at = rung_at + max(habit.answers_after, RINGS_AFTER)
    match habit.says:
        case Says.READY:
            return rings, Happening(answered_at, Does.READY)
        case Says.PASSES:
            return rings, Happening(answered_at, Does.PASSES)
        case Says.SILENT:
            return (rings,)


def when_connecting(since_at: datetime) -> tuple[Happening, ...]:
    """Tell which steps a pretend phone reports once voices are to be joined, in order."""
    steps = ("page", "microphone", "connected", "hearing")
    gap = JOINS_AFTER / len(steps)
    return tuple(
        Happening(since_at + gap * count, Does.REPORTS, step)
        for count, step in enumerate(steps, start=1)
    )
