"""What a monitor is told."""

from datetime import timedelta

import pytest
from django.db import OperationalError, connection
from django.test import Client
from django.utils import timezone

from stepline import models
from stepline.web import health
from tests.web.cast import a_line

pytestmark = pytest.mark.django_db


def test_all_is_well(client: Client) -> None:
    answer = client.get("/health")
    told = answer.json()
    assert answer.status_code == 200
    assert (told["well"], told["database"], told["overdue_seconds"]) == (True, True, 0)
    assert abs(told["skew_seconds"]) < health.SKEW_SECONDS_AT_MOST


def test_an_overdue_deadline_is_told(client: Client) -> None:
    late = timezone.now() - timedelta(seconds=40)
    models.Call.objects.create(line=a_line(), asked_at=late, limit_at=late, deadline_at=late)
    answer = client.get("/health")
    assert answer.status_code == 503
    assert answer.json()["overdue_seconds"] in {40, 41}


def test_a_clock_that_differs_is_told(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    figures = {"overdue_seconds": 0.0, "skew_seconds": 0.6}
    monkeypatch.setattr(health, "read_figures", lambda _now: figures)
    assert client.get("/health").status_code == 503


def test_a_database_that_is_gone_is_told(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone() -> None:
        raise OperationalError("connection to server at 10.0.0.1 failed")

    monkeypatch.setattr(connection, "cursor", gone)
    answer = client.get("/health")
    assert answer.status_code == 503
    assert answer.json() == {"well": False, "database": False}
