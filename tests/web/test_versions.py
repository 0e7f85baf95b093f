"""What people read from a process that a newer version has overtaken, and what it leaves alone."""

import time
from collections.abc import Callable, Iterator

import pytest
from django.test import Client

from stepline import models
from stepline.actions import versions
from stepline.models.people import Role
from stepline.web.live import hub
from tests.actions.newer_tables import NEWER, newer_tables
from tests.web import cast
from tests.web.live_server import LiveServer, reading

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def overtaken() -> Iterator[None]:
    """The tables have been changed by a newer version, and this process has seen it."""
    with newer_tables():
        assert not versions.gate.look()
        yield
    assert versions.gate.look()


@pytest.mark.usefixtures("overtaken")
def test_a_reader_gets_kind_words_and_the_way_to_help(client: Client) -> None:
    line = cast.a_line()
    answer = client.get(f"/line/{line.slug}/", headers={"accept": "text/html"})
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "2"
    text = answer.content.decode()
    assert "Nothing is lost" in text
    assert "ring the emergency number where you are, now" in text
    assert "migration" not in text


@pytest.mark.usefixtures("overtaken")
def test_a_press_is_refused_so_that_the_page_tries_again_and_writes_nothing(client: Client) -> None:
    line = cast.a_line()
    sent = {"wish": "anyone", "line": line.slug, "script": "1"}
    answer = client.post("/call/ask", sent, headers={"accept": "application/json"})
    # caller.js takes whatever is 500 or more as 'not arrived' and keeps on trying.
    assert answer.status_code == 503
    assert "Nothing is lost" in answer.json()["message"]
    assert not models.Call.objects.exists()


@pytest.mark.usefixtures("overtaken")
def test_the_danger_card_stays(client: Client) -> None:
    line = cast.a_line()
    answer = client.get("/danger", {"line": line.slug})
    assert answer.status_code == 200
    assert "112" in answer.content.decode()


@pytest.mark.usefixtures("overtaken")
def test_a_monitor_learns_the_reason(client: Client) -> None:
    answer = client.get("/health")
    told = answer.json()
    assert answer.status_code == 503
    assert told["well"] is False
    assert "newer Stepline" in told["reason"]
    assert told["newer_migrations"] == [NEWER]


def test_health_sees_a_newer_version_before_anybody_else_did(client: Client) -> None:
    assert client.get("/health").status_code == 200
    with newer_tables():
        assert client.get("/health").status_code == 503
    assert client.get("/health").status_code == 200


def test_open_pages_are_sent_away_and_the_lease_ends(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("stepline.web.live.listening.LEASE_SECONDS", 0.1)
    line = cast.a_line()
    bo = cast.sign_in(cast.on_duty(cast.a_volunteer(line, "Bo")), Role.VOLUNTEER)
    cookies = "; ".join(f"{name}={kept.value}" for name, kept in bo.client.cookies.items())
    with LiveServer() as server:
        with reading(server, "/volunteer/live", {"Cookie": cookies}) as reader:
            reader.next("snapshot")
            lease = models.Process.objects.get(pk=hub.process_id)
            with newer_tables():
                with pytest.raises(EOFError):
                    reader.next("over")
                until(lambda: not versions.gate.is_open)
                seen_at = models.Process.objects.get(pk=lease.pk).seen_at
                looked_again()
                assert models.Process.objects.get(pk=lease.pk).seen_at == seen_at
        with reading(server, "/volunteer/live", {"Cookie": cookies}) as reader:
            until(lambda: versions.gate.is_open)


def looked_again() -> None:
    """Wait until the process has looked at the versions twice more."""
    looks: list[bool] = []
    look = versions.gate.look

    def counted() -> bool:
        looks.append(True)
        return look()

    versions.gate.look = counted  # type: ignore[method-assign]  # put back below
    try:
        until(lambda: len(looks) >= 2)
    finally:
        versions.gate.look = look  # type: ignore[method-assign]


def until(holds: Callable[[], bool], seconds: float = 5) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.01)
