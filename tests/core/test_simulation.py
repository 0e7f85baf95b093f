"""A line played through: the same luck for each policy, and closed forms where there are some."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stepline.core import habits
from stepline.core.calls import Chance, Fit
from stepline.core.ringing import InTheAir
from stepline.core.simulation import (
    POLICIES,
    Delays,
    Person,
    Played,
    Population,
    Presence,
    WishShare,
    figures,
    luck,
    measures,
    play,
)
from stepline.core.simulation.play import RING_AGAIN_AFTER_SECONDS, Ended, Game, Ring, Waiting
from stepline.core.simulation.policies import Decision, Scene
from stepline.core.simulation.population import SECONDS_A_DAY
from stepline.core.simulation.staff import Comings, Member, instant, staff

ALL_DAY = ((0, 1440),)
ANYONE = (WishShare(share=1),)
BLIND = sorted(set(POLICIES) - {"clairvoyant"})


def person(name: str, **facts: Any) -> Person:
    usual: dict[str, Any] = {
        "id": name,
        "gender": "woman",
        "languages": ("en",),
        "duty": ALL_DAY,
        "ready": 0.5,
        "passes": 0.2,
        "answer": Delays(median=8, sigma=0.45),
    }
    return Person(**{**usual, **facts})


def people(count: int, **facts: Any) -> tuple[Person, ...]:
    return tuple(person(f"v{number}", **facts) for number in range(count))


def a_line(serving: tuple[Person, ...], **changes: Any) -> Population:
    usual: dict[str, Any] = {
        "seed": 1,
        "calls": 60,
        "ring_price_seconds": 5,
        "ring_seconds": 20,
        "limit_seconds": None,
        "arrivals_by_hour": (6.0,),
        "patience_mean_seconds": 180,
        "talk": Delays(median=300, sigma=0.8),
        "wishes": ANYONE,
        "people": serving,
    }
    return Population(**{**usual, **changes})


SILENT: dict[str, Any] = {"ready": 0.0, "passes": 0.0}
AT_ONCE: dict[str, Any] = {"ready": 1.0, "passes": 0.0, "answer": Delays(median=1e-6, sigma=0)}


@dataclass
class Rung:
    """One ring of a watched game."""

    call: int
    who: str
    began: float
    beside: int  # phones that rang for the call, this one included
    fresh_free: int  # who could have been rung and had not been for this call
    ended: float = math.inf


@dataclass
class Watch:
    rings: list[Rung] = field(default_factory=list)
    talks: list[tuple[str, float]] = field(default_factory=list)


class Watched(Game):
    """A game that is looked on at."""

    def __init__(self, population: Population, name: str) -> None:
        super().__init__(population, name)
        self.seen = Watch()
        self.open_rings: dict[tuple[int, str], Rung] = {}

    def rings(self, call: Waiting, member: Member, now: float) -> None:
        fresh = [m for m in self.free(call, now) if m.id not in call.rung]
        super().rings(call, member, now)
        rung = Rung(call.number, member.person.id, now, len(call.rings), len(fresh))
        assert (call.number, member.person.id) not in self.open_rings
        self.open_rings[call.number, member.person.id] = rung
        self.seen.rings.append(rung)

    def stops(self, ring: Ring, now: float) -> None:
        super().stops(ring, now)
        self.open_rings.pop((ring.call.number, ring.member.person.id)).ended = now

    def talks(self, call: Waiting, member: Member, now: float) -> None:
        super().talks(call, member, now)
        self.seen.talks.append((member.person.id, now))


def watched(population: Population, policy: str) -> tuple[Played, Watch]:
    game = Watched(population, policy)
    played = game.run()
    assert not game.open_rings, "no phone rings on after the last call"
    return played, game.seen


MIXED = (
    *people(3, ready=0.3),
    person("quick", ready=0.9, passes=0.05, answer=Delays(median=3, sigma=0.3)),
    person("never", **SILENT),
    person("comes", presence=Presence(here_minutes=60, away_minutes=120, console_open=True)),
    person("late", duty=((1080, 120),), gender="man", languages=("en", "es")),
)


# Luck.


@pytest.mark.parametrize("policy", POLICIES)
def test_the_same_seed_gives_the_same_and_another_gives_another(policy: str) -> None:
    line = a_line(MIXED)
    one, again = play(line, policy), play(line, policy)
    assert (one.calls, one.rings) == (again.calls, again.rings)
    assert play(replace(line, seed=2), policy).calls != one.calls


def test_callers_are_as_patient_and_wish_the_same_whatever_the_policy() -> None:
    wishes = (WishShare(share=0.5, gender="man"), WishShare(share=0.5))
    line = a_line(people(2, **SILENT), wishes=wishes)
    outcomes = [play(line, policy).calls for policy in POLICIES]
    assert all(outcome == outcomes[0] for outcome in outcomes), "nobody answers: all the same"
    assert {call.wish for call in outcomes[0]} == set(wishes)
    assert not any(call.answered for call in outcomes[0])


def test_what_a_ring_brings_is_the_same_whatever_the_policy(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    drawn: dict[tuple[int, str, int], set[tuple[str, float]]] = {}
    truly = luck.answer

    def noted(
        population: Population, call: int, who: Person, number: int, here: bool
    ) -> tuple[str, float]:
        brings = truly(population, call, who, number, here)
        drawn.setdefault((call, who.id, number), set()).add(brings)
        return brings

    monkeypatch.setattr(luck, "answer", noted)
    for policy in POLICIES:
        play(a_line(people(5), calls=30), policy)
    assert len(drawn) > 100
    assert all(len(brings) == 1 for brings in drawn.values())


def test_a_ring_brings_what_was_said_and_an_answer_that_is_late_comes_at_the_last_second() -> None:
    someone = person("v", ready=0.5, passes=0.3, answer=Delays(median=18, sigma=0.5))
    line = a_line((someone,))
    brought = [luck.answer(line, call, someone, 0, here=True) for call in range(2000)]
    kinds = [kind for kind, _ in brought]
    assert kinds.count("ready") / 2000 == pytest.approx(0.5, abs=0.04)
    assert kinds.count("pass") / 2000 == pytest.approx(0.3, abs=0.04)
    assert max(seconds for _, seconds in brought) == line.ring_seconds
    late = [what for what in brought if what == ("ready", float(line.ring_seconds))]
    assert len(late) / kinds.count("ready") > 0.3
    away = luck.answer(line, 1, someone, 0, here=False)
    assert away == ("silent", float(line.ring_seconds))


def test_calls_arrive_at_random_at_the_rate_given() -> None:
    instants = luck.arrivals(a_line((), calls=3000, arrivals_by_hour=(30.0,)))
    assert instants == sorted(instants)
    gaps = [later - sooner for sooner, later in pairwise(instants)]
    mean = sum(gaps) / len(gaps)
    assert mean == pytest.approx(120, rel=0.06)
    longer = sum(gap > mean for gap in gaps) / len(gaps)
    assert longer == pytest.approx(math.exp(-1), abs=0.03), "exponential gaps"


def test_no_call_arrives_in_an_hour_without_calls() -> None:
    rates = tuple(12.0 if hour in {9, 21} else 0.0 for hour in range(24))
    instants = luck.arrivals(a_line((), calls=300, arrivals_by_hour=rates))
    hours = [int(at % SECONDS_A_DAY // 3600) for at in instants]
    assert set(hours) == {9, 21}
    assert hours.count(9) == pytest.approx(150, abs=40)
    assert instants[-1] / SECONDS_A_DAY == pytest.approx(300 / 24, abs=3)


# The policies.

A_ROSTER = tuple(
    Fit(volunteer=UUID(int=number), chance=Chance(ready=0.9, passes=0.0)) for number in range(4)
)


def a_scene(ringing: int = 0, **changes: Any) -> Scene:
    def unseen(fit: Fit) -> float:
        raise AssertionError("no policy may ask what is to come")

    def last_first(fit: Fit) -> int:
        return -fit.volunteer.int

    rings = (InTheAir(Chance(ready=0.9, passes=0.0), 1, 20),) * ringing
    scene = Scene(instant(0), rings, A_ROSTER, 5, 20, unseen, last_first)
    return replace(scene, **changes)


@pytest.mark.parametrize(
    ("policy", "ringing", "rings"),
    [
        ("one_by_one_fixed", 0, 1),
        ("one_by_one_fixed", 1, 0),
        ("one_by_one_longest_rest", 0, 1),
        ("one_by_one_longest_rest", 1, 0),
        ("two_at_a_time", 0, 2),
        ("two_at_a_time", 1, 1),
        ("two_at_a_time", 2, 0),
        ("three_at_a_time", 1, 2),
        ("three_at_a_time", 4, 0),
        ("everybody", 0, 4),
        ("everybody", 7, 4),
        ("stepline", 0, 1),
        ("stepline", 1, 0),
        ("oracle", 1, 0),
    ],
)
def test_each_policy_rings_as_many_as_its_name_says(policy: str, ringing: int, rings: int) -> None:
    assert len(POLICIES[policy](a_scene(ringing)).ring) == rings


@pytest.mark.parametrize("policy", BLIND)
def test_with_nobody_to_ring_no_policy_rings(policy: str) -> None:
    assert POLICIES[policy](a_scene(order=())).ring == ()


def test_in_a_fixed_order_the_first_place_is_rung_and_else_who_rested_longest() -> None:
    assert POLICIES["one_by_one_fixed"](a_scene()).ring == (A_ROSTER[3],)
    assert POLICIES["one_by_one_longest_rest"](a_scene()).ring == (A_ROSTER[0],)


def test_the_production_policy_says_when_to_look_again() -> None:
    decision = POLICIES["stepline"](a_scene(1))
    assert decision.ring == ()
    assert decision.again_in_seconds is not None
    assert 1 <= decision.again_in_seconds <= 20


def test_the_clairvoyant_rings_only_whoever_will_be_ready_soonest() -> None:
    soon = dict(zip(A_ROSTER, (None, 7.0, 3.0, None), strict=True))
    clairvoyant = POLICIES["clairvoyant"]
    assert clairvoyant(a_scene(seconds_to_ready=soon.get)).ring == (A_ROSTER[2],)
    assert clairvoyant(a_scene(1, seconds_to_ready=soon.get)) == Decision()
    assert clairvoyant(a_scene(seconds_to_ready=dict.fromkeys(A_ROSTER).get)) == Decision()


@pytest.mark.parametrize(
    ("policy", "most"),
    [("one_by_one_fixed", 1), ("one_by_one_longest_rest", 1), ("two_at_a_time", 2)],
)
def test_no_more_phones_ring_than_the_name_says(policy: str, most: int) -> None:
    _, seen = watched(a_line(people(6), arrivals_by_hour=(30.0,)), policy)
    assert max(rung.beside for rung in seen.rings) == most


def test_everybody_who_is_free_rings_at_once() -> None:
    line = a_line(people(6, **SILENT), calls=1, patience_mean_seconds=1000)
    _, seen = watched(line, "everybody")
    assert len({rung.began for rung in seen.rings[:6]}) == 1
    assert {rung.who for rung in seen.rings[:6]} == {who.id for who in line.people}


def test_the_clairvoyant_needs_the_fewest_rings_and_everybody_the_most() -> None:
    line = a_line(MIXED, calls=60, patience_mean_seconds=600)
    needed = {name: figures(line, play(line, name)).rings_per_answered for name in POLICIES}
    assert min(needed, key=lambda name: needed[name]) == "clairvoyant"
    assert max(needed, key=lambda name: needed[name]) == "everybody"
    assert 1 <= needed["clairvoyant"] < 1.2


def test_a_low_price_rings_more_and_waits_less_than_a_high_one() -> None:
    line = a_line(people(10, ready=0.25), calls=80)
    low, high = (
        figures(line, play(replace(line, ring_price_seconds=price), "stepline"))
        for price in (0.5, 40)
    )
    assert low.rings_per_answered > high.rings_per_answered
    assert low.wait_mean_s < high.wait_mean_s


def believed(policy: str, who: Person) -> Chance:
    game = Game(a_line((who,)), policy)
    call = Waiting(0, 0.0, game.population.wishes[0])
    (fit,) = game.scene(call, game.staff, 0.0).order
    return fit.chance


def test_the_oracle_is_told_the_truth_and_nobody_else() -> None:
    someone = person("v", ready=0.9, passes=0.05, answer=Delays(median=3, sigma=0.3))
    truth = Chance(ready=0.9, passes=0.05, median_seconds=3, sigma=0.3)
    assert believed("oracle", someone) == truth
    start = habits.chance(habits.Habits(), "here day", instant(0))
    for policy in set(POLICIES) - {"oracle"}:
        assert believed(policy, someone) == start


def test_the_oracle_is_told_only_what_could_be_seen_of_who_comes_and_goes() -> None:
    goes = Presence(here_minutes=60, away_minutes=180, console_open=False)
    assert believed("oracle", person("v", presence=goes)).ready == pytest.approx(0.5 / 4)
    sees = replace(goes, console_open=True)
    assert believed("oracle", person("v", presence=sees)).ready in {0.0, 0.5}


def test_the_policy_learns_from_the_rings_of_its_run() -> None:
    played = play(a_line((person("never", **SILENT), person("quick", ready=0.95))), "stepline")
    never, quick = played.staff
    assert never.believed(0).ready < 0.15
    assert quick.believed(0).ready > 0.7


# The way of a call.


@pytest.mark.parametrize("policy", POLICIES)
def test_every_call_ends_once_and_nobody_is_in_two_places(policy: str) -> None:
    line = a_line(MIXED, arrivals_by_hour=(40.0,))
    played, seen = watched(line, policy)
    assert [call.number for call in played.calls] == list(range(line.calls))
    assert played.rings == len(seen.rings)
    assert sum(member.conversations for member in played.staff) == len(seen.talks)
    assert len(seen.talks) == sum(call.answered for call in played.calls)
    for someone in line.people:
        mine = [rung for rung in seen.rings if rung.who == someone.id]
        assert all(one.ended <= other.began for one, other in pairwise(mine))


def test_a_caller_who_gives_up_stops_all_phones() -> None:
    line = a_line(people(4, **SILENT), patience_mean_seconds=10, arrivals_by_hour=(2.0,))
    played, seen = watched(line, "everybody")
    for call in played.calls:
        ends = {rung.ended for rung in seen.rings if rung.call == call.number}
        assert max(rung.ended - rung.began for rung in seen.rings) <= line.ring_seconds
        if call.seconds < line.ring_seconds:
            assert len(ends) == 1, "all at the instant of giving up"
    assert not any(member.occupied for member in played.staff)
    given_up = [call.seconds for call in played.calls]
    assert sum(given_up) / len(given_up) == pytest.approx(10, rel=0.4)


def test_one_ready_stops_the_other_phones() -> None:
    quick = person("quick", ready=1.0, passes=0.0, answer=Delays(median=2, sigma=0))
    line = a_line((quick, *people(3, **SILENT)), calls=1, patience_mean_seconds=1e5)
    played, seen = watched(line, "everybody")
    assert {round(rung.ended - rung.began, 6) for rung in seen.rings} == {2.0}
    assert played.calls[0].seconds == pytest.approx(2)
    assert [who for who, _ in seen.talks] == ["quick"]


@pytest.mark.parametrize("policy", POLICIES)
def test_nobody_is_rung_again_before_all_others_and_a_minute(policy: str) -> None:
    line = a_line(people(4, ready=0.1), patience_mean_seconds=900, calls=25)
    _, seen = watched(line, policy)
    again = 0
    for number in range(line.calls):
        last: dict[str, float] = {}
        for rung in (rung for rung in seen.rings if rung.call == number):
            if rung.who in last:
                again += 1
                assert rung.began >= last[rung.who] + RING_AGAIN_AFTER_SECONDS - 1e-3
                assert rung.fresh_free == 0, "somebody free had not been rung yet"
            last[rung.who] = rung.ended
    assert again > 5 or policy == "clairvoyant"


def test_a_lone_sleepy_volunteer_is_rung_each_eighty_seconds() -> None:
    line = a_line(people(1, **SILENT), calls=1, patience_mean_seconds=1e4)
    _, seen = watched(line, "one_by_one_longest_rest")
    begun = [rung.began for rung in seen.rings]
    assert len(begun) > 3
    gaps = [later - sooner for sooner, later in pairwise(begun)]
    assert gaps == pytest.approx([20 + RING_AGAIN_AFTER_SECONDS] * len(gaps), abs=0.2)


def test_a_wish_is_hard() -> None:
    wishes = (WishShare(share=0.5, gender="man", language="es"), WishShare(share=0.5))
    line = a_line(MIXED, wishes=wishes)
    played, seen = watched(line, "everybody")
    wished = {call.number for call in played.calls if call.wish == wishes[0]}
    assert 15 < len(wished) < 45
    assert {rung.who for rung in seen.rings if rung.call in wished} <= {"late"}


def test_a_limit_ends_the_wait() -> None:
    line = a_line(people(2, **SILENT), patience_mean_seconds=500, limit_seconds=45)
    played = play(line, "stepline")
    assert max(call.seconds for call in played.calls) == pytest.approx(45)
    assert sum(call.seconds < 44 for call in played.calls) > 0


# Who is there.


def test_duty_that_wraps_past_midnight_counts_on_both_sides() -> None:
    late = person("late", duty=((1320, 360), (720, 721)))
    on = [minute for minute in range(1440) if late.on_duty(minute)]
    assert on == [*range(360), 720, *range(1320, 1440)]
    assert late.duty_minutes == 360 + 120 + 1
    assert (late.on_duty(1319.99), late.on_duty(1320), late.on_duty(360)) == (False, True, False)


@pytest.mark.parametrize("policy", ["stepline", "everybody"])
def test_nobody_is_rung_off_duty(policy: str) -> None:
    late, early = person("late", duty=((1320, 360),)), person("early", duty=((360, 1320),))
    _, seen = watched(a_line((late, early), calls=150), policy)
    assert {rung.who for rung in seen.rings} == {"late", "early"}
    for rung in seen.rings:
        someone = late if rung.who == "late" else early
        assert someone.on_duty(rung.began % SECONDS_A_DAY / 60)


def test_whoever_waits_is_rung_for_the_moment_somebody_comes_on_duty() -> None:
    rates = tuple(1.0 if hour == 11 else 0.0 for hour in range(24))
    noon = person("noon", duty=((720, 780),), **AT_ONCE)
    line = a_line(
        (noon,), calls=5, arrivals_by_hour=rates, patience_mean_seconds=1e5, limit_seconds=7200
    )
    _, seen = watched(line, "stepline")
    first = min(rung.began for rung in seen.rings)
    assert first % SECONDS_A_DAY == pytest.approx(720 * 60, abs=0.2)


@pytest.mark.parametrize("policy", POLICIES)
def test_with_nobody_on_duty_or_nobody_who_fits_it_ends_all_the_same(policy: str) -> None:
    noon_calls = tuple(1.0 if hour == 12 else 0.0 for hour in range(24))
    asleep = a_line(people(2, duty=((180, 240),)), calls=20, arrivals_by_hour=noon_calls)
    no_one = a_line(people(2), calls=20, wishes=(WishShare(share=1, language="ga"),))
    nobody_at_all = a_line((), calls=20)
    for line in (asleep, no_one, nobody_at_all):
        came = figures(line, play(line, policy))
        assert (came.answered_share, came.rings_per_answered) == (0, 0)
        assert came.wait_answered_mean_s == came.gini_rings == came.within_60_s == 0
        assert came.wait_mean_s > 0


def test_whoever_is_away_stays_silent_and_the_policy_sees_only_an_open_page() -> None:
    gone = Presence(here_minutes=0.1, away_minutes=500_000, console_open=True)
    played = play(a_line((person("gone", ready=1.0, passes=0.0, presence=gone),)), "everybody")
    assert not any(call.answered for call in played.calls)
    seldom = Presence(here_minutes=60, away_minutes=60, console_open=False)
    situations = {
        None: {"here"},
        seldom: {"away"},
        replace(seldom, console_open=True): {"here", "away"},
    }
    for presence, expected in situations.items():
        (member,) = staff(a_line((person("v", presence=presence),)))
        seen = {member.situation(hour * 3600.0).split()[0] for hour in range(48)}
        assert seen == expected


def test_people_are_here_for_their_share_of_the_time_whenever_one_asks() -> None:
    someone = person("v", presence=Presence(here_minutes=30, away_minutes=90, console_open=True))
    often, seldom = Comings(someone, seed=3), Comings(someone, seed=3)
    minutes = range(0, 60 * 24 * 100, 5)
    here = {minute: often.is_here(minute * 60.0) for minute in minutes}
    assert sum(here.values()) / len(here) == pytest.approx(0.25, abs=0.03)
    assert all(seldom.is_here(minute * 60.0) == here[minute] for minute in minutes[::37])
    first = [Comings(someone, seed).is_here(0.0) for seed in range(400)]
    assert sum(first) / 400 == pytest.approx(0.25, abs=0.07), "from the first moment on"
    assert Comings(person("always"), seed=1).is_here(1e6)


def test_a_conversation_occupies_and_then_rest_begins() -> None:
    talk = Delays(median=600, sigma=0)
    line = a_line((person("v", **AT_ONCE),), talk=talk, arrivals_by_hour=(20.0,))
    played, seen = watched(line, "everybody")
    begun = [at for _, at in seen.talks]
    assert len(begun) > 10
    assert min(later - sooner for sooner, later in pairwise(begun)) >= 600 - 1e-6
    assert any(not call.answered for call in played.calls)
    assert played.rings == len(begun), "nobody who talks is rung"


# Closed forms.


def erlang_b(servers: int, offered: float) -> float:
    """The share of calls that find all servers taken (A. K. Erlang, 1917)."""
    terms = [offered**n / math.factorial(n) for n in range(servers + 1)]
    return terms[-1] / sum(terms)


@pytest.mark.parametrize(
    ("servers", "per_hour", "policy"),
    [(1, 6.0, "everybody"), (3, 24.0, "stepline"), (5, 24.0, "one_by_one_fixed")],
)
def test_calls_that_do_not_wait_are_lost_as_erlang_says(
    servers: int, per_hour: float, policy: str
) -> None:
    talk = Delays(median=300, sigma=0.5)
    mean_seconds = talk.median * math.exp(talk.sigma**2 / 2)
    line = a_line(
        people(servers, **AT_ONCE),
        calls=2000,
        arrivals_by_hour=(per_hour,),
        patience_mean_seconds=1e-3,
        talk=talk,
    )
    lost = 1 - figures(line, play(line, policy)).answered_share
    assert lost == pytest.approx(erlang_b(servers, per_hour * mean_seconds / 3600), abs=0.02)


@pytest.mark.parametrize("ready", [0.3, 0.6])
def test_a_lone_caller_who_waits_for_ever_needs_rings_as_the_chance_says(ready: float) -> None:
    line = a_line(
        people(30, ready=ready, passes=1 - ready, answer=Delays(median=1e-6, sigma=0)),
        calls=300,
        arrivals_by_hour=(0.5,),
        patience_mean_seconds=1e6,
        talk=Delays(median=1, sigma=0),
    )
    came = figures(line, play(line, "one_by_one_longest_rest"))
    assert came.answered_share == 1
    assert came.rings_per_answered == pytest.approx(1 / ready, rel=0.12)


# The figures.


def ended(number: int, seconds: float, answered: bool) -> Ended:
    return Ended(number, ANYONE[0], seconds, answered)


def served(someone: Person, rings: int, conversations: int) -> Member:
    (member,) = staff(a_line((someone,)))
    member.rings, member.conversations = rings, conversations
    return member


def test_every_figure_of_a_small_evening_is_what_one_reckons_by_hand() -> None:
    everyone = (person("a"), person("b", duty=((0, 720),)), person("c"))
    calls = (ended(0, 10, True), ended(1, 20, True), ended(2, 50, True), ended(3, 120, False))
    members = (served(everyone[0], 2, 1), served(everyone[1], 3, 1), served(everyone[2], 4, 1))
    came = figures(a_line(everyone), Played(calls, members, 9))
    assert came.answered_share == 0.75
    assert came.wait_mean_s == 50
    assert came.wait_p50_s == 20
    assert came.wait_p95_s == 120
    assert came.wait_answered_mean_s == pytest.approx(80 / 3)
    assert came.within_20_s == 0.5
    assert came.within_60_s == 0.75
    assert came.rings_per_answered == 3
    # Per hour on duty 2/24, 3/12 and 4/24: in twelfths of an hour 1, 3 and 2.
    assert came.gini_rings == pytest.approx((2 * 1 + 4 * 2 + 6 * 3) / (3 * 6) - 4 / 3)
    # Conversations likewise 1, 2 and 1.
    assert came.gini_conversations == pytest.approx((2 * 1 + 4 * 1 + 6 * 2) / (3 * 4) - 4 / 3)


@pytest.mark.parametrize(
    ("share", "count", "expected"),
    [(0.5, 1, 1), (0.5, 2, 1), (0.5, 5, 3), (0.95, 20, 19), (0.95, 21, 20), (1.0, 7, 7)],
)
def test_a_quantile_is_the_nearest_rank(share: float, count: int, expected: int) -> None:
    assert measures.quantile([float(at) for at in range(1, count + 1)], share) == expected


def test_only_people_open_to_the_same_calls_are_compared() -> None:
    women, man = people(2), person("m", gender="man")
    wishes = (WishShare(share=0.5, gender="woman"), WishShare(share=0.5, gender="man"))
    members = (served(women[0], 10, 0), served(women[1], 10, 0), served(man, 400, 0))
    line = a_line((*women, man), wishes=wishes)
    assert figures(line, Played((ended(0, 1, True),), members, 420)).gini_rings == 0
    unequal = (served(women[0], 0, 0), served(women[1], 10, 0), served(man, 400, 0))
    came = figures(line, Played((ended(0, 1, True),), unequal, 410))
    assert came.gini_rings == pytest.approx(0.5 * 2 / 3), "two women at 0.5, one man at 0"


# Any line.


def any_line() -> st.SearchStrategy[Population]:
    shares = st.sampled_from([0.0, 0.1, 0.5])
    somebody = st.builds(
        person,
        st.uuids().map(str),
        gender=st.sampled_from(["woman", "man"]),
        ready=shares,
        passes=shares,
        duty=st.sampled_from([ALL_DAY, ((600, 900),), ((1320, 60), (0, 30))]),
        answer=st.builds(Delays, median=st.floats(0.1, 60), sigma=st.floats(0, 2)),
        presence=st.none()
        | st.builds(
            Presence,
            here_minutes=st.floats(0.5, 100),
            away_minutes=st.floats(0.5, 100),
            console_open=st.booleans(),
        ),
    )
    wishes = (WishShare(share=0.3, gender="man"), WishShare(share=0.7))
    return st.builds(
        a_line,
        st.lists(somebody, max_size=4).map(tuple),
        seed=st.integers(0, 9),
        calls=st.integers(1, 12),
        ring_price_seconds=st.floats(0, 30),
        ring_seconds=st.integers(1, 40),
        limit_seconds=st.none() | st.floats(1, 500),
        arrivals_by_hour=st.just((60.0,)) | st.just((0.0,) * 23 + (9.0,)),
        wishes=st.just(wishes) | st.just(ANYONE),
    )


def facts(played: Played) -> Iterator[bool]:
    yield all(call.seconds >= 0 for call in played.calls)
    yield played.rings >= sum(call.answered for call in played.calls)
    yield all(member.rings >= member.conversations for member in played.staff)


@settings(max_examples=40)
@given(any_line(), st.sampled_from(sorted(POLICIES)))
def test_any_line_is_played_to_its_end(line: Population, policy: str) -> None:
    played = watched(line, policy)[0]
    assert len(played.calls) == line.calls
    assert all(facts(played))
    assert all(math.isfinite(value) for value in vars(figures(line, played)).values())
