"""What is known after a run: the rows as they stand, what pages saw, and when the clock was away.

Everything is frozen and told in ids, kinds and instants; the checker decides on nothing else.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class Kind(StrEnum):
    """What must never happen."""

    LOST = "a call was lost"
    TWICE_CONNECTED = "a call was connected twice"
    IN_TWO_CALLS = "a volunteer was in two calls"
    HELD = "a volunteer was held by a call that is over"
    RUNG_TWICE = "somebody was rung twice for one offer"
    LIMIT_BROKEN = "a caller waited past the limit unasked"
    PROMISE_BROKEN = "a promised call back was dropped"


@dataclass(frozen=True)
class Loss:
    """One thing that must never happen and did: to which call, offer or person, and how."""

    kind: Kind
    about: str
    why: str


@dataclass(frozen=True, kw_only=True)
class CallRow:
    """A call as it stands."""

    id: str
    state: str
    asked_at: datetime
    deadline_at: datetime | None = None
    closed_at: datetime | None = None
    closed_by: str = ""
    set_aside: bool = False


@dataclass(frozen=True, kw_only=True)
class OfferRow:
    """One volunteer being asked to take one seat of one call."""

    id: str
    call: str
    volunteer: str
    seat: str
    state: str
    placed_at: datetime
    ended_at: datetime | None = None
    outcome: str = ""
    rings_sent: int = 1


@dataclass(frozen=True, kw_only=True)
class LogRow:
    """One line of the log; `number` gives the order in which they were written."""

    number: int
    call: str
    at: datetime
    event: str
    came_from: str
    led_to: str
    detail: Mapping[str, str | None] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class PromiseRow:
    """A promised call back as it stands; `told` when the coordinator knows that it is theirs."""

    call: str
    due_at: datetime
    owner: str | None
    told: bool = False
    outcome: str = ""
    ended_at: datetime | None = None


@dataclass(frozen=True)
class Away:
    """From when until when the database or a clock was taken away from those who need it."""

    from_at: datetime
    until_at: datetime


@dataclass(frozen=True)
class Rang:
    """A page began to ring for an offer; a page that was loaded anew is another page."""

    page: str
    offer: str


@dataclass(frozen=True)
class Joined:
    """A volunteer's page was shown a conversation in which they are the responder."""

    conversation: str
    call: str
    volunteer: str


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """All of it. `asked` and `promised` are the calls that callers' pages were told of."""

    read_at: datetime
    calls: tuple[CallRow, ...] = ()
    offers: tuple[OfferRow, ...] = ()
    log: tuple[LogRow, ...] = ()
    promises: tuple[PromiseRow, ...] = ()
    away: tuple[Away, ...] = ()
    asked: frozenset[str] = frozenset()
    promised: frozenset[str] = frozenset()
    rang: tuple[Rang, ...] = ()
    joined: tuple[Joined, ...] = ()
