"""The least of HTTP/1.1 that a crowd of pages needs: requests on kept connections, and streams."""

import asyncio
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import cast
from urllib.parse import urlsplit

ANSWER_WITHIN_SECONDS = 8.0
HEAD_ENDS = b"\r\n\r\n"
LINE_ENDS = b"\r\n"


class Broken(OSError):
    """The connection ended before the answer did; `begun` when some of the answer had come."""

    def __init__(self, *, begun: bool) -> None:
        super().__init__("the connection ended")
        self.begun = begun


UNREACHED = (OSError, TimeoutError)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: the status, the headers in small letters as they came, and the body."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes

    def header(self, name: str) -> str:
        """Give a header's text, empty when there is none."""
        return next((value for each, value in self.headers if each == name), "")

    @property
    def good(self) -> bool:
        """Tell whether what was asked was done."""
        return self.status < HTTPStatus.BAD_REQUEST


class Connection(asyncio.Protocol):
    """One connection: one request at a time, or one stream whose body is handed on as it comes."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._answered: asyncio.Future[Answer] | None = None
        self._take: Callable[[bytes], None] | None = None
        self._came = bytearray()
        self._body = bytearray()
        self._status = 0
        self._headers: list[tuple[str, str]] = []
        self._left = 0
        self._chunked = False
        self.is_open = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Note that the server was reached."""
        self._transport, self.is_open = cast("asyncio.Transport", transport), True

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002  # asyncio's signature
        """Fail what still waits for its answer."""
        self.is_open = False
        if self._answered is not None and not self._answered.done():
            begun = bool(self._status or self._came)
            self._answered.set_exception(Broken(begun=begun))

    def close(self) -> None:
        """Go away, as a closed page does."""
        if self._transport is not None:
            self._transport.abort()

    async def ask(self, request: bytes, take: Callable[[bytes], None] | None = None) -> Answer:
        """Send a request and wait for the whole answer; a stream's body goes to `take` instead."""
        if self._transport is None or not self.is_open:
            raise Broken(begun=False)
        self._answered = asyncio.get_running_loop().create_future()
        self._take, self._status = take, 0
        self._transport.write(request)
        return await self._answered

    def data_received(self, data: bytes) -> None:
        """Read on where the last piece ended."""
        self._came += data
        if not self._status and not self._head():
            return
        if self._chunked:
            self._chunks()
        else:
            self._plain()

    def _head(self) -> bool:
        ends = self._came.find(HEAD_ENDS)
        if ends < 0:
            return False
        first, *lines = self._came[:ends].decode("latin-1").split("\r\n")
        del self._came[: ends + len(HEAD_ENDS)]
        self._status = int(first.split(" ", 2)[1])
        pairs = (line.partition(":") for line in lines)
        self._headers = [(name.lower(), value.strip()) for name, _, value in pairs]
        known = dict(self._headers)
        self._chunked = known.get("transfer-encoding") == "chunked"
        self._left = int(known.get("content-length", 0))
        return True

    def _plain(self) -> None:
        part = bytes(self._came[: self._left])
        del self._came[: len(part)]
        self._left -= len(part)
        self._hand(part)
        if not self._left:
            self._end()

    def _chunks(self) -> None:
        while True:
            ends = self._came.find(LINE_ENDS)
            if ends < 0:
                return
            length = int(self._came[:ends].split(b";")[0], 16)
            whole = ends + 2 * len(LINE_ENDS) + length
            if len(self._came) < whole:
                return
            part = bytes(self._came[ends + 2 : whole - 2])
            del self._came[:whole]
            if not length:
                self._end()
                return
            self._hand(part)

    def _hand(self, part: bytes) -> None:
        if self._take is None:
            self._body += part
        else:
            self._take(part)

    def _end(self) -> None:
        answer = Answer(self._status, self._headers, bytes(self._body))
        self._body.clear()
        self._status = 0
        if ("connection", "close") in answer.headers:
            self.close()
        if self._answered is not None and not self._answered.done():
            self._answered.set_result(answer)


class Wire:
    """Kept connections to any number of servers, shared as a proxy in front of them shares them."""

    def __init__(self) -> None:
        self._idle: dict[str, list[Connection]] = defaultdict(list)
        self._streams: set[Connection] = set()

    async def request(self, url: str, request: bytes) -> Answer:
        """Send one request to the server at `url`; raises one of UNREACHED.

        A kept connection that the server has just ended is replaced once, as browsers do, as long
        as nothing of the answer has come.
        """
        async with asyncio.timeout(ANSWER_WITHIN_SECONDS):
            kept = self._kept(url)
            if kept is not None:
                try:
                    return await self._ask(url, kept, request)
                except Broken as broken:
                    if broken.begun:
                        raise
            return await self._ask(url, await connect(url), request)

    async def follow(self, url: str, request: bytes, take: Callable[[bytes], None]) -> Answer:
        """Follow a stream on a connection of its own until it ends; raises one of UNREACHED."""
        connection = await connect(url)
        self._streams.add(connection)
        try:
            return await connection.ask(request, take)
        finally:
            self._streams.discard(connection)
            connection.close()

    def close(self) -> None:
        """End every connection."""
        for connection in (*self._streams, *(one for kept in self._idle.values() for one in kept)):
            connection.close()
        self._idle.clear()

    def _kept(self, url: str) -> Connection | None:
        idle = self._idle[url]
        while idle:
            connection = idle.pop()
            if connection.is_open:
                return connection
        return None

    async def _ask(self, url: str, connection: Connection, request: bytes) -> Answer:
        try:
            answer = await connection.ask(request)
        except BaseException:
            connection.close()
            raise
        if connection.is_open:
            self._idle[url].append(connection)
        return answer


async def connect(url: str) -> Connection:
    """Open a connection to the server at `url`; raises OSError."""
    parts = urlsplit(url)
    loop = asyncio.get_running_loop()
    _, connection = await loop.create_connection(Connection, parts.hostname or "", parts.port or 80)
    return connection
