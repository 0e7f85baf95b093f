"""Who may take this call, in which order, and why not.

Hard rules here: the sober date against the line's minimum (rules B02, B05, B06), training
(B04), on duty, reachable, free, rested, not blocked, the week's and the night's limits that
the volunteer set. Then the caller's wishes (C08, C09), less those that the caller dropped.
A wish is hard: only who says that it is theirs fits it, so a volunteer who lists no
fellowship is not rung for a caller who wishes for one, and reads that as the reason. Nobody
is inferred and nobody is left out in silence: each refusal has its reason.
"""

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from uuid import UUID

from stepline.core.calls import Chance, Fit, Trait, Wish

NEVER = datetime.min.replace(tzinfo=UTC)
# The night of the European Union's noise directive (2002/49/EC, annex I): 23 to 7 o'clock,
# by the clock of the line's own place.
NIGHT_BEGINS, NIGHT_ENDS = time(23), time(7)
# A volunteer's limit of calls a week counts the conversations of the last seven days.
WEEK = timedelta(days=7)


class WhyNot(StrEnum):
    """Why somebody is not rung for a call; the wishes are named as Trait names them."""

    GENDER = "gender"  # does not take callers with this wish
    LANGUAGE = "language"
    FELLOWSHIP = "fellowship"
    GROUP = "group"
    PLACE = "place"
    SOBER = "sober"  # no sober date, or a later one than the line asks for
    TRAINED = "trained"  # no date of training, or one that is still to come
    TAKES_CALLS = "takes_calls"  # serves otherwise
    STEPPED_BACK = "stepped_back"
    BLOCKED = "blocked"
    OFF_DUTY = "off_duty"
    UNREACHABLE = "unreachable"
    BUSY = "busy"
    RESTING = "resting"
    RUNG_LATELY = "rung_lately"  # for this call, within the last minute
    WEEK = "week"  # has had as many calls this week as they wish to take
    NIGHT = "night"  # takes no calls at night
    LATER = "later"  # nothing against them: others had their turn first


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """Whom a call needs: the caller's wishes, those of them that they dropped, the minimum."""

    wish: Wish
    language: str
    min_sober_days: int
    fellowship: str = ""
    group: str = ""
    place: str = ""
    relaxed: frozenset[Trait] = frozenset()


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """What matching knows of a volunteer; `rested_since_at` is None when never rung.

    It is the later of the last ring and the last conversation: by the last conversation
    alone, someone who never answers would stay first for ever. A pass was a ring like any
    other: it costs nothing, and the next in order has their turn.
    """

    volunteer: UUID
    takes: frozenset[str]
    languages: frozenset[str]
    sober_on: date | None
    trained_on: date | None
    fellowships: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()
    places: frozenset[str] = frozenset()
    takes_calls: bool = True
    takes_nights: bool = True
    most_calls_a_week: int | None = None
    calls_this_week: int = 0
    on_duty: bool = True
    standby: bool = False  # off duty, in hours in which they chose to be rung all the same
    reachable: bool = True
    busy: bool = False
    until_at: datetime | None = None  # when their shift ends
    rung_lately: bool = False
    blocked: bool = False
    stepped_back: bool = False
    resting_until_at: datetime | None = None
    rested_since_at: datetime | None = None
    pretend: bool = False
    ring: timedelta | None = None
    chance: Chance = field(default_factory=Chance)
    where: str = ""  # the situation that the chance is known for (core.habits)


def sober_enough(sober_on: date | None, min_sober_days: int, today: date) -> bool:
    """Say whether a sober date meets a line's minimum (rule B02: a date, not a yes)."""
    return sober_on is not None and sober_on + timedelta(days=min_sober_days) <= today


def trained(trained_on: date | None, today: date) -> bool:
    """Say whether somebody's training is signed off: by a date, today or before (rule B04)."""
    return trained_on is not None and trained_on <= today


def is_night(now: datetime) -> bool:
    """Say whether it is night; `now` is on the clock of the line's own place."""
    return now.time() >= NIGHT_BEGINS or now.time() < NIGHT_ENDS


def wishes(wanted: Wanted) -> frozenset[Trait]:
    """Give the wishes that the caller has and has not dropped; a language is always one."""
    has = {
        Trait.GENDER: wanted.wish is not Wish.ANYONE,
        Trait.LANGUAGE: True,
        Trait.FELLOWSHIP: bool(wanted.fellowship),
        Trait.GROUP: bool(wanted.group),
        Trait.PLACE: bool(wanted.place),
    }
    return frozenset(trait for trait, is_one in has.items() if is_one) - wanted.relaxed


def wishes_missed(wanted: Wanted, candidate: Candidate) -> tuple[WhyNot, ...]:
    """Give the caller's wishes that this volunteer doesn't fit."""
    held = wishes(wanted)
    wish = wanted.wish if Trait.GENDER in held else Wish.ANYONE
    fits = {
        # Whom a volunteer takes is theirs to say, whatever the caller drops.
        Trait.GENDER: wish in candidate.takes,
        Trait.LANGUAGE: wanted.language in candidate.languages or Trait.LANGUAGE not in held,
        Trait.FELLOWSHIP: wanted.fellowship in candidate.fellowships
        or Trait.FELLOWSHIP not in held,
        Trait.GROUP: wanted.group in candidate.groups or Trait.GROUP not in held,
        Trait.PLACE: wanted.place in candidate.places or Trait.PLACE not in held,
    }
    return tuple(WhyNot(trait) for trait, fit in fits.items() if not fit)


def rules_against(min_sober_days: int, candidate: Candidate, now: datetime) -> tuple[WhyNot, ...]:
    """Give the hard rules against ringing this volunteer, whoever calls."""
    c, today = candidate, now.date()
    full = c.most_calls_a_week is not None and c.calls_this_week >= c.most_calls_a_week
    against = {
        WhyNot.SOBER: not sober_enough(c.sober_on, min_sober_days, today),
        WhyNot.TRAINED: not trained(c.trained_on, today),
        WhyNot.TAKES_CALLS: not c.takes_calls,
        WhyNot.STEPPED_BACK: c.stepped_back,
        WhyNot.BLOCKED: c.blocked,
        WhyNot.OFF_DUTY: not (c.on_duty or c.standby),
        WhyNot.UNREACHABLE: not c.reachable,
        WhyNot.BUSY: c.busy,
        WhyNot.RESTING: c.resting_until_at is not None and c.resting_until_at > now,
        WhyNot.RUNG_LATELY: c.rung_lately,
        WhyNot.WEEK: full,
        WhyNot.NIGHT: not c.takes_nights and is_night(now),
    }
    return tuple(reason for reason, holds in against.items() if holds)


def why_not(wanted: Wanted, candidate: Candidate, now: datetime) -> tuple[WhyNot, ...]:
    """Give every reason against ringing this volunteer for this call; none means they may be.

    `now` is on the clock of the line's own place: its date and its night are meant.
    """
    rules = rules_against(wanted.min_sober_days, candidate, now)
    return wishes_missed(wanted, candidate) + rules


def rank(wanted: Wanted, candidates: list[Candidate], now: datetime) -> tuple[Fit, ...]:
    """Order those who may be rung: never rung first, then the longest rested.

    In a demonstration whoever is really there comes before the pretend volunteers.
    """
    return in_order([each for each in candidates if not why_not(wanted, each, now)])


def in_order(suitable: list[Candidate]) -> tuple[Fit, ...]:
    """Give suitable people in the order to ring them; see rank."""
    ordered = sorted(suitable, key=lambda c: (c.pretend, c.rested_since_at or NEVER))
    return tuple(
        Fit(
            volunteer=c.volunteer,
            chance=c.chance,
            ring=c.ring,
            standby=not c.on_duty,
            rested_since_at=c.rested_since_at,
            where=c.where,
            pretend=c.pretend,
        )
        for c in ordered
    )


def drop(wanted: Wanted, trait: Trait) -> Wanted:
    """Give whom the call needs once the caller has dropped one wish."""
    return replace(wanted, relaxed=wanted.relaxed | {trait})


def next_to_drop(
    wanted: Wanted, order: list[str], candidates: list[Candidate], now: datetime
) -> Trait | None:
    """Give the wish to ask the caller about next; None when there is nothing to gain by asking.

    That is the first in the line's order that the caller has and whose dropping, with those
    dropped before, lets somebody be rung now. While somebody suits as it is, none is asked.
    """

    def lets_somebody(be_rung: Wanted) -> bool:
        return any(not why_not(be_rung, each, now) for each in candidates)

    if lets_somebody(wanted):
        return None
    held = wishes(wanted)
    asked = [trait for trait in order if trait in held]
    return next((Trait(t) for t in asked if lets_somebody(drop(wanted, Trait(t)))), None)
