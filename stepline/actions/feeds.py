"""Fetch a feed of meetings from somebody else's server, with care; nothing of ours goes there.

An address that leads into this machine's own network is refused after the connection and before
a byte is sent, whatever its name said before: a coordinator types it, and nobody may make this
server knock on doors that only it can reach.
"""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any
from urllib.parse import urljoin, urlsplit

import urllib3
from django.conf import settings
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError

MOST_BYTES = 100 * 1024 * 1024
WITHIN_SECONDS = 60.0
CONNECT_SECONDS = 5.0
READ_SECONDS = 15.0
MOST_REDIRECTS = 3
CHUNK_BYTES = 64 * 1024
REDIRECTS = {301, 302, 303, 307, 308}
GOOD, UNCHANGED = 200, 304


class Unreached(Exception):
    """The feed could not be fetched; the sentence says why and holds no address."""


@dataclass(frozen=True)
class Fetched:
    """What came: the text, None when it is as it was, and how to ask next time."""

    text: str | None
    etag: str = ""
    modified: str = ""


def refuse_private(sock: socket.socket) -> socket.socket:
    """Close a connection into our own network and raise; else give it back."""
    if settings.STEPLINE_PRIVATE_FEEDS or ip_address(sock.getpeername()[0]).is_global:
        return sock
    sock.close()
    raise Unreached("Its address leads into this server's own network.")


_fetching = threading.local()


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Cut the connections that this thread opens once the time is over, however little comes."""
    opened: list[socket.socket] = []
    _fetching.opened = opened
    timer = threading.Timer(seconds, cut, [opened])
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def cut(opened: list[socket.socket]) -> None:
    """End connections, so that whoever reads from them goes on."""
    for sock in opened:
        with suppress(OSError):
            sock.shutdown(socket.SHUT_RDWR)


class Plain(HTTPConnection):
    """A connection that leads out of our network."""

    def connect(self) -> None:
        """Open it, under the deadline of this fetch."""
        super().connect()
        _fetching.opened.append(self.sock)

    def _new_conn(self) -> socket.socket:
        return refuse_private(super()._new_conn())


class Encrypted(HTTPSConnection):
    """The same with TLS."""

    def connect(self) -> None:
        """Open it, under the deadline of this fetch."""
        super().connect()
        _fetching.opened.append(self.sock)

    def _new_conn(self) -> socket.socket:
        return refuse_private(super()._new_conn())


class PlainPool(urllib3.HTTPConnectionPool):
    """Makes such connections."""

    ConnectionCls = Plain


class EncryptedPool(urllib3.HTTPSConnectionPool):
    """Makes such connections."""

    ConnectionCls = Encrypted


def manager() -> urllib3.PoolManager:
    """Give a client that goes where it is told and nowhere else: no redirect, no proxy."""
    made = urllib3.PoolManager(
        retries=False, timeout=urllib3.Timeout(connect=CONNECT_SECONDS, read=READ_SECONDS)
    )
    made.pool_classes_by_scheme = {"http": PlainPool, "https": EncryptedPool}
    return made


def fetch(url: str, etag: str = "", modified: str = "") -> Fetched:
    """Fetch a feed, unless it is as it was; raises Unreached."""
    ends_at = time.monotonic() + WITHIN_SECONDS
    with within(WITHIN_SECONDS), manager() as client:
        for _ in range(MOST_REDIRECTS + 1):
            answer = asked(client, url, etag, modified)
            try:
                if answer.status not in REDIRECTS:
                    return taken(answer, ends_at)
                url = urljoin(url, answer.headers.get("Location", ""))
            finally:
                answer.release_conn()
                answer.close()
    raise Unreached("It leads on and on.")


def asked(client: urllib3.PoolManager, url: str, etag: str, modified: str) -> Any:
    """Ask once; raises Unreached."""
    if urlsplit(url).scheme not in {"http", "https"}:
        raise Unreached("It leads to no web address.")
    known = {"If-None-Match": etag, "If-Modified-Since": modified}
    headers = {
        "Accept": "application/json",
        "Accept-Encoding": "gzip",
        "User-Agent": "stepline-meetings",
        **{name: value for name, value in known.items() if value},
    }
    try:
        return client.request("GET", url, headers=headers, redirect=False, preload_content=False)
    except (HTTPError, OSError, ValueError) as wrong:
        raise Unreached("Its server could not be reached.") from wrong


def taken(answer: Any, ends_at: float) -> Fetched:
    """Read an answer to its end; raises Unreached for a bad, endless or too slow one."""
    if answer.status == UNCHANGED:
        return Fetched(None)
    if answer.status != GOOD:
        raise Unreached(f"Its server answered {answer.status}.")
    parts, size = [], 0
    try:
        for part in answer.stream(CHUNK_BYTES, decode_content=True):
            size += len(part)
            if size > MOST_BYTES:
                raise Unreached("It is larger than a feed can be.")
            if time.monotonic() > ends_at:
                raise Unreached("It took too long.")
            parts.append(part)
        text = b"".join(parts).decode("utf-8-sig")
    except (HTTPError, OSError, ValueError) as wrong:
        if time.monotonic() >= ends_at:
            raise Unreached("It took too long.") from wrong
        raise Unreached("Its server broke off, or sent no text.") from wrong
    headers = answer.headers
    return Fetched(text, headers.get("ETag", "")[:200], headers.get("Last-Modified", "")[:60])
