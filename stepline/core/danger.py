"""Danger, a small state machine beside the call: who raised it, what was seen, who took over.

It never stands in the way of anything: the number is shown before the first event, and a call
rings, joins and talks as it did. One table of transitions, and a total function that applies it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

# Where somebody is, is kept until help has taken over, and never longer (domain section 6.2).
PLACE_KEPT = timedelta(hours=24)


class By(StrEnum):
    """Who said it; anybody may, and nobody is blamed for it (rule E11)."""

    CALLER = "caller"
    VOLUNTEER = "volunteer"
    HELPER = "helper"
    COORDINATOR = "coordinator"


class Sight(StrEnum):
    """What somebody sees, in four plain kinds; each has its card."""

    WONT_WAKE = "wont_wake"
    FIT = "fit"
    DYING = "dying"
    HURT = "hurt"


class State(StrEnum):
    """Where the danger stands."""

    RAISED = "raised"  # the number and three actions are shown, and what is seen is asked
    CARD_OPEN = "card_open"  # somebody said what they see
    DIALLING = "dialling"  # the caller rings for help
    BACK = "back"  # they have spoken with help, and are back with us
    TAKEN_OVER = "taken_over"  # help has taken over, as somebody confirmed
    CLOSED = "closed"  # the call is over


class Rescue(StrEnum):
    """The line's published policy on help that the caller doesn't agree to (rule E06)."""

    UNSET = ""  # not decided: nothing is sent
    NEVER = "never"
    AGREED = "agreed"  # when a second person agrees


@dataclass(frozen=True)
class Raised:
    """Somebody says that somebody is in danger."""

    by: By


@dataclass(frozen=True)
class Sees:
    """Somebody says what they see."""

    sight: Sight


@dataclass(frozen=True)
class Dials:
    """The caller rings for help."""

    by: By


@dataclass(frozen=True)
class IsBack:
    """The caller is back from speaking with help."""


@dataclass(frozen=True)
class TakesOver:
    """Somebody confirms that help has taken over (rule E07)."""

    by: By


@dataclass(frozen=True)
class ProposesRescue:
    """Somebody thinks that help must be sent although the caller doesn't agree."""

    person: UUID
    policy: Rescue


@dataclass(frozen=True)
class AgreesRescue:
    """A second person agrees that help must be sent."""

    person: UUID
    policy: Rescue


@dataclass(frozen=True)
class Closes:
    """The call is over."""


Event = Raised | Sees | Dials | IsBack | TakesOver | ProposesRescue | AgreesRescue | Closes


@dataclass(frozen=True, kw_only=True)
class Danger:
    """One call's danger."""

    state: State
    raised_by: By
    raised_at: datetime
    sights: tuple[Sight, ...] = ()
    dialled_by: By | None = None
    dialled_at: datetime | None = None
    taken_over_by: By | None = None
    taken_over_at: datetime | None = None
    rescue_proposed_by: UUID | None = None
    rescue_agreed_by: UUID | None = None

    @property
    def may_keep_place(self) -> bool:
        """Say whether where the caller is may still be kept."""
        return self.state not in {State.TAKEN_OVER, State.CLOSED}


@dataclass(frozen=True)
class Stale:
    """The event doesn't apply any more; nothing changed."""

    why: str


def raised(by: By, now: datetime) -> Danger:
    """Give a danger that has just been raised."""
    return Danger(state=State.RAISED, raised_by=by, raised_at=now)


def step(danger: Danger, event: Event, now: datetime) -> Danger | Stale:
    """Apply one event; Stale when it doesn't apply any more."""
    rule = TABLE[danger.state].get(type(event))
    if rule is None:
        return Stale(f"{type(event).__name__} in {danger.state}")
    return rule(danger, event, now)


def stays(danger: Danger, event: Raised, now: datetime) -> Danger:
    """It is known already; saying it twice does no harm."""
    return danger


def again(danger: Danger, event: Raised, now: datetime) -> Danger:
    """There is danger once more after help had taken over."""
    return raised(event.by, now)


def sees(danger: Danger, event: Sees, now: datetime) -> Danger:
    """Note what somebody sees, each once, in the order in which it was said."""
    if event.sight in danger.sights:
        return danger
    return replace(danger, sights=(*danger.sights, event.sight))


def opens_card(danger: Danger, event: Sees, now: datetime) -> Danger:
    """The first thing seen opens its card."""
    return replace(sees(danger, event, now), state=State.CARD_OPEN)


def dials(danger: Danger, event: Dials, now: datetime) -> Danger:
    """The caller rings for help; the first time is what is written down."""
    dialling = replace(danger, state=State.DIALLING, taken_over_by=None, taken_over_at=None)
    if danger.dialled_at is not None:
        return dialling
    return replace(dialling, dialled_by=event.by, dialled_at=now)


def is_back(danger: Danger, event: IsBack, now: datetime) -> Danger:
    """They are back, and somebody stays with them until help has taken over."""
    return replace(danger, state=State.BACK)


def takes_over(danger: Danger, event: TakesOver, now: datetime) -> Danger:
    """Help has taken over: from now on nobody needs to know where they are."""
    return replace(danger, state=State.TAKEN_OVER, taken_over_by=event.by, taken_over_at=now)


def proposes(danger: Danger, event: ProposesRescue, now: datetime) -> Danger | Stale:
    """One person alone sends nobody: their word waits for a second one."""
    if event.policy is not Rescue.AGREED:
        return Stale("the line's policy doesn't allow it")
    if danger.rescue_proposed_by is not None:
        return Stale("it is proposed already")
    return replace(danger, rescue_proposed_by=event.person)


def agrees(danger: Danger, event: AgreesRescue, now: datetime) -> Danger | Stale:
    """A second person agrees; the first can't agree with themself."""
    if event.policy is not Rescue.AGREED:
        return Stale("the line's policy doesn't allow it")
    if danger.rescue_proposed_by in {None, event.person} or danger.rescue_agreed_by is not None:
        return Stale("nobody else has proposed it")
    return replace(danger, rescue_agreed_by=event.person)


def closes(danger: Danger, event: Closes, now: datetime) -> Danger:
    """The call is over."""
    return replace(danger, state=State.CLOSED)


Rule = Callable[[Danger, Any, datetime], Danger | Stale]

ANY_TIME: Mapping[type, Rule] = {
    Raised: stays,
    Sees: sees,
    Dials: dials,
    TakesOver: takes_over,
    ProposesRescue: proposes,
    AgreesRescue: agrees,
    Closes: closes,
}
TABLE: Mapping[State, Mapping[type, Rule]] = {
    State.RAISED: {**ANY_TIME, Sees: opens_card},
    State.CARD_OPEN: ANY_TIME,
    State.DIALLING: {**ANY_TIME, IsBack: is_back},
    State.BACK: ANY_TIME,
    State.TAKEN_OVER: {Raised: again, Dials: dials, Closes: closes},
    State.CLOSED: {},
}
