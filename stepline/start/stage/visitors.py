"""Pages without a browser: they open, post and follow their stream as the real ones do.

A volunteer's page confirms each ring as soon as it begins and answers the stream's beats.
"""

import http.client
import json
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from typing import Any, Self
from urllib.parse import urlencode, urlsplit

Json = dict[str, Any]

AGAIN_AFTER_SECONDS = 1.0  # an EventSource's pause, as the stream's `retry` tells it
ANSWER_WITHIN_SECONDS = 8.0
TOKEN = re.compile(r'name="csrf-token" content="(?P<token>[^"]+)"')
UNREACHED = (OSError, http.client.HTTPException)


class TooLate(Exception):
    """A page did not show in time what it should; the message says what it showed."""


@dataclass
class Browser:
    """One browser's cookies, and its requests to one server."""

    url: str
    cookies: dict[str, str] = field(default_factory=dict)
    token: str = ""

    def connect(self) -> http.client.HTTPConnection:
        """Give a connection that is opened at the first request."""
        parts = urlsplit(self.url)
        return http.client.HTTPConnection(
            parts.hostname or "", parts.port, timeout=ANSWER_WITHIN_SECONDS
        )

    def headers(self) -> dict[str, str]:
        """Give what a browser sends with each request of a page."""
        cookie = "; ".join(f"{name}={kept}" for name, kept in self.cookies.items())
        return {"Cookie": cookie} if cookie else {}

    def open(self, path: str) -> str:
        """Open a page, following where it leads; gives its text."""
        status, text, leads_to = self.request("GET", path, {"Accept": "text/html"})
        if leads_to:
            return self.open(leads_to)
        if status != http.HTTPStatus.OK:
            raise TooLate(f"{path} answered {status}")
        found = TOKEN.search(text)
        self.token = found["token"] if found else self.token
        return text

    def post(self, path: str, fields: dict[str, str]) -> tuple[int, Json]:
        """Post a form once; gives the status and the answer's JSON, if it has any."""
        headers = {"X-CSRFToken": self.token, "Accept": "application/json"}
        status, text, _ = self.request("POST", path, headers, urlencode(fields))
        return status, json.loads(text) if text.startswith("{") else {}

    def send_form(self, path: str) -> str:
        """Press the only button of a page without script; gives the page that follows."""
        self.open(path)
        body = urlencode({"csrfmiddlewaretoken": self.token})
        _, _, leads_to = self.request("POST", path, {"Accept": "text/html"}, body)
        return self.open(leads_to)

    def request(
        self, method: str, path: str, headers: dict[str, str], body: str | None = None
    ) -> tuple[int, str, str]:
        """Send one request; gives status, text and where it leads. Raises OSError."""
        sent = headers | self.headers()
        if body is not None:
            sent["Content-Type"] = "application/x-www-form-urlencoded"
        connection = self.connect()
        try:
            connection.request(method, path, body, sent)
            answer = connection.getresponse()
            self.keep(answer.headers.get_all("Set-Cookie", []))
            return answer.status, answer.read().decode(), answer.headers.get("Location", "")
        finally:
            connection.close()

    def keep(self, set_cookies: list[str]) -> None:
        """Keep the cookies that came, and drop those that were ended."""
        for text in set_cookies:
            for name, morsel in SimpleCookie(text).items():
                if morsel["max-age"] == "0" or not morsel.value:
                    self.cookies.pop(name, None)
                else:
                    self.cookies[name] = morsel.value


def events(answer: http.client.HTTPResponse) -> Iterator[tuple[str, Json]]:
    """Read a stream's events as they come, until it ends."""
    fields: dict[str, str] = {}
    for raw in answer:
        name, _, value = raw.decode().rstrip("\n").partition(": ")
        if name:
            fields[name] = value
        elif "event" in fields:
            yield fields["event"], json.loads(fields["data"])
            fields = {}
        else:
            fields = {}


class Stream:
    """Follows one address as an EventSource does: after a loss it comes back by itself."""

    def __init__(self, browser: Browser, path: str, take: Callable[[str, Json], None]) -> None:
        self._browser = browser
        self._path = path
        self._take = take
        self._closed = threading.Event()
        self._socket: socket.socket | None = None
        self._thread = threading.Thread(target=self._follow, name=path, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Go away as a closed page does."""
        self._closed.set()
        if self._socket is not None:
            with suppress(OSError):  # the server was quicker
                self._socket.shutdown(socket.SHUT_RDWR)
        self._thread.join()

    def _follow(self) -> None:
        while not self._closed.is_set():
            with suppress(*UNREACHED):
                self._read()
            self._closed.wait(AGAIN_AFTER_SECONDS)

    def _read(self) -> None:
        connection = self._browser.connect()
        try:
            connection.connect()
            self._socket = connection.sock
            connection.sock.settimeout(None)
            if self._closed.is_set():
                return
            connection.request("GET", self._path, headers=self._browser.headers())
            for name, data in events(connection.getresponse()):
                self._take(name, data)
        finally:
            self._socket = None
            connection.close()


class Page:
    """What is open in one browser: the newest snapshot, and the stream that brings it."""

    live = ""

    def __init__(self, url: str) -> None:
        self.browser = Browser(url)
        self.snapshot: Json = {"screen": "", "read_at": 0.0}
        self.heard_at = 0.0
        self.stream: Stream | None = None
        self._news = threading.Condition()

    @property
    def screen(self) -> str:
        """Name the screen that is shown."""
        return str(self.snapshot["screen"])

    def follow(self) -> None:
        """Open the live stream, if it isn't."""
        self.stream = self.stream or Stream(self.browser, self.live, self.hear)

    def close(self) -> None:
        """Close the stream."""
        if self.stream is not None:
            self.stream.close()
            self.stream = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def hear(self, name: str, data: Json) -> None:
        """Take one event of the stream."""
        if name == "snapshot":
            self.take(data)

    def take(self, snapshot: Json) -> None:
        """Show a snapshot unless a newer one is shown."""
        with self._news:
            self.heard_at = time.monotonic()
            if snapshot["read_at"] >= self.snapshot["read_at"]:
                self.snapshot = snapshot
            self._news.notify_all()

    def until(
        self, wanted: Callable[[Json], bool], within_seconds: float, since: float = 0.0
    ) -> Json:
        """Wait for a snapshot, heard after `since`, of which that is true; raises TooLate."""
        with self._news:
            if self._news.wait_for(
                lambda: self.heard_at >= since and wanted(self.snapshot), within_seconds
            ):
                return self.snapshot
            heard = "now" if self.heard_at >= since else "before"
        raise TooLate(f"shows '{self.screen}', heard {heard}")

    def shows(self, *screens: str, within_seconds: float = 5.0, since: float = 0.0) -> Json:
        """Wait until one of these screens is shown; raises TooLate."""
        return self.until(lambda now: now["screen"] in screens, within_seconds, since)

    def press(self, path: str, **fields: str) -> Json:
        """Post until it arrives, as a page does, and show what comes back; raises TooLate."""
        ends_at = time.monotonic() + ANSWER_WITHIN_SECONDS
        while time.monotonic() < ends_at:
            try:
                status, answer = self.browser.post(path, fields)
            except UNREACHED:
                status, answer = http.HTTPStatus.SERVICE_UNAVAILABLE, {}
            if "screen" in answer:
                self.take(answer)
            if status < http.HTTPStatus.BAD_REQUEST:
                return answer
            if status < http.HTTPStatus.INTERNAL_SERVER_ERROR:
                raise TooLate(f"{path} was refused: {status} {answer.get('message', '')}")
            time.sleep(AGAIN_AFTER_SECONDS / 4)
        raise TooLate(f"{path} was not answered")


class CallerPage(Page):
    """The caller's one document."""

    live = "/call/live"

    def __init__(self, url: str, slug: str) -> None:
        super().__init__(url)
        self.slug = slug

    def press(self, path: str, **fields: str) -> Json:
        """Post with what every form of the caller's page holds."""
        own = {"line": self.slug, "csrfmiddlewaretoken": self.browser.token}
        return super().press(path, **own, **fields)

    def opens(self) -> None:
        """Load the document; one that finds a call says that the caller is here."""
        self.browser.open(f"/line/{self.slug}/")

    def asks(self, wish: str = "anyone") -> Json:
        """Press the one button."""
        self.press("/call/ask", wish=wish, script="1")
        self.follow()
        return self.snapshot

    def closes_the_page(self) -> None:
        """Go as a page does that is closed or loaded anew."""
        self.press("/call/away")
        self.close()

    def comes_back(self) -> None:
        """Load the document anew, into the call that this browser has."""
        self.opens()
        self.follow()
        self.press("/call/back")

    def hears(self) -> None:
        """Report that the voice is heard."""
        self.report("hearing")

    def report(self, step: str) -> None:
        """Report how far the voice has come."""
        self.press("/call/report", step=step, conversation=self.snapshot["conversation"] or "")


class VolunteerPage(Page):
    """A volunteer's one document, which rings and says so."""

    live = "/volunteer/live"

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.ringing_for = ""
        self.confirmed = ""
        self.rings: list[str] = []
        self.when_rung: Callable[[float], None] = lambda _: None

    def signs_in(self, invitation: str) -> None:
        """Use an invitation and open the page."""
        self.browser.send_form(urlsplit(invitation).path)
        self.follow()

    def goes_on_duty(self) -> None:
        """Answer the test ring now."""
        self.press("/volunteer/duty/test", until_minutes="180")
        self.until(lambda now: now["screen"] == "test_ring" and self.confirmed == "test", 5)
        granted = dict.fromkeys(("sound", "vibration", "microphone", "awake"), "1")
        self.press("/volunteer/duty/on", push="0", **granted)
        self.shows("on_duty")

    def hear(self, name: str, data: Json) -> None:
        """Take news, begin to ring where they say so, answer the stream's beat."""
        super().hear(name, data)
        if name == "beat" and data["stream"]:
            self.browser.post("/volunteer/here", {"stream": data["stream"]})
        elif name == "snapshot":
            self.ring(data)

    def ring(self, snapshot: Json) -> None:
        """Ring for an offer or a test, once for each, and tell the server that it rings."""
        offer = snapshot["offer"]
        wanted = offer["id"] if offer else "test" if snapshot["screen"] == "test_ring" else ""
        begins = wanted and wanted != self.ringing_for
        self.ringing_for = wanted
        if not begins:
            self.confirmed = self.confirmed if wanted else ""
            return
        self.rings.append(wanted)
        path = f"/volunteer/offers/{wanted}/ringing" if offer else "/volunteer/duty/ringing"
        self.browser.post(path, {})
        with self._news:
            self.confirmed = wanted
            self._news.notify_all()
        self.when_rung(time.monotonic())

    def answers(self, what: str) -> None:
        """Press ready, pass or off-duty on the ring that is on."""
        self.press(f"/volunteer/offers/{self.snapshot['offer']['id']}/{what}")

    def report(self, step: str) -> None:
        """Report how far the voice has come."""
        conversation = self.snapshot["call"]["conversation"]
        self.press("/volunteer/call/report", step=step, conversation=conversation)

    def hears(self) -> None:
        """Report that the voice is heard."""
        self.report("hearing")
