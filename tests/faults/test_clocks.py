"""Several clocks: one that starts anew changes nothing for the calls that another looks after."""

from datetime import UTC, datetime, timedelta

import pytest

from stepline import models
from stepline.actions import clock, offers
from stepline.worker import Worker, listening
from tests.faults.test_workers import asks
from tests.faults.workers import wait_until, workers
from tests.stories.cast import Clock, Shift

pytestmark = [pytest.mark.faults, pytest.mark.slow, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def shift(transactional_db: None) -> Shift:
    return Shift(Clock(datetime.now(UTC)))


def rings(shift: Shift) -> models.Offer:
    """Somebody's phone rings, for a caller who has just reached out."""
    bo = shift.on_duty("Bo")
    models.Process.objects.filter(kind="web").update(seen_at=datetime.now(UTC))
    asks(shift)
    offers.confirm_ringing(bo.offer().pk, bo.person, datetime.now(UTC))
    return bo.offer()


def test_a_clock_that_starts_beside_another_gives_no_ring_more_time(shift: Shift) -> None:
    with workers(1):
        wait_until(lambda: len(clock.clocks_alive()) == 1, 5)
        offer = rings(shift)
        with workers(2):
            wait_until(lambda: len(clock.clocks_alive()) == 3, 5)
            began_at = datetime.now(UTC)
            # Who has renewed a lease after its start has decided what to begin again.
            leases = models.Process.objects.filter(kind="worker", seen_at__gt=began_at)
            wait_until(lambda: leases.count() == 3, 5)
    offer.refresh_from_db()
    assert offer.reached_at
    assert offer.ends_at == offer.reached_at + timedelta(seconds=shift.line.ring_seconds)


def test_a_clock_that_starts_after_a_killed_one_begins_rings_again(shift: Shift) -> None:
    with workers(1):
        offer = rings(shift)
    # Its lease is still fresh, and yet nobody looks after the calls.
    wait_until(lambda: not clock.clocks_alive(), 5)
    assert models.Process.objects.filter(
        kind="worker", seen_at__gt=datetime.now(UTC) - clock.GAP
    ).exists()
    before = offer.ends_at
    with workers(2):
        wait_until(lambda: models.Offer.objects.get(pk=offer.pk).ends_at > before, 5)


def test_much_work_is_no_standing_still() -> None:
    worker = Worker.__new__(Worker)
    worker.looked_at, worker.stood_still_from = None, None
    now = datetime.now(UTC)
    worker.beat(now)
    assert worker.stood_still_from == now, "a start"
    worker.stood_still_from = None
    for second in range(1, 60, 4):
        worker.beat(now + timedelta(seconds=second))
        assert worker.stood_still_from is None
    worker.beat(now + timedelta(seconds=70))
    assert worker.stood_still_from == now + timedelta(seconds=57)


def test_a_dead_clock_s_lease_and_a_live_clock_s_lock_are_no_clock_that_went_on(
    shift: Shift,
) -> None:
    began_at = datetime.now(UTC)
    dead, ours, other = (models.Process(kind="worker", started_at=began_at) for _ in range(3))
    dead.seen_at = began_at
    dead.save(force_insert=True)
    later = began_at + timedelta(seconds=1)
    with listening(ours.pk), listening(other.pk):
        assert not clock.another_went_on(ours.pk, later, later), "two that start together"
    with listening(ours.pk), listening(dead.pk):
        assert clock.another_went_on(ours.pk, later, later), "it lives after all"
