"""Counts that fade: what a ring teaches, how soon it is forgotten, and what follows from it."""

import json
import math
import random
from dataclasses import asdict
from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stepline.core import habits
from stepline.core.calls import Chance
from stepline.core.habits import START, Counts, Habits
from tests.core.world import NOON

HERE, AWAY = habits.situation(here=True, night=False), habits.situation(here=False, night=False)
NIGHT = habits.situation(here=True, night=True)
RING = 25.0
READY, SILENT = habits.of_answer(ready=True, seconds=6), habits.of_silence()
WATCHED = (0.0, 3.0, 8.0, 15.0, 24.0, RING)


def taught(*lessons: Counts, where: str = HERE, apart: timedelta = timedelta(0)) -> Habits:
    learned = Habits()
    for number, lesson in enumerate(lessons):
        learned = habits.learn(learned, where, lesson, NOON + number * apart)
    return learned


def ready(learned: Habits, where: str = HERE, at: datetime = NOON) -> float:
    return habits.chance(learned, where, at).ready


def test_of_whom_nothing_is_known_the_start_is_believed_everywhere() -> None:
    for where in (HERE, AWAY, NIGHT):
        believed = habits.chance(Habits(), where, NOON)
        assert (believed.ready, believed.passes) == (START.ready, START.passes)
        assert believed.median_seconds == pytest.approx(START.median_seconds, rel=0.05)
        assert believed.sigma == START.sigma


def test_there_is_a_situation_for_each_page_and_time_of_day() -> None:
    names = {habits.situation(here, night) for here in (True, False) for night in (True, False)}
    assert names == {"here day", "here night", "away day", "away night"}


# What one ring teaches.


def test_ready_raises_the_chance_and_silence_and_pass_lower_it() -> None:
    passed = habits.of_answer(ready=False, seconds=6)
    assert ready(taught(READY)) > START.ready
    assert ready(taught(SILENT)) < START.ready
    assert ready(taught(passed)) < START.ready
    assert habits.chance(taught(passed), HERE, NOON).passes > START.passes


def test_quick_answers_bring_the_median_down_and_slow_ones_up() -> None:
    quick = taught(*[habits.of_answer(ready=True, seconds=2)] * 30)
    slow = taught(*[habits.of_answer(ready=True, seconds=20)] * 30)
    assert habits.chance(quick, HERE, NOON).median_seconds < 4
    assert habits.chance(slow, HERE, NOON).median_seconds > 13
    assert habits.chance(quick, HERE, NOON).sigma >= habits.LEAST_SIGMA


def test_an_answer_at_once_or_before_teaches_one_second() -> None:
    for seconds in (-1, 0, 0.2):
        assert habits.of_answer(ready=True, seconds=seconds).log_seconds == 0


# How it fades.


def test_after_one_half_life_half_is_left_and_after_many_the_start() -> None:
    learned = taught(*[SILENT] * 40)
    assert habits.fading(learned, NOON) == 1
    assert habits.fading(learned, NOON + habits.HALF_LIFE) == pytest.approx(0.5)
    later = [ready(learned, at=NOON + years * timedelta(days=365)) for years in range(4)]
    assert all(one <= other for one, other in pairwise(later))
    assert later[0] < 0.1
    assert later[-1] == START.ready


def test_a_clock_that_is_behind_forgets_nothing_and_invents_nothing() -> None:
    learned = taught(READY)
    assert habits.fading(learned, NOON - timedelta(days=400)) == 1
    assert ready(learned, at=NOON - timedelta(days=400)) == ready(learned)


def test_each_ring_lets_the_rings_before_it_in_the_same_situation_fade() -> None:
    learned = taught(*[SILENT] * 400)
    about = 1 / (1 - habits.KEPT_PER_RING)
    assert learned.counts[HERE].rings == pytest.approx(about, rel=0.01)
    turned = learned
    for _ in range(100):
        turned = habits.learn(turned, HERE, READY, NOON)
    assert ready(turned) > 0.7, "who changed their ways is known by the new ones"
    other = habits.learn(learned, AWAY, READY, NOON)
    assert other.counts[HERE] == learned.counts[HERE]


def test_a_ring_that_was_hardly_heard_makes_nothing_else_be_forgotten() -> None:
    learned = taught(*[SILENT] * 40)
    hardly = habits.of_stopped(habits.chance(learned, HERE, NOON), 0.5, RING)
    stopped = learned
    for _ in range(500):
        stopped = habits.learn(stopped, HERE, hardly, NOON)
    assert ready(stopped) == pytest.approx(ready(learned), abs=0.05)


def test_in_which_order_two_situations_were_met_makes_no_difference() -> None:
    lessons = [(HERE, READY), (AWAY, SILENT)]
    one, other = Habits(), Habits()
    for where, lesson in lessons * 10:
        one = habits.learn(one, where, lesson, NOON)
    for where, lesson in sorted(lessons * 10, key=str):
        other = habits.learn(other, where, lesson, NOON)
    for where in (HERE, AWAY, NIGHT):
        assert habits.chance(one, where, NOON) == habits.chance(other, where, NOON)


# What is believed where little is known.


def test_what_is_not_known_here_is_taken_from_the_same_volunteers_other_rings() -> None:
    learned = taught(*[SILENT] * 30, where=AWAY)
    assert ready(learned, AWAY) < ready(learned, HERE) < START.ready
    once = habits.learn(learned, HERE, READY, NOON)
    assert ready(learned, HERE) < ready(once, HERE)
    assert ready(once, NIGHT) < START.ready


def test_a_situation_that_is_well_known_is_believed_for_itself() -> None:
    learned = taught(*[SILENT] * 60, where=AWAY)
    for _ in range(60):
        learned = habits.learn(learned, HERE, READY, NOON)
    assert ready(learned, HERE) > 0.9
    assert ready(learned, AWAY) < 0.1


# A ring that was stopped.

shares = st.floats(0, 1)
chances = st.builds(
    lambda ready, share, median, sigma: Chance(
        ready=ready, passes=(1 - ready) * share, median_seconds=median, sigma=sigma
    ),
    shares,
    shares,
    st.floats(1, 60),
    st.floats(0.2, 2),
)


def same(one: Counts, other: Counts) -> bool:
    pairs = zip(asdict(one).values(), asdict(other).values(), strict=True)
    return all(math.isclose(a, b, abs_tol=1e-6) for a, b in pairs)


@given(chances)
def test_a_ring_stopped_at_its_end_was_silent(believed: Chance) -> None:
    assert same(habits.of_stopped(believed, RING, RING), SILENT)
    assert same(habits.of_stopped(believed, RING + 3, RING), SILENT)


@given(chances)
def test_a_ring_stopped_at_once_teaches_nothing(believed: Chance) -> None:
    assert habits.of_stopped(believed, 0, RING) == Counts()
    assert habits.of_stopped(believed, -1, RING) == Counts()


@given(chances, st.floats(0, RING))
def test_a_ring_that_was_stopped_teaches_as_much_as_it_lasted(
    believed: Chance, seconds: float
) -> None:
    lesson = habits.of_stopped(believed, seconds, RING)
    assert all(math.isfinite(count) for count in asdict(lesson).values())
    assert min(lesson.ready, lesson.passes, lesson.silent) >= 0
    heard = habits.answered_by(believed.median_seconds, believed.sigma, seconds, RING)
    assert lesson.rings == pytest.approx(heard, abs=1e-6)
    if lesson.rings > 1e-6:
        was_silent = 1 - believed.ready - believed.passes
        assert lesson.silent / lesson.rings >= was_silent - 1e-6, "silence only grows likelier"


@given(chances)
def test_the_longer_it_rang_the_more_silence_it_teaches(believed: Chance) -> None:
    silent = [habits.of_stopped(believed, seconds, RING).silent for seconds in WATCHED]
    assert all(one <= other + 1e-9 for one, other in pairwise(silent))


# The chance that follows.

lessons = st.one_of(
    st.builds(habits.of_answer, st.booleans(), st.floats(0, 400)),
    st.just(SILENT),
    st.builds(habits.of_stopped, chances, st.floats(0, 40), st.floats(1, 40)),
)
met = st.tuples(st.sampled_from([HERE, AWAY, NIGHT]), lessons, st.floats(-1, 400))


@given(st.lists(met, max_size=30), st.sampled_from([HERE, AWAY, "away night"]))
def test_a_chance_is_always_a_valid_one(rings: list[tuple[str, Counts, float]], where: str) -> None:
    learned, at = Habits(), NOON
    for met_where, lesson, days in rings:
        at += timedelta(days=days)
        learned = habits.learn(learned, met_where, lesson, at)
    believed = habits.chance(learned, where, at)
    assert believed.ready >= 0
    assert believed.passes >= 0
    assert believed.ready + believed.passes <= 1
    assert believed.median_seconds > 0
    assert believed.sigma >= habits.LEAST_SIGMA
    assert Chance(**json.loads(json.dumps(asdict(believed), allow_nan=False))) == believed


def test_chances_are_coarse_so_that_each_is_reckoned_once() -> None:
    luck = random.Random(7)
    drawn = [habits.of_answer(luck.random() < 0.5, luck.uniform(2, 20)) for _ in range(300)]
    learned, seen = Habits(), set[Chance]()
    for lesson in drawn:
        learned = habits.learn(learned, HERE, lesson, NOON)
        seen.add(habits.chance(learned, HERE, NOON))
    assert len(seen) < 100


# The time to an answer.


@given(st.floats(0.5, 60), st.floats(0, 3), st.floats(-5, 60), st.floats(-5, 60))
def test_answers_come_later_and_never_after_the_ring(
    median: float, sigma: float, one: float, other: float
) -> None:
    sooner, later = sorted((one, other))
    shares = [habits.answered_by(median, sigma, seconds, RING) for seconds in (sooner, later)]
    assert 0 <= shares[0] <= shares[1] <= 1
    assert habits.answered_by(median, sigma, RING, RING) == 1


def test_half_of_the_answers_come_by_the_median_and_all_at_it_where_none_differ() -> None:
    assert habits.answered_by(8, 0.6, 8, RING) == pytest.approx(0.5)
    assert habits.answered_by(8, 0, 7.9, RING) == 0
    assert habits.answered_by(8, 0, 8, RING) == 1
    answering = habits.answering(8, 0.6, 25)
    assert len(answering) == 26
    assert (answering[0], answering[25]) == (0, 1)


# Learning from many rings.


def learned_from(truth: Chance, rings: int, stopped_share: float, stopped_count: bool) -> Chance:
    """What is believed after rings of which a share is stopped early by somebody quicker."""
    luck = random.Random(20261122)
    learned, at = Habits(), NOON
    for _ in range(rings):
        at += timedelta(hours=3)
        believed = habits.chance(learned, HERE, at)
        stops = luck.uniform(2, 10) if luck.random() < stopped_share else math.inf
        kind, seconds = luck.random(), truth.median_seconds * luck.lognormvariate(0, truth.sigma)
        if kind < truth.ready + truth.passes and min(seconds, RING) < stops:
            lesson = habits.of_answer(kind < truth.ready, min(seconds, RING))
        elif stops < RING:
            lesson = habits.of_stopped(believed, stops, RING) if stopped_count else Counts()
        else:
            lesson = SILENT
        learned = habits.learn(learned, HERE, lesson, at)
    return habits.chance(learned, HERE, at)


TRUTHS = [
    Chance(ready=0.85, passes=0.1, median_seconds=6, sigma=0.4),
    Chance(ready=0.5, passes=0.2, median_seconds=8, sigma=0.5),
    Chance(ready=0.15, passes=0.05, median_seconds=5, sigma=0.6),
    Chance(ready=0.0, passes=0.0, median_seconds=8, sigma=0.6),
]


@pytest.mark.parametrize("truth", TRUTHS)
@pytest.mark.parametrize("stopped_share", [0.0, 0.75])
def test_two_hundred_rings_come_near_the_truth(truth: Chance, stopped_share: float) -> None:
    believed = learned_from(truth, 200, stopped_share, stopped_count=True)
    assert believed.ready == pytest.approx(truth.ready, abs=0.1)
    assert believed.passes == pytest.approx(truth.passes, abs=0.1)


def test_without_what_stopped_rings_teach_the_seldom_answering_look_twice_as_likely() -> None:
    seldom = TRUTHS[2]
    counted = learned_from(seldom, 200, 0.75, stopped_count=True)
    not_counted = learned_from(seldom, 200, 0.75, stopped_count=False)
    assert abs(counted.ready - seldom.ready) <= 0.1
    assert not_counted.ready - seldom.ready > 0.1
