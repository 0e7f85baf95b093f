"""The way of a call: one table of transitions, and one function that applies it.

Everything that decides a call's state stands in TABLE below; the rules are in `searches`
(ringing, choosing, leaving), `connecting`, `talks` (talking, cut off, ending), `dialling` (the
caller rings emergency help) and `callbacks`.
`step` is total: every (state, event) pair either has a rule or is Stale, which changes
nothing. The diagram in the documentation is drawn from TABLE.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from stepline.core import callbacks, connecting, dialling, searches, seats, talks
from stepline.core import events as e
from stepline.core.calls import Call, LegStep, Stale, State, Step

Outcome = Step | Stale


@dataclass(frozen=True)
class Rule:
    """What one event does in one state, the states it can lead to, and whether it may ring."""

    does: Callable[[Call, Any, datetime], Outcome]
    to: tuple[State, ...]
    rings: bool = False


RINGING, CHOOSING, AWAY, KEPT = State.RINGING, State.CHOOSING, State.AWAY, State.KEPT
CONNECTING, TALKING, CUT_OFF = State.CONNECTING, State.TALKING, State.CUT_OFF
DIALLING_HELP = State.DIALLING_HELP
CLOSING, PROMISED, CLOSED = State.CLOSING, State.PROMISED, State.CLOSED

SEARCHING_AGAIN = (RINGING, CHOOSING)
JOIN_FAILED = (CONNECTING, RINGING, CHOOSING, KEPT, CUT_OFF, PROMISED, CLOSED)
PUT_OFF = (PROMISED, CLOSED)

TABLE: Mapping[State, Mapping[type, Rule]] = {
    RINGING: {
        e.ClockTick: Rule(searches.tick_ringing, (*SEARCHING_AGAIN, AWAY, *PUT_OFF), rings=True),
        e.ClockResumed: Rule(searches.resume, (RINGING,)),
        e.Rings: Rule(searches.rings, (RINGING,)),
        e.Ready: Rule(connecting.connect, (CONNECTING,)),
        e.Passes: Rule(searches.passes, (*SEARCHING_AGAIN, AWAY, *PUT_OFF), rings=True),
        e.Alive: Rule(searches.is_alive, (RINGING,)),
        e.CallerRelaxes: Rule(searches.relaxes, (RINGING,)),
        e.CallerAnswers: Rule(searches.answers, (RINGING,)),
        e.CallerAway: Rule(searches.goes_away, (AWAY,)),
        e.CallerReturns: Rule(searches.is_here, (RINGING,)),
        e.CallerStops: Rule(searches.stops, (CLOSED,)),
        e.CallerExits: Rule(searches.exits, (CLOSED,)),
        e.CallBackAsked: Rule(callbacks.promise, (PROMISED,)),
        e.DangerRaised: Rule(searches.danger, (RINGING,)),
        e.DialsHelp: Rule(dialling.dials_unheard, (RINGING,)),
    },
    CHOOSING: {
        e.ClockTick: Rule(searches.tick_choosing, (CHOOSING, AWAY), rings=True),
        e.ClockResumed: Rule(searches.resume, (CHOOSING,)),
        e.Rings: Rule(searches.rings, (CHOOSING,)),
        e.Ready: Rule(connecting.connect, (CONNECTING,)),
        e.Passes: Rule(searches.passes, (CHOOSING, AWAY), rings=True),
        e.CallerChooses: Rule(searches.chooses, (RINGING,)),
        e.Alive: Rule(searches.is_alive, (CHOOSING,)),
        e.CallerRelaxes: Rule(searches.relaxes, (RINGING,)),
        e.CallerAnswers: Rule(searches.answers, (CHOOSING,)),
        e.CallerAway: Rule(searches.goes_away, (AWAY,)),
        e.CallerReturns: Rule(searches.is_here, (CHOOSING,)),
        e.CallerStops: Rule(searches.stops, (CLOSED,)),
        e.CallerExits: Rule(searches.exits, (CLOSED,)),
        e.CallBackAsked: Rule(callbacks.promise, (PROMISED,)),
        e.DangerRaised: Rule(searches.danger, (CHOOSING,)),
        e.DialsHelp: Rule(dialling.dials_unheard, (CHOOSING,)),
    },
    AWAY: {
        e.ClockTick: Rule(searches.tick_away, (AWAY, KEPT)),
        e.ClockResumed: Rule(searches.resume_away, (AWAY,)),
        e.Rings: Rule(searches.rings, (AWAY,)),
        e.Ready: Rule(connecting.connect, (CONNECTING,)),
        e.Passes: Rule(searches.passes_quietly, (AWAY,)),
        e.CallerReturns: Rule(searches.comes_back, SEARCHING_AGAIN, rings=True),
        e.CallerStops: Rule(searches.stops, (CLOSED,)),
        e.CallerExits: Rule(searches.exits, (CLOSED,)),
        e.DangerRaised: Rule(searches.danger, (AWAY,)),
        e.DialsHelp: Rule(dialling.dials_unheard, (AWAY,)),
    },
    KEPT: {
        e.ClockTick: Rule(searches.tick_kept, (KEPT, CLOSED)),
        e.ClockResumed: Rule(searches.resume_kept, (KEPT,)),
        e.CallerReturns: Rule(searches.search_anew, SEARCHING_AGAIN, rings=True),
        e.CallerStops: Rule(searches.stops, (CLOSED,)),
        e.CallerExits: Rule(searches.exits, (CLOSED,)),
        e.CallBackAsked: Rule(callbacks.promise, (PROMISED,)),
        e.DangerRaised: Rule(searches.danger, (KEPT,)),
        e.DialsHelp: Rule(dialling.dials_unheard, (KEPT,)),
    },
    CONNECTING: {
        e.ClockTick: Rule(connecting.tick_connecting, JOIN_FAILED, rings=True),
        e.ClockResumed: Rule(connecting.resume_connecting, (CONNECTING,)),
        e.Rings: Rule(searches.rings, (CONNECTING,)),
        e.Ready: Rule(connecting.ready_too, (CONNECTING,)),
        e.Passes: Rule(connecting.steps_out, (CONNECTING, RINGING, CHOOSING, *PUT_OFF), rings=True),
        e.CallerUnreached: Rule(connecting.caller_unreached, (CUT_OFF, *PUT_OFF)),
        e.Reports: Rule(connecting.reports_joining, (*JOIN_FAILED, TALKING), rings=True),
        e.CallerAway: Rule(talks.caller_flickers, (CONNECTING,)),
        e.CallerReturns: Rule(connecting.caller_here_again, (CONNECTING,)),
        e.CallerStops: Rule(talks.caller_stops, (CLOSED, CLOSING)),
        e.CallerExits: Rule(talks.caller_exits, (CLOSED, CLOSING)),
        e.Ends: Rule(
            connecting.ends_early,
            (CLOSED, CLOSING, CONNECTING, RINGING, CHOOSING, PROMISED),
            rings=True,
        ),
        e.AsksHelp: Rule(talks.asks_help, (CONNECTING,)),
        e.CancelsHelp: Rule(talks.cancels_help, (CONNECTING,)),
        e.Leaves: Rule(talks.helper_leaves, (CONNECTING,)),
        e.DangerRaised: Rule(talks.danger, (CONNECTING,)),
        e.DialsHelp: Rule(dialling.dials, (DIALLING_HELP,)),
    },
    TALKING: {
        e.ClockTick: Rule(talks.tick_talking, (TALKING, CUT_OFF)),
        e.ClockResumed: Rule(talks.still_talking, (TALKING,)),
        e.Alive: Rule(talks.still_talking, (TALKING,)),
        e.Reports: Rule(talks.reports_talking, (TALKING, CONNECTING)),
        e.Rings: Rule(searches.rings, (TALKING,)),
        e.Ready: Rule(talks.helper_ready, (TALKING,)),
        e.Passes: Rule(talks.helper_passes, (TALKING,)),
        e.CallerAway: Rule(talks.caller_cut_off, (CUT_OFF,)),
        e.CallerReturns: Rule(talks.reconnect, (CONNECTING,)),
        e.VolunteerAway: Rule(talks.volunteer_cut_off, (CUT_OFF, TALKING)),
        e.VolunteerReturns: Rule(talks.volunteer_back, (CONNECTING,)),
        e.CallerStops: Rule(talks.caller_stops, (CLOSING,)),
        e.CallerExits: Rule(talks.caller_exits, (CLOSING,)),
        e.Ends: Rule(talks.ends, (CLOSING,)),
        e.AsksHelp: Rule(talks.asks_help, (TALKING,)),
        e.CancelsHelp: Rule(talks.cancels_help, (TALKING,)),
        e.Leaves: Rule(talks.helper_leaves, (TALKING,)),
        e.DangerRaised: Rule(talks.danger, (TALKING,)),
        e.DialsHelp: Rule(dialling.dials, (DIALLING_HELP,)),
    },
    CUT_OFF: {
        e.ClockTick: Rule(talks.tick_cut_off, (CUT_OFF, CLOSING, *SEARCHING_AGAIN), rings=True),
        e.ClockResumed: Rule(talks.resume_cut_off, (CUT_OFF,)),
        e.Alive: Rule(talks.missing_is_alive, (CONNECTING,)),
        e.Rings: Rule(searches.rings, (CUT_OFF,)),
        e.Ready: Rule(talks.helper_ready, (CUT_OFF,)),
        e.Passes: Rule(talks.helper_passes, (CUT_OFF,)),
        e.CallerAway: Rule(talks.caller_flickers, (CUT_OFF,)),
        e.CallerReturns: Rule(talks.caller_back_from_cut, (CUT_OFF, CONNECTING)),
        e.VolunteerReturns: Rule(talks.volunteer_back_from_cut, (CONNECTING,)),
        e.CallerStops: Rule(talks.caller_stops, (CLOSING,)),
        e.CallerExits: Rule(talks.caller_exits, (CLOSING,)),
        e.Ends: Rule(talks.ends_cut_off, (CLOSING,)),
        e.AsksHelp: Rule(talks.asks_help, (CUT_OFF,)),
        e.CancelsHelp: Rule(talks.cancels_help, (CUT_OFF,)),
        e.Leaves: Rule(talks.helper_leaves, (CUT_OFF,)),
        e.DangerRaised: Rule(talks.danger, (CUT_OFF,)),
        e.DialsHelp: Rule(dialling.dials, (DIALLING_HELP,)),
    },
    DIALLING_HELP: {
        e.ClockTick: Rule(dialling.tick, (DIALLING_HELP, CLOSING)),
        e.ClockResumed: Rule(dialling.resume, (DIALLING_HELP,)),
        e.Rings: Rule(searches.rings, (DIALLING_HELP,)),
        e.Ready: Rule(dialling.helper_ready, (DIALLING_HELP,)),
        e.Passes: Rule(talks.helper_passes, (DIALLING_HELP,)),
        e.CallerAway: Rule(dialling.page_goes, (DIALLING_HELP,)),
        e.CallerReturns: Rule(dialling.joins_again, (CONNECTING,)),
        e.SaysBack: Rule(dialling.says_back, (CONNECTING,)),
        e.CallerStops: Rule(talks.caller_stops, (CLOSED, CLOSING)),
        e.CallerExits: Rule(talks.caller_exits, (CLOSED, CLOSING)),
        e.Ends: Rule(talks.ends, (CLOSING,)),
        e.AsksHelp: Rule(talks.asks_help, (DIALLING_HELP,)),
        e.CancelsHelp: Rule(talks.cancels_help, (DIALLING_HELP,)),
        e.Leaves: Rule(talks.helper_leaves, (DIALLING_HELP,)),
        e.DangerRaised: Rule(talks.danger, (DIALLING_HELP,)),
        e.DialsHelp: Rule(dialling.dials, (DIALLING_HELP,)),
    },
    CLOSING: {
        e.ClockTick: Rule(talks.tick_closing, (CLOSING, CLOSED)),
        e.ClockResumed: Rule(talks.resume_closing, (CLOSING,)),
        e.SafetyAnswered: Rule(talks.safety_answered, (CLOSED,)),
        e.CallerExits: Rule(talks.exit_after_talk, (CLOSING,)),
        e.DangerRaised: Rule(searches.danger, (CLOSING,)),
        e.DialsHelp: Rule(dialling.dials_unheard, (CLOSING,)),
    },
    PROMISED: {
        e.ClockTick: Rule(searches.tick_promised, (PROMISED, RINGING, CLOSED), rings=True),
        e.ClockResumed: Rule(searches.resume_promised, (PROMISED,)),
        e.Rings: Rule(searches.rings, (PROMISED,)),
        e.Ready: Rule(searches.owner_ready, (PROMISED,)),
        e.Passes: Rule(searches.owner_passes, (PROMISED,), rings=True),
        e.CallBackAnswered: Rule(callbacks.answered, (PROMISED,)),
        e.CallerReturns: Rule(searches.comes_for_call_back, (RINGING,), rings=True),
        e.CallerStops: Rule(searches.stops, (CLOSED,)),
        e.CallerExits: Rule(searches.exit_keeps_promise, (PROMISED,)),
        e.DangerRaised: Rule(searches.danger, (PROMISED,)),
        e.DialsHelp: Rule(dialling.dials_unheard, (PROMISED,)),
    },
    CLOSED: {},
}


class Undeclared(Exception):
    """A rule led to a state that its row in TABLE doesn't name: a fault in this layer."""


def may_ring(state: State, event: e.Event) -> bool:
    """Say whether an event can make a volunteer's phone ring in a state.

    Only then is the roster asked: in any other case a step is the same with nobody to ring.
    """
    if isinstance(event, e.Reports) and event.step is not LegStep.REFUSED:
        return False
    rule = TABLE[state].get(type(event))
    return rule is not None and rule.rings


def looked(call: Call, now: datetime) -> Call:
    """Use up the instant at which to look again: the tick that looks sets the next one."""
    due = call.look_again_at is not None and call.look_again_at <= now
    return replace(call, look_again_at=None) if due else call


def step(call: Call, event: e.Event, now: datetime) -> Outcome:
    """Apply one event to a call; Stale when it doesn't apply any more, and nothing changed."""
    rule = TABLE[call.state].get(type(event))
    if rule is None:
        return Stale(f"{type(event).__name__} in {call.state}")
    outcome = rule.does(looked(call, now) if type(event) is e.ClockTick else call, event, now)
    if isinstance(outcome, Step) and outcome.call.state not in rule.to:
        raise Undeclared(f"{call.state} -> {outcome.call.state} on {type(event).__name__}")
    return outcome


def deadline(call: Call) -> datetime | None:
    """Give the instant at which this call must be looked at; None only when it is closed."""
    if call.state is CLOSED:
        return None
    instants = [call.until_at, call.look_again_at, call.help_until_at, *seats.next_end(call)]
    if call.state is RINGING:
        instants.append(call.limit_at)
    if call.state in SEARCHING_AGAIN and call.caller_here:
        instants.append(call.heard_until_at)
    return min(instant for instant in instants if instant is not None)
