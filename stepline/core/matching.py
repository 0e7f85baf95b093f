"""Who may take this call, in which order, and why not.

Hard rules here: the sober date against the line's minimum (rules B02, B05), the caller's
wish against whom the volunteer said they take (C08), the language (C09), on duty, reachable,
free. Nobody is inferred and nobody is left out in silence: each refusal has its reason.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from uuid import UUID

from stepline.core.calls import Wish

NEVER = datetime.min.replace(tzinfo=UTC)


class WhyNot(StrEnum):
    """Why somebody is not rung for a call."""

    WISH = "wish"  # does not take callers with this wish
    LANGUAGE = "language"
    SOBER = "sober"  # no sober date, or a later one than the line asks for
    OFF_DUTY = "off_duty"
    UNREACHABLE = "unreachable"
    BUSY = "busy"
    STEPPED_BACK = "stepped_back"


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """Whom a call needs."""

    wish: Wish
    language: str
    min_sober_days: int


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """What matching knows of a volunteer; `rested_since_at` is None when never rung.

    It is the later of the last ring and the last conversation: by the last conversation
    alone, someone who never answers would stay first for ever.
    """

    volunteer: UUID
    takes: frozenset[str]
    languages: frozenset[str]
    sober_on: date | None
    on_duty: bool = True
    reachable: bool = True
    busy: bool = False
    stepped_back: bool = False
    rested_since_at: datetime | None = None
    pretend: bool = False


def sober_enough(sober_on: date | None, min_sober_days: int, today: date) -> bool:
    """Say whether a sober date meets a line's minimum (rule B02: a date, not a yes)."""
    return sober_on is not None and sober_on + timedelta(days=min_sober_days) <= today


def why_not(wanted: Wanted, candidate: Candidate, today: date) -> tuple[WhyNot, ...]:
    """Give every reason against ringing this volunteer for this call; none means they may be."""
    checks = {
        WhyNot.WISH: wanted.wish in candidate.takes,
        WhyNot.LANGUAGE: wanted.language in candidate.languages,
        WhyNot.SOBER: sober_enough(candidate.sober_on, wanted.min_sober_days, today),
        WhyNot.OFF_DUTY: candidate.on_duty,
        WhyNot.UNREACHABLE: candidate.reachable,
        WhyNot.BUSY: not candidate.busy,
        WhyNot.STEPPED_BACK: not candidate.stepped_back,
    }
    return tuple(reason for reason, fits in checks.items() if not fits)


def rank(wanted: Wanted, candidates: list[Candidate], today: date) -> tuple[UUID, ...]:
    """Order those who may be rung: never rung first, then the longest rested.

    In a demonstration whoever is really there comes before the pretend volunteers.
    """
    suitable = [c for c in candidates if not why_not(wanted, c, today)]
    suitable.sort(key=lambda c: (c.pretend, c.rested_since_at or NEVER))
    return tuple(candidate.volunteer for candidate in suitable)
