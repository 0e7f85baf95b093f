"""Danger beside the call: every pair of state and event, and what holds whatever happens."""

import typing
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stepline.core import danger as d

NOW = datetime(2026, 11, 25, 3, tzinfo=UTC)
KIM, ELI = UUID(int=1), UUID(int=2)
KINDS = typing.get_args(d.Event)
EVENTS: list[d.Event] = [
    d.Raised(d.By.HELPER),
    d.Sees(d.Sight.FIT),
    d.Dials(d.By.CALLER),
    d.IsBack(),
    d.TakesOver(d.By.VOLUNTEER),
    d.ProposesRescue(KIM, d.Rescue.AGREED),
    d.AgreesRescue(ELI, d.Rescue.AGREED),
    d.Closes(),
]
TO: dict[d.State, list[d.Event]] = {
    d.State.RAISED: [],
    d.State.CARD_OPEN: [d.Sees(d.Sight.HURT)],
    d.State.DIALLING: [d.Dials(d.By.CALLER)],
    d.State.BACK: [d.Dials(d.By.CALLER), d.IsBack()],
    d.State.TAKEN_OVER: [d.TakesOver(d.By.VOLUNTEER)],
    d.State.CLOSED: [d.Closes()],
}


def happened(*events: d.Event) -> d.Danger:
    danger = d.raised(d.By.CALLER, NOW)
    for event in events:
        after = d.step(danger, event, NOW)
        assert isinstance(after, d.Danger), after
        danger = after
    return danger


def test_every_state_stands_in_the_table_and_every_event_is_tried() -> None:
    assert set(d.TABLE) == set(d.State) == set(TO)
    assert {type(event) for event in EVENTS} == set(KINDS)


@pytest.mark.parametrize("state", d.State)
@pytest.mark.parametrize("event", EVENTS)
def test_every_pair_has_a_rule_or_is_stale(state: d.State, event: d.Event) -> None:
    danger = happened(*TO[state])
    assert danger.state is state
    after = d.step(danger, event, NOW)
    if type(event) not in d.TABLE[state]:
        assert isinstance(after, d.Stale)
        assert after.why


@pytest.mark.parametrize("by", d.By)
def test_E11_anybody_may_raise_danger_and_twice_does_no_harm(by: d.By) -> None:
    danger = d.raised(by, NOW)
    assert d.step(danger, d.Raised(d.By.CALLER), NOW) == danger


def test_what_is_seen_is_kept_once_and_in_order() -> None:
    fit, hurt = d.Sees(d.Sight.FIT), d.Sees(d.Sight.HURT)
    danger = happened(fit, hurt, fit)
    assert danger.sights == (d.Sight.FIT, d.Sight.HURT)
    assert danger.state is d.State.CARD_OPEN


def test_E01_no_sight_is_needed_before_help_is_rung_or_takes_over() -> None:
    assert happened(d.Dials(d.By.CALLER)).state is d.State.DIALLING
    assert happened(d.TakesOver(d.By.VOLUNTEER)).state is d.State.TAKEN_OVER


def test_E02_the_first_time_somebody_rang_is_what_is_written_down() -> None:
    danger = happened(d.Dials(d.By.CALLER), d.IsBack())
    again = d.step(danger, d.Dials(d.By.VOLUNTEER), NOW + timedelta(minutes=5))
    assert isinstance(again, d.Danger)
    assert (again.state, again.dialled_by, again.dialled_at) == (
        d.State.DIALLING,
        d.By.CALLER,
        NOW,
    )


def test_E07_only_somebodys_word_says_that_help_has_taken_over() -> None:
    assert happened(d.Dials(d.By.CALLER), d.IsBack()).taken_over_at is None
    over = happened(d.Dials(d.By.CALLER), d.TakesOver(d.By.VOLUNTEER))
    assert (over.taken_over_by, over.taken_over_at) == (d.By.VOLUNTEER, NOW)
    assert not over.may_keep_place


def test_danger_once_more_after_help_took_over_begins_anew() -> None:
    danger = happened(d.Sees(d.Sight.FIT), d.TakesOver(d.By.VOLUNTEER), d.Raised(d.By.HELPER))
    assert danger == d.raised(d.By.HELPER, NOW)


@pytest.mark.parametrize("policy", [d.Rescue.UNSET, d.Rescue.NEVER])
def test_E06_without_a_policy_that_allows_it_nobody_is_sent(policy: d.Rescue) -> None:
    danger = d.raised(d.By.CALLER, NOW)
    assert isinstance(d.step(danger, d.ProposesRescue(KIM, policy), NOW), d.Stale)
    proposed = happened(d.ProposesRescue(KIM, d.Rescue.AGREED))
    assert isinstance(d.step(proposed, d.AgreesRescue(ELI, policy), NOW), d.Stale)


def test_E06_one_person_alone_sends_nobody() -> None:
    proposed = happened(d.ProposesRescue(KIM, d.Rescue.AGREED))
    alone = d.AgreesRescue(KIM, d.Rescue.AGREED)
    assert isinstance(d.step(proposed, alone, NOW), d.Stale)
    unasked = d.step(d.raised(d.By.CALLER, NOW), d.AgreesRescue(ELI, d.Rescue.AGREED), NOW)
    assert isinstance(unasked, d.Stale)
    agreed = d.step(proposed, d.AgreesRescue(ELI, d.Rescue.AGREED), NOW)
    assert isinstance(agreed, d.Danger)
    assert agreed.rescue_agreed_by == ELI


@given(st.lists(st.sampled_from(EVENTS), max_size=30))
def test_whatever_happens_two_persons_agree_and_a_place_goes_with_the_danger(
    events: list[d.Event],
) -> None:
    danger = d.raised(d.By.CALLER, NOW)
    for event in events:
        after = d.step(danger, event, NOW)
        danger = danger if isinstance(after, d.Stale) else after
        assert danger.rescue_agreed_by is None or (
            danger.rescue_proposed_by not in {None, danger.rescue_agreed_by}
        )
        assert len(set(danger.sights)) == len(danger.sights)
        assert danger.may_keep_place == (danger.state not in {d.State.TAKEN_OVER, d.State.CLOSED})
        assert (danger.taken_over_at is not None) >= (danger.state is d.State.TAKEN_OVER)
