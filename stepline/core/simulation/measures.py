"""The figures of a simulation that has been played."""

import math
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from stepline.core.ringing import gini
from stepline.core.simulation.play import Ended, Played
from stepline.core.simulation.population import Population
from stepline.core.simulation.staff import Member

WITHIN_SECONDS = (20, 60)
ROUNDING = 1e-9


@dataclass(frozen=True, kw_only=True)
class Figures:
    """What a policy came to; waits in seconds, of every call until answered or given up.

    The Gini indices are of rings and of conversations per hour on duty, among those who are
    open to the same calls; 0 when all have the same.
    """

    answered_share: float
    wait_mean_s: float
    wait_p50_s: float
    wait_p95_s: float
    wait_answered_mean_s: float
    within_20_s: float
    within_60_s: float
    rings_per_answered: float
    gini_rings: float
    gini_conversations: float


def figures(population: Population, played: Played) -> Figures:
    """Measure a simulation."""
    calls = played.calls
    waits = sorted(call.seconds for call in calls)
    answered = [call.seconds for call in calls if call.answered]
    return Figures(
        answered_share=len(answered) / len(calls),
        wait_mean_s=mean(waits),
        wait_p50_s=quantile(waits, 0.50),
        wait_p95_s=quantile(waits, 0.95),
        wait_answered_mean_s=mean(answered),
        within_20_s=answered_within(calls, WITHIN_SECONDS[0]),
        within_60_s=answered_within(calls, WITHIN_SECONDS[1]),
        rings_per_answered=played.rings / max(1, len(answered)),
        gini_rings=spread(population, played.staff, lambda member: member.rings),
        gini_conversations=spread(population, played.staff, lambda member: member.conversations),
    )


def mean(values: Sequence[float]) -> float:
    """Give the mean, 0 of nothing."""
    return sum(values) / len(values) if values else 0.0


def quantile(ascending: Sequence[float], share: float) -> float:
    """Give the value that this share of all doesn't exceed (nearest rank)."""
    rank = math.ceil(share * len(ascending) - ROUNDING)
    return ascending[max(0, rank - 1)]


def answered_within(calls: Sequence[Ended], seconds: float) -> float:
    """Give the share of all calls that somebody answered within some seconds."""
    return sum(call.answered and call.seconds <= seconds for call in calls) / len(calls)


def spread(
    population: Population, staff: Sequence[Member], counted: Callable[[Member], int]
) -> float:
    """Give the Gini index of a count per hour on duty, each group weighing by its size."""
    groups: dict[tuple[bool, ...], list[float]] = defaultdict(list)
    for member in staff:
        if member.person.duty_minutes:
            open_to = tuple(wish.fits(member.person) for wish in population.wishes)
            groups[open_to].append(counted(member) * 60 / member.person.duty_minutes)
    whole = sum(len(group) for group in groups.values())
    return sum(gini(sorted(group)) * len(group) for group in groups.values()) / max(1, whole)
