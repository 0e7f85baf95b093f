"""Who may be rung, in which order, and why not."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stepline.core import matching
from stepline.core.calls import Wish
from stepline.core.matching import Candidate, Wanted, WhyNot
from tests.core.world import BO, CLEO, DEE

TODAY = date(2026, 11, 22)
NOW = datetime(2026, 11, 22, 21, tzinfo=UTC)
WANTED = Wanted(wish=Wish.WOMAN, language="en", min_sober_days=365)
GOOD = Candidate(
    volunteer=CLEO,
    takes=frozenset({"woman", "anyone"}),
    languages=frozenset({"en", "es"}),
    sober_on=date(2015, 3, 1),
)


def test_nothing_against_who_fits() -> None:
    assert matching.why_not(WANTED, GOOD, TODAY) == ()


@pytest.mark.parametrize(
    ("reason", "candidate"),
    [
        (WhyNot.WISH, replace(GOOD, takes=frozenset({"anyone"}))),
        (WhyNot.LANGUAGE, replace(GOOD, languages=frozenset({"es"}))),
        (WhyNot.SOBER, replace(GOOD, sober_on=None)),
        (WhyNot.SOBER, replace(GOOD, sober_on=TODAY - timedelta(days=364))),
        (WhyNot.OFF_DUTY, replace(GOOD, on_duty=False)),
        (WhyNot.UNREACHABLE, replace(GOOD, reachable=False)),
        (WhyNot.BUSY, replace(GOOD, busy=True)),
        (WhyNot.STEPPED_BACK, replace(GOOD, stepped_back=True)),
    ],
)
def test_each_hard_rule_excludes_with_its_reason(reason: WhyNot, candidate: Candidate) -> None:
    assert matching.why_not(WANTED, candidate, TODAY) == (reason,)
    assert matching.rank(WANTED, [candidate], TODAY) == ()


def test_b02_the_minimum_is_met_on_the_day_itself() -> None:
    assert matching.sober_enough(TODAY - timedelta(days=365), 365, TODAY)


def test_never_rung_first_then_the_longest_rested() -> None:
    long_ago = replace(GOOD, volunteer=BO, rested_since_at=NOW - timedelta(days=2))
    lately = replace(GOOD, volunteer=DEE, rested_since_at=NOW)
    assert matching.rank(WANTED, [lately, long_ago, GOOD], TODAY) == (CLEO, BO, DEE)


def test_in_a_demonstration_whoever_is_really_there_comes_first() -> None:
    real = replace(GOOD, volunteer=BO, rested_since_at=NOW)
    assert matching.rank(WANTED, [replace(GOOD, pretend=True), real], TODAY) == (BO, CLEO)


candidates = st.builds(
    Candidate,
    volunteer=st.sampled_from([BO, CLEO, DEE]),
    takes=st.frozensets(st.sampled_from(["woman", "man", "anyone"])),
    languages=st.frozensets(st.sampled_from(["en", "es", "fr"])),
    sober_on=st.none() | st.dates(date(2000, 1, 1), TODAY),
    on_duty=st.booleans(),
    reachable=st.booleans(),
    busy=st.booleans(),
    stepped_back=st.booleans(),
    rested_since_at=st.none() | st.datetimes(timezones=st.just(UTC)),
)


@given(st.lists(candidates, max_size=6))
def test_the_excluded_are_never_offered_and_everybody_else_always_is(
    people: list[Candidate],
) -> None:
    ranked = matching.rank(WANTED, people, TODAY)
    fit = [each.volunteer for each in people if not matching.why_not(WANTED, each, TODAY)]
    assert sorted(ranked) == sorted(fit)
