"""The rules of a conversation: talking, being cut off, coming back, ending."""

from dataclasses import replace
from datetime import datetime

from stepline.core import callbacks, searches, seats, second_seat
from stepline.core import events as e
from stepline.core.calls import (
    Call,
    ClosedBy,
    DialCaller,
    ForgetSignals,
    Help,
    LeftBy,
    LegStep,
    Outcome,
    Safety,
    Seat,
    Stale,
    State,
    Step,
    Tell,
)


def join_with(call: Call, now: datetime) -> Step:
    """Begin a new conversation between the caller and whoever has the seat."""
    call = replace(
        call,
        state=State.CONNECTING,
        until_at=now + call.timing.connect,
        conversation=call.spare_id,
        caller_step=LegStep.NONE,
        responder_step=LegStep.NONE,
        missing=None,
        reason=None,
        look_again_at=None,
    )
    if not callbacks.rings_caller(call):
        return Step(call, (ForgetSignals(),))
    call = replace(call, until_at=now + call.timing.dial)
    return Step(call, (ForgetSignals(), DialCaller()))


def caller_flickers(call: Call, event: e.CallerAway, now: datetime) -> Step:
    """The caller's page is gone while it should join: the deadline decides."""
    return Step(replace(call, caller_here=False))


def still_talking(call: Call, event: e.Event, now: datetime) -> Step:
    """Either side's sign of life renews the talk's deadline."""
    return Step(replace(call, until_at=now + call.timing.silence))


def reports_talking(call: Call, event: e.Reports, now: datetime) -> Step | Stale:
    """In the talk a report is a sign of life; voices lost means joining anew."""
    if event.conversation != call.conversation:
        return Stale("a report of another conversation")
    if event.seat is Seat.HELPER:
        return second_seat.reports(call, event.step, now)
    if event.step is LegStep.VOICES_LOST:
        return join_with(call, now)
    return still_talking(call, event, now)


def tick_talking(call: Call, event: e.Event, now: datetime) -> Step:
    """A talk without any sign of life is cut off; the place is kept for the caller."""
    if call.until_at is not None and now >= call.until_at:
        return cut_off(call, Seat.CALLER, now)
    return second_seat.tick(call, now)


def cut_off(call: Call, missing: Seat, now: datetime) -> Step:
    """One side is gone: the other is kept, and gets no other offer meanwhile."""
    time = call.timing.place if missing is Seat.CALLER else call.timing.away
    call = seats.end_seat(call, Seat.RESPONDER, Outcome.TAKEN, now, but=seats.holder(call))
    call = replace(call, state=State.CUT_OFF, missing=missing, until_at=now + time)
    return Step(replace(call, caller_here=missing is not Seat.CALLER), (ForgetSignals(),))


def caller_cut_off(call: Call, event: e.CallerAway, now: datetime) -> Step | Stale:
    """The caller's page closed during the talk; a lost stream alone is no end of voices."""
    if not event.closed:
        return Stale("the voices may go on without the page's stream")
    return cut_off(call, Seat.CALLER, now)


def volunteer_cut_off(call: Call, event: e.VolunteerAway, now: datetime) -> Step | Stale:
    """The volunteer's page closed during the talk; a helper's leaves the seat."""
    offer = seats.find(call, event.offer)
    if offer is None or not event.closed:
        return Stale("the voices may go on without the page's stream")
    if offer.seat is Seat.HELPER:
        return second_seat.passes(call, offer, Outcome.LEFT, now)
    return cut_off(call, Seat.RESPONDER, now)


def reconnect(call: Call, event: e.Event, now: datetime) -> Step:
    """A page was loaded anew during the talk: the same two join again."""
    return join_with(replace(call, caller_here=True), now)


def volunteer_back(call: Call, event: e.VolunteerReturns, now: datetime) -> Step | Stale:
    """The volunteer's page was loaded anew during the talk."""
    offer = seats.find(call, event.offer)
    if offer is None or offer != seats.holder(call):
        return Stale("not your conversation")
    return join_with(call, now)


def caller_back_from_cut(call: Call, event: e.CallerReturns, now: datetime) -> Step:
    """The caller is back: to the same volunteer, unless that one is still missing."""
    call = replace(call, caller_here=True)
    return join_with(call, now) if call.missing is Seat.CALLER else Step(call)


def volunteer_back_from_cut(call: Call, event: e.VolunteerReturns, now: datetime) -> Step | Stale:
    """The volunteer is back: the two join again, unless the caller is the one missing."""
    offer = seats.find(call, event.offer)
    if offer is None or offer != seats.holder(call):
        return Stale("not your conversation")
    return Stale("waiting for the caller") if call.missing is Seat.CALLER else join_with(call, now)


def missing_is_alive(call: Call, event: e.Alive, now: datetime) -> Step | Stale:
    """The side we missed shows a sign of life: join again."""
    return join_with(call, now) if event.seat is call.missing else Stale("not the missing side")


def tick_cut_off(call: Call, event: e.Event, now: datetime) -> Step:
    """A volunteer who stays away is replaced; a caller who stays away is let go."""
    if call.until_at is not None and now < call.until_at:
        return second_seat.tick(call, now)
    if call.missing is Seat.CALLER:
        return closing(call, LeftBy.LOST, now)
    held = seats.holder(call)
    if held is not None:
        call = seats.end(call, held, Outcome.FAILED, now)
    return searches.search_anew(second_seat.over(call, now), None, now)


def resume_cut_off(call: Call, event: e.ClockResumed, now: datetime) -> Step:
    """The clock stood still: whoever is missing gets the full time to come back."""
    time = call.timing.place if call.missing is Seat.CALLER else call.timing.away
    return Step(replace(call, until_at=now + time))


def danger(call: Call, event: e.DangerRaised, now: datetime) -> Step:
    """Danger while somebody has the seat: a second person is brought in unasked."""
    raised = searches.danger(call, event, now)
    opened = second_seat.opens(raised.call, now)
    return Step(opened.call, raised.effects + opened.effects)


def caller_stops(call: Call, event: e.CallerStops, now: datetime) -> Step:
    """The caller ends it, before or during the talk."""
    return over(call, LeftBy.END, ClosedBy.STOPPED, now)


def caller_exits(call: Call, event: e.CallerExits, now: datetime) -> Step:
    """The caller left by the exit: the volunteer reads that nobody should ring back."""
    return over(call, LeftBy.EXIT, ClosedBy.EXIT, now)


def over(call: Call, left_by: LeftBy, closed_by: ClosedBy, now: datetime) -> Step:
    """End a conversation that may not have begun."""
    if call.connected_at is None:
        return searches.close(replace(call, left_by=left_by), closed_by, now)
    return closing(call, left_by, now)


def ends(call: Call, event: e.Ends, now: datetime) -> Step:
    """Either side ended the talk."""
    return closing(call, LeftBy.END, now)


def ends_cut_off(call: Call, event: e.Ends, now: datetime) -> Step:
    """The side that was left ends it; when the caller was missing, they were lost."""
    gone = call.missing is Seat.CALLER and event.seat is not Seat.CALLER
    return closing(call, LeftBy.LOST if gone else LeftBy.END, now)


def closing(call: Call, left_by: LeftBy, now: datetime) -> Step:
    """The talk is over; the volunteer is asked one question and never held for it."""
    call = seats.end_seat(call, Seat.RESPONDER, Outcome.TAKEN, now, but=seats.holder(call))
    call = replace(
        second_seat.over(call, now),
        state=State.CLOSING,
        left_by=left_by,
        until_at=now + call.timing.closing,
        conversation=None,
        missing=None,
    )
    return Step(call, (ForgetSignals(), *searches.hang_up(call)))


def safety_answered(call: Call, event: e.SafetyAnswered, now: datetime) -> Step:
    """The volunteer said how safe the caller is; a worry is told to the coordinator."""
    kinds = {
        Safety.WORRIED: "safety_worry",
        Safety.DANGER: "danger",
        Safety.UNKNOWN: "safety_unknown",
    }
    told = (Tell(kinds[event.answer]),) if event.answer in kinds else ()
    call = replace(call, safety=event.answer, danger=call.danger or event.answer is Safety.DANGER)
    return searches.close(call, ClosedBy.TALKED, now).also(*told)


def tick_closing(call: Call, event: e.Event, now: datetime) -> Step:
    """Unanswered, the question closes as 'not known' and the coordinator sees it."""
    if call.until_at is not None and now < call.until_at:
        return Step(call)
    call = replace(call, safety=Safety.UNKNOWN)
    return searches.close(call, ClosedBy.TALKED, now).also(Tell("safety_unknown"))


def resume_closing(call: Call, event: e.ClockResumed, now: datetime) -> Step:
    """The clock stood still: the volunteer gets the full time to answer."""
    return Step(replace(call, until_at=now + call.timing.closing))


def exit_after_talk(call: Call, event: e.CallerExits, now: datetime) -> Step:
    """The caller left the thanks page by the exit; the volunteer should know."""
    return Step(replace(call, left_by=LeftBy.EXIT))


def asks_help(call: Call, event: e.AsksHelp, now: datetime) -> Step | Stale:
    """The volunteer wants somebody brought in."""
    return second_seat.asks(call, now)


def cancels_help(call: Call, event: e.CancelsHelp, now: datetime) -> Step | Stale:
    """The volunteer needs nobody any more."""
    if call.help not in {Help.RINGING, Help.NOBODY}:
        return Stale("nobody is being rung")
    call = seats.end_seat(call, Seat.HELPER, Outcome.STOPPED, now)
    return Step(replace(call, help=Help.NONE, help_until_at=None))


def helper_ready(call: Call, event: e.Ready, now: datetime) -> Step | Stale:
    """A helper said ready."""
    offer = seats.find(call, event.offer)
    if offer is None or offer.seat is not Seat.HELPER:
        return Stale("this ring is over")
    return second_seat.ready(call, offer, now)


def helper_passes(call: Call, event: e.Passes, now: datetime) -> Step | Stale:
    """A helper passes; the next in turn is rung."""
    offer = seats.find(call, event.offer)
    if offer is None or offer.seat is not Seat.HELPER:
        return Stale("this ring is over")
    outcome = Outcome.OFF_DUTY if event.off_duty else Outcome.PASSED
    return second_seat.passes(call, offer, outcome, now)


def helper_leaves(call: Call, event: e.Leaves, now: datetime) -> Step | Stale:
    """A helper leaves the conversation; it goes on in private again."""
    offer = seats.find(call, event.offer)
    if offer is None or offer.seat is not Seat.HELPER:
        return Stale("not in this conversation")
    return second_seat.passes(call, offer, Outcome.LEFT, now)
