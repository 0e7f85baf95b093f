"""What can happen to a call. Each event names what it answers, so that a late one is seen."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from stepline.core.calls import LegStep, Safety, Seat, Trait


class Choice(StrEnum):
    """What a caller may choose when asked."""

    WAIT = "wait"
    ANYONE = "anyone"


@dataclass(frozen=True)
class CallerStops:
    """The caller said stop, here and now."""


@dataclass(frozen=True)
class CallerExits:
    """The caller left by the exit control: all ringing stops, nobody rings back."""


@dataclass(frozen=True)
class CallerAway:
    """The caller's page is gone; `closed` when the page itself said so while closing."""

    closed: bool


@dataclass(frozen=True)
class CallerReturns:
    """The caller's page is here again, or came with the code of a call back."""


@dataclass(frozen=True)
class CallerChooses:
    """The caller answered what they want."""

    choice: Choice


@dataclass(frozen=True)
class CallerRelaxes:
    """The caller drops one of their wishes, by their own word."""

    trait: Trait


@dataclass(frozen=True)
class CallerAnswers:
    """The caller said what changes whom they can talk with; `unsuited` are offers it ends."""

    unsuited: frozenset[UUID] = frozenset()


@dataclass(frozen=True)
class CallBackAsked:
    """The caller took a call back at a time that `owner` can keep."""

    due_at: datetime
    owner: UUID
    by_phone: bool = False


@dataclass(frozen=True)
class CallBackAnswered:
    """The owner of a call back says, without being rung, that they keep it or can't."""

    volunteer: UUID
    keeps: bool


@dataclass(frozen=True)
class Reports:
    """A side reports how far it has come in joining one conversation."""

    seat: Seat
    step: LegStep
    conversation: UUID | None


@dataclass(frozen=True)
class CallerUnreached:
    """The caller's own telephone did not answer, or a machine did."""


@dataclass(frozen=True)
class Alive:
    """A side is still in the talk."""

    seat: Seat


@dataclass(frozen=True)
class Ends:
    """A side ended the talk."""

    seat: Seat


@dataclass(frozen=True)
class Rings:
    """A volunteer's page or phone reports that it really rings."""

    offer: UUID


@dataclass(frozen=True)
class Ready:
    """A volunteer says: sober, alone, undistracted, with time."""

    offer: UUID


@dataclass(frozen=True)
class Passes:
    """A volunteer passes; `off_duty` when they step off duty with the same key."""

    offer: UUID
    off_duty: bool = False


@dataclass(frozen=True)
class VolunteerAway:
    """The page of a volunteer who has a seat is gone; `closed` as for the caller."""

    offer: UUID
    closed: bool


@dataclass(frozen=True)
class VolunteerReturns:
    """The page of a volunteer who has a seat is here again."""

    offer: UUID


@dataclass(frozen=True)
class Leaves:
    """A helper leaves the conversation."""

    offer: UUID


@dataclass(frozen=True)
class AsksHelp:
    """The volunteer asks for somebody to be brought in."""


@dataclass(frozen=True)
class CancelsHelp:
    """The volunteer needs nobody any more."""


@dataclass(frozen=True)
class DangerRaised:
    """Somebody says that somebody is in danger; `by` None is from outside, as a coordinator."""

    by: Seat | None


@dataclass(frozen=True)
class DialsHelp:
    """The caller rings emergency help: they tapped the number, or the volunteer says so."""

    by: Seat


@dataclass(frozen=True)
class SaysBack:
    """The volunteer says that the caller has spoken with help and is back."""


@dataclass(frozen=True)
class SafetyAnswered:
    """The volunteer answered the safety question after the talk."""

    answer: Safety


@dataclass(frozen=True)
class ClockTick:
    """A deadline of this call may have passed."""


@dataclass(frozen=True)
class ClockResumed:
    """The clock stood still: a start, or a gap. What waits for a sign of life begins again."""


Event = (
    CallerStops
    | CallerExits
    | CallerAway
    | CallerReturns
    | CallerChooses
    | CallerRelaxes
    | CallerAnswers
    | CallBackAsked
    | CallBackAnswered
    | CallerUnreached
    | Reports
    | Alive
    | Ends
    | Rings
    | Ready
    | Passes
    | VolunteerAway
    | VolunteerReturns
    | Leaves
    | AsksHelp
    | CancelsHelp
    | DangerRaised
    | DialsHelp
    | SaysBack
    | SafetyAnswered
    | ClockTick
    | ClockResumed
)
