"""The chance that a caller is answered soon in a coming hour, by the very policy that rings.

An hour is played through many times over (core.simulation) with those who may be rung in it,
their habits and the usual calls of that hour. It tells of an hour like this one, not of its
first minute: who talks at the moment is not asked. Where Erlang's formulas apply, it agrees.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from stepline.core.calls import Chance
from stepline.core.simulation import Delays, Person, Population, WishShare, play
from stepline.core.simulation.measures import answered_within
from stepline.core.simulation.population import MINUTES_A_DAY

# Calls played for an hour: the chance is then right to about three points.
CALLS = 800
# The first calls find everybody rested, which is not how an hour goes on.
SETTLING = 0.1
SEED = 20
ORACLE = "oracle"  # the production policy, which takes the habits given for the truth


@dataclass(frozen=True, kw_only=True)
class Kind:
    """One kind of call, by its name; `share` of all calls, which are 1 together."""

    name: str
    share: float


@dataclass(frozen=True, kw_only=True)
class Server:
    """Somebody who may be rung in the hour, for which kinds of call, and what a ring may bring."""

    id: str
    kinds: frozenset[str]
    chance: Chance


@dataclass(frozen=True, kw_only=True)
class Hour:
    """All that decides how soon callers are answered in an hour; times in seconds."""

    arrivals: float
    kinds: tuple[Kind, ...]
    servers: tuple[Server, ...]
    price_seconds: float
    ring_seconds: int
    patience_mean_seconds: float
    talk: Delays


@dataclass(frozen=True, kw_only=True)
class Outlook:
    """The chance that a call of one kind is answered within 20 and within 60 seconds."""

    kind: str
    within_20_s: float
    within_60_s: float
    answered: float


def population(hour: Hour, calls: int) -> Population:
    """Give the hour as a simulation plays it, for as long as it takes for so many calls.

    A kind stands where a simulation has a language: who takes it speaks it.
    """
    people = tuple(
        Person(
            id=server.id,
            gender="",
            languages=tuple(sorted(server.kinds)),
            duty=((0, MINUTES_A_DAY),),
            ready=server.chance.ready,
            passes=server.chance.passes,
            answer=Delays(median=server.chance.median_seconds, sigma=server.chance.sigma),
        )
        for server in hour.servers
    )
    return Population(
        seed=SEED,
        calls=calls,
        ring_price_seconds=hour.price_seconds,
        ring_seconds=hour.ring_seconds,
        limit_seconds=None,
        arrivals_by_hour=(hour.arrivals,),
        patience_mean_seconds=hour.patience_mean_seconds,
        talk=hour.talk,
        wishes=tuple(WishShare(share=kind.share, language=kind.name) for kind in hour.kinds),
        people=people,
    )


@lru_cache(maxsize=256)
def outlook(hour: Hour, calls: int = CALLS) -> tuple[Outlook, ...]:
    """Give the outlook of an hour for each kind of call, in the order of its kinds.

    The same hour is reckoned once. With nobody to ring, or no call to speak of, it is plain.
    """
    if not hour.servers or hour.arrivals <= 0:
        return tuple(
            Outlook(kind=k.name, within_20_s=0, within_60_s=0, answered=0) for k in hour.kinds
        )
    played = play(population(hour, calls), ORACLE)
    settled = [call for call in played.calls if call.number >= calls * SETTLING]
    found = []
    for kind in hour.kinds:
        own = [call for call in settled if call.wish.language == kind.name]
        found.append(
            Outlook(
                kind=kind.name,
                within_20_s=answered_within(own, 20) if own else 0.0,
                within_60_s=answered_within(own, 60) if own else 0.0,
                answered=sum(call.answered for call in own) / len(own) if own else 0.0,
            )
        )
    return tuple(found)


def shares(counts: Iterable[tuple[str, int]], always: Sequence[str]) -> tuple[Kind, ...]:
    """Give the kinds of call and their shares from past counts.

    Each of `always` is there, counted once more than it came: what was never asked for yet may
    be asked for tonight.
    """
    counted = dict.fromkeys(always, 1)
    for name, count in counts:
        counted[name] = counted.get(name, 0) + count
    whole = sum(counted.values())
    return tuple(Kind(name=name, share=count / whole) for name, count in sorted(counted.items()))
