"""Open streams: whole snapshots, signals, presence, and nothing held meanwhile."""

import contextlib
import json
import threading
import time
import urllib.parse
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import psycopg
import pytest
from django.db import OperationalError, connection

from stepline import models
from stepline.actions import announce, presence, signals
from stepline.actions.presence import Present
from stepline.web.live import hub, streams
from stepline.web.live.listening import Hub
from tests.web import live_pages
from tests.web.live_pages import Told
from tests.web.live_server import LiveServer, Reader, reading

NOW = datetime(2026, 3, 1, 3, 0, tzinfo=UTC)

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.urls("tests.web.live_pages"),
]


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Told:
    fresh = Told()
    monkeypatch.setattr(live_pages, "told", fresh)
    return fresh


@pytest.fixture
def server(told: Told) -> Iterator[LiveServer]:
    with LiveServer() as running:
        yield running


def until(holds: Callable[[], bool], seconds: float = 5) -> None:
    """Wait for something that another thread does; fails when it stays away."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.01)


def hello() -> str:
    return json.dumps({"to": None, "items": [{"round": 0, "hello": {"reply": False}}]})


def signed_in() -> Present:
    line = models.Line.objects.create(slug="line", name="Line", country="IE")
    ana = models.Volunteer.objects.create(line=line, created_at=NOW)
    device = models.Device.objects.create(
        volunteer=ana, role="volunteer", key_index=b"k", created_at=NOW, expires_at=NOW
    )
    return Present(uuid.uuid4(), ana.pk, device.pk, line.pk)


def test_a_stream_begins_with_a_whole_snapshot(server: LiveServer) -> None:
    with reading(server, "/live") as reader:
        assert reader.response.headers["Content-Type"] == "text/event-stream"
        assert reader.response.headers["Cache-Control"] == "no-store"
        assert reader.response.headers["X-Accel-Buffering"] == "no"
        assert reader.response.readline() == b"retry: 1000\n"
        assert reader.next("beat") == {"stream": None}
        assert reader.next("snapshot") == {"number": 1, "call": None}


def test_each_change_gives_a_new_snapshot(server: LiveServer) -> None:
    with reading(server, "/live") as reader:
        reader.next("snapshot")
        announce.changed("topic:test", "line:other")
        assert reader.next("snapshot")["number"] == 2
        announce.changed("topic:test")
        assert reader.next("snapshot")["number"] == 3


def test_other_topics_wake_nobody(server: LiveServer, told: Told) -> None:
    with reading(server, "/live") as reader:
        reader.next("snapshot")
        announce.changed("topic:tes", "topic:test2", "worker")
        announce.changed("topic:test")
        assert reader.next("snapshot")["number"] == 2
    assert told.reads == 2


def test_a_burst_while_reading_makes_one_more_read(server: LiveServer, told: Told) -> None:
    with reading(server, "/live") as reader:
        reader.next("snapshot")
        told.read_seconds = 0.4
        announce.changed("topic:test")
        until(lambda: told.reads == 2)
        for _ in range(30):
            announce.changed("topic:test")
        assert reader.next("snapshot")["number"] == 2
        assert reader.next("snapshot")["number"] == 3
        told.read_seconds = 0
        announce.changed("topic:test")
        assert reader.next("snapshot")["number"] == 4


def test_a_call_that_appears_is_followed(server: LiveServer, told: Told) -> None:
    with reading(server, "/live") as reader:
        reader.next("snapshot")
        told.call = str(uuid.uuid4())
        announce.changed("topic:test")
        assert reader.next("snapshot")["call"] == told.call
        announce.changed(f"call:{told.call}")
        assert reader.next("snapshot")["number"] == 3


def test_what_changed_before_it_was_followed_is_read_once_more(
    server: LiveServer, told: Told
) -> None:
    def change_meanwhile() -> None:
        told.failing = None
        announce.changed(f"call:{told.call}")

    with reading(server, "/live") as reader:
        reader.next("snapshot")
        told.call, told.failing = str(uuid.uuid4()), change_meanwhile
        announce.changed("topic:test")
        assert reader.next("snapshot")["call"] == told.call
        assert reader.next("snapshot")["number"] == 3


def test_signals_come_in_order_and_only_once(server: LiveServer, told: Told) -> None:
    call = uuid.uuid4()
    told.call = str(call)
    now = datetime.now(UTC)
    signals.send(call, "responder", "caller", "session-one", hello(), now)
    with reading(server, "/live") as reader:
        first = reader.next("signal")
        assert first == {"from": "responder", "session": "session-one", "body": first["body"]}
        assert json.loads(first["body"]) == json.loads(hello())
        signals.send(call, "helper", "caller", "session-two", hello(), now)
        signals.send(call, "caller", "helper", "session-six", hello(), now)
        signals.send(call, "responder", "caller", "session-one", hello(), now)
        assert reader.next("signal")["session"] == "session-two"
        assert reader.next("signal")["session"] == "session-one"
        announce.changed("topic:test")
        assert reader.event()[0] == "snapshot"


def test_a_page_that_was_cut_off_goes_on_after_its_last_signal(
    server: LiveServer, told: Told
) -> None:
    call = uuid.uuid4()
    told.call = str(call)
    now = datetime.now(UTC)
    for session in ("session-one", "session-two"):
        signals.send(call, "responder", "caller", session, hello(), now)
    first = models.Signal.objects.earliest("id").pk
    for path, headers in ((f"/live?after={first}", {}), ("/live", {"Last-Event-ID": str(first)})):
        with reading(server, path, headers) as reader:
            assert reader.next("signal")["session"] == "session-two"


@pytest.mark.parametrize("after", ["-1", "x", "1" * 30, "٣"])
def test_a_wrong_number_of_the_last_signal_is_no_number(
    server: LiveServer, told: Told, after: str
) -> None:
    told.call = str(uuid.uuid4())
    signals.send(
        uuid.UUID(told.call), "helper", "caller", "session-one", hello(), datetime.now(UTC)
    )
    path = "/live?after=" + urllib.parse.quote(after)
    with reading(server, path) as reader:
        assert reader.next("signal")["session"] == "session-one"


def test_a_page_that_may_see_no_more_is_told_and_closed(server: LiveServer, told: Told) -> None:
    with reading(server, "/live") as reader:
        reader.next("snapshot")
        told.is_over = True
        announce.changed("topic:test")
        assert reader.next("over") == {}
        with pytest.raises(EOFError):
            reader.event()


def test_open_streams_hold_no_database_connection_and_no_thread(
    server: LiveServer, told: Told
) -> None:
    told.present = None
    before = threading.active_count()
    readers = [Reader(server.port, "/present/live") for _ in range(60)]
    try:
        for reader in readers:
            reader.next("snapshot")
        until(lambda: connections_in_use() == 0)
        with urllib.request.urlopen(f"{server.url}/ordinary") as answer:
            assert answer.read() == b"0"
        assert threading.active_count() - before < 30
    finally:
        for reader in readers:
            reader.close()


def connections_in_use() -> int:
    """Count the connections of the process's pool that somebody has borrowed."""
    connection.close()
    stats = connection.pool.get_stats()  # type: ignore[attr-defined]  # untyped by the stubs
    return int(stats["pool_size"] - stats["pool_available"])


def test_the_listener_comes_back_and_brings_every_stream_up_to_date(server: LiveServer) -> None:
    with reading(server, "/live") as one, reading(server, "/live") as other:
        one.next("snapshot")
        other.next("snapshot")
        cut_listeners()
        began = time.monotonic()
        one.next("snapshot")
        other.next("snapshot")
        assert time.monotonic() - began < 1.5
        announce.changed("topic:test")
        one.next("snapshot")
        other.next("snapshot")


def cut_listeners() -> None:
    """End the database's side of every listening connection, as a restart would."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND query = 'LISTEN stepline'"
        )
        assert cursor.rowcount == 1


def test_a_stream_outlives_a_database_that_fails(server: LiveServer, told: Told) -> None:
    def fail() -> None:
        raise OperationalError("gone")

    with reading(server, "/live") as reader:
        reader.next("snapshot")
        told.failing = fail
        announce.changed("topic:test")
        until(lambda: told.reads > 2)
        told.failing = None
        assert reader.next("snapshot")["number"] > 2


def test_a_closed_page_leaves_nothing_behind(server: LiveServer) -> None:
    with reading(server, "/live") as reader:
        reader.next("snapshot")
        assert len(hub.streams) == 1
    until(lambda: not hub.streams and not hub.watchers)


def test_a_volunteers_stream_is_their_presence(server: LiveServer, told: Told) -> None:
    told.present = signed_in()
    with reading(server, "/present/live") as reader:
        assert reader.next("beat") == {"stream": str(told.present.stream_id)}
        reader.next("snapshot")
        row = models.Presence.objects.get()
        assert (row.pk, row.volunteer_id) == (told.present.stream_id, told.present.volunteer_id)
        assert (datetime.now(UTC) - row.process.seen_at).total_seconds() < 5
    until(lambda: not models.Presence.objects.exists())


def test_a_lost_lease_begins_anew_with_those_who_are_here(
    server: LiveServer, told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("stepline.web.live.listening.LEASE_SECONDS", 0.1)
    present = told.present = signed_in()
    with reading(server, "/present/live") as reader:
        reader.next("snapshot")
        models.Process.objects.all().delete()
        until(lambda: models.Presence.objects.filter(pk=present.stream_id).exists())


def test_a_page_that_stays_silent_is_not_here(
    server: LiveServer, told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "PRESENT_BEAT_SECONDS", 0.1)
    monkeypatch.setattr(streams, "SILENT_SECONDS", 0.5)
    told.present = signed_in()
    with reading(server, "/present/live") as reader:
        began = time.monotonic()
        with contextlib.suppress(EOFError):
            while time.monotonic() < began + 5:
                reader.event()
        assert 0.4 < time.monotonic() - began < 2
    until(lambda: not models.Presence.objects.exists())


def test_a_page_that_answers_each_beat_stays(
    server: LiveServer, told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "PRESENT_BEAT_SECONDS", 0.1)
    monkeypatch.setattr(streams, "SILENT_SECONDS", 0.5)
    told.present = signed_in()
    with reading(server, "/present/live") as reader:
        end = time.monotonic() + 1.5
        while time.monotonic() < end:
            say_here(server, reader.next("beat")["stream"])
        assert models.Presence.objects.exists()


def say_here(server: LiveServer, stream: str) -> None:
    body = urllib.parse.urlencode({"stream": stream}).encode()
    with urllib.request.urlopen(f"{server.url}/here", body) as answer:
        assert answer.status == 204


def test_a_sign_of_life_that_came_to_another_process_is_passed_on(
    server: LiveServer, told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    stream = str(uuid.uuid4())
    with listener() as listening_here:
        say_here(server, stream)
        say_here(server, "made up")
        words = [n.payload for n in listening_here.notifies(timeout=1, stop_after=2)]
    assert words == [f"here/{stream}/{hub.process_id}"]


def test_a_sign_of_life_from_another_process_counts(
    server: LiveServer, told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "PRESENT_BEAT_SECONDS", 0.1)
    monkeypatch.setattr(streams, "SILENT_SECONDS", 0.5)
    told.present = signed_in()
    with reading(server, "/present/live") as reader:
        end = time.monotonic() + 1.5
        while time.monotonic() < end:
            presence.say(f"here/{reader.next('beat')['stream']}/{uuid.uuid4()}")
        assert models.Presence.objects.exists()


def test_a_page_that_vanishes_is_away_after_a_moment(
    server: LiveServer, told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("stepline.web.live.listening.AWAY_AFTER_SECONDS", 0.3)
    told.call = str(uuid.uuid4())
    with reading(server, "/live") as one, reading(server, "/live") as other:
        one.next("snapshot")
        other.next("snapshot")
        one.close()
        time.sleep(0.6)
        assert told.gone == []
    until(lambda: told.gone == [told.call])
    assert told.came == 2


def test_a_page_that_comes_back_was_not_away(
    server: LiveServer, told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("stepline.web.live.listening.AWAY_AFTER_SECONDS", 0.5)
    told.call = str(uuid.uuid4())
    with reading(server, "/live") as reader:
        reader.next("snapshot")
    with reading(server, "/live") as reader:
        reader.next("snapshot")
        time.sleep(0.8)
        assert told.gone == []


def test_a_page_that_comes_back_to_another_process_was_not_away(
    server: LiveServer, told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("stepline.web.live.listening.AWAY_AFTER_SECONDS", 0.5)
    told.call = str(uuid.uuid4())
    with reading(server, "/live") as reader:
        reader.next("snapshot")
    until(lambda: told.call in hub.leaving)
    presence.say(f"came/{told.call}/{uuid.uuid4()}")
    time.sleep(0.8)
    assert told.gone == []


def test_another_process_is_told_that_a_page_is_still_here(server: LiveServer, told: Told) -> None:
    told.call = str(uuid.uuid4())
    with listener() as listening_here:
        with reading(server, "/live") as reader:
            reader.next("snapshot")
            first = next(listening_here.notifies(timeout=5))
            assert first.payload == f"came/{told.call}/{hub.process_id}"
            presence.say(f"left/{told.call}/{uuid.uuid4()}")
            words = [n.payload for n in listening_here.notifies(timeout=5, stop_after=2)]
        assert words[1] == first.payload


def listener() -> "psycopg.Connection[tuple[object, ...]]":
    """Listen as another process of the same line does."""
    params = connection.get_connection_params()
    for unfit in ("cursor_factory", "context", "prepare_threshold"):
        params.pop(unfit)
    listening_here = psycopg.connect(**params, autocommit=True)
    listening_here.execute("LISTEN stepline")
    return listening_here


def test_what_was_heard_before_a_reading_began_makes_no_second_one() -> None:
    hub = Hub()
    hub.hear("call:1,line:1")
    began = hub.notices
    assert not hub.heard_since({"call:1", "call:2"}, began)
    hub.hear("call:2")
    assert hub.heard_since({"call:1", "call:2"}, began)
    assert not hub.heard_since({"call:1"}, began)
