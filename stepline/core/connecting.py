"""The rules while two voices are joining.

Connected means that both sides report hearing; else the side that failed is named by its
last reported step. A volunteer's failure resumes ringing; two of them, or the caller's own,
lead to a choice.
"""

from dataclasses import replace
from datetime import datetime

from stepline.core import callbacks, searches, seats, second_seat, talks
from stepline.core import events as e
from stepline.core.calls import (
    Call,
    ClosedBy,
    ForgetSignals,
    LeftBy,
    LegStep,
    Outcome,
    Reason,
    Seat,
    Stale,
    State,
    Step,
)

MOST_FAILURES = 2
ORDER = list(LegStep)
# Offer and answer are the two sides' names for the same step.
RANK = {step: ORDER.index(step) for step in LegStep} | {LegStep.ANSWER: ORDER.index(LegStep.OFFER)}


def connect(call: Call, event: e.Ready, now: datetime) -> Step | Stale:
    """Somebody said ready: their voice and the caller's join. Other phones ring on meanwhile."""
    offer = seats.find(call, event.offer)
    if offer is None or offer.seat is not Seat.RESPONDER:
        return Stale("this ring is over")
    return talks.join_with(seats.accept(call, offer), now)


def ready_too(call: Call, event: e.Ready, now: datetime) -> Step | Stale:
    """A second 'ready' while the first is connecting waits; a helper's takes the second seat."""
    offer = seats.find(call, event.offer)
    if offer is None:
        return Stale("this ring is over")
    if offer.seat is Seat.HELPER:
        return second_seat.ready(call, offer, now)
    if offer == seats.holder(call):
        return Stale("already connecting")
    return Step(seats.stand_by(call, offer, now))


def steps_out(call: Call, event: e.Passes, now: datetime) -> Step | Stale:
    """Somebody passes while one is connecting: the winner, one who rings or waits, a helper."""
    offer = seats.find(call, event.offer)
    if offer is None:
        return Stale("this ring is over")
    outcome = Outcome.OFF_DUTY if event.off_duty else Outcome.PASSED
    if offer.seat is Seat.HELPER:
        return second_seat.passes(call, offer, outcome, now)
    if offer == seats.holder(call):
        return next_volunteer(seats.end(call, offer, outcome, now), now)
    return Step(seats.end(call, offer, outcome, now))


def next_volunteer(call: Call, now: datetime) -> Step:
    """The winner is gone: whoever waits takes the seat at once, else ringing resumes."""
    waiting = seats.on_standby(call)
    if waiting is not None:
        return talks.join_with(seats.accept(call, waiting), now)
    if call.connected_at is not None:
        return searches.search_anew(second_seat.over(call, now), None, now)
    call = replace(
        second_seat.over(call, now), state=State.RINGING, until_at=None, conversation=None
    )
    call = replace(call, heard_until_at=now + call.timing.hear)
    return searches.tick_ringing(call, e.ClockTick(), now)


def reports_joining(call: Call, event: e.Reports, now: datetime) -> Step | Stale:
    """A side says how far it has come; when both hear, they talk."""
    if event.conversation != call.conversation:
        return Stale("a report of another conversation")
    if event.seat is Seat.HELPER:
        return second_seat.reports(call, event.step, now)
    if event.step is LegStep.REFUSED:
        failed = caller_failed if event.seat is Seat.CALLER else responder_failed
        return failed(call, now)
    if event.step is LegStep.VOICES_LOST:
        return Step(call)  # not joined yet: the deadline decides
    call = raise_step(call, event)
    both = call.caller_step is LegStep.HEARING and call.responder_step is LegStep.HEARING
    return joined(call, now) if both else Step(call)


def raise_step(call: Call, event: e.Reports) -> Call:
    """Note the furthest step that a side reported; reports may come out of order."""
    if event.seat is Seat.CALLER:
        furthest = max(call.caller_step, event.step, key=RANK.__getitem__)
        return replace(call, caller_step=furthest)
    furthest = max(call.responder_step, event.step, key=RANK.__getitem__)
    return replace(call, responder_step=furthest)


def joined(call: Call, now: datetime) -> Step:
    """Both hear: only now are the other phones told to stop."""
    call = seats.end_seat(call, Seat.RESPONDER, Outcome.TAKEN, now, but=seats.holder(call))
    talking = replace(
        callbacks.kept(seats.begin_talk(call, Seat.RESPONDER, now)),
        state=State.TALKING,
        until_at=now + call.timing.silence,
        connected_at=call.connected_at or now,
        caller_here=True,
        missing=None,
    )
    step = second_seat.opens(talking, now) if talking.danger else Step(talking)
    return step.also(ForgetSignals())


def tick_connecting(call: Call, event: e.Event, now: datetime) -> Step:
    """Past the deadline, the side that came less far has failed; a tie is the volunteer's."""
    call = seats.expire(call, Seat.RESPONDER, now)
    if call.until_at is not None and now < call.until_at:
        return second_seat.tick(call, now)
    caller_behind = RANK[call.caller_step] < RANK[call.responder_step]
    if caller_behind or not call.caller_here:
        return caller_failed(call, now)
    return responder_failed(call, now)


def caller_failed(call: Call, now: datetime) -> Step:
    """The caller's side did not join: after a talk the place is kept, else they choose."""
    if call.connected_at is not None:
        return talks.cut_off(call, Seat.CALLER, now)
    if callbacks.rings_caller(call):
        return searches.put_off(second_seat.over(call, now), now)
    if call.caller_here:
        return searches.choose(Step(second_seat.over(call, now)), Reason.NO_VOICE, now)
    return searches.keep_place(second_seat.over(call, now), now)


def caller_unreached(call: Call, event: e.CallerUnreached, now: datetime) -> Step | Stale:
    """The caller's own telephone did not answer: the volunteer is told, we try again later."""
    if not callbacks.rings_caller(call):
        return Stale("no telephone is being rung")
    return caller_failed(call, now)


def responder_failed(call: Call, now: datetime) -> Step:
    """The volunteer's side did not join: somebody else is found, twice at most."""
    held = seats.holder(call)
    if held is not None:
        call = seats.end(call, held, Outcome.FAILED, now)
    call = replace(call, failures=call.failures + 1)
    if call.failures >= MOST_FAILURES and seats.on_standby(call) is None:
        return searches.choose(Step(second_seat.over(call, now)), Reason.NO_VOICE, now)
    return next_volunteer(call, now)


def resume_connecting(call: Call, event: e.ClockResumed, now: datetime) -> Step:
    """The clock stood still: both sides get the full time to join."""
    return Step(replace(seats.begin_again(call, now), until_at=now + call.timing.connect))


def caller_here_again(call: Call, event: e.CallerReturns, now: datetime) -> Step:
    """The caller's page is back while joining: a fresh page joins the same conversation."""
    return Step(replace(call, caller_here=True))


def ends_early(call: Call, event: e.Ends, now: datetime) -> Step | Stale:
    """Ending while joining: the caller stops; a volunteer steps out and the next is found."""
    if event.seat is Seat.CALLER:
        return talks.over(call, LeftBy.END, ClosedBy.STOPPED, now)
    if call.connected_at is not None:
        return talks.closing(call, LeftBy.END, now)
    held = seats.holder(call)
    if held is None:
        return Stale("nobody is connecting")
    return next_volunteer(seats.end(call, held, Outcome.PASSED, now), now)
