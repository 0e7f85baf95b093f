"""What two pages say to each other: for the other seat alone, cleaned, and soon gone."""

import json
import uuid
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from pytest_django import Settings

from stepline import models
from stepline.actions import signals
from stepline.actions.signals import BadSignal

NOW = datetime(2026, 3, 1, 3, 0, tzinfo=UTC)
CALL = uuid.uuid4()
HOST = "candidate:1 1 udp 2122260223 192.168.7.9 50000 typ host"
HELLO = json.dumps({"to": None, "items": [{"round": 0, "hello": {"reply": False}}]})

pytestmark = pytest.mark.django_db


def candidate(text: str) -> str:
    line = {"candidate": text, "sdpMid": "0", "sdpMLineIndex": 0, "usernameFragment": None}
    return json.dumps({"to": None, "items": [{"round": 1, "candidate": line}]})


def send(body: str = HELLO, to: str = "caller", now: datetime = NOW) -> None:
    signals.send(CALL, "responder", to, "session-one", body, now)


def test_a_seat_takes_its_own_signals_in_order() -> None:
    send()
    send(to="helper")
    send(candidate(HOST))
    first, second = signals.take(CALL, "caller", 0)
    assert (first.from_seat, first.session) == ("responder", "session-one")
    assert HOST in second.body
    assert signals.take(CALL, "caller", first.pk) == [second]
    assert signals.take(uuid.uuid4(), "caller", 0) == []
    assert signals.take(CALL, "responder", 0) == []


@pytest.mark.parametrize("body", ["", "hello", "[]", HELLO + " " * 20_000])
def test_what_is_no_signal_is_refused_and_not_kept(body: str) -> None:
    with pytest.raises(BadSignal):
        send(body)
    assert not models.Signal.objects.exists()


def test_nobody_signals_themselves() -> None:
    with pytest.raises(BadSignal):
        send(to="responder")


@pytest.mark.parametrize("session", ["", "short", "x" * 41, "with space", "line\nbreak"])
def test_a_session_has_a_plain_name(session: str) -> None:
    with pytest.raises(BadSignal):
        signals.send(CALL, "responder", "caller", session, HELLO, NOW)


def test_with_a_relay_other_addresses_are_not_even_kept(settings: Settings) -> None:
    settings.STEPLINE_TURN_URLS = ["turn:relay.example"]
    settings.STEPLINE_TURN_SECRET = "secret"
    send(candidate(HOST))
    assert not models.Signal.objects.exists()


def test_where_pages_may_not_be_joined_nothing_passes(settings: Settings) -> None:
    settings.STEPLINE_PUBLIC_URL = "https://line.example"
    with pytest.raises(BadSignal):
        send()


def test_a_page_can_not_fill_the_table(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signals, "WAITING_MAX", 3)
    for _ in range(3):
        send()
    with pytest.raises(BadSignal):
        send()
    send(to="helper")
    send(now=NOW + signals.SIGNAL_LIFE + timedelta(seconds=1))


def test_signals_are_in_a_table_that_is_written_to_no_log() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relpersistence FROM pg_class WHERE relname = %s",
            [models.Signal._meta.db_table],
        )
        assert cursor.fetchone() == ("u",)
