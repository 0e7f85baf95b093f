"""A rush: the first are answered, the rest are told at once, and nobody waits for nothing."""

import asyncio
import json
from typing import Any

from stepline.web.crowding import Bounded
from stepline.web.security import App, Message, Receive, Scope, Send


class Slow:
    """An application whose answers wait until they are let go."""

    def __init__(self) -> None:
        self.begun: list[str] = []
        self.go = asyncio.Event()
        self.streams = False

    async def __call__(self, scope: Scope, _receive: Receive, send: Send) -> None:
        self.begun.append(scope["path"])
        if self.streams:
            await send({"type": "http.response.start", "status": 200, "headers": []})
        await self.go.wait()
        if not self.streams:
            await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})


async def ask(app: App, path: str = "/call/ask", accept: bytes = b"application/json") -> list[Any]:
    """Send one request; gives the status, the headers and the body."""
    came: list[Any] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": b""}

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            came.extend([message["status"], dict(message["headers"])])
        else:
            came.append(message["body"])

    await app({"type": "http", "path": path, "headers": [(b"accept", accept)]}, receive, send)
    return came


def test_those_who_came_first_are_answered_and_the_rest_are_told_at_once() -> None:
    async def play() -> None:
        slow = Slow()
        app = Bounded(slow, at_once=2, most_waiting=1, waits_seconds=30)
        asked = [asyncio.ensure_future(ask(app)) for _ in range(4)]
        await asyncio.sleep(0)
        status, headers, body = await asked[3]
        assert status == 503
        assert headers[b"retry-after"] == b"1"
        assert "Nothing is lost" in json.loads(body)["message"]
        assert len(slow.begun) == 2
        slow.go.set()
        assert [(await each)[0] for each in asked[:3]] == [200, 200, 200]

    asyncio.run(play())


def test_who_has_waited_long_enough_is_told_in_words_and_leaves_its_place() -> None:
    async def play() -> None:
        slow = Slow()
        app = Bounded(slow, at_once=1, most_waiting=9, waits_seconds=0.01)
        first = asyncio.ensure_future(ask(app))
        await asyncio.sleep(0)
        status, _, body = await ask(app, "/line/quiet/", b"text/html")
        assert status == 503
        assert b"ring the emergency number where you are" in body
        slow.go.set()
        assert (await first)[0] == 200
        assert (await ask(app))[0] == 200

    asyncio.run(play())


def test_danger_and_health_are_never_refused() -> None:
    async def play() -> None:
        slow = Slow()
        app = Bounded(slow, at_once=1, most_waiting=0, waits_seconds=0.01)
        held = [asyncio.ensure_future(ask(app, path)) for path in ("/danger", "/health")]
        await asyncio.sleep(0)
        assert slow.begun == ["/danger", "/health"]
        slow.go.set()
        assert [(await each)[0] for each in held] == [200, 200]

    asyncio.run(play())


def test_an_open_stream_holds_no_place() -> None:
    async def play() -> None:
        slow = Slow()
        slow.streams = True
        app = Bounded(slow, at_once=1, most_waiting=1, waits_seconds=5)
        streams = [asyncio.ensure_future(ask(app, "/call/live")) for _ in range(5)]
        await asyncio.wait(streams, timeout=0.2)
        assert len(slow.begun) == 5
        slow.go.set()
        assert [(await each)[0] for each in streams] == [200] * 5

    asyncio.run(play())


def test_a_failure_gives_its_place_back() -> None:
    async def fails(scope: Scope, receive: Receive, send: Send) -> None:
        raise ValueError

    async def play() -> None:
        app = Bounded(fails, at_once=1, most_waiting=1, waits_seconds=5)
        for _ in range(3):
            try:
                await ask(app)
            except ValueError:
                continue

    asyncio.run(play())
