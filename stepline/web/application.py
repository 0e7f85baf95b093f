"""Answers requests with one step into a thread and one back; Django's own handler takes several.

The threads stay, so that what a thread has made ready is there for the next request. A stream
leaves its thread as soon as it has begun, and lives in the event loop alone.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing
from io import BytesIO
from typing import Any, cast
from urllib.parse import parse_qs

from django.core import signals
from django.core.exceptions import RequestAborted
from django.core.handlers.asgi import ASGIHandler, get_script_prefix
from django.db import connections
from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.urls import set_script_prefix

from stepline.web.live.listening import hub
from stepline.web.security import ALWAYS_ANSWERED
from stepline.web.turns import Turns

Scope = dict[str, Any]
Message = Mapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

# With those of the streams, no more than there are database connections (settings). Few of them
# work at a time (see turns).
THREADS = 12
SIGN_OF_LIFE = "/volunteer/here"


class Application(ASGIHandler):
    """The web application; every middleware and view runs in the request's thread."""

    def __init__(self) -> None:
        self.threads = ThreadPoolExecutor(THREADS, "page")
        self.turns = Turns()
        super().__init__()

    def load_middleware(self, is_async: bool = False) -> None:  # noqa: ARG002  # Django's signature
        """Make the chain of middleware, to be called from a thread."""
        super().load_middleware(is_async=False)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        try:
            body = await self.read_body(receive)
        except RequestAborted:
            return
        if is_sign_of_life(scope, body):
            await self.send_response(HttpResponse(status=204), send)
            return
        response = await self.in_turn(scope, body)
        if isinstance(response, StreamingHttpResponse):
            await self.follow(response, receive, send)
        else:
            await self.send_response(response, send)

    async def in_turn(self, scope: Scope, body: BytesIO) -> HttpResponseBase:
        """Answer in a thread when it is this request's turn; help in danger waits for none."""
        loop = asyncio.get_running_loop()
        if scope["path"] in ALWAYS_ANSWERED:
            return await loop.run_in_executor(self.threads, self.answer, scope, body)
        async with self.turns.taken():
            return await loop.run_in_executor(self.threads, self.answer, scope, body)

    async def read_body(self, receive: Receive) -> BytesIO:
        """Read the body whole: all are small (see security.SmallBodies)."""
        parts = []
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise RequestAborted
            parts.append(message.get("body", b""))
            if not message.get("more_body", False):
                return BytesIO(b"".join(parts))

    def answer(self, scope: Scope, body: BytesIO) -> HttpResponseBase:
        """Answer in a thread; every database connection is given back afterwards."""
        set_script_prefix(get_script_prefix(scope))
        signals.request_started.send(sender=self.__class__, scope=scope)
        request, refusal = self.create_request(scope, body)
        try:
            response = (
                cast("HttpResponseBase", refusal) if request is None else self.get_response(request)
            )
        finally:
            connections.close_all()
        if not response.streaming:
            response.close()
        return response

    async def follow(self, response: StreamingHttpResponse, receive: Receive, send: Send) -> None:
        """Send a stream until it ends or its page goes."""
        sending = asyncio.ensure_future(self.send_stream(response, send))
        gone = asyncio.ensure_future(until_gone(receive))
        try:
            await asyncio.wait((sending, gone), return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (gone, sending):
                task.cancel()
            await asyncio.gather(gone, return_exceptions=True)
            await asyncio.gather(sending, return_exceptions=True)
            response.close()
        if not sending.cancelled() and (error := sending.exception()):
            raise error

    async def send_stream(self, response: StreamingHttpResponse, send: Send) -> None:
        """Send the parts of a stream as they come."""
        await send(
            {
                "type": "http.response.start",
                "status": response.status_code,
                "headers": encoded(response),
            }
        )
        async with aclosing(cast("AsyncGenerator[bytes]", aiter(response))) as parts:
            async for part in parts:
                await send({"type": "http.response.body", "body": part, "more_body": True})
        await send({"type": "http.response.body"})


def is_sign_of_life(scope: Scope, body: BytesIO) -> bool:
    """Take a page's sign of life for a stream of this process; thousands come at every beat.

    They need no thread: the stream's name, which only its page knows, is all that counts. One
    for another process goes the usual way (live.pages.here).
    """
    if scope["path"] != SIGN_OF_LIFE or scope["method"] != "POST":
        return False
    named = parse_qs(body.getvalue().decode("latin-1")).get("stream", [""])
    return hub.heard_from(named[0])


def encoded(response: HttpResponseBase) -> list[tuple[bytes, bytes]]:
    """Give a response's headers as they go out; a stream sets no cookie."""
    return [(name.encode("ascii"), value.encode("latin-1")) for name, value in response.items()]


async def until_gone(receive: Receive) -> None:
    """Wait until the other side has gone."""
    while (await receive())["type"] != "http.disconnect":
        pass
