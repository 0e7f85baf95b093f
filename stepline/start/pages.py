"""The web server in this process: its sockets, and uvicorn on them until it is told to end."""

import errno
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta

import uvicorn

from stepline.start.ending import Ending
from stepline.start.faults import CannotStart

# Open streams never end by themselves; their pages come back by themselves.
STREAMS_END_WITHIN = timedelta(seconds=1)
BACKLOG = 2048
LOOPBACK = ("127.0.0.1", "::1")


def listen(hosts: Sequence[str], port: int) -> list[socket.socket]:
    """Open a listening socket at each address, port 0 for any free one; the first must succeed.

    Raises CannotStart when the port is taken or not allowed.
    """
    opened: list[socket.socket] = []
    for host in hosts:
        try:
            opened.append(_listen_at(host, opened[0].getsockname()[1] if opened else port))
        except OSError as error:
            if error.errno in {errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT} and opened:
                continue  # a machine without IPv6
            for each in opened:
                each.close()
            raise CannotStart(_why_not(error, host, port)) from error
    return opened


def _listen_at(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    made = socket.socket(family, socket.SOCK_STREAM)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        made.bind((host, port))
        made.listen(BACKLOG)
    except OSError:
        made.close()
        raise
    return made


def _why_not(error: OSError, host: str, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"Port {port} is taken by another program. Name another one, or end that program."
    if error.errno == errno.EACCES:
        return f"Port {port} is kept for root on this machine. Name one above 1023."
    return f"The address {host} port {port} can't be used: {error.strerror}."


class Pages(uvicorn.Server):
    """A web server that ends when we were told to, and leaves the signals to us."""

    def __init__(self, config: uvicorn.Config, ending: Ending) -> None:
        super().__init__(config)
        self._ending = ending

    async def on_tick(self, counter: int) -> bool:
        """Do what is done at every turn, ten times a second; True to end."""
        return await super().on_tick(counter) or self._ending.told

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the signals as they are."""
        yield


def serve_pages(
    sockets: list[socket.socket], ending: Ending, trusted_proxies: Sequence[str]
) -> None:
    """Answer requests on these sockets until told to end; closes them.

    Forwarded addresses are believed from the trusted proxies alone. Nothing is logged about
    single requests.
    """
    config = uvicorn.Config(
        "stepline.asgi:application",
        access_log=False,
        log_config=None,
        log_level="warning",
        lifespan="off",
        server_header=False,
        proxy_headers=bool(trusted_proxies),
        forwarded_allow_ips=list(trusted_proxies),
        timeout_graceful_shutdown=int(STREAMS_END_WITHIN.total_seconds()),
        ws="none",
    )
    try:
        Pages(config, ending).run(sockets=sockets)
    finally:
        for each in sockets:
            each.close()
