"""The pages' own streams: each sees what is theirs, and their going and coming is noticed."""

import urllib.error
import urllib.parse
import urllib.request
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from stepline import models
from stepline.actions import accounts, asking, dispatch, signals
from stepline.core import events as e
from stepline.core.calls import Wish
from stepline.models.people import Role
from stepline.web import account
from tests.web.cast import a_line, a_volunteer, on_duty
from tests.web.live_server import LiveServer, Reader, reading
from tests.web.test_live import hello, until

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def server() -> Iterator[LiveServer]:
    with LiveServer() as running:
        yield running


@pytest.fixture
def line() -> models.Line:
    return a_line()


class Caller:
    """A caller's browser, and the call that it has asked for."""

    def __init__(self, line: models.Line) -> None:
        kept, self.key = account.new_caller()
        self.headers = {"Cookie": f"{account.CALLER_COOKIE}={kept}"}
        self.call = asking.ask(line, self.key, Wish.ANYONE, "en", datetime.now(UTC))

    def state(self) -> str:
        self.call.refresh_from_db()
        return str(self.call.state)


class Volunteer:
    """A volunteer's browser."""

    def __init__(self, line: models.Line) -> None:
        now = datetime.now(UTC)
        self.person = a_volunteer(line, "Bo")
        code = accounts.invite(self.person, Role.VOLUNTEER, now)
        self.device, key = accounts.redeem(code, now)
        self.headers = {"Cookie": f"{account.ROLE_COOKIES[Role.VOLUNTEER]}={key}"}


def status(server: LiveServer, path: str, headers: dict[str, str]) -> int:
    reader = Reader(server.port, path, headers)
    try:
        return reader.response.status
    finally:
        reader.close()


def test_a_browser_without_a_call_has_nothing_to_follow(
    server: LiveServer, line: models.Line
) -> None:
    kept, _ = account.new_caller()
    Caller(line)
    for headers in (
        {},
        {"Cookie": f"{account.CALLER_COOKIE}={kept}"},
        {"Cookie": "stepline_caller=x"},
    ):
        with reading(server, "/call/live", headers) as reader:
            assert reader.next("over") == {}


def test_only_signed_in_volunteers_follow(server: LiveServer, line: models.Line) -> None:
    caller, volunteer = Caller(line), Volunteer(line)
    assert status(server, "/volunteer/live", {}) == 403
    assert status(server, "/volunteer/live", caller.headers) == 403
    assert status(server, "/coordinator/live", volunteer.headers) == 403
    assert status(server, "/volunteer/live", volunteer.headers) == 200


def test_each_caller_sees_their_own_call(server: LiveServer, line: models.Line) -> None:
    one, other = Caller(line), Caller(line)
    with reading(server, "/call/live", one.headers) as reader:
        assert reader.next("snapshot")["call"] == str(one.call.pk)
    with reading(server, "/call/live", other.headers) as reader:
        assert reader.next("snapshot")["call"] == str(other.call.pk)


def test_a_caller_gets_the_signals_of_their_own_seat_alone(
    server: LiveServer, line: models.Line
) -> None:
    one, other = Caller(line), Caller(line)
    now = datetime.now(UTC)
    signals.send(other.call.pk, "responder", "caller", "not-for-them", hello(), now)
    signals.send(one.call.pk, "caller", "responder", "not-for-them", hello(), now)
    signals.send(one.call.pk, "responder", "caller", "this-is-theirs", hello(), now)
    with reading(server, "/call/live", one.headers) as reader:
        assert reader.next("signal")["session"] == "this-is-theirs"


def test_a_call_that_is_over_is_shown_as_over(server: LiveServer, line: models.Line) -> None:
    caller = Caller(line)
    with reading(server, "/call/live", caller.headers) as reader:
        assert reader.next("snapshot")["call"]
        dispatch.handle(caller.call.pk, e.CallerStops(), datetime.now(UTC))
        shown = reader.next("snapshot")
        while shown["screen"] != "thanks":
            shown = reader.next("snapshot")


def test_a_volunteer_sees_the_ring(server: LiveServer, line: models.Line) -> None:
    volunteer = Volunteer(line)
    on_duty(volunteer.person)
    with reading(server, "/volunteer/live", volunteer.headers) as reader:
        assert reader.next("snapshot")["screen"] == "on_duty"
        Caller(line)
        shown = reader.next("snapshot")
        while shown["screen"] != "offer":
            shown = reader.next("snapshot")
        assert shown["offer"]["seat"] == "responder"


def test_an_open_stream_makes_a_volunteer_reachable(server: LiveServer, line: models.Line) -> None:
    volunteer = Volunteer(line)
    with reading(server, "/volunteer/live", volunteer.headers) as reader:
        reader.next("snapshot")
        row = models.Presence.objects.get()
        assert (row.volunteer_id, row.device_id) == (volunteer.person.pk, volunteer.device.pk)


def test_a_device_that_is_signed_out_sees_no_more(server: LiveServer, line: models.Line) -> None:
    volunteer = Volunteer(line)
    with reading(server, "/volunteer/live", volunteer.headers) as reader:
        reader.next("snapshot")
        accounts.sign_out(volunteer.device, datetime.now(UTC))
        assert reader.next("over") == {}
    until(lambda: not models.Presence.objects.exists())


def test_a_sign_of_life_comes_from_a_page_of_ours(server: LiveServer) -> None:
    body = urllib.parse.urlencode({"stream": str(uuid.uuid4())}).encode()
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(f"{server.url}/volunteer/here", body)
    refused.value.close()
    assert refused.value.code == 403


def test_a_stream_s_own_page_names_it_and_needs_nothing_else(
    server: LiveServer, line: models.Line
) -> None:
    with reading(server, "/volunteer/live", Volunteer(line).headers) as reader:
        body = urllib.parse.urlencode({"stream": reader.next("beat")["stream"]}).encode()
        with urllib.request.urlopen(f"{server.url}/volunteer/here", body) as answer:
            assert answer.status == 204
    for hostile in (b"", b"stream", b"stream=%ff%00", b"\xff" * 99, b"stream=a&stream=b"):
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(f"{server.url}/volunteer/here", hostile)
        refused.value.close()
        assert refused.value.code == 403


def test_a_caller_who_vanishes_while_it_rings_is_away_and_then_back(
    server: LiveServer, line: models.Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("stepline.web.live.listening.AWAY_AFTER_SECONDS", 0.2)
    volunteer = Volunteer(line)
    on_duty(volunteer.person)
    with reading(server, "/volunteer/live", volunteer.headers) as page:
        page.next("snapshot")
        caller = Caller(line)
        assert caller.state() == "ringing"
        with reading(server, "/call/live", caller.headers) as reader:
            reader.next("snapshot")
        until(lambda: caller.state() == "away")
        with reading(server, "/call/live", caller.headers) as reader:
            reader.next("snapshot")
            until(lambda: caller.state() == "ringing")
