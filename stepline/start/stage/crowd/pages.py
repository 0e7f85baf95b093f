"""What is open in one browser of the crowd: the newest snapshot, and the stream that brings it."""

import asyncio
import json
import time
from collections.abc import Callable, Coroutine
from http import HTTPStatus
from typing import Any, Self
from urllib.parse import urlsplit

from stepline.start.stage.crowd.browser import Browser, Json
from stepline.start.stage.crowd.wire import UNREACHED
from stepline.start.stage.visitors import AGAIN_AFTER_SECONDS, ANSWER_WITHIN_SECONDS, TooLate

ALIVE_EVERY_SECONDS = 10.0
GRANTED = dict.fromkeys(("sound", "vibration", "microphone", "awake"), "1")
Wanted = Callable[[Json], bool]


class Page:
    """One open page; `patience_seconds` is how long a press is tried again until it arrives.

    `is_over` once the server has nothing more for this page; `refused` is the status of a stream
    that was not given, else 0.
    """

    live = ""

    def __init__(self, browser: Browser, patience_seconds: float = ANSWER_WITHIN_SECONDS) -> None:
        self.browser = browser
        self.patience_seconds = patience_seconds
        self.snapshot: Json = {"screen": "", "read_at": 0.0}
        self.heard_at = 0.0
        self.is_over = False
        self.refused = 0
        self.on_snapshot: Callable[[Json, float], None] = lambda _snapshot, _heard_at: None
        self._came = b""
        self._waiting: list[tuple[Wanted, float, asyncio.Future[Json]]] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._stream: asyncio.Task[None] | None = None

    @property
    def screen(self) -> str:
        """Name the screen that is shown."""
        return str(self.snapshot["screen"])

    def follow(self) -> None:
        """Open the live stream, if it isn't; after a loss it comes back by itself."""
        if self._stream is None or self._stream.done():
            self.is_over = False
            self._stream = asyncio.get_running_loop().create_task(self._follow())

    async def close(self) -> None:
        """Close the page without a word: its stream, and what it was still sending."""
        tasks = [*self._tasks, *([self._stream] if self._stream else [])]
        self._stream = None
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Do something beside, as long as the page is open."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def hear(self, name: str, data: Json) -> None:
        """Take one event of the stream."""
        if name == "snapshot":
            self.take(data)
        elif name == "over":
            self.is_over = True

    def take(self, snapshot: Json) -> None:
        """Show a snapshot unless a newer one is shown."""
        self.heard_at = time.monotonic()
        if snapshot["read_at"] >= self.snapshot["read_at"]:
            self.snapshot = snapshot
        self.on_snapshot(snapshot, self.heard_at)
        self._tell_waiting()

    async def until(self, wanted: Wanted, within_seconds: float, since: float = 0.0) -> Json:
        """Wait for a snapshot, heard after `since`, of which that is true; raises TooLate."""
        if self.heard_at and self.heard_at >= since and wanted(self.snapshot):
            return self.snapshot
        shown: asyncio.Future[Json] = asyncio.get_running_loop().create_future()
        entry = (wanted, since, shown)
        self._waiting.append(entry)
        try:
            async with asyncio.timeout(within_seconds):
                return await shown
        except TimeoutError:
            heard = "now" if self.heard_at >= since else "before"
            raise TooLate(f"shows '{self.screen}', heard {heard}") from None
        finally:
            self._waiting.remove(entry)

    async def shows(self, *screens: str, within_seconds: float = 5.0, since: float = 0.0) -> Json:
        """Wait until one of these screens is shown; raises TooLate."""
        return await self.until(lambda now: now["screen"] in screens, within_seconds, since)

    async def press(self, path: str, **fields: str) -> Json:
        """Post until it arrives, as a page does, and show what comes back; raises TooLate."""
        ends_at = time.monotonic() + self.patience_seconds
        while True:
            try:
                status, answer = await self.browser.post(path, fields)
            except UNREACHED:
                status, answer = HTTPStatus.SERVICE_UNAVAILABLE, {}
            if "screen" in answer:
                self.take(answer)
            if status < HTTPStatus.BAD_REQUEST:
                return answer
            if status < HTTPStatus.INTERNAL_SERVER_ERROR:
                raise TooLate(f"{path} was refused: {status} {answer.get('message', '')}")
            if time.monotonic() >= ends_at:
                raise TooLate(f"{path} was not answered")
            await asyncio.sleep(AGAIN_AFTER_SECONDS / 4)

    def _tell_waiting(self) -> None:
        for wanted, since, shown in self._waiting:
            if not shown.done() and self.heard_at >= since and wanted(self.snapshot):
                shown.set_result(self.snapshot)

    async def _follow(self) -> None:
        while not self.is_over:
            self._came = b""
            try:
                answer = await self.browser.follow(self.live, self._read)
                self.refused = answer.status if not answer.good else 0
            except UNREACHED:
                pass
            if not self.is_over:
                await asyncio.sleep(AGAIN_AFTER_SECONDS)

    def _read(self, part: bytes) -> None:
        *whole, self._came = (self._came + part).split(b"\n\n")
        for event in whole:
            pairs = (line.partition(b": ") for line in event.split(b"\n"))
            fields = {name: value for name, _, value in pairs if name}
            if b"event" in fields:
                self.hear(fields[b"event"].decode(), json.loads(fields[b"data"]))


class CallerPage(Page):
    """The caller's one document."""

    live = "/call/live"

    def __init__(
        self, browser: Browser, slug: str, patience_seconds: float = ANSWER_WITHIN_SECONDS
    ) -> None:
        super().__init__(browser, patience_seconds)
        self.slug = slug

    async def press(self, path: str, **fields: str) -> Json:
        """Post with what every form of the caller's page holds."""
        own = {"line": self.slug, "csrfmiddlewaretoken": self.browser.token}
        return await super().press(path, **own, **fields)

    async def opens(self) -> None:
        """Load the document; one that finds a call says that the caller is here."""
        await self.browser.open(f"/line/{self.slug}/")

    async def asks(self, wish: str = "anyone") -> Json:
        """Press the one button; the page follows its call from then on."""
        await self.press("/call/ask", wish=wish, script="1")
        self.follow()
        return self.snapshot

    def stays_alive(self) -> None:
        """Give a sign of life now and then, as long as the page is open."""
        self.spawn(self._stay_alive("/call/alive"))

    async def closes_the_page(self) -> None:
        """Go as a page does that is closed or loaded anew."""
        await self.press("/call/away")
        await self.close()

    async def comes_back(self) -> None:
        """Load the document anew, into the call that this browser has."""
        await self.opens()
        self.follow()
        await self.press("/call/back")

    async def report(self, step: str) -> None:
        """Report how far the voice has come."""
        await self.press(
            "/call/report", step=step, conversation=self.snapshot["conversation"] or ""
        )

    async def hears(self) -> None:
        """Report that the voice is heard."""
        await self.report("hearing")

    async def ends(self) -> None:
        """End the talk."""
        await self.press("/call/end")

    async def _stay_alive(self, path: str) -> None:
        while True:
            await asyncio.sleep(ALIVE_EVERY_SECONDS)
            await self.press(path)


class VolunteerPage(Page):
    """A volunteer's one document, which rings, says so, and answers the stream's beats."""

    live = "/volunteer/live"

    def __init__(self, browser: Browser, patience_seconds: float = ANSWER_WITHIN_SECONDS) -> None:
        super().__init__(browser, patience_seconds)
        self.ringing_for = ""
        self.confirmed = ""
        self.rings: list[str] = []
        self.when_ringing: Callable[[str, float], None] = lambda _offer, _at: None
        self.when_rung: Callable[[str, float], None] = lambda _offer, _at: None

    async def signs_in(self, invitation: str) -> None:
        """Use an invitation and open the page."""
        await self.browser.send_form(urlsplit(invitation).path)
        self.follow()

    async def opens(self) -> None:
        """Open the page on a device that is signed in already, and follow."""
        await self.browser.open("/volunteer/")
        self.follow()

    async def goes_on_duty(self) -> None:
        """Answer the test ring now."""
        await self.press("/volunteer/duty/test", until_minutes="180")
        await self.until(lambda now: now["screen"] == "test_ring" and self.confirmed == "test", 5)
        await self.press("/volunteer/duty/on", push="0", **GRANTED)
        await self.shows("on_duty")

    def hear(self, name: str, data: Json) -> None:
        """Take news, begin to ring where they say so, answer the stream's beat."""
        super().hear(name, data)
        if name == "beat" and data["stream"]:
            self.spawn(self._answer_beat(data["stream"]))
        elif name == "snapshot":
            self.ring(data)

    def ring(self, snapshot: Json) -> None:
        """Ring for an offer or a test, once for each, and tell the server that it rings."""
        offer = snapshot["offer"] if snapshot["screen"] != "standby" else None
        wanted = offer["id"] if offer else "test" if snapshot["screen"] == "test_ring" else ""
        if wanted == self.ringing_for:
            return
        self.ringing_for = wanted
        if wanted:
            self.rings.append(wanted)
            self.when_ringing(wanted, time.monotonic())
            self.spawn(self._confirm(wanted))
        else:
            self.confirmed = ""

    async def answers(self, what: str) -> None:
        """Press ready, pass or off-duty on the ring that is on."""
        await self.press(f"/volunteer/offers/{self.snapshot['offer']['id']}/{what}")

    async def report(self, step: str) -> None:
        """Report how far the voice has come."""
        conversation = self.snapshot["call"]["conversation"]
        await self.press("/volunteer/call/report", step=step, conversation=conversation)

    async def hears(self) -> None:
        """Report that the voice is heard."""
        await self.report("hearing")

    async def alive(self) -> None:
        """Give a sign of life of the talk."""
        await self.press("/volunteer/call/alive")

    async def ends(self) -> None:
        """End the talk."""
        await self.press("/volunteer/call/end")

    async def says_safe(self, answer: str = "all_right") -> None:
        """Answer after the talk how safe the caller is; that closes the call."""
        await self.press("/volunteer/call/close", answer=answer)

    async def _answer_beat(self, stream: str) -> None:
        try:
            await self.browser.post("/volunteer/here", {"stream": stream})
        except UNREACHED:
            return  # the stream itself shows when the server has gone

    async def _confirm(self, wanted: str) -> None:
        path = (
            f"/volunteer/offers/{wanted}/ringing" if wanted != "test" else "/volunteer/duty/ringing"
        )
        try:
            await self.press(path)
        except TooLate:
            return  # the ring was over before its word arrived
        if self.ringing_for == wanted:
            self.confirmed = wanted
        self.when_rung(wanted, time.monotonic())
        self._tell_waiting()
