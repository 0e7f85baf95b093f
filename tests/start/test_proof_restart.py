"""The proof of restarts can fail: what it must not let pass."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from stepline.core.calls import State, Timing
from stepline.start.proofs.restart import Broken, has_full_time, main, rung_once
from stepline.start.stage.interruptions import CASES, Standing
from stepline.start.stage.visitors import VolunteerPage

STARTED_AT = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
RINGING = Standing(
    state=State.RINGING,
    until_at=None,
    rings_until_at=STARTED_AT + Timing().ring,
    offers=frozenset({"one"}),
    most_rings_sent=1,
)


def page_that_rang(*offers: str) -> VolunteerPage:
    page = VolunteerPage("http://localhost:1")
    page.rings.extend(offers)
    return page


def test_a_ring_that_began_before_the_start_has_not_its_full_time() -> None:
    case = CASES[State.RINGING]
    assert has_full_time(RINGING, case, STARTED_AT)
    assert not has_full_time(RINGING, case, STARTED_AT + timedelta(milliseconds=1))
    assert not has_full_time(replace(RINGING, rings_until_at=None), case, STARTED_AT)


def test_a_talk_is_judged_by_its_own_deadline() -> None:
    talking = replace(RINGING, state=State.TALKING, until_at=STARTED_AT + timedelta(seconds=59))
    assert not has_full_time(talking, CASES[State.TALKING], STARTED_AT)


def test_two_rings_for_one_offer_are_seen_at_the_page_and_in_the_outbox() -> None:
    assert rung_once(RINGING, page_that_rang("test", "one")) == "offers 1, rings 1"
    with pytest.raises(Broken):
        rung_once(RINGING, page_that_rang("one", "test", "one"))
    with pytest.raises(Broken):
        rung_once(replace(RINGING, most_rings_sent=2), page_that_rang("one"))


def test_an_unknown_state_is_refused_before_anything_starts() -> None:
    with pytest.raises(SystemExit):
        main(["asleep"])
