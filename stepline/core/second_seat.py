"""The second seat: somebody is brought into a conversation, in turn, with a deadline.

Captain, then back-up, then coordinator (rule B11, D05). The volunteer sees the truth at each
step, and after the help time without anyone, the next step.
"""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from stepline.core import seats
from stepline.core.calls import Call, Help, LegStep, Offer, Outcome, Ring, Seat, Stale, Step, Tell

OPEN = {Help.RINGING, Help.JOINING, Help.JOINED}


def asks(call: Call, now: datetime) -> Step | Stale:
    """Begin to bring somebody in; the coordinator is told."""
    if call.help in OPEN:
        return Stale("help is already on its way")
    call = replace(call, help=Help.RINGING, help_until_at=now + call.timing.help)
    return ring_next(call, now).also(Tell("help_wanted"))


def opens(call: Call, now: datetime) -> Step:
    """Begin to bring somebody in because of danger, unasked; once for each call.

    The coordinator is told of the danger itself.
    """
    if call.help is not Help.NONE or any(offer.seat is Seat.HELPER for offer in call.offers):
        return Step(call)
    call = replace(call, help=Help.RINGING, help_until_at=now + call.timing.help)
    return ring_next(call, now)


def ring_next(call: Call, now: datetime) -> Step:
    """Ring the next helper when none is ringing; say 'nobody' when none is left or time is up."""
    call = seats.expire(call, Seat.HELPER, now)
    if call.help is not Help.RINGING:
        return Step(call)
    if call.help_until_at is not None and call.help_until_at <= now:
        return nobody(call, now)
    if seats.ringing(call, Seat.HELPER):
        return Step(call)
    left = untried(call)
    if not left:
        return Step(call) if seats.live(call, Seat.HELPER) else nobody(call, now)
    return Step(call, (Ring(seat=Seat.HELPER, volunteers=left, how_many=1),))


def untried(call: Call) -> tuple[UUID, ...]:
    """Give the helpers who have not been rung for this conversation yet, in order."""
    tried = {offer.volunteer for offer in call.offers if offer.seat is Seat.HELPER}
    return tuple(helper for helper in call.helpers if helper not in tried)


def nobody(call: Call, now: datetime) -> Step:
    """Say that nobody could be brought in; the coordinator is told."""
    call = seats.end_seat(call, Seat.HELPER, Outcome.STOPPED, now)
    return Step(replace(call, help=Help.NOBODY, help_until_at=None), (Tell("help_nobody"),))


def ready(call: Call, offer: Offer, now: datetime) -> Step | Stale:
    """Give a helper the second seat: their voice joins within the connect time."""
    if call.help is not Help.RINGING:
        return Stale("help is no longer wanted")
    call = seats.accept(seats.end_seat(call, Seat.HELPER, Outcome.TAKEN, now, but=offer), offer)
    return Step(replace(call, help=Help.JOINING, help_until_at=now + call.timing.connect))


def passes(call: Call, offer: Offer, outcome: Outcome, now: datetime) -> Step:
    """A helper passes or leaves; the next is rung while help is still wanted."""
    had_seat = seats.holder(call, Seat.HELPER) == offer
    call = seats.end(call, offer, outcome, now)
    if had_seat:
        return Step(replace(call, help=Help.NONE, help_until_at=None))
    return ring_next(call, now)


def reports(call: Call, step: LegStep, now: datetime) -> Step:
    """The helper's page says how far it has come; hearing means joined."""
    if call.help is Help.JOINING and step is LegStep.HEARING:
        call = seats.begin_talk(call, Seat.HELPER, now)
        return Step(replace(call, help=Help.JOINED, help_until_at=None))
    return Step(call)


def tick(call: Call, now: datetime) -> Step:
    """Do what is due for the second seat."""
    if call.help is Help.JOINING and call.help_until_at is not None and call.help_until_at <= now:
        call = seats.end_seat(call, Seat.HELPER, Outcome.FAILED, now)
        call = replace(call, help=Help.RINGING, help_until_at=now + call.timing.help)
    return ring_next(call, now)


def over(call: Call, now: datetime) -> Call:
    """The conversation is over: the second seat is empty and nobody is rung for it."""
    call = seats.end_seat(call, Seat.HELPER, Outcome.DONE, now)
    return replace(call, help=Help.NONE, help_until_at=None)
