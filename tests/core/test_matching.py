"""Who may be rung, in which order, and why not."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stepline.core import matching
from stepline.core.calls import Trait, Wish
from stepline.core.matching import Candidate, Wanted, WhyNot
from tests.core.world import BO, CLEO, DEE

TODAY = date(2026, 11, 22)
NOW = datetime(2026, 11, 22, 21, tzinfo=UTC)
NIGHT = datetime(2026, 11, 22, 23, tzinfo=UTC)
WANTED = Wanted(wish=Wish.WOMAN, language="en", min_sober_days=365)
GOOD = Candidate(
    volunteer=CLEO,
    takes=frozenset({"woman", "anyone"}),
    languages=frozenset({"en", "es"}),
    sober_on=date(2015, 3, 1),
    trained_on=date(2016, 3, 1),
    fellowships=frozenset({"north"}),
    groups=frozenset({"young"}),
    places=frozenset({"Cork"}),
)
ORDER = ["place", "group", "fellowship", "language", "gender"]


def who(wanted: Wanted, people: list[Candidate], now: datetime = NOW) -> list[UUID]:
    return [fit.volunteer for fit in matching.rank(wanted, people, now)]


def test_nothing_against_who_fits() -> None:
    assert matching.why_not(WANTED, GOOD, NOW) == ()


@pytest.mark.parametrize(
    ("reason", "changed"),
    [
        (WhyNot.GENDER, {"takes": frozenset({"anyone"})}),
        (WhyNot.LANGUAGE, {"languages": frozenset({"es"})}),
        (WhyNot.SOBER, {"sober_on": None}),
        (WhyNot.SOBER, {"sober_on": TODAY - timedelta(days=364)}),
        (WhyNot.TRAINED, {"trained_on": None}),
        (WhyNot.TRAINED, {"trained_on": TODAY + timedelta(days=1)}),
        (WhyNot.TAKES_CALLS, {"takes_calls": False}),
        (WhyNot.STEPPED_BACK, {"stepped_back": True}),
        (WhyNot.BLOCKED, {"blocked": True}),
        (WhyNot.OFF_DUTY, {"on_duty": False}),
        (WhyNot.UNREACHABLE, {"reachable": False}),
        (WhyNot.BUSY, {"busy": True}),
        (WhyNot.RESTING, {"resting_until_at": NOW + timedelta(seconds=1)}),
        (WhyNot.RUNG_LATELY, {"rung_lately": True}),
        (WhyNot.WEEK, {"most_calls_a_week": 2, "calls_this_week": 2}),
        (WhyNot.WEEK, {"most_calls_a_week": 0}),
    ],
)
def test_each_hard_rule_excludes_with_its_reason(reason: WhyNot, changed: dict[str, Any]) -> None:
    candidate = replace(GOOD, **changed)
    assert matching.why_not(WANTED, candidate, NOW) == (reason,)
    assert matching.rank(WANTED, [candidate], NOW) == ()


@pytest.mark.parametrize(
    "changed",
    [
        {"resting_until_at": NOW},
        {"most_calls_a_week": 2, "calls_this_week": 1},
        {"trained_on": TODAY},
        {"sober_on": TODAY - timedelta(days=365)},
        {"on_duty": False, "standby": True},
    ],
)
def test_at_its_very_edge_no_rule_excludes(changed: dict[str, Any]) -> None:
    assert matching.why_not(WANTED, replace(GOOD, **changed), NOW) == ()


def test_several_reasons_are_all_told() -> None:
    candidate = replace(GOOD, takes=frozenset(), on_duty=False, busy=True)
    reasons = matching.why_not(WANTED, candidate, NOW)
    assert reasons == (WhyNot.GENDER, WhyNot.OFF_DUTY, WhyNot.BUSY)


def test_B02_the_minimum_is_met_on_the_day_itself() -> None:
    assert matching.sober_enough(TODAY - timedelta(days=365), 365, TODAY)
    assert not matching.sober_enough(TODAY - timedelta(days=364), 365, TODAY)


def test_B06_a_date_that_was_reset_counts_from_anew() -> None:
    reset = replace(GOOD, sober_on=TODAY)
    assert matching.why_not(WANTED, reset, NOW) == (WhyNot.SOBER,)


def test_B04_nobody_is_rung_before_the_day_on_which_their_training_is_signed_off() -> None:
    tomorrow = replace(GOOD, trained_on=TODAY + timedelta(days=1))
    assert matching.why_not(WANTED, tomorrow, NOW) == (WhyNot.TRAINED,)
    assert matching.why_not(WANTED, tomorrow, NOW + timedelta(days=1)) == ()


@pytest.mark.parametrize(
    ("wanted", "reason"),
    [
        ({"fellowship": "south"}, WhyNot.FELLOWSHIP),
        ({"group": "old"}, WhyNot.GROUP),
        ({"place": "Dublin"}, WhyNot.PLACE),
    ],
)
def test_a_wish_is_hard_and_only_who_says_so_fits(wanted: dict[str, Any], reason: WhyNot) -> None:
    elsewhere = replace(WANTED, **wanted)
    nothing_said = replace(GOOD, fellowships=frozenset(), groups=frozenset(), places=frozenset())
    assert matching.why_not(elsewhere, GOOD, NOW) == (reason,)
    assert matching.why_not(elsewhere, nothing_said, NOW) == (reason,)


def test_the_same_wish_fits_who_says_it() -> None:
    wanted = replace(WANTED, fellowship="north", group="young", place="Cork")
    assert matching.why_not(wanted, GOOD, NOW) == ()


def test_C08_a_volunteer_who_states_no_gender_is_matched_by_whom_they_take() -> None:
    """A candidate has no gender at all here: nothing can be inferred from one."""
    assert not hasattr(GOOD, "gender")
    takes_women = replace(GOOD, takes=frozenset({"woman"}))
    assert matching.why_not(WANTED, takes_women, NOW) == ()
    assert matching.why_not(replace(WANTED, wish=Wish.ANYONE), takes_women, NOW) == (WhyNot.GENDER,)


@pytest.mark.parametrize(
    ("hour", "minute", "night"),
    [(22, 59, False), (23, 0, True), (0, 0, True), (6, 59, True), (7, 0, False), (12, 0, False)],
)
def test_the_night_is_from_eleven_to_seven(hour: int, minute: int, night: bool) -> None:
    now = NOW.replace(hour=hour, minute=minute)
    assert matching.is_night(now) is night
    by_day = replace(GOOD, takes_nights=False)
    assert matching.why_not(WANTED, by_day, now) == ((WhyNot.NIGHT,) if night else ())
    assert matching.why_not(WANTED, GOOD, now) == ()


def test_the_night_is_the_lines_own() -> None:
    by_day = replace(GOOD, takes_nights=False)
    at_once = datetime(2026, 7, 1, 22, 30, tzinfo=UTC)
    assert matching.why_not(WANTED, by_day, at_once) == ()
    in_dublin = at_once.astimezone(ZoneInfo("Europe/Dublin"))
    assert matching.why_not(WANTED, by_day, in_dublin) == (WhyNot.NIGHT,)


def test_never_rung_first_then_the_longest_rested() -> None:
    long_ago = replace(GOOD, volunteer=BO, rested_since_at=NOW - timedelta(days=2))
    lately = replace(GOOD, volunteer=DEE, rested_since_at=NOW)
    assert who(WANTED, [lately, long_ago, GOOD]) == [CLEO, BO, DEE]


def test_in_a_demonstration_whoever_is_really_there_comes_first() -> None:
    real = replace(GOOD, volunteer=BO, rested_since_at=NOW)
    assert who(WANTED, [replace(GOOD, pretend=True), real]) == [BO, CLEO]


def test_what_is_known_of_somebody_goes_with_them() -> None:
    patient = replace(GOOD, ring=timedelta(seconds=40), on_duty=False, standby=True)
    (fit,) = matching.rank(WANTED, [patient], NOW)
    assert (fit.ring, fit.standby) == (timedelta(seconds=40), True)


# Dropping wishes


FUSSY = replace(WANTED, place="Dublin", fellowship="north", group="young")


def test_the_wishes_are_those_the_caller_has_and_has_not_dropped() -> None:
    assert matching.wishes(FUSSY) == frozenset(Trait)
    assert matching.wishes(matching.drop(FUSSY, Trait.PLACE)) == frozenset(Trait) - {Trait.PLACE}
    plain = replace(WANTED, wish=Wish.ANYONE)
    assert matching.wishes(plain) == {Trait.LANGUAGE}


@pytest.mark.parametrize("trait", list(Trait))
def test_each_wish_can_be_dropped_and_no_rule_goes_with_it(trait: Trait) -> None:
    other = {
        Trait.GENDER: {"takes": frozenset({"anyone"})},
        Trait.LANGUAGE: {"languages": frozenset({"es"})},
        Trait.FELLOWSHIP: {"fellowships": frozenset({"south"})},
        Trait.GROUP: {"groups": frozenset[str]()},
        Trait.PLACE: {"places": frozenset({"Galway"})},
    }[trait]
    wanted = replace(FUSSY, place="Cork")
    candidate = replace(GOOD, **other)  # type: ignore[arg-type]  # each trait names its own field
    assert matching.why_not(wanted, candidate, NOW) == (WhyNot(trait),)
    dropped = matching.drop(wanted, trait)
    assert matching.why_not(dropped, candidate, NOW) == ()
    assert matching.why_not(dropped, replace(candidate, busy=True), NOW) == (WhyNot.BUSY,)


def test_whom_a_volunteer_takes_is_theirs_to_say_whatever_the_caller_drops() -> None:
    only_men = replace(GOOD, takes=frozenset({"man"}))
    dropped = matching.drop(WANTED, Trait.GENDER)
    assert matching.why_not(dropped, only_men, NOW) == (WhyNot.GENDER,)


def asked_next(wanted: Wanted, *people: Candidate, order: list[str] = ORDER) -> Trait | None:
    return matching.next_to_drop(wanted, order, list(people), NOW)


def test_the_first_in_the_lines_order_that_lets_somebody_be_rung_is_asked() -> None:
    in_cork = GOOD
    man_in_dublin = replace(GOOD, takes=frozenset({"anyone"}), places=frozenset({"Dublin"}))
    assert asked_next(FUSSY, man_in_dublin, in_cork) is Trait.PLACE
    assert asked_next(FUSSY, man_in_dublin, in_cork, order=["gender", "place"]) is Trait.GENDER
    assert asked_next(FUSSY, man_in_dublin) is Trait.GENDER


def test_a_wish_is_not_asked_for_when_dropping_it_gains_nothing() -> None:
    man_in_cork = replace(GOOD, takes=frozenset({"anyone"}))
    assert asked_next(FUSSY, man_in_cork) is None
    assert asked_next(FUSSY) is None
    assert asked_next(matching.drop(FUSSY, Trait.PLACE), man_in_cork) is Trait.GENDER


def test_no_wish_is_asked_for_while_somebody_suits_as_it_is() -> None:
    assert asked_next(WANTED, GOOD, replace(GOOD, volunteer=BO, takes=frozenset())) is None


def test_only_a_wish_that_the_caller_has_is_asked_for() -> None:
    nobody_here = replace(GOOD, busy=True)
    assert asked_next(replace(WANTED, wish=Wish.ANYONE), nobody_here) is None


def test_a_wish_that_the_line_does_not_list_is_never_asked_for() -> None:
    assert asked_next(FUSSY, GOOD, order=["gender", "nonsense"]) is None


names = st.sampled_from([BO, CLEO, DEE])
some = st.booleans()
candidates = st.builds(
    Candidate,
    volunteer=names,
    takes=st.frozensets(st.sampled_from(["woman", "man", "anyone"])),
    languages=st.frozensets(st.sampled_from(["en", "es", "fr"])),
    sober_on=st.none() | st.dates(date(2000, 1, 1), TODAY),
    trained_on=st.none() | st.dates(date(2000, 1, 1), TODAY + timedelta(days=9)),
    fellowships=st.frozensets(st.sampled_from(["north", "south"])),
    groups=st.frozensets(st.sampled_from(["young", "old"])),
    places=st.frozensets(st.sampled_from(["Cork", "Dublin"])),
    takes_calls=some,
    takes_nights=some,
    most_calls_a_week=st.none() | st.integers(0, 3),
    calls_this_week=st.integers(0, 3),
    on_duty=some,
    standby=some,
    reachable=some,
    busy=some,
    rung_lately=some,
    blocked=some,
    stepped_back=some,
    resting_until_at=st.none() | st.sampled_from([NOW, NIGHT, NOW - timedelta(hours=1)]),
    rested_since_at=st.none() | st.datetimes(timezones=st.just(UTC)),
    pretend=some,
)
wanteds = st.builds(
    Wanted,
    wish=st.sampled_from(list(Wish)),
    language=st.sampled_from(["en", "es"]),
    min_sober_days=st.sampled_from([0, 365]),
    fellowship=st.sampled_from(["", "north"]),
    group=st.sampled_from(["", "young"]),
    place=st.sampled_from(["", "Cork"]),
    relaxed=st.frozensets(st.sampled_from(list(Trait))),
)
instants = st.sampled_from([NOW, NIGHT])


@given(wanteds, st.lists(candidates, max_size=6), instants)
def test_the_excluded_are_never_rung_and_everybody_else_always_is(
    wanted: Wanted, people: list[Candidate], now: datetime
) -> None:
    ranked = matching.rank(wanted, people, now)
    fit = [each for each in people if not matching.why_not(wanted, each, now)]
    assert sorted(each.volunteer for each in ranked) == sorted(each.volunteer for each in fit)
    key = {id(each): (each.pretend, each.rested_since_at or matching.NEVER) for each in fit}
    ordered = sorted(fit, key=lambda each: key[id(each)])
    assert all(key[id(a)] <= key[id(b)] for a, b in pairwise(ordered))
    assert [each.volunteer for each in ranked] == [each.volunteer for each in ordered]


@given(wanteds, candidates, st.sampled_from(list(Trait)), instants)
def test_dropping_a_wish_never_excludes_anybody(
    wanted: Wanted, candidate: Candidate, trait: Trait, now: datetime
) -> None:
    """But for one: who takes callers with this wish and none without keeps saying so."""
    before = set(matching.why_not(wanted, candidate, now))
    after = set(matching.why_not(matching.drop(wanted, trait), candidate, now))
    assert after - before <= {WhyNot.GENDER}
    if "anyone" in candidate.takes:
        assert after <= before


@given(wanteds, st.lists(candidates, max_size=4), st.permutations(ORDER), instants)
def test_what_is_asked_next_lets_somebody_be_rung_and_is_a_wish_of_the_callers(
    wanted: Wanted, people: list[Candidate], order: list[str], now: datetime
) -> None:
    asked = matching.next_to_drop(wanted, order, people, now)
    gains = [
        trait
        for trait in order
        if trait in matching.wishes(wanted)
        and matching.rank(matching.drop(wanted, Trait(trait)), people, now)
    ]
    if matching.rank(wanted, people, now) or not gains:
        assert asked is None
    else:
        assert asked == gains[0]
