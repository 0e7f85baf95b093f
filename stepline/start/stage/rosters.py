"""Rosters for the benchmark of ringing: made from a seed, by rules that are written down here."""

import math
import statistics
from dataclasses import dataclass, replace

from stepline.core.simulation import (
    Delays,
    Figures,
    Person,
    Population,
    WishShare,
    figures,
    play,
)
from stepline.core.simulation.luck import draw

USUAL_PRICE = 5.0
LEARNED_AFTER = 500


@dataclass(frozen=True)
class Job:
    """One simulation to be played."""

    kind: str
    size: int
    seed: int
    calls: int
    policy: str
    price: float


def one(job: Job) -> tuple[Figures, float]:
    """Play one; give its figures, and the mean wait of those who called after the learning."""
    people = replace(roster(job.kind, job.size, job.seed, job.calls), ring_price_seconds=job.price)
    game = play(people, job.policy)
    later = [call.seconds for call in game.calls if call.number >= LEARNED_AFTER]
    return figures(people, game), statistics.fmean(later) if later else math.nan


def roster(kind: str, size: int, seed: int, calls: int) -> Population:
    """Make a roster: half women, all on duty all day; half of the callers wish for a woman.

    wide: a chance to answer anywhere from 0.05 to 0.95, a median time to it from 4 to 14 s (as
    a logarithm), a pass in up to half of the rest. equal: 0.5, 8 s and 0.2 for all. sleepy: as
    wide, from 0.05 to 0.3. One call in twenty minutes for each six people, two at least an hour.
    """
    people = tuple(person(kind, seed, number) for number in range(size))
    return Population(
        seed=seed,
        calls=calls,
        ring_price_seconds=USUAL_PRICE,
        ring_seconds=20,
        limit_seconds=None,
        arrivals_by_hour=(max(2.0, size / 2),),
        patience_mean_seconds=180,
        talk=Delays(median=900, sigma=0.8),
        wishes=(WishShare(share=0.5, gender="woman", language="en"), WishShare(share=0.5)),
        people=people,
    )


def person(kind: str, seed: int, number: int) -> Person:
    """Make one volunteer of a roster."""
    first, second, third = (draw(seed, "person", number, what) for what in "abc")
    least, most = (0.05, 0.3) if kind == "sleepy" else (0.05, 0.95)
    ready, median = least + (most - least) * first, 4 * (14 / 4) ** second
    passes = third * (1 - ready) / 2
    if kind == "equal":
        ready, median, passes = 0.5, 8.0, 0.2
    return Person(
        id=f"v{number}",
        gender=("woman", "man")[number % 2],
        languages=("en",),
        duty=((0, 24 * 60),),
        ready=ready,
        passes=passes,
        answer=Delays(median=median, sigma=0.45),
    )
