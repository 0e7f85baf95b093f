"""Whom each policy rings: the production policy, its peers, and two that know too much."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from stepline.core import ringing
from stepline.core.calls import Fit
from stepline.core.ringing import InTheAir


@dataclass(frozen=True)
class Scene:
    """What a policy sees: phones that ring, and who may be rung in the order of rest.

    `seconds_to_ready` is told to the clairvoyant alone: None for who wouldn't say 'ready'.
    """

    now: datetime
    rings: tuple[InTheAir, ...]
    order: tuple[Fit, ...]
    price_seconds: float
    ring_seconds: int
    seconds_to_ready: Callable[[Fit], float | None]
    place: Callable[[Fit], int]


@dataclass(frozen=True)
class Decision:
    """Whom to ring now, and in how many seconds to look again by itself."""

    ring: tuple[Fit, ...] = ()
    again_in_seconds: float | None = None


Policy = Callable[[Scene], Decision]


def stepline(scene: Scene) -> Decision:
    """Do as production does (core.ringing), without its limit of phones at once."""
    turns = ringing.in_turn(scene.order, scene.now, scene.ring_seconds)
    plan = ringing.plan(
        scene.rings, turns, scene.price_seconds, scene.ring_seconds, len(scene.order)
    )
    return Decision(tuple(turns[: plan.now]), plan.next_in_seconds)


def always(count: int) -> Policy:
    """Keep so many phones ringing: the next is rung at once on a pass or time-out."""

    def policy(scene: Scene) -> Decision:
        return Decision(scene.order[: max(0, count - len(scene.rings))])

    return policy


def one_by_one_fixed(scene: Scene) -> Decision:
    """Ring one by one, always in the same order."""
    if scene.rings or not scene.order:
        return Decision()
    return Decision((min(scene.order, key=scene.place),))


def everybody(scene: Scene) -> Decision:
    """Ring all at once."""
    return Decision(scene.order)


def clairvoyant(scene: Scene) -> Decision:
    """Ring only whoever will be ready soonest: no policy can need fewer rings."""
    if scene.rings:
        return Decision()
    known = {fit.volunteer: scene.seconds_to_ready(fit) for fit in scene.order}
    able = [fit for fit in scene.order if known[fit.volunteer] is not None]
    if not able:
        return Decision()
    return Decision((min(able, key=lambda fit: known[fit.volunteer] or math.inf),))


POLICIES: Mapping[str, Policy] = {
    "stepline": stepline,
    "one_by_one_fixed": one_by_one_fixed,
    "one_by_one_longest_rest": always(1),
    "two_at_a_time": always(2),
    "three_at_a_time": always(3),
    "everybody": everybody,
    "oracle": stepline,
    "clairvoyant": clairvoyant,
}
# Told the true chances, as far as anybody could see them.
TOLD_THE_TRUTH = frozenset({"oracle"})
