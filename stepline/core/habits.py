"""What is known of how somebody answers: counts that fade, never shown to anybody as a score.

Each ring teaches a little about ready, pass or silence and how soon, apart for a page that is
open or not and for day or night. A ring that was stopped teaches as much as it lasted. What is
not known yet is taken from the same volunteer's other rings, and before those from START.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from functools import lru_cache
from statistics import NormalDist

from stepline.core.calls import Chance

HALF_LIFE = timedelta(days=60)
# An old ring counts for less with each new one as well: about the last seventy matter.
KEPT_PER_RING = 0.985
# How many rings' worth a broader habit weighs against what is known of just this situation.
WEIGHT = 4.0
START = Chance()
LEAST_SIGMA = 0.2
NORMAL = NormalDist()


@dataclass(frozen=True)
class Counts:
    """Faded counts of rings in one situation.

    `log_seconds` and `log_squares` sum the logarithms of the answers' seconds and their squares.
    """

    ready: float = 0.0
    passes: float = 0.0
    silent: float = 0.0
    log_seconds: float = 0.0
    log_squares: float = 0.0

    @property
    def answers(self) -> float:
        """Count the rings that were answered, by ready or by pass."""
        return self.ready + self.passes

    @property
    def rings(self) -> float:
        """Count all rings."""
        return self.ready + self.passes + self.silent

    def faded(self, kept: float) -> "Counts":
        """Give these counts with only a share kept."""
        return Counts(*(getattr(self, each.name) * kept for each in fields(self)))

    def plus(self, more: "Counts") -> "Counts":
        """Give the sum of two."""
        return Counts(
            *(getattr(self, each.name) + getattr(more, each.name) for each in fields(self))
        )


@dataclass(frozen=True)
class Habits:
    """Counts by situation (see `situation`), and when the last was added."""

    counts: Mapping[str, Counts] = field(default_factory=dict)
    at: datetime | None = None


def situation(here: bool, night: bool) -> str:
    """Name the situation of a ring: is a page open, and is it night where the line is."""
    return f"{'here' if here else 'away'} {'night' if night else 'day'}"


def of_answer(ready: bool, seconds: float) -> Counts:
    """Give what an answered ring teaches; `seconds` from the first real ring."""
    logarithm = math.log(max(1.0, seconds))
    return Counts(float(ready), float(not ready), 0.0, logarithm, logarithm**2)


def of_silence() -> Counts:
    """Give what a ring teaches that nobody answered."""
    return Counts(silent=1.0)


def of_stopped(believed: Chance, seconds: float, ring_seconds: float) -> Counts:
    """Give what a ring teaches that was stopped after some seconds without an answer.

    The longer it rang, the more likely is silence (Bayes' rule), and the more it counts.
    Without this, who never answers but rings beside quick people would look unknown for ever.
    """
    heard = answered_by(believed.median_seconds, believed.sigma, seconds, ring_seconds)
    still = 1.0 - heard
    silent = max(0.0, 1.0 - believed.ready - believed.passes)
    total = silent + (believed.ready + believed.passes) * still
    if total <= 0:  # silence was thought impossible, and came all the same
        return of_silence()
    share = heard / total
    ready, passes = believed.ready * still * share, believed.passes * still * share
    logarithm, answers = math.log(believed.median_seconds), ready + passes
    squares = logarithm**2 + believed.sigma**2
    return Counts(ready, passes, silent * share, answers * logarithm, answers * squares)


def learn(habits: Habits, where: str, taught: Counts, at: datetime) -> Habits:
    """Add what one ring taught in one situation; everything older fades.

    As much of it as the ring counts for: one that was stopped at once makes nothing forgotten.
    """
    kept = fading(habits, at)
    counts = {name: one.faded(kept) for name, one in habits.counts.items()}
    older = counts.get(where, Counts()).faded(KEPT_PER_RING**taught.rings)
    counts[where] = older.plus(taught)
    return Habits(counts, at)


def fading(habits: Habits, at: datetime) -> float:
    """Give the share that is left of the counts at an instant."""
    if habits.at is None or at <= habits.at:
        return 1.0
    return float(0.5 ** ((at - habits.at) / HALF_LIFE))


def chance(habits: Habits, where: str, at: datetime) -> Chance:
    """Give what a ring may bring in a situation, in steps coarse enough to be reckoned once.

    This situation weighs against all situations of the volunteer, those against START.
    """
    kept = fading(habits, at)
    overall = towards(total(habits.counts.values()).faded(kept), START)
    narrow = habits.counts.get(where, Counts()).faded(kept)
    return coarse(towards(narrow, overall))


def total(all_counts: Iterable[Counts]) -> Counts:
    """Give the sum of all counts."""
    summed = Counts()
    for counts in all_counts:
        summed = summed.plus(counts)
    return summed


def towards(counts: Counts, broader: Chance) -> Chance:
    """Weigh counts against a broader belief, which counts as WEIGHT rings."""
    rings = counts.rings + WEIGHT
    answers = counts.answers + WEIGHT
    usual = math.log(broader.median_seconds)
    logarithm = (counts.log_seconds + WEIGHT * usual) / answers
    squares = (counts.log_squares + WEIGHT * (usual**2 + broader.sigma**2)) / answers
    return Chance(
        ready=(counts.ready + WEIGHT * broader.ready) / rings,
        passes=(counts.passes + WEIGHT * broader.passes) / rings,
        median_seconds=math.exp(logarithm),
        sigma=math.sqrt(max(LEAST_SIGMA**2, squares - logarithm**2)),
    )


def coarse(exact: Chance) -> Chance:
    """Round a chance: finer steps would change no decision and fill memory."""
    ready = round(exact.ready * 40) / 40
    passes = min(round(exact.passes * 20) / 20, 1.0 - ready)
    median = math.exp(round(math.log(exact.median_seconds) * 10) / 10)
    sigma = round(exact.sigma * 10) / 10
    return Chance(ready=ready, passes=passes, median_seconds=median, sigma=sigma)


def answered_by(median: float, sigma: float, seconds: float, ring_seconds: float) -> float:
    """Give the share of answers that come within some seconds of a ring: log-normal, cut."""
    if seconds <= 0:
        return 0.0
    if seconds >= ring_seconds:
        return 1.0
    if sigma <= 0:
        return float(seconds >= median)
    return NORMAL.cdf((math.log(seconds) - math.log(median)) / sigma)


@lru_cache(maxsize=4096)
def answering(median: float, sigma: float, ring_seconds: int) -> tuple[float, ...]:
    """Give `answered_by` for each whole second of a ring, the first and the last included."""
    return tuple(
        answered_by(median, sigma, second, ring_seconds) for second in range(ring_seconds + 1)
    )
