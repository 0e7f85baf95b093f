"""Chance as an argument: each draw is named, and the same for every policy."""

import math
from hashlib import blake2b
from statistics import NormalDist

from stepline.core.simulation.population import SECONDS_A_DAY, Delays, Person, Population

NORMAL = NormalDist()
SPAN = 2.0**64


def draw(seed: int, *name: object) -> float:
    """Give a number in (0, 1) that the seed and the name decide alone."""
    digest = blake2b(repr((seed, *name)).encode(), digest_size=8).digest()
    return (int.from_bytes(digest, "big") + 0.5) / SPAN


def exponential(mean: float, seed: int, *name: object) -> float:
    """Draw an exponential time."""
    return -math.log(draw(seed, *name)) * mean


def log_normal(delays: Delays, seed: int, *name: object) -> float:
    """Draw a log-normal time in seconds."""
    return delays.median * math.exp(delays.sigma * NORMAL.inv_cdf(draw(seed, *name)))


def arrivals(population: Population) -> list[float]:
    """Draw the instants of all calls, in seconds from the first midnight (Poisson)."""
    rates = population.arrivals_by_hour
    length = SECONDS_A_DAY / len(rates)
    found: list[float] = []
    now = 0.0
    for call in range(population.calls):
        due = exponential(1.0, population.seed, "arrival", call)
        while True:
            slot = int(now // length)
            rate = rates[slot % len(rates)] / 3600
            left = (slot + 1) * length - now
            if rate * left > due:
                now += due / rate
                break
            due -= rate * left
            now += left
        found.append(now)
    return found


def answer(
    population: Population, call: int, person: Person, number: int, here: bool
) -> tuple[str, float]:
    """Draw what a ring brings (ready, pass or silent) and after how many seconds."""
    seed, name = population.seed, (call, person.id, number)
    kind = draw(seed, "answer", *name)
    if not here or kind >= person.ready + person.passes:
        return "silent", float(population.ring_seconds)
    seconds = log_normal(person.answer, seed, "seconds", *name)
    what = "ready" if kind < person.ready else "pass"
    return what, min(seconds, float(population.ring_seconds))
