"""A promised call back: it has an owner and a due time until it is kept or the caller stops.

Without a telephone the caller comes back to the page with a code. The owner is asked ten
minutes before; who doesn't confirm is followed by the next, and when nobody is left the
coordinator is told and owns it.
"""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from stepline.core import seats
from stepline.core.calls import (
    Call,
    ClosedBy,
    HangUpCaller,
    Offer,
    Outcome,
    Promise,
    Ring,
    Seat,
    Stale,
    State,
    Step,
    Tell,
)
from stepline.core.events import CallBackAnswered, CallBackAsked


def promise(call: Call, event: CallBackAsked, now: datetime) -> Step | Stale:
    """Promise a call back at a time that a named volunteer owns; all ringing stops."""
    if event.due_at <= now:
        return Stale("that time has passed")
    call = replace(
        seats.end_all(call, Outcome.STOPPED, now),
        state=State.PROMISED,
        reason=None,
        look_again_at=None,
        promise=Promise(due_at=event.due_at, owner=event.owner, by_phone=event.by_phone),
    )
    return Step(replace(call, until_at=next_look(call)))


def next_look(call: Call) -> datetime:
    """Give the instant at which the promise needs looking at."""
    due_at = promised(call).due_at
    asked = already_asked(call) or promised(call).told or promised(call).confirmed
    return ends_at(call) if asked else due_at - call.timing.warn_owner


def ends_at(call: Call) -> datetime:
    """Give when waiting is over: a number is rung when due, a caller has time to come."""
    mine = promised(call)
    return mine.due_at if mine.by_phone else mine.due_at + call.timing.await_caller


def promised(call: Call) -> Promise:
    """Give the promise of a call in PROMISED, which always has one."""
    if call.promise is None:
        raise ValueError("a promised call without its promise")
    return call.promise


def already_asked(call: Call) -> set[UUID]:
    """Give those who were asked to confirm this call back."""
    return {offer.volunteer for offer in call.offers if offer.seat is Seat.OWNER}


def tick(call: Call, now: datetime) -> Step:
    """Ask the owner when it is time, the next when they don't confirm; close when all is over."""
    call = seats.expire(call, Seat.OWNER, now)
    too_early = now < promised(call).due_at - call.timing.warn_owner
    if too_early or promised(call).confirmed or seats.ringing(call, Seat.OWNER):
        return Step(replace(call, until_at=next_look(call)))
    return ask_next(call, now)


def owner_first(call: Call, owner: UUID | None) -> tuple[UUID, ...]:
    """Give whom to ring: the owner, who may be off duty by now, then those who may be rung."""
    others = tuple(fit.volunteer for fit in call.candidates if fit.volunteer != owner)
    return ((owner,) if owner else ()) + others


def ask_next(call: Call, now: datetime) -> Step:
    """Ring the owner, or the next who may own it; with nobody left tell the coordinator, once."""
    owner, asked = promised(call).owner, already_asked(call)
    order = owner_first(call, owner)
    left = tuple(volunteer for volunteer in order if volunteer not in asked)
    again_at = now + call.timing.limit
    until_at = ends_at(call)
    if left:
        call = replace(call, until_at=until_at, look_again_at=again_at)
        return Step(call, (Ring(seat=Seat.OWNER, volunteers=left, how_many=1),))
    told = promised(call).told
    unowned = replace(promised(call), owner=None, told=True)
    call = replace(call, promise=unowned, until_at=until_at, look_again_at=again_at)
    return Step(call) if told else Step(call, (Tell("call_back_unowned"),))


def confirm(call: Call, offer: Offer, now: datetime) -> Step:
    """The volunteer will keep it: they own it now and nobody else is asked."""
    call = seats.end(call, offer, Outcome.CONFIRMED, now)
    call = seats.end_seat(call, Seat.OWNER, Outcome.TAKEN, now)
    mine = replace(promised(call), owner=offer.volunteer, confirmed=True)
    return Step(replace(call, promise=mine, look_again_at=None, until_at=next_look(call)))


def decline(call: Call, offer: Offer, outcome: Outcome, now: datetime) -> Step:
    """The volunteer can't keep it: the next is asked at once."""
    return ask_next(seats.end(call, offer, outcome, now), now)


def answered(call: Call, event: CallBackAnswered, now: datetime) -> Step | Stale:
    """Note that the owner keeps it, unasked, or can't after all: then the next is asked."""
    mine = promised(call)
    if mine.owner != event.volunteer:
        return Stale("this call back is somebody else's")
    if event.keeps:
        return Step(replace(call, promise=replace(mine, confirmed=True)))
    call = replace(call, promise=replace(mine, owner=None, confirmed=False))
    return Step(replace(call, look_again_at=now))


def ring_owner_first(call: Call, now: datetime, *, caller_here: bool = True) -> Step:
    """Ring the owner's phone and the next ones with it: the caller came, or will be rung."""
    owner = promised(call).owner
    call = seats.end_seat(call, Seat.OWNER, Outcome.CONFIRMED, now)
    order = owner_first(call, owner)
    call = replace(
        call, state=State.RINGING, until_at=None, limit_at=now + call.timing.limit, reason=None
    )
    call = replace(call, caller_here=caller_here, look_again_at=now + call.timing.look_again)
    call = replace(call, heard_until_at=now + call.timing.hear)
    ring = Ring(seat=Seat.RESPONDER, volunteers=order, how_many=call.timing.at_once)
    return Step(call, (ring,)) if order else Step(call)


def rings_caller(call: Call) -> bool:
    """Say whether this is a call back for which we ring the caller, who isn't here."""
    return call.promise is not None and call.promise.by_phone and not call.caller_here


def put_off(call: Call, now: datetime) -> Step:
    """Nobody could take it, or the caller's phone didn't answer: try again later, a few times.

    The coordinator is told each time. At most `most_tries`; then the number goes.
    """
    call = seats.end_all(call, Outcome.STOPPED, now)
    mine = promised(call)
    due_at, tries = now + call.timing.try_again, mine.tries + 1
    later = replace(mine, due_at=due_at, tries=tries, owner=None, confirmed=False, told=False)
    call = replace(call, state=State.PROMISED, promise=later, reason=None, conversation=None)
    call = replace(call, until_at=due_at - call.timing.warn_owner, look_again_at=None)
    return Step(call, (Tell("call_back_missed"), HangUpCaller()))


def kept(call: Call) -> Call:
    """Note that the promise was kept: the two talk."""
    return replace(call, promise=replace(call.promise, kept=True)) if call.promise else call


def closes_as(call: Call) -> ClosedBy:
    """Say how a call ends whose caller did not come back."""
    return ClosedBy.CALL_BACK if call.promise else ClosedBy.LOST
