"""The rules while the caller rings emergency help and speaks with them (rules E02, E07).

It is no drop and nobody is rung back: the volunteer is kept and gets no other offer, and one
tap joins the same two again. When the time is over, both sides are asked before anything ends.
`missing` names the caller once they are asked.
"""

from dataclasses import replace
from datetime import datetime

from stepline.core import events as e
from stepline.core import searches, seats, second_seat, talks
from stepline.core.calls import (
    Call,
    ForgetSignals,
    Help,
    LeftBy,
    Outcome,
    Seat,
    Stale,
    State,
    Step,
    Tell,
)


def dials(call: Call, event: e.DialsHelp, now: datetime) -> Step:
    """The caller rings for help in or after a talk: everything is kept for them."""
    call = seats.end_seat(call, Seat.RESPONDER, Outcome.TAKEN, now, but=seats.holder(call))
    step = talks.danger(call, e.DangerRaised(event.by), now)
    dialling = replace(
        step.call,
        state=State.DIALLING_HELP,
        until_at=now + call.timing.dialling,
        look_again_at=None,
        missing=None,
        help_until_at=None if step.call.help is Help.JOINING else step.call.help_until_at,
    )
    return Step(dialling, (*step.effects, ForgetSignals(), *searches.hang_up(call)))


def dials_unheard(call: Call, event: e.DialsHelp, now: datetime) -> Step:
    """The caller rings for help while nobody sits with them: what goes on here goes on."""
    return searches.danger(call, e.DangerRaised(event.by), now)


def joins_again(call: Call, event: e.CallerReturns, now: datetime) -> Step:
    """The caller is back: the same two join again, and a helper who waits joins with them."""
    if call.help is Help.JOINING:
        call = replace(call, help_until_at=now + 2 * call.timing.connect)
    return talks.join_with(replace(call, caller_here=True, missing=None), now)


def says_back(call: Call, event: e.SaysBack, now: datetime) -> Step | Stale:
    """The volunteer says that they are back; their page has to be here to be joined."""
    if not call.caller_here or searches.hang_up(call):
        return Stale("nobody is rung back unasked, and their page isn't here yet")
    return joins_again(call, e.CallerReturns(), now)


def page_goes(call: Call, event: e.CallerAway, now: datetime) -> Step:
    """A telephone that rings somebody puts the page away: nothing ends by it."""
    return Step(replace(call, caller_here=False))


def helper_ready(call: Call, event: e.Ready, now: datetime) -> Step | Stale:
    """A helper said ready: they wait with the volunteer, however long the caller is away."""
    outcome = talks.helper_ready(call, event, now)
    if isinstance(outcome, Stale):
        return outcome
    return Step(replace(outcome.call, help_until_at=None), outcome.effects)


def tick(call: Call, event: e.Event, now: datetime) -> Step:
    """When the time is over ask both sides; unanswered, nobody is held and it is told."""
    if call.until_at is not None and now < call.until_at:
        return second_seat.tick(call, now)
    if call.missing is None:
        until_at = now + call.timing.place
        return Step(replace(call, missing=Seat.CALLER, until_at=until_at))
    return talks.closing(call, LeftBy.LOST, now).also(Tell("help_unconfirmed"))


def resume(call: Call, event: e.ClockResumed, now: datetime) -> Step:
    """The clock stood still: the caller gets the full time again."""
    time = call.timing.place if call.missing else call.timing.dialling
    return Step(replace(call, until_at=now + time))
