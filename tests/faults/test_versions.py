"""A real worker stops at a newer version's migration, and goes on when that is taken back."""

from datetime import UTC, datetime

import pytest
from django.db import connection

from stepline import models
from tests.actions.newer_tables import newer_tables
from tests.faults.test_workers import asks
from tests.faults.workers import wait_until, workers
from tests.stories.cast import Clock, Shift

pytestmark = [pytest.mark.faults, pytest.mark.slow, pytest.mark.django_db(transaction=True)]

LOOKS_WITHIN_SECONDS = 5.0


def test_an_old_worker_claims_nothing_after_a_newer_migration() -> None:
    shift = Shift(Clock(datetime.now(UTC)))
    with workers(1):
        with newer_tables():
            # The look that was under way may still have seen the old tables; the next can't.
            for _ in range(2):
                wait_for_a_look()
            lease = models.Process.objects.get(kind="worker").seen_at
            call = asks(shift)
            models.Call.objects.filter(pk=call.pk).update(deadline_at=datetime.now(UTC))
            overdue = models.Call.objects.get(pk=call.pk).deadline_at
            for _ in range(2):
                wait_for_a_look()
            assert models.Call.objects.get(pk=call.pk).deadline_at == overdue, "it was claimed"
            assert models.Process.objects.get(kind="worker").seen_at == lease
        wait_until(
            lambda: models.Call.objects.get(pk=call.pk).deadline_at != overdue,
            LOOKS_WITHIN_SECONDS,
        )


def wait_for_a_look() -> None:
    """Wait until the worker has looked once more which migrations were applied."""
    before = looked_at()
    wait_until(lambda: looked_at() > before, LOOKS_WITHIN_SECONDS)


def looked_at() -> datetime:
    """Give when any other session last asked for the migrations, as far as it can be seen."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT max(query_start) FROM pg_stat_activity WHERE datname = current_database()"
            " AND pid <> pg_backend_pid() AND query LIKE 'SELECT name FROM django_migrations%'"
        )
        row = cursor.fetchone()
    return row[0] if row and row[0] else datetime.min.replace(tzinfo=UTC)
