"""Whom to ring now, and when to look again.

Waves by longest rest: the line's number of phones ring at once, and each that passes, stays
silent or can't be reached is replaced at once by the next. With danger more ring together.
"""

from dataclasses import replace
from datetime import datetime

from stepline.core import seats
from stepline.core.calls import Call, Ring, Seat, Step


def wanted(call: Call) -> int:
    """Say how many more phones should ring for this call now."""
    timing = call.timing
    at_once = max(timing.at_once, timing.at_once_in_danger) if call.danger else timing.at_once
    return max(0, at_once - len(seats.ringing(call, Seat.RESPONDER)))


def nobody(call: Call) -> bool:
    """Say whether no phone rings and nobody is left who may be rung now."""
    return not seats.ringing(call, Seat.RESPONDER) and not call.candidates


def look(call: Call, now: datetime) -> Step:
    """End what rang out and ring the next, if somebody is left; else set when to look again."""
    call = seats.expire(call, Seat.RESPONDER, now)
    more = wanted(call)
    if not more:
        return Step(replace(call, look_again_at=None))
    call = replace(call, look_again_at=now + call.timing.look_again)
    if not call.candidates:
        return Step(call)
    order = tuple(fit.volunteer for fit in call.candidates)
    return Step(call, (Ring(seat=Seat.RESPONDER, volunteers=order, how_many=more),))
