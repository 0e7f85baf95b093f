"""The tables alone tell nobody who called, who answered, or how to sign in."""

import base64
from collections.abc import Iterator

import pytest
from django.apps import apps
from django.db import connection

from stepline import models
from stepline.web import limits
from tests.privacy import evening as evenings
from tests.privacy.evening import Evening

pytestmark = pytest.mark.django_db


@pytest.fixture
def evening() -> Evening:
    limits.forget_counts()
    return evenings.a_whole_evening()


def dumped() -> str:
    """Give every row of every table of ours as PostgreSQL writes it."""
    rows: list[str] = []
    with connection.cursor() as cursor:
        for model in apps.get_app_config("stepline").get_models():
            cursor.execute(f'SELECT t::text FROM "{model._meta.db_table}" t')
            rows.extend(row for (row,) in cursor.fetchall())
    return "\n".join(rows)


def disguises(text: str) -> Iterator[str]:
    """Give the ways in which a text could stand in a dump without any key."""
    raw = text.encode()
    yield text
    yield text.lower()
    yield raw.hex()
    yield base64.b64encode(raw).decode().rstrip("=")
    yield text.replace("-", "")
    yield text.replace("-", "").encode().hex()


def test_a_dump_of_all_tables_holds_nothing_that_names_anybody(evening: Evening) -> None:
    dump = dumped()
    assert str(evening.call.id) in dump
    found = [
        (what, disguise)
        for what, text in evening.secrets.items()
        for disguise in disguises(text)
        if disguise in dump
    ]
    assert found == []


def test_a_dump_does_not_hold_the_secrets_in_the_cookies(evening: Evening) -> None:
    dump = dumped()
    for client in (evening.coordinator, evening.volunteer, evening.caller):
        for name, cookie in client.cookies.items():
            if name.startswith("stepline_") and name != "stepline_csrf":
                secret = base64.urlsafe_b64decode(cookie.value + "=")
                assert secret.hex() not in dump, name


def test_what_is_sealed_is_read_back_with_the_keys(evening: Evening) -> None:
    assert evening.row.name == evenings.VOLUNTEER
    assert evening.row.email == evenings.EMAIL
    assert evening.call.name == evenings.CALLER
    assert models.PushSubscription.objects.get().endpoint == evenings.ENDPOINT
    numbers = {promise.number for promise in models.CallBack.objects.all()}
    assert numbers == {"", evenings.NUMBERS["dialled"]}


def test_network_addresses_are_gone_once_the_voices_join() -> None:
    limits.forget_counts()
    evening = evenings.an_evening()
    evenings.somebody_serves(evening)
    evenings.somebody_calls(evening)
    evenings.they_talk(evening)
    assert not models.Signal.objects.exists()


def test_a_call_back_that_was_stopped_keeps_no_code(evening: Evening) -> None:
    promise = models.CallBack.objects.get(call=evening.call)
    assert promise.code == evening.codes[-1]
    evening.press(evening.caller, "/call/stop")
    promise.refresh_from_db()
    assert (promise.code, promise.code_index) == ("", None)
