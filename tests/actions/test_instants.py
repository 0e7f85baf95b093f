"""Instants are read as PostgreSQL wrote them, to the microsecond, by every connection."""

from datetime import UTC, datetime, timedelta, timezone

import psycopg
import pytest
from django.db import DataError, connection

from stepline.models.instants import Instants
from stepline.models.statements import asked

WRITTEN = [
    ("2026-11-25 05:58:11+00", datetime(2026, 11, 25, 5, 58, 11, tzinfo=UTC)),
    ("2026-11-25 05:58:11.1+00", datetime(2026, 11, 25, 5, 58, 11, 100_000, tzinfo=UTC)),
    ("2026-11-25 05:58:11.123456+00", datetime(2026, 11, 25, 5, 58, 11, 123_456, tzinfo=UTC)),
    ("0042-01-01 00:00:00+00", datetime(42, 1, 1, tzinfo=UTC)),
]


@pytest.mark.django_db
@pytest.mark.parametrize(("text", "instant"), WRITTEN)
def test_an_instant_is_what_was_written(text: str, instant: datetime) -> None:
    [[read]] = asked("SELECT %s::timestamptz", [text])
    assert read == instant
    with connection.cursor() as cursor:
        cursor.execute("SELECT %s::timestamptz", [text])
        assert cursor.fetchone() == (instant,)


@pytest.mark.django_db
def test_no_instant_of_ours_is_refused_as_the_driver_refuses_it() -> None:
    with pytest.raises((DataError, psycopg.DataError)):
        asked("SELECT 'infinity'::timestamptz", [])


def test_another_offset_is_the_same_instant() -> None:
    read = Instants(0).load(b"2026-11-25 07:58:11+02")
    assert read == datetime(2026, 11, 25, 7, 58, 11, tzinfo=timezone(timedelta(hours=2)))
