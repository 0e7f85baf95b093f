"""The values that dispatch decides on: a call, its offers, its times.

Everything here is frozen. A decision makes a new value; the action that asked for it writes
what changed. See `dispatch` for the table of transitions.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID


class State(StrEnum):
    """Where a call stands. Every state but CLOSED has a deadline."""

    RINGING = "ringing"  # volunteers are being rung; the caller waits
    CHOOSING = "choosing"  # the caller is asked what they want; ringing goes on meanwhile
    AWAY = "away"  # the caller's page is gone: phones ring on, no new one starts
    KEPT = "kept"  # the caller is gone: nobody rings, their place is kept
    CONNECTING = "connecting"  # somebody said ready; the voices are joining
    TALKING = "talking"  # both sides hear each other
    CUT_OFF = "cut_off"  # they were talking and one side is gone; the other is kept
    DIALLING_HELP = "dialling_help"  # the caller speaks with emergency help; all is kept for them
    CLOSING = "closing"  # the talk is over; the volunteer is asked whether the caller is safe
    PROMISED = "promised"  # a call back is promised
    CLOSED = "closed"  # nothing more will happen


class Seat(StrEnum):
    """A place in a conversation, or what a volunteer is rung for."""

    CALLER = "caller"
    RESPONDER = "responder"
    HELPER = "helper"
    OWNER = "owner"  # asked to confirm that they will keep a call back


class OfferState(StrEnum):
    """Where one live offer stands."""

    PLACED = "placed"  # sent; no page or phone has said that it rings
    RINGING = "ringing"  # it rings, as the page or phone itself reported
    UNREACHED = "unreached"  # nothing rang within the reach time; may still answer late
    STANDBY = "standby"  # said ready while somebody else is connecting
    ACCEPTED = "accepted"  # has the seat: connecting, talking or closing


class Outcome(StrEnum):
    """How an offer ended."""

    PASSED = "passed"  # the volunteer passed; costs nothing
    SILENT = "silent"  # it rang and nobody answered
    UNREACHED = "unreached"  # it never rang
    OFF_DUTY = "off_duty"  # the volunteer went off duty instead
    STOPPED = "stopped"  # the caller stopped, left or chose something else
    TAKEN = "taken"  # somebody else took it
    FAILED = "failed"  # said ready, but the voices did not join, or the page vanished
    LEFT = "left"  # the volunteer left the conversation
    CONFIRMED = "confirmed"  # confirmed that they will keep the call back
    DONE = "done"  # the conversation ended


class Wish(StrEnum):
    """With whom the caller wishes to talk (rule C08): asked, never inferred."""

    ANYONE = "anyone"
    WOMAN = "woman"
    MAN = "man"


class Trait(StrEnum):
    """What a caller's wish is about; each can be dropped by the caller's own word."""

    GENDER = "gender"
    LANGUAGE = "language"
    FELLOWSHIP = "fellowship"
    GROUP = "group"
    PLACE = "place"


class Reason(StrEnum):
    """Why the caller is asked to choose."""

    LIMIT = "limit"  # the line's limit was reached
    NOBODY = "nobody"  # nobody suitable can be reached
    NO_VOICE = "no_voice"  # the voices could not join


class ClosedBy(StrEnum):
    """How a call ended."""

    TALKED = "talked"
    STOPPED = "stopped"
    EXIT = "exit"
    LOST = "lost"
    CALL_BACK = "call_back"


class LeftBy(StrEnum):
    """How a conversation ended, as the volunteer is told."""

    END = "end"
    EXIT = "exit"  # by the exit control: never ring back
    LOST = "lost"


class LegStep(StrEnum):
    """How far a side has come in joining its voice, in order."""

    NONE = "none"
    PAGE = "page"
    REFUSED = "refused"  # no microphone
    MICROPHONE = "microphone"
    OFFER = "offer"
    ANSWER = "answer"
    CONNECTED = "connected"
    HEARING = "hearing"
    VOICES_LOST = "voices_lost"


class Help(StrEnum):
    """Where 'bring someone in' stands."""

    NONE = "none"
    RINGING = "ringing"
    JOINING = "joining"
    JOINED = "joined"
    NOBODY = "nobody"


class Safety(StrEnum):
    """What the volunteer said of the caller's safety after the talk."""

    ALL_RIGHT = "all_right"
    WORRIED = "worried"
    DANGER = "danger"
    UNKNOWN = "unknown"


@dataclass(frozen=True, kw_only=True)
class Timing:
    """How long each step may take; the line sets the first three (domain section 4)."""

    limit: timedelta = timedelta(seconds=120)  # then the caller is asked what they want
    ring: timedelta = timedelta(seconds=25)  # one phone, from its first real ring
    at_once: int = 8  # phones ringing at the same time, at most
    at_once_in_danger: int = 4
    price: timedelta = timedelta(seconds=5)  # what one more ring may cost, in waiting
    reach: timedelta = timedelta(seconds=2)  # until a phone must have said that it rings
    connect: timedelta = timedelta(seconds=15)  # until both sides must hear
    away: timedelta = timedelta(seconds=20)  # a reload looks like leaving: wait this long
    hear: timedelta = timedelta(seconds=90)  # a waiting page speaks each 20 s; hidden, each 60
    place: timedelta = timedelta(minutes=10)  # how long a place is kept
    dialling: timedelta = timedelta(minutes=20)  # with emergency help, before both are asked
    silence: timedelta = timedelta(seconds=60)  # a talk without any sign of life
    closing: timedelta = timedelta(minutes=10)  # a volunteer is never held longer
    look_again: timedelta = timedelta(seconds=5)  # a search that found nobody
    help: timedelta = timedelta(seconds=60)  # bringing someone in, all in all
    help_ring: timedelta = timedelta(seconds=20)  # one helper
    warn_owner: timedelta = timedelta(minutes=10)  # before a call back is due
    await_caller: timedelta = timedelta(minutes=30)  # after it is due
    dial: timedelta = timedelta(seconds=45)  # until the caller's own phone must have joined
    try_again: timedelta = timedelta(minutes=15)  # after a call back that could not be kept
    most_tries: int = 3  # then the number is erased (domain 3.7: two or three tries)


@dataclass(frozen=True, kw_only=True)
class Chance:
    """What one ring may bring: ready, pass or silence, and how soon an answer comes.

    `ready` and `passes` are shares from 0 to 1 and at most 1 together; the rest stays silent.
    The time to an answer is log-normal: its median, and the spread of its logarithm.
    """

    ready: float = 0.5
    passes: float = 0.1
    median_seconds: float = 8.0
    sigma: float = 0.6


@dataclass(frozen=True, kw_only=True)
class Fit:
    """Somebody who may be rung for a call at this instant, and what a ring may bring."""

    volunteer: UUID
    chance: Chance = Chance()
    ring: timedelta | None = None  # their own ring time; None stands for the line's
    standby: bool = False  # off shift, in hours that they chose
    rested_since_at: datetime | None = None  # the later of last ring and talk; None: never
    where: str = ""  # the situation that the chance is known for (core.habits)
    pretend: bool = False  # of a demonstration: only after whoever is really there


@dataclass(frozen=True, kw_only=True)
class Offer:
    """One volunteer being asked to take one seat of one call."""

    id: UUID
    volunteer: UUID
    seat: Seat
    state: OfferState
    placed_at: datetime
    reach_by_at: datetime
    ends_at: datetime
    ended_at: datetime | None = None
    outcome: Outcome | None = None
    rang_at: datetime | None = None  # when a page or phone said that it really rings
    chance: Chance = Chance()
    where: str = ""  # the situation in which it rang (core.habits)
    ring: timedelta | None = None
    standby: bool = False  # rung off shift, because nobody on duty suited
    joined_at: datetime | None = None  # when a conversation began, which is what tires

    @property
    def live(self) -> bool:
        """Say whether this offer still occupies its volunteer."""
        return self.ended_at is None


@dataclass(frozen=True, kw_only=True)
class Promise:
    """A call back as dispatch sees it."""

    due_at: datetime
    owner: UUID | None
    confirmed: bool = False
    told: bool = False  # the coordinator knows that nobody owns it
    kept: bool = False
    by_phone: bool = False  # we ring the caller's number, masked; else they come to the page
    tries: int = 0  # how often it could not be kept at its time


@dataclass(frozen=True, kw_only=True)
class Call:
    """One call as dispatch sees it, with the people who may be rung for it now.

    `candidates`, `standby` and `helpers` are in the order in which they should be rung, and
    hold only people who may be rung at this instant; `standby` when nobody on duty suits,
    `captains` when nobody else does or
    the limit is a ring away.
    `spare_id` names the next conversation, since this layer has no randomness of its own.
    """

    id: UUID
    state: State
    timing: Timing
    asked_at: datetime
    limit_at: datetime
    until_at: datetime | None = None
    look_again_at: datetime | None = None
    heard_until_at: datetime | None = None  # a waiting caller's page must speak before this
    offers: tuple[Offer, ...] = ()
    candidates: tuple[Fit, ...] = ()
    standby: tuple[Fit, ...] = ()
    captains: tuple[Fit, ...] = ()
    helpers: tuple[UUID, ...] = ()
    spare_id: UUID
    reason: Reason | None = None
    closed_by: ClosedBy | None = None
    left_by: LeftBy | None = None
    wish: Wish = Wish.ANYONE
    wishes: frozenset[Trait] = frozenset()  # those that the caller has and has not dropped
    relaxed: frozenset[Trait] = frozenset()  # those that the caller dropped
    caller_here: bool = True
    missing: Seat | None = None
    conversation: UUID | None = None
    caller_step: LegStep = LegStep.NONE
    responder_step: LegStep = LegStep.NONE
    connected_at: datetime | None = None
    failures: int = 0
    help: Help = Help.NONE
    help_until_at: datetime | None = None
    safety: Safety | None = None
    danger: bool = False
    promise: Promise | None = None


@dataclass(frozen=True, kw_only=True)
class Ring:
    """Ring up to `how_many` of these volunteers, in this order, for a seat."""

    seat: Seat
    volunteers: tuple[UUID, ...]
    how_many: int


@dataclass(frozen=True)
class Tell:
    """Tell the coordinator; `kind` is one of the kinds of a notice."""

    kind: str


@dataclass(frozen=True)
class ForgetSignals:
    """Delete the signals of this call: they hold network addresses."""


@dataclass(frozen=True)
class DialCaller:
    """Ring the caller's own telephone, masked, for a call back that they asked for."""


@dataclass(frozen=True)
class HangUpCaller:
    """End the leg of the caller's own telephone, if there is one."""


Effect = Ring | Tell | ForgetSignals | DialCaller | HangUpCaller


@dataclass(frozen=True)
class Step:
    """What an event led to: the call as it is now, and what must be done in the world."""

    call: Call
    effects: tuple[Effect, ...] = ()

    def also(self, *effects: Effect) -> "Step":
        """Give this step with further effects."""
        return Step(self.call, self.effects + effects)


@dataclass(frozen=True)
class Stale:
    """The event came too late or does not apply; nothing changed. `why` names it for the log."""

    why: str
