"""The rules while a caller waits: ringing, the limit and its choice, leaving and coming back."""

from dataclasses import replace
from datetime import datetime

from stepline.core import callbacks, ringing, seats
from stepline.core import events as e
from stepline.core.calls import (
    Call,
    ClosedBy,
    ForgetSignals,
    HangUpCaller,
    Help,
    Outcome,
    Reason,
    Seat,
    Stale,
    State,
    Step,
    Tell,
    Trait,
    Wish,
)

NOTICE = {Reason.LIMIT: "unanswered", Reason.NOBODY: "nobody", Reason.NO_VOICE: "no_voice"}


def search_anew(call: Call, event: e.Event | None, now: datetime) -> Step:
    """Ring on the caller's behalf with a fresh limit; they keep their place by asked_at."""
    call = replace(
        call,
        state=State.RINGING,
        limit_at=now + call.timing.limit,
        until_at=None,
        caller_here=True,
        heard_until_at=now + call.timing.hear,
        missing=None,
        reason=None,
        conversation=None,
        connected_at=None,
    )
    return tick_ringing(call, e.ClockTick(), now)


def tick_ringing(call: Call, event: e.Event, now: datetime) -> Step:
    """Ring the next; at the limit, or when nobody can be rung, ask the caller what they want."""
    if unheard(call, now):
        return goes_away(call, event, now)
    found = ringing.look(call, now)
    over = now >= call.limit_at or ringing.nobody(found.call)
    if over and callbacks.rings_caller(call):
        return put_off(call, now)
    if now >= call.limit_at:
        return choose(found, Reason.LIMIT, now)
    if ringing.nobody(found.call) and call.reason is not Reason.NOBODY:
        return choose(found, Reason.NOBODY, now)
    return found


def put_off(call: Call, now: datetime) -> Step:
    """A call back by telephone could not be kept: again later, or after some tries the end."""
    tries = callbacks.promised(call).tries + 1
    if tries < call.timing.most_tries:
        return callbacks.put_off(call, now)
    return close(call, ClosedBy.CALL_BACK, now).also(Tell("call_back_missed"))


def choose(found: Step, reason: Reason, now: datetime) -> Step:
    """Ask the caller what they want; what rings goes on ringing, and the coordinator is told."""
    call = replace(
        found.call, state=State.CHOOSING, reason=reason, until_at=now + found.call.timing.limit
    )
    if reason is Reason.NO_VOICE:  # more rings would only tire people: the fault is elsewhere
        call = replace(seats.end_all(call, Outcome.STOPPED, now), look_again_at=None)
    return Step(call, (*found.effects, Tell(NOTICE[reason])))


def tick_choosing(call: Call, event: e.Event, now: datetime) -> Step:
    """Ring on while the caller chooses."""
    if unheard(call, now):
        return goes_away(call, event, now)
    if call.until_at is not None and now >= call.until_at:
        call = replace(call, until_at=now + call.timing.limit)
    return Step(call) if call.reason is Reason.NO_VOICE else ringing.look(call, now)


def unheard(call: Call, now: datetime) -> bool:
    """Say whether a waiting caller's page has been silent too long: nobody rings for nobody."""
    late = call.heard_until_at is not None and call.heard_until_at <= now
    return late and call.caller_here and not callbacks.rings_caller(call)


def is_alive(call: Call, event: e.Alive, now: datetime) -> Step | Stale:
    """The waiting caller's page speaks: ringing goes on."""
    if event.seat is not Seat.CALLER:
        return Stale("not the caller's page")
    return Step(replace(call, heard_until_at=now + call.timing.hear))


def chooses(call: Call, event: e.CallerChooses, now: datetime) -> Step:
    """Wait on with a fresh limit; 'anyone' drops the wishes, and only the caller can do that.

    But for the language: whoever is free must still understand them, so that has its own word.
    """
    if event.choice is e.Choice.ANYONE:
        call = replace(drop(call, call.wishes - {Trait.LANGUAGE}), wish=Wish.ANYONE)
    told_nobody = call.reason is Reason.NOBODY and event.choice is e.Choice.WAIT
    return go_on(call, Reason.NOBODY if told_nobody else None, now)


def relaxes(call: Call, event: e.CallerRelaxes, now: datetime) -> Step | Stale:
    """Drop one wish that the caller has, and look at once for whom that lets be rung."""
    if event.trait not in call.wishes:
        return Stale("no such wish")
    dropped = drop(call, frozenset({event.trait}))
    if call.state is State.CHOOSING:
        return go_on(dropped, None, now)
    return Step(replace(dropped, reason=None, look_again_at=now))


def drop(call: Call, traits: frozenset[Trait]) -> Call:
    """Give the call without these wishes."""
    wish = Wish.ANYONE if Trait.GENDER in traits else call.wish
    left, dropped = call.wishes - traits, call.relaxed | traits
    return replace(call, wish=wish, wishes=left, relaxed=dropped)


def go_on(call: Call, reason: Reason | None, now: datetime) -> Step:
    """Ring on after a choice, with a fresh limit and a look at once."""
    call = replace(
        call,
        state=State.RINGING,
        reason=reason,
        limit_at=now + call.timing.limit,
        until_at=None,
        look_again_at=now,
        heard_until_at=now + call.timing.hear,
        failures=0,
    )
    return Step(call)


def answers(call: Call, event: e.CallerAnswers, now: datetime) -> Step:
    """Stop the phones of those who could not understand the caller, and ring the next at once.

    Whoever said ready keeps their seat: a voice is better than a perfect match.
    """
    for offer in seats.live(call, Seat.RESPONDER):
        if offer.id in event.unsuited and offer.state in seats.WAITING:
            call = seats.end(call, offer, Outcome.STOPPED, now)
    return Step(replace(call, look_again_at=now))


def rings(call: Call, event: e.Rings, now: datetime) -> Step | Stale:
    """A phone really rings: its time begins now. A second report changes nothing."""
    offer = seats.find(call, event.offer)
    return Stale("this ring is over") if offer is None else Step(seats.rang(call, offer, now))


def passes(call: Call, event: e.Passes, now: datetime) -> Step | Stale:
    """A volunteer passes, which costs nothing; the next phone rings at once."""
    quiet = passes_quietly(call, event, now)
    if isinstance(quiet, Stale):
        return quiet
    if call.state is State.CHOOSING:
        return tick_choosing(quiet.call, event, now)
    return tick_ringing(quiet.call, event, now)


def passes_quietly(call: Call, event: e.Passes, now: datetime) -> Step | Stale:
    """A volunteer passes while the caller's page is gone: nobody new is rung."""
    offer = seats.find(call, event.offer)
    if offer is None:
        return Stale("this ring is over")
    outcome = Outcome.OFF_DUTY if event.off_duty else Outcome.PASSED
    return Step(seats.end(call, offer, outcome, now))


def goes_away(call: Call, event: e.Event, now: datetime) -> Step:
    """The caller's page is gone: a reload looks the same, so phones ring on, but no new one."""
    away = replace(call, state=State.AWAY, until_at=now + call.timing.away, caller_here=False)
    return Step(replace(away, look_again_at=None))


def is_here(call: Call, event: e.CallerReturns, now: datetime) -> Step:
    """The caller was never gone: a second tab or a repeated word."""
    return Step(replace(call, caller_here=True, heard_until_at=now + call.timing.hear))


def comes_back(call: Call, event: e.CallerReturns, now: datetime) -> Step:
    """The caller is back within the time: on as before, with the limit they had."""
    call = replace(call, state=State.RINGING, caller_here=True, until_at=None)
    call = replace(call, heard_until_at=now + call.timing.hear)
    return tick_ringing(call, event, now)


def tick_away(call: Call, event: e.Event, now: datetime) -> Step:
    """Let phones ring out; when the caller doesn't come back, stop them and keep the place."""
    call = seats.expire(call, Seat.RESPONDER, now)
    if call.until_at is not None and now < call.until_at:
        return Step(call)
    return keep_place(call, now)


def keep_place(call: Call, now: datetime) -> Step:
    """Nobody rings and nobody rings back unasked (rules C06, X02): the place waits."""
    call = seats.end_all(call, Outcome.STOPPED, now)
    kept = replace(call, state=State.KEPT, until_at=now + call.timing.place, reason=None)
    return Step(replace(kept, caller_here=False, conversation=None, look_again_at=None))


def tick_kept(call: Call, event: e.Event, now: datetime) -> Step:
    """Close a call whose caller did not come back in time."""
    waits = call.until_at is not None and now < call.until_at
    return Step(call) if waits else close(call, callbacks.closes_as(call), now)


def close(call: Call, by: ClosedBy, now: datetime) -> Step:
    """End the call: every phone stops and every volunteer is free."""
    talked = by is ClosedBy.TALKED
    call = seats.end_all(call, Outcome.DONE if talked else Outcome.STOPPED, now)
    closed = replace(call, state=State.CLOSED, closed_by=by, until_at=None, look_again_at=None)
    closed = replace(closed, help=Help.NONE, help_until_at=None, conversation=None)
    return Step(closed, (ForgetSignals(), *hang_up(call)))


def hang_up(call: Call) -> tuple[HangUpCaller, ...]:
    """Give the effect that ends the caller's own telephone leg, where there may be one."""
    return (HangUpCaller(),) if call.promise is not None and call.promise.by_phone else ()


def stops(call: Call, event: e.CallerStops, now: datetime) -> Step:
    """The caller's own stop, which is always explicit."""
    return close(call, ClosedBy.STOPPED, now)


def exits(call: Call, event: e.CallerExits, now: datetime) -> Step:
    """The exit control: all ringing stops at once."""
    return close(call, ClosedBy.EXIT, now)


def danger(call: Call, event: e.DangerRaised, now: datetime) -> Step:
    """Danger outranks everything: the coordinator is told, and more phones ring at once."""
    told = () if call.danger else (Tell("danger"),)
    return Step(replace(call, danger=True, look_again_at=now), told)


def resume(call: Call, event: e.ClockResumed, now: datetime) -> Step:
    """The clock stood still: unanswered rings get their full time again, pages theirs."""
    again = seats.begin_again(call, now)
    return Step(replace(again, heard_until_at=now + call.timing.hear))


def resume_away(call: Call, event: e.ClockResumed, now: datetime) -> Step:
    """The clock stood still: the caller gets the full time to come back."""
    return Step(replace(seats.begin_again(call, now), until_at=now + call.timing.away))


def resume_kept(call: Call, event: e.ClockResumed, now: datetime) -> Step:
    """The clock stood still: the place is kept in full again."""
    return Step(replace(call, until_at=now + call.timing.place))


def resume_promised(call: Call, event: e.ClockResumed, now: datetime) -> Step:
    """The clock stood still: an owner who is being asked gets the full time to answer."""
    return Step(seats.begin_again(call, now))


def tick_promised(call: Call, event: e.Event, now: datetime) -> Step:
    """Look after a promised call back; close it when the caller did not come for it."""
    if now < callbacks.ends_at(call):
        return callbacks.tick(call, now)
    if not callbacks.promised(call).by_phone:
        return close(call, ClosedBy.CALL_BACK, now)
    step = callbacks.ring_owner_first(call, now, caller_here=False)
    return step if step.effects else put_off(step.call, now)


def owner_ready(call: Call, event: e.Ready, now: datetime) -> Step | Stale:
    """A volunteer who was asked confirms that they will keep the call back."""
    offer = seats.find(call, event.offer)
    return Stale("this ring is over") if offer is None else callbacks.confirm(call, offer, now)


def owner_passes(call: Call, event: e.Passes, now: datetime) -> Step | Stale:
    """A volunteer who was asked can't; the next is asked."""
    offer = seats.find(call, event.offer)
    if offer is None:
        return Stale("this ring is over")
    outcome = Outcome.OFF_DUTY if event.off_duty else Outcome.PASSED
    return callbacks.decline(call, offer, outcome, now)


def comes_for_call_back(call: Call, event: e.CallerReturns, now: datetime) -> Step:
    """The caller came, at the time or before: the owner's phone rings first."""
    return callbacks.ring_owner_first(call, now)


def exit_keeps_promise(call: Call, event: e.CallerExits, now: datetime) -> Step:
    """Leaving the page by the exit doesn't break a promise: the code still works."""
    return Step(replace(call, caller_here=False))
