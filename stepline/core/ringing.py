"""Whom to ring now, and when to look again.

A ring costs the line's price, in seconds of a caller's waiting, and saves an expected wait.
The next volunteer is rung as soon as no later second would be better: so a quick roster is rung
one by one, and a sleepy one in growing waves. In production, in `stepline simulate` and in the
forecast this is the same code.

The order is fair: never rung first, then the longest since the last ring or conversation. Rest
is weighed by what a ring is likely to bring, as far as the rings stay evenly spread: whoever
answers seldom is rung less often, and still in their turn.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import lru_cache
from operator import mul

from stepline.core import seats
from stepline.core.calls import Call, Chance, Fit, Ring, Seat, State, Step
from stepline.core.habits import answering

# How far ahead an expected wait is reckoned, in seconds: longer than two rings.
AHEAD = 64
# An answer that comes this much later is worth a third as much (1/e).
PATIENCE_SECONDS = 30
# How unevenly what they bring may weigh (Gini index); the rings themselves stay far more even.
UNEVEN_AT_MOST = 0.5
# And less so among few: there everybody is needed, and the next caller may wish for just those.
ENOUGH_TO_CHOOSE = 5
STEEPEST = (3.0, 2.5, 2.0, 1.5, 1.25, 1.0, 0.75, 0.5, 0.25)
LEAST_CHANCE = 0.02
# Whoever answers least is first again after at most so many times the rest of who answers most.
MOST_SELDOM = 10.0
LOOKED_AHEAD_FOR = 4

Survival = tuple[float, ...]


@dataclass(frozen=True)
class InTheAir:
    """A phone that rings now, and for how long it has."""

    chance: Chance
    seconds: float
    ring_seconds: int


@dataclass(frozen=True)
class Plan:
    """How many of the order to ring now, and in how many seconds to ring the next, if ever."""

    now: int
    next_in_seconds: int | None


@lru_cache(maxsize=65536)
def silence(chance: Chance, ring_seconds: int, age: int) -> Survival:
    """Give the chance that a ring of some age brings no 'ready' within each coming second.

    It is known that nobody answered up to now; who hasn't by the end of the ring never will.
    """
    answered = answering(chance.median_seconds, chance.sigma, ring_seconds)
    so_far = answered[min(age, ring_seconds)]
    still_open = 1.0 - (chance.ready + chance.passes) * so_far
    if still_open <= 0:
        return (1.0,) * (AHEAD + 1)
    share = chance.ready / still_open
    ahead = (answered[min(age + second, ring_seconds)] for second in range(AHEAD + 1))
    return tuple(1.0 - share * (later - so_far) for later in ahead)


def together(rings: Sequence[InTheAir]) -> list[float]:
    """Give the chance that none of these rings brings a 'ready' within each coming second."""
    alone = [1.0] * (AHEAD + 1)
    for ring in rings:
        alone = list(map(mul, alone, silence(ring.chance, ring.ring_seconds, round(ring.seconds))))
    return alone


def plan(
    rings: Sequence[InTheAir],
    order: Sequence[Fit],
    price_seconds: float,
    ring_seconds: int,
    most: int,
) -> Plan:
    """Say how many of the order to ring now, at most `most`, and when the next."""
    if price_seconds <= 0:
        return Plan(min(most, len(order)), None)
    alone, count = together(rings), 0
    rung = bool(rings)
    while count < min(most, len(order)):
        fit = order[count]
        own = own_ring(fit, ring_seconds)
        if rung:
            after = best_delay(alone, order[count:], price_seconds, own)
            if after > 0:
                return Plan(count, after)
        alone = list(map(mul, alone, silence(fit.chance, own, 0)))
        rung, count = True, count + 1
    return Plan(count, None)


def own_ring(fit: Fit, ring_seconds: int) -> int:
    """Give for how many whole seconds this volunteer's phone rings."""
    return ring_seconds if fit.ring is None else max(1, round(fit.ring.total_seconds()))


def best_delay(
    alone: list[float], order: Sequence[Fit], price_seconds: float, ring_seconds: int
) -> int:
    """Give after how many seconds to ring the first of the order, unless somebody answers.

    For each delay: the expected wait until somebody is ready, the price if the ring is needed,
    and what it costs to go on with the rest of the order when all of these stay silent.
    """
    ring_seconds = min(ring_seconds, AHEAD // 2)
    own = silence(order[0].chance, ring_seconds, 0)
    going_on = cost_of_the_rest(order, price_seconds, ring_seconds) * own[ring_seconds]
    best, best_cost, waited = 0, math.inf, 0.0
    for delay in range(ring_seconds + 1):
        both = sum(map(mul, alone[delay : delay + ring_seconds], own))
        cost = waited + both + price_seconds * alone[delay]
        cost += going_on * alone[delay + ring_seconds]
        if cost < best_cost - 1e-9:
            best, best_cost = delay, cost
        waited += alone[delay]
    return best


def cost_of_the_rest(order: Sequence[Fit], price_seconds: float, ring_seconds: int) -> float:
    """Give what waiting and rings may still cost once all that ring have stayed silent."""
    following = order[1 : 1 + LOOKED_AHEAD_FOR] or order[:1]
    ready = sum(fit.chance.ready for fit in following) / len(following)
    return ring_seconds * 0.6 + price_seconds / max(0.1, ready)


def in_turn(order: Sequence[Fit], now: datetime, ring_seconds: int) -> list[Fit]:
    """Put those who may be rung in their turn: rest, weighed by what a ring is likely to bring.

    Who was never rung stays first, in the order given; the pretend volunteers of a
    demonstration come after whoever is really there.
    """
    weigh = weights([worth_of(fit.chance, ring_seconds) for fit in order])
    weight = {fit.volunteer: each for fit, each in zip(order, weigh, strict=True)}

    def turn(fit: Fit) -> tuple[bool, float]:
        if fit.rested_since_at is None:
            return fit.pretend, -math.inf
        rested = (now - fit.rested_since_at).total_seconds()
        return fit.pretend, -rested * weight[fit.volunteer]

    return sorted(order, key=turn)


@lru_cache(maxsize=4096)
def worth_of(chance: Chance, ring_seconds: int) -> float:
    """Say what a ring is likely to bring: a 'ready', worth less the later it comes."""
    answered = answering(chance.median_seconds, chance.sigma, ring_seconds)
    soon = sum(
        (answered[second + 1] - answered[second]) * math.exp(-(second + 0.5) / PATIENCE_SECONDS)
        for second in range(ring_seconds)
    )
    return max(LEAST_CHANCE, chance.ready) * soon


def weights(worths: Sequence[float]) -> list[float]:
    """Give how much the rest of each weighs: by their worth, and nobody's next to nothing."""
    steep = steepness(sorted(worths))
    powers = [float(worth**steep) for worth in worths]
    least = max(powers, default=0.0) / MOST_SELDOM
    return [max(least, power) for power in powers]


def steepness(worths: Sequence[float]) -> float:
    """Give the power by which worth may weigh before the turns get too uneven."""
    most = UNEVEN_AT_MOST * min(1.0, (len(worths) - 1) / ENOUGH_TO_CHOOSE)
    for power in STEEPEST:
        if gini([worth**power for worth in worths]) <= most:
            return power
    return 0.0


def gini(ascending: Sequence[float]) -> float:
    """Give the Gini index of values in ascending order: 0 when all are equal."""
    count, whole = len(ascending), sum(ascending)
    if whole <= 0:
        return 0.0
    weighted = sum((2 * rank - count + 1) * value for rank, value in enumerate(ascending))
    return weighted / (count * whole)


def nobody(call: Call) -> bool:
    """Say whether no phone rings and nobody is left who may be rung now."""
    return not seats.ringing(call, Seat.RESPONDER) and not order_of(call)


def order_of(call: Call) -> tuple[Fit, ...]:
    """Give those who may be rung now: on duty first, then standby, and captains when none is."""
    return call.candidates or call.standby or call.captains


def in_the_air(call: Call, now: datetime) -> list[InTheAir]:
    """Give the phones that ring for a call; one that was only just sent has rung for no time.

    Nor has one that another process, whose clock is a little ahead, says will have rung.
    """
    return [
        InTheAir(
            chance=offer.chance,
            seconds=max(0.0, (now - offer.rang_at).total_seconds()) if offer.rang_at else 0.0,
            ring_seconds=max(1, round(seats.ring_time(call, offer).total_seconds())),
        )
        for offer in seats.ringing(call, Seat.RESPONDER)
    ]


def look(call: Call, now: datetime) -> Step:
    """Look for whom to ring now, as look_in_turn; captains are the last wave before the limit."""
    step = look_in_turn(call, now)
    last_wave_at = call.limit_at - call.timing.ring
    if call.state is not State.RINGING or now >= call.limit_at:
        return step
    if now < last_wave_at:
        again = step.call.look_again_at
        sooner = last_wave_at if again is None else min(again, last_wave_at)
        return Step(replace(step.call, look_again_at=sooner), step.effects)
    rung = {offer.volunteer for offer in call.offers if offer.seat is Seat.RESPONDER}
    captains = tuple(fit.volunteer for fit in call.captains if fit.volunteer not in rung)
    if not captains:
        return step
    return step.also(Ring(seat=Seat.RESPONDER, volunteers=captains, how_many=len(captains)))


def look_in_turn(call: Call, now: datetime) -> Step:
    """End what rang out, ring whoever is worth it now, and set when to look again.

    Danger rings several at once at no price (design: section 6).
    """
    call = seats.expire(call, Seat.RESPONDER, now)
    order, rings = order_of(call), in_the_air(call, now)
    if not order:
        return Step(replace(call, look_again_at=now + call.timing.look_again))
    ring_seconds = round(call.timing.ring.total_seconds())
    turns = in_turn(order, now, ring_seconds)
    price, at_once = price_and_most(call)
    wanted = plan(rings, turns, price, ring_seconds, max(0, at_once - len(rings)))
    call = replace(call, look_again_at=later(now, wanted.next_in_seconds))
    if not wanted.now:
        return Step(call)
    volunteers = tuple(fit.volunteer for fit in turns)
    return Step(call, (Ring(seat=Seat.RESPONDER, volunteers=volunteers, how_many=wanted.now),))


def price_and_most(call: Call) -> tuple[float, int]:
    """Give the price of a ring in seconds and how many phones may ring at once."""
    timing = call.timing
    if call.danger:
        return 0.0, max(timing.at_once, timing.at_once_in_danger)
    return timing.price.total_seconds(), timing.at_once


def later(now: datetime, seconds: int | None) -> datetime | None:
    """Give the instant some seconds from now."""
    return None if seconds is None else now + timedelta(seconds=seconds)
