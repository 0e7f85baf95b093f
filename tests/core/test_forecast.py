"""The forecast agrees with Erlang's formulas where they apply, and with common sense elsewhere."""

import math
from dataclasses import replace

import pytest

from stepline.core import forecast
from stepline.core.calls import Chance
from stepline.core.forecast import Hour, Kind, Server
from stepline.core.simulation import Delays

AT_ONCE = Chance(ready=1.0, passes=0.0, median_seconds=0.005, sigma=0.1)
# A log-normal time whose spread is that of an exponential one of the same mean.
AS_EXPONENTIAL = math.sqrt(math.log(2))
TALK_SECONDS = 600.0
POINTS = 0.02


def talk(mean_seconds: float) -> Delays:
    return Delays(median=mean_seconds * math.exp(-(AS_EXPONENTIAL**2) / 2), sigma=AS_EXPONENTIAL)


def servers(count: int, chance: Chance = AT_ONCE, kinds: str = "any") -> tuple[Server, ...]:
    return tuple(
        Server(id=f"v{number}", kinds=frozenset(kinds.split()), chance=chance)
        for number in range(count)
    )


HOUR = Hour(
    arrivals=12,
    kinds=(Kind(name="any", share=1.0),),
    servers=servers(3),
    price_seconds=5,
    ring_seconds=20,
    patience_mean_seconds=180,
    talk=talk(TALK_SECONDS),
)


def erlang_b(servers: int, load: float) -> float:
    """The share of calls that find everybody talking (Erlang 1917)."""
    blocked = 1.0
    for count in range(1, servers + 1):
        blocked = load * blocked / (count + load * blocked)
    return blocked


def erlang_a(servers: int, arrivals: float, mu: float, theta: float, within: float) -> float:
    """The share of calls answered within a time, with exponential patience (Palm 1946).

    `arrivals`, `mu` and `theta` are rates per second: calls, ends of talks, giving up. A caller
    who finds `ahead` waiting is answered once that many and one more have left the queue before
    the caller does; that is followed second by second.
    """
    most = servers + 400
    weights = [1.0]
    for state in range(1, most):
        leaves = min(state, servers) * mu + max(0, state - servers) * theta
        weights.append(weights[-1] * arrivals / leaves)
    whole = sum(weights)
    answered = sum(weights[:servers])
    for ahead in range(most - servers):
        weight = weights[servers + ahead]
        if weight / whole > 1e-9:
            answered += weight * served_within(servers, ahead, mu, theta, within)
    return answered / whole


def served_within(servers: int, ahead: int, mu: float, theta: float, within: float) -> float:
    """Follow one caller's place in the queue: the chance to be served within a time."""
    places, served, step = [0.0] * ahead + [1.0], 0.0, 0.25
    for _ in range(round(within / step)):
        moved = [0.0] * (ahead + 1)
        for place, chance in enumerate(places):
            forward = (servers * mu + place * theta) * step
            moved[place] += chance * (1 - forward - theta * step)
            if place:
                moved[place - 1] += chance * forward
            else:
                served += chance * forward
        places = moved
    return served


@pytest.mark.parametrize(("count", "arrivals"), [(1, 6), (3, 12), (5, 36)])
def test_with_no_patience_it_agrees_with_erlang_b(count: int, arrivals: float) -> None:
    hour = replace(HOUR, servers=servers(count), arrivals=arrivals, patience_mean_seconds=1.0)
    (found,) = forecast.outlook(hour, calls=6000)
    load = arrivals / 3600 * TALK_SECONDS
    assert found.answered == pytest.approx(1 - erlang_b(count, load), abs=POINTS)


@pytest.mark.parametrize(("count", "arrivals"), [(2, 12), (3, 18), (5, 36)])
@pytest.mark.parametrize("within", [20, 60])
def test_with_patience_it_agrees_with_erlang_a(count: int, arrivals: float, within: int) -> None:
    hour = replace(HOUR, servers=servers(count), arrivals=arrivals)
    (found,) = forecast.outlook(hour, calls=8000)
    expected = erlang_a(count, arrivals / 3600, 1 / TALK_SECONDS, 1 / 180, within)
    share = found.within_20_s if within == 20 else found.within_60_s
    assert share == pytest.approx(expected, abs=POINTS)


def test_with_nobody_to_ring_the_chance_is_none() -> None:
    (found,) = forecast.outlook(replace(HOUR, servers=()))
    assert (found.within_20_s, found.within_60_s) == (0, 0)


def test_each_kind_has_its_own_chance() -> None:
    kinds = (Kind(name="woman", share=0.5), Kind(name="any", share=0.5))
    hour = replace(HOUR, kinds=kinds, servers=servers(4))
    woman, anyone = forecast.outlook(hour, calls=300)
    assert (woman.kind, woman.answered) == ("woman", 0)
    assert anyone.within_60_s > 0.9


def test_sleepy_people_answer_later_than_quick_ones() -> None:
    sleepy = Chance(ready=0.2, passes=0.1, median_seconds=12, sigma=0.5)
    quick = Chance(ready=0.9, passes=0.05, median_seconds=4, sigma=0.4)
    chances = [
        forecast.outlook(replace(HOUR, servers=servers(4, who)), calls=400)[0].within_20_s
        for who in (sleepy, quick)
    ]
    assert chances[0] < chances[1]


def test_what_was_never_asked_for_may_be_asked_for_tonight() -> None:
    found = forecast.shares([("anyone en", 8)], always=["anyone en", "woman en"])
    assert {kind.name: kind.share for kind in found} == {"anyone en": 0.9, "woman en": 0.1}
