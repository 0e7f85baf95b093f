"""What is deleted when, and a usual wait told only from enough calls."""

from datetime import timedelta

import pytest

from stepline import models
from stepline.actions import retention, waits
from tests.stories.cast import Shift


@pytest.fixture
def shift(transactional_db: None) -> Shift:
    return Shift()


def test_a_call_is_kept_thirteen_months_and_then_goes_with_all_that_hangs_on_it(
    shift: Shift,
) -> None:
    ana, bo = shift.caller("Ana"), shift.on_duty("Bo")
    ana.reaches_out()
    bo.answers(ana)
    ana.ends()
    bo.says_of_the_caller("all_right")
    closed_at = ana.call.closed_at
    assert closed_at
    assert retention.delete_old(closed_at + timedelta(days=396))["calls"] == 0
    assert retention.delete_old(closed_at + timedelta(days=397))["calls"] > 0
    assert not models.Offer.objects.exists()
    assert not models.LogLine.objects.exists()


def test_an_open_call_is_never_deleted(shift: Shift) -> None:
    ana = shift.caller("Ana")
    ana.reaches_out()
    retention.delete_old(shift.clock.now + timedelta(days=4000))
    assert models.Call.objects.count() == 1


def test_a_usual_wait_is_told_from_twenty_calls_at_this_hour(shift: Shift) -> None:
    now = shift.clock.now
    yesterday = now - timedelta(days=1)

    def calls(count: int, wait_seconds: int) -> None:
        models.Call.objects.bulk_create(
            models.Call(
                line=shift.line,
                state="closed",
                asked_at=yesterday,
                limit_at=yesterday,
                connected_at=yesterday + timedelta(seconds=wait_seconds),
            )
            for _ in range(count)
        )

    calls(19, 40)
    waits._looked_up.cache_clear()
    assert waits.usual_wait_seconds(shift.line, now) is None
    calls(1, 40)
    assert waits.usual_wait_seconds(shift.line, now) is None, "looked up a moment ago"
    assert waits.usual_wait_seconds(shift.line, now + timedelta(minutes=5)) == 40
    assert waits.usual_wait_seconds(shift.line, now + timedelta(hours=3)) is None
