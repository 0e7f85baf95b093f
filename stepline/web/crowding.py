"""More requests than can be answered: those that came first are, and the rest are told at once.

Without a bound each one waits, its page gives up and asks again, and soon every answer comes too
late for whoever asked: the line is then lost to everybody, long after the rush is over.
"""

import asyncio
import json

from django.template import loader

from stepline.web.security import (
    ALWAYS_ANSWERED,
    HEADERS,
    SENTENCES,
    App,
    Message,
    Receive,
    Scope,
    Send,
    problem,
)
from stepline.web.turns import giving_back

BUSY = 503
PAGE = "account/problem.html"
# As many as have a thread and a database connection to work with, and a few on their way.
AT_ONCE = 16
MOST_WAITING = 400
# Pages give up after 8 s; who has waited this long is better told to come again.
WAITS_SECONDS = 2.0
AGAIN_AFTER_SECONDS = b"1"


class Bounded:
    """Wraps the ASGI application: so many requests are prepared at once, a few wait a moment.

    A stream counts until it has begun; an open one needs no thread.
    """

    def __init__(
        self,
        app: App,
        at_once: int = AT_ONCE,
        most_waiting: int = MOST_WAITING,
        waits_seconds: float = WAITS_SECONDS,
    ) -> None:
        self.app = app
        self.most_waiting = most_waiting
        self.waits_seconds = waits_seconds
        self._places = asyncio.Semaphore(at_once)
        self._waiting = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on when its turn comes, or say at once that it must come again."""
        if scope["type"] != "http" or scope["path"] in ALWAYS_ANSWERED:
            await self.app(scope, receive, send)
        elif await self._turn():
            await self._answer(scope, receive, send)
        else:
            await refuse(scope, send)

    async def _turn(self) -> bool:
        if self._waiting >= self.most_waiting:
            return False
        self._waiting += 1
        try:
            async with asyncio.timeout(self.waits_seconds):
                await self._places.acquire()
        except TimeoutError:
            return False
        else:
            return True
        finally:
            self._waiting -= 1

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        leave = giving_back(self._places)

        async def send_and_leave(message: Message) -> None:
            if message["type"] == "http.response.start":
                leave()
            await send(message)

        try:
            await self.app(scope, receive, send_and_leave)
        finally:
            leave()


async def refuse(scope: Scope, send: Send) -> None:
    """Answer 503 in words: a page to a reader, JSON to a script, which tries again by itself."""
    accepted = dict(scope["headers"]).get(b"accept", b"text/html")
    kind, body = b"application/json", json.dumps({"message": str(SENTENCES[BUSY][1])})
    if b"text/html" in accepted:
        kind, body = b"text/html; charset=utf-8", str(loader.render_to_string(PAGE, problem(BUSY)))
    headers = [(name.lower().encode(), value.encode()) for name, value in HEADERS.items()]
    headers += [
        (b"content-type", kind),
        (b"cache-control", b"no-store"),
        (b"retry-after", AGAIN_AFTER_SECONDS),
    ]
    await send({"type": "http.response.start", "status": BUSY, "headers": headers})
    await send({"type": "http.response.body", "body": body.encode()})
