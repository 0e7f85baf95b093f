"""Between a call's rows and the value that dispatch decides on."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypedDict
from uuid import UUID, uuid4

from django.db.models import QuerySet

from stepline import models
from stepline.actions import habits, matching
from stepline.core import calls as core
from stepline.core import dispatch
from stepline.core import events as e
from stepline.core.calls import State
from stepline.core.matching import wishes
from stepline.models.statements import kept


class Plain(TypedDict):
    """The columns that are one value each, as dispatch sees them."""

    reason: core.Reason | None
    closed_by: core.ClosedBy | None
    left_by: core.LeftBy | None
    wish: core.Wish
    relaxed: frozenset[core.Trait]
    caller_here: bool
    missing: core.Seat | None
    conversation: UUID | None
    caller_step: core.LegStep
    responder_step: core.LegStep
    connected_at: datetime | None
    failures: int
    help: core.Help
    help_until_at: datetime | None
    safety: core.Safety | None
    danger: bool


def plain(row: models.Call) -> Plain:
    """Read the columns that are one value each."""
    return Plain(
        reason=core.Reason(row.reason) if row.reason else None,
        closed_by=core.ClosedBy(row.closed_by) if row.closed_by else None,
        left_by=core.LeftBy(row.left_by) if row.left_by else None,
        wish=core.Wish(row.wish),
        relaxed=frozenset(map(core.Trait, row.relaxed)),
        caller_here=row.caller_here,
        missing=core.Seat(row.missing) if row.missing else None,
        conversation=row.conversation,
        caller_step=core.LegStep(row.caller_step),
        responder_step=core.LegStep(row.responder_step),
        connected_at=row.connected_at,
        failures=row.failures,
        help=core.Help(row.help),
        help_until_at=row.help_until_at,
        safety=core.Safety(row.safety) if row.safety else None,
        danger=row.danger,
    )


def timing(line: models.Line) -> core.Timing:
    """Give a line's own times; the rest are dispatch's."""
    return core.Timing(
        limit=timedelta(seconds=line.limit_seconds),
        ring=timedelta(seconds=line.ring_seconds),
        at_once=line.at_once,
        price=timedelta(seconds=line.ring_price_seconds),
    )


def offer_value(row: models.Offer) -> core.Offer:
    """Give an offer as dispatch sees it."""
    return core.Offer(
        id=row.pk,
        volunteer=row.volunteer_id,
        seat=core.Seat(row.seat),
        state=core.OfferState(row.state),
        placed_at=row.placed_at,
        reach_by_at=row.reach_by_at,
        ends_at=row.ends_at,
        ended_at=row.ended_at,
        outcome=core.Outcome(row.outcome) if row.outcome else None,
        rang_at=row.reached_at,
        chance=habits.chance_of(row.chance),
        where=row.chance.get("where", ""),
        ring=None if row.ring_seconds is None else timedelta(seconds=row.ring_seconds),
        standby=row.standby,
        joined_at=row.joined_at,
    )


@kept
def offers_of(call_id: UUID) -> QuerySet[models.Offer]:
    """Give a call's offers in the order in which they were placed."""
    return models.Offer.objects.filter(call=call_id).order_by("placed_at", "pk")


def promise_value(row: models.Call) -> core.Promise | None:
    """Give the call back of a call while it is promised; read with the row where it was."""
    promise: models.CallBack | None = getattr(row, "call_back", None)
    if promise is None or promise.ended_at is not None:
        return None
    return core.Promise(
        due_at=promise.due_at,
        owner=promise.owner_id,
        confirmed=promise.confirmed_at is not None,
        told=promise.unowned_told_at is not None,
        by_phone=promise.number_sealed is not None,
        tries=promise.tries,
    )


@dataclass(frozen=True)
class Seen:
    """A call as dispatch sees it, and the search that found whom may be rung for it."""

    call: core.Call
    search: matching.Search


def see(row: models.Call, event: e.Event, now: datetime) -> Seen:
    """Build what dispatch decides on from the rows, with those who may be rung at `now`.

    The roster is asked only where this event can make somebody's phone ring.
    """
    state = State(row.state)
    offers = tuple(offer_value(offer) for offer in offers_of(row.pk))
    rings = dispatch.may_ring(state, event)
    passing = event.offer if isinstance(event, e.Passes) else None
    others = tuple(offer for offer in offers if offer.id != passing)
    search = matching.search(row, others, now) if rings else matching.Search()
    asked = isinstance(event, e.AsksHelp | e.DangerRaised | e.DialsHelp)
    brings = row.danger or row.help != core.Help.NONE or asked
    call = core.Call(
        id=row.pk,
        state=state,
        timing=timing(row.line),
        asked_at=row.asked_at,
        limit_at=row.limit_at,
        until_at=row.until_at,
        look_again_at=row.look_again_at,
        heard_until_at=row.heard_until_at,
        offers=offers,
        candidates=search.candidates,
        standby=search.standby,
        captains=search.captains,
        helpers=matching.helpers(row, now) if brings else (),
        wishes=wishes(matching.wanted(row)),
        spare_id=uuid4(),
        promise=promise_value(row),
        **plain(row),
    )
    return Seen(call, search)


COLUMNS = (
    "state",
    "limit_at",
    "until_at",
    "look_again_at",
    "heard_until_at",
    "wish",
    "caller_here",
    "conversation",
    "caller_step",
    "responder_step",
    "connected_at",
    "failures",
    "help",
    "help_until_at",
    "danger",
)
# Text columns in which nothing is written as the empty text.
MAY_BE_EMPTY = ("reason", "closed_by", "left_by", "missing", "safety")


def write(row: models.Call, call: core.Call) -> None:
    """Copy a decided call onto its row, unsaved."""
    for name in COLUMNS:
        setattr(row, name, getattr(call, name))
    for name in MAY_BE_EMPTY:
        setattr(row, name, getattr(call, name) or "")
    row.relaxed = sorted(call.relaxed)
