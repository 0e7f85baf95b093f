"""Whatever is sent to us, no log says who sent it or what it was."""

import io
import logging
import re
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.urls import get_resolver
from django.utils.module_loading import import_string

from stepline import models
from stepline.web import limits
from tests.privacy import evening as evenings
from tests.privacy.evening import Evening

pytestmark = pytest.mark.django_db

MARK = "Zaphira"
NUMBER = "+353861234567"
# A name, a number, a code, an address, a mail address, words, a key; each as long and as odd
# as somebody may send it.
SENT = (
    MARK,
    f"{MARK} {NUMBER}",
    f"{MARK}-K4P7-QR9T",
    f"{MARK}@hidden.example",
    f"<b>{MARK}</b>'); DROP TABLE stepline_call; --",
    MARK * 3000,
    f"\x00{MARK}",
    f"{MARK}\n2026-01-01 ERROR stepline forged line",
    f'{{"endpoint": "https://{MARK}.example/x", "keys": {{}}}}',
)
FIELDS = (
    *("answer", "body", "choice", "code", "conversation", "email", "endpoint", "gender"),
    *("languages", "line", "name", "number", "question", "role", "script", "session", "slot"),
    *("sober_on", "step", "stream", "takes", "to", "until_minutes", "value", "what", "wish"),
)
A_UUID = UUID("00000000-0000-4000-8000-000000000000")


@pytest.fixture
def logged() -> Iterator[io.StringIO]:
    """Give what our own log handler writes, with everything let through that any logger says."""
    limits.forget_counts()
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    configured: dict[str, Any] = settings.LOGGING
    handler.addFilter(import_string(configured["filters"]["quiet"]["()"])())
    handler.setFormatter(logging.Formatter(configured["formatters"]["plain"]["format"]))
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield written
    root.setLevel(level)
    root.removeHandler(handler)


@pytest.fixture
def evening() -> Evening:
    with connection.cursor() as cursor:
        # The test's own transaction holds a hundred requests; none of the product's does.
        cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
    evening = evenings.an_evening()
    evenings.somebody_serves(evening)
    evenings.somebody_calls(evening)
    return evening


def addresses(text: str) -> Iterator[str]:
    """Give every address, with a text where an address takes one."""
    for pattern in get_resolver().url_patterns:
        route = re.sub(r"<uuid:\w+>", str(A_UUID), str(pattern.pattern))
        yield "/" + re.sub(r"<(str|slug):\w+>", text, route)


def everybody(evening: Evening) -> Client:
    """Give one browser in which a caller, a volunteer and a coordinator are at home."""
    browser = Client(REMOTE_ADDR=evenings.NETWORK)
    for client in (evening.volunteer, evening.coordinator, evening.caller):
        volunteer = browser.cookies.get("stepline_volunteer")
        browser.cookies.update(client.cookies)
        if volunteer:
            browser.cookies["stepline_volunteer"] = volunteer.value
    return browser


def send_everywhere(client: Client, text: str) -> list[tuple[str, int]]:
    """Send a text to every address, in its path, its fields, its headers and its cookies.

    Gives the answers by which we failed.
    """
    client.raise_request_exception = False
    plain = re.sub(r"[^\w-]", "", text)[:60]
    headers = {"User-Agent": plain, "Referer": f"https://{plain}.example/", "Accept": "text/html"}
    client.cookies["other"] = plain
    failures = []
    for address in sorted(addresses(plain), key=lambda one: one == "/sign-out"):
        if "/live" in address:
            continue
        limits.forget_counts()
        answers = (
            client.get(address, {"line": text, "after": plain}, headers=headers),
            client.post(address, dict.fromkeys(FIELDS, text), headers=headers),
            client.post(address, text.encode(), content_type="application/json", headers=headers),
        )
        failures += [(address, one.status_code) for one in answers if one.status_code >= 500]
    return failures


@pytest.mark.parametrize("text", SENT, ids=range(len(SENT)))
def test_what_is_sent_to_any_address_is_in_no_log(
    evening: Evening, logged: io.StringIO, text: str
) -> None:
    secrets = evening.secrets
    assert send_everywhere(everybody(evening), text) == []
    assert send_everywhere(Client(), text) == []
    written = logged.getvalue()
    assert "route" in written, "something has been logged"
    for secret in (MARK, MARK.lower(), NUMBER, evenings.NETWORK, "forged line"):
        assert secret not in written
    assert [what for what, secret in secrets.items() if secret in written] == []


def test_a_whole_evening_leaves_no_name_code_or_address_in_the_log(logged: io.StringIO) -> None:
    evening = evenings.a_whole_evening()
    evening.caller.get("/no/such/page")
    written = logged.getvalue()
    assert "route" in written, "something has been logged"
    assert [what for what, text in evening.secrets.items() if text in written] == []


def test_a_failing_page_logs_where_and_not_what(
    evening: Evening, logged: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT %s::int", [evenings.CALLER])

    monkeypatch.setattr("stepline.web.board.read", fail)
    evening.coordinator.raise_request_exception = False
    assert evening.coordinator.get("/coordinator/").status_code == 500
    written = logged.getvalue()
    assert "board_context" in written
    assert evenings.CALLER not in written


def test_every_handler_of_ours_lets_nothing_personal_through() -> None:
    configured: dict[str, Any] = settings.LOGGING
    assert all(one["filters"] == ["quiet"] for one in configured["handlers"].values())
    loggers = [logging.getLogger(name) for name in logging.Logger.manager.loggerDict]
    own = {logger.name: logger.handlers for logger in loggers if logger.handlers}
    assert not {name for name in own if name.startswith(("django", "stepline", "uvicorn"))}


def test_no_call_is_lost_by_what_was_sent(evening: Evening) -> None:
    before = models.Call.objects.values().get()
    send_everywhere(Client(), SENT[0])
    assert models.Call.objects.values().get() == before
