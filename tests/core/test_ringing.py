"""Whom to ring now and when to look again: what a ring costs, what it saves, whose turn it is."""

import time
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stepline.core import dispatch, ringing
from stepline.core import events as e
from stepline.core.calls import Call, Chance, Fit, OfferState, Ring, State, Timing
from stepline.core.ringing import InTheAir, Plan
from tests.core import world as w
from tests.core.world import BO, CLEO, DEE, NOON

RING = 25
PEOPLE = tuple(w.named(f"person {number}") for number in range(50))
SLEEPY = Chance(ready=0.1, passes=0.0, median_seconds=10, sigma=0.6)
QUICK = Chance(ready=0.95, passes=0.0, median_seconds=4, sigma=0.3)


def order(*chances: Chance, **facts: Any) -> list[Fit]:
    return [Fit(volunteer=PEOPLE[at], chance=each, **facts) for at, each in enumerate(chances)]


def planned(
    chances: list[Chance], price: float, rings: list[InTheAir] | None = None, most: int = 50
) -> Plan:
    return ringing.plan(rings or [], order(*chances), price, RING, most)


def rings_in(chance: Chance, seconds: float, ring_seconds: int = RING) -> InTheAir:
    return InTheAir(chance, seconds, ring_seconds)


def any_chance(passes: bool = True) -> st.SearchStrategy[Chance]:
    def chance(ready: float, share: float, median: float, sigma: float) -> Chance:
        passed = (1 - ready) * share if passes else 0.0
        return Chance(ready=ready, passes=passed, median_seconds=median, sigma=sigma)

    # As coarse as habits are, so that each means the same second by second only once.
    shares = st.integers(0, 20).map(lambda twentieths: twentieths / 20)
    medians, sigmas = st.sampled_from([1, 3, 8, 20, 40]), st.sampled_from([0.2, 0.6, 1.5])
    return st.builds(chance, shares, shares, medians, sigmas)


def in_the_air(passes: bool = True) -> st.SearchStrategy[InTheAir]:
    return st.builds(InTheAir, any_chance(passes), st.floats(0, 40), st.integers(5, 60))


prices = st.floats(0, 60)
orders = st.lists(any_chance(), max_size=5)


# What a ring is worth.


def test_nobody_rings_and_so_the_first_is_rung_now_at_any_price() -> None:
    for price in (0, 5, 10_000):
        assert planned([SLEEPY, SLEEPY], price).now >= 1
    assert planned([SLEEPY], 5) == Plan(1, None)


def test_with_nobody_left_nothing_is_rung_and_nothing_is_waited_for() -> None:
    assert planned([], 5) == Plan(0, None)
    assert planned([], 5, [rings_in(QUICK, 3)]) == Plan(0, None)


def test_a_sleepy_roster_is_rung_several_at_once_and_a_quick_sure_one_one_by_one() -> None:
    sleepy, quick = planned([SLEEPY] * 12, 1), planned([QUICK] * 12, 5)
    assert sleepy.now >= 3
    assert quick.now == 1
    assert quick.next_in_seconds is not None
    assert quick.next_in_seconds > QUICK.median_seconds, "the first is given time to answer"


def test_waves_grow_with_the_chance_of_silence() -> None:
    likely = [0.9, 0.5, 0.25, 0.1]
    at_once = [planned([replace(SLEEPY, ready=ready)] * 20, 2).now for ready in likely]
    assert at_once == sorted(at_once)
    assert at_once[0] < at_once[-1]


@given(orders, st.lists(in_the_air(), max_size=3), prices, prices)
def test_a_higher_price_never_rings_more(
    chances: list[Chance], rings: list[InTheAir], one: float, other: float
) -> None:
    low, high = sorted((one, other))
    assert planned(chances, high, rings).now <= planned(chances, low, rings).now


@given(orders, st.lists(in_the_air(), max_size=3), st.integers(0, 8))
def test_at_no_price_all_are_rung_up_to_the_cap(
    chances: list[Chance], rings: list[InTheAir], most: int
) -> None:
    assert planned(chances, 0, rings, most) == Plan(min(most, len(chances)), None)


@given(orders, st.lists(in_the_air(), max_size=3), prices, st.integers(0, 4))
def test_never_more_than_the_cap_nor_than_there_are(
    chances: list[Chance], rings: list[InTheAir], price: float, most: int
) -> None:
    plan = planned(chances, price, rings, most)
    assert 0 <= plan.now <= min(most, len(chances))
    assert plan.next_in_seconds is None or 1 <= plan.next_in_seconds <= RING


def test_a_phone_about_to_ring_out_makes_the_next_one_ring_before_its_end() -> None:
    fair = Chance(ready=0.85, passes=0.1, median_seconds=6, sigma=0.5)
    young = planned([fair] * 3, 5, [rings_in(fair, 1)])
    old = planned([fair] * 3, 5, [rings_in(fair, 20)])
    assert young.now == 0
    assert young.next_in_seconds is not None
    assert 1 + young.next_in_seconds < RING, "the next rings before the first has rung out"
    assert old.now >= 1


def test_a_phone_that_has_rung_out_is_no_reason_to_wait() -> None:
    assert planned([QUICK] * 2, 5, [rings_in(QUICK, RING + 5)]).now >= 1


@given(any_chance(passes=False), st.lists(any_chance(passes=False), min_size=1, max_size=4), prices)
def test_whoever_looks_when_the_plan_says_rings_the_next_or_more(
    first: Chance, chances: list[Chance], price: float
) -> None:
    age = 0
    while (plan := planned(chances, price, [rings_in(first, age)])).now == 0:
        assert plan.next_in_seconds is not None
        age += plan.next_in_seconds
        assert age <= RING, "it isn't put off beyond the end of the ring"


@given(any_chance(), st.integers(1, 60), st.integers(-2, 90))
def test_silence_begins_certain_and_only_falls(chance: Chance, ring: int, age: int) -> None:
    survives = ringing.silence(chance, ring, max(0, age))
    assert len(survives) == ringing.AHEAD + 1
    assert survives[0] == 1
    assert all(later <= sooner + 1e-12 for sooner, later in pairwise(survives))
    assert min(survives) >= -1e-9


@given(st.lists(in_the_air(), max_size=4), st.lists(any_chance(), max_size=4), prices)
def test_a_plan_is_total(rings: list[InTheAir], chances: list[Chance], price: float) -> None:
    plan = planned(chances, price, rings)
    assert plan.now == len(chances) or plan.next_in_seconds is not None


def test_a_plan_for_fifty_is_made_in_no_time() -> None:
    chances = [Chance(ready=0.02 + at / 100, median_seconds=5 + at / 5) for at in range(50)]
    planned(chances, 0.5)  # what each chance means second by second is reckoned once
    begun = time.process_time()
    plan = planned(chances, 0.1)
    assert time.process_time() - begun < 0.2
    assert plan.now > 1


def test_their_own_ring_time_counts_and_not_the_lines() -> None:
    slow = Chance(ready=0.9, passes=0.0, median_seconds=20, sigma=0.2)
    short, long = (timedelta(seconds=seconds) for seconds in (5, 30))
    assert ringing.own_ring(Fit(volunteer=BO), RING) == RING
    assert ringing.own_ring(Fit(volunteer=BO, ring=short), RING) == 5
    assert ringing.own_ring(Fit(volunteer=BO, ring=timedelta(milliseconds=1)), RING) == 1
    soon = ringing.plan([], order(slow, slow, ring=short), 30, RING, 8)
    late = ringing.plan([], order(slow, slow, ring=long), 30, RING, 8)
    assert soon.now == late.now == 1
    assert soon.next_in_seconds is not None
    assert late.next_in_seconds is not None
    assert soon.next_in_seconds <= 5 < late.next_in_seconds


# Whose turn it is.


def rested(volunteer: UUID, minutes: float | None, **facts: Any) -> Fit:
    since = None if minutes is None else NOON - timedelta(minutes=minutes)
    return Fit(volunteer=volunteer, rested_since_at=since, **facts)


def turns(*fits: Fit) -> list[UUID]:
    return [fit.volunteer for fit in ringing.in_turn(fits, NOON, RING)]


worths_of_people = st.lists(st.floats(1e-6, 1), max_size=40).map(sorted)


def test_never_rung_comes_first_in_the_order_given_and_then_the_longest_rest() -> None:
    people = (rested(BO, 10), rested(CLEO, None), rested(DEE, 30), rested(w.ELI, None))
    assert turns(*people) == [CLEO, w.ELI, DEE, BO]


def test_never_rung_comes_first_however_little_a_ring_is_likely_to_bring() -> None:
    never = rested(BO, None, chance=replace(SLEEPY, ready=0.0))
    assert turns(rested(CLEO, 600, chance=QUICK), never) == [BO, CLEO]


def test_pretend_people_come_after_whoever_is_really_there() -> None:
    pretend = rested(BO, None, pretend=True)
    assert turns(pretend, rested(CLEO, 1), rested(DEE, 2)) == [DEE, CLEO, BO]


def test_rest_is_weighed_by_what_a_ring_is_likely_to_bring() -> None:
    seldom = rested(BO, 12, chance=replace(QUICK, ready=0.5))
    often = [rested(person, 10, chance=QUICK) for person in PEOPLE[:8]]
    assert turns(seldom, *often)[-1] == BO


def test_whoever_answers_seldom_still_has_a_turn() -> None:
    seldom = rested(BO, 80, chance=replace(QUICK, ready=0.5))
    often = [rested(person, 10, chance=QUICK) for person in PEOPLE[:8]]
    assert turns(seldom, *often)[0] == BO


def test_nobody_rests_more_than_ten_times_as_long_as_who_answers_best() -> None:
    silent = replace(SLEEPY, ready=0.0)
    often = [rested(person, 10, chance=QUICK) for person in PEOPLE[:12]]
    assert turns(rested(BO, 101, chance=silent), *often)[0] == BO
    assert turns(rested(BO, 60, chance=silent), *often)[0] != BO


@given(worths_of_people)
def test_no_rest_weighs_next_to_nothing(worths: list[float]) -> None:
    weights = ringing.weights(worths)
    assert len(weights) == len(worths)
    assert max(weights, default=0) <= ringing.MOST_SELDOM * min(weights, default=0) + 1e-9


def test_a_slow_answer_brings_less_than_a_quick_one() -> None:
    worths = [ringing.worth_of(replace(QUICK, median_seconds=s), RING) for s in (2, 8, 20)]
    assert worths == sorted(worths, reverse=True)
    assert all(0 < worth < 1 for worth in worths)


@given(worths_of_people)
def test_rest_never_weighs_more_unevenly_than_the_bound(worths: list[float]) -> None:
    power = ringing.steepness(worths)
    weights = [worth**power for worth in worths]
    among = ringing.UNEVEN_AT_MOST * min(1.0, max(0, len(worths) - 1) / ringing.ENOUGH_TO_CHOOSE)
    assert ringing.gini(weights) <= among + 1e-9


@given(st.integers(1, 40), st.floats(0.01, 1))
def test_equals_take_turns_by_rest_alone(count: int, worth: float) -> None:
    assert ringing.gini([worth] * count) == pytest.approx(0, abs=1e-9)
    people = [rested(PEOPLE[at], at + 1, chance=QUICK) for at in range(count)]
    assert turns(*people) == [fit.volunteer for fit in reversed(people)]


def test_the_gini_index_is_that_of_the_textbook() -> None:
    assert ringing.gini([]) == 0
    assert ringing.gini([0, 0]) == 0
    assert ringing.gini([1, 1, 1, 1]) == 0
    assert ringing.gini([0, 0, 0, 1]) == pytest.approx(0.75)
    assert ringing.gini([1, 3]) == pytest.approx(0.25)


# A look at a call.


def looked(call: Call, now: datetime = NOON) -> tuple[Call, int]:
    """The call after a look, and how many the look rings."""
    step = ringing.look(call, now)
    return step.call, sum(e.how_many for e in step.effects if isinstance(e, Ring))


def sleepy_call(count: int = 12, **changes: Any) -> Call:
    return w.a_call(candidates=tuple(order(*[SLEEPY] * count)), **changes)


def test_a_look_hands_on_the_whole_order_so_that_somebody_taken_is_passed_over() -> None:
    call = w.a_call(timing=Timing(), candidates=(rested(BO, 1), rested(CLEO, 5), rested(DEE, 3)))
    (ring,) = ringing.look(call, NOON).effects
    assert isinstance(ring, Ring)
    assert ring.volunteers == (CLEO, DEE, BO)


def test_no_more_phones_ring_at_once_than_the_line_allows() -> None:
    for at_once in (1, 2, 5):
        free = Timing(at_once=at_once, price=timedelta(0))
        assert looked(sleepy_call(timing=free))[1] == at_once
    rung = w.an_offer(BO, state=OfferState.RINGING)
    two = Timing(at_once=2, price=timedelta(0))
    assert looked(sleepy_call(timing=two, offers=(rung,)))[1] == 1
    full = (rung, w.an_offer(CLEO, state=OfferState.RINGING))
    call, how_many = looked(sleepy_call(timing=two, offers=full))
    last_wave_at = call.limit_at - two.ring
    assert (how_many, call.look_again_at) == (0, last_wave_at), "else the end of a ring is awaited"


def test_captains_are_rung_once_as_the_last_wave_before_the_limit() -> None:
    captains = (Fit(volunteer=w.ELI, standby=True), Fit(volunteer=CLEO, standby=True))
    ringing_on = replace(w.an_offer(BO, state=OfferState.RINGING), chance=QUICK)
    full = Timing(at_once=1)
    call = w.a_call(timing=full, offers=(ringing_on,), captains=captains, candidates=())
    last_wave_at = call.limit_at - full.ring
    call = replace(call, offers=(replace(ringing_on, ends_at=call.limit_at),))
    others = replace(call, candidates=tuple(order(QUICK)))
    assert looked(others, last_wave_at - timedelta(seconds=1))[1] == 0
    assert looked(others, last_wave_at)[1] == 2, "beyond the line's limit of phones at once"
    rung = replace(w.an_offer(w.ELI, state=OfferState.RINGING), ends_at=call.limit_at)
    once = replace(others, offers=(*others.offers, rung))
    (ring,) = ringing.look(once, last_wave_at).effects
    assert isinstance(ring, Ring)
    assert ring.volunteers == (CLEO,)
    assert looked(others, call.limit_at)[1] <= 1, "at the limit it is too late for a wave"


def test_danger_rings_several_at_once_at_no_price() -> None:
    dear = Timing(at_once=1, at_once_in_danger=4, price=timedelta(seconds=100))
    assert looked(w.a_call(timing=dear, candidates=tuple(order(*[QUICK] * 12))))[1] == 1
    in_danger = w.a_call(timing=dear, candidates=tuple(order(*[QUICK] * 12)), danger=True)
    assert looked(in_danger)[1] == 4
    wider = replace(in_danger, timing=replace(dear, at_once=6))
    assert looked(wider)[1] == 6, "danger never rings fewer"


def test_what_was_not_reached_does_not_count_as_ringing() -> None:
    quick = tuple(order(QUICK, QUICK))
    unreached = replace(w.an_offer(BO, state=OfferState.UNREACHED), chance=QUICK)
    just_sent = replace(w.an_offer(BO, state=OfferState.PLACED), chance=QUICK)
    assert looked(w.a_call(timing=Timing(), candidates=quick, offers=(just_sent,)))[1] == 0
    assert looked(w.a_call(timing=Timing(), candidates=quick, offers=(unreached,)))[1] == 1


def test_a_ring_that_nobody_reports_gives_way_once_the_reach_time_is_over() -> None:
    sent = replace(w.an_offer(BO), chance=QUICK)
    call = w.a_call(timing=Timing(), candidates=tuple(order(QUICK)), offers=(sent,))
    assert looked(call, NOON + timedelta(seconds=1))[1] == 0
    after, how_many = looked(call, NOON + timedelta(seconds=2))
    assert (how_many, after.offers[0].state) == (1, OfferState.UNREACHED)


def test_a_look_from_a_clock_that_is_a_little_behind_rings_nobody_too_many() -> None:
    rings = w.an_offer(BO, state=OfferState.RINGING)
    rings = replace(rings, chance=QUICK, rang_at=NOON + timedelta(seconds=0.9))
    call = w.a_call(timing=Timing(), candidates=tuple(order(QUICK)), offers=(rings,))
    assert looked(call)[1] == 0


def test_standby_is_rung_only_when_nobody_on_duty_suits() -> None:
    on_duty, off_shift = Fit(volunteer=BO), Fit(volunteer=CLEO, standby=True)
    both = w.a_call(timing=Timing(), candidates=(on_duty,), standby=(off_shift,))
    assert ringing.order_of(both) == (on_duty,)
    assert ringing.order_of(replace(both, candidates=())) == (off_shift,)
    assert not ringing.nobody(replace(both, candidates=()))
    assert ringing.nobody(replace(both, candidates=(), standby=()))
    still = (w.an_offer(BO, state=OfferState.RINGING),)
    assert not ringing.nobody(replace(both, candidates=(), standby=(), offers=still))


def test_with_nobody_to_ring_the_look_is_repeated() -> None:
    call, how_many = looked(w.a_call(candidates=()))
    assert (how_many, call.look_again_at) == (0, NOON + call.timing.look_again)


def test_the_next_rings_at_the_instant_that_was_set_and_no_tick_moves_nothing() -> None:
    dear = Timing(price=timedelta(seconds=20))
    world = w.World(w.a_call(candidates=(), timing=dear))
    world.happens(e.ClockTick())
    rung = world.ringing()
    for person in (BO, CLEO, DEE):
        if w.NAMES[person] in rung:
            world.happens(e.Rings(world.offer(person)))
    assert len(rung) < 3
    while len(world.ringing()) == len(rung):
        due_at = dispatch.deadline(world.call)
        assert due_at is not None
        assert world.now < due_at < NOON + world.call.timing.ring
        # World.passes fails on a tick that leaves the call as it was.
        world.passes((due_at - world.now).total_seconds())
    world.passes(100)
    assert world.state() in {State.RINGING, State.CHOOSING}
