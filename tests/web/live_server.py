"""A real server in a thread of the test, on the test's own database, and a reader of streams."""

import asyncio
import http.client
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Self

import uvicorn

from stepline.start.pages import listen
from stepline.web.application import Application
from stepline.web.live import hub


class LiveServer:
    """Serves Django's application as `settings` are when it is made."""

    def __init__(self) -> None:
        self.sockets = listen(["127.0.0.1"], 0)
        self.port = int(self.sockets[0].getsockname()[1])
        self.url = f"http://localhost:{self.port}"
        self.application = Application()
        config = uvicorn.Config(
            self.application,
            lifespan="off",
            log_config=None,
            access_log=False,
            timeout_graceful_shutdown=1,
            ws="none",
        )
        self.server = uvicorn.Server(config)
        self.thread = threading.Thread(target=self._run, name="live-server")

    def _run(self) -> None:
        asyncio.run(self._serve())

    async def _serve(self) -> None:
        hub.start()
        await hub.is_listening.wait()
        await self.server.serve(sockets=self.sockets)
        await hub.stop()

    def __enter__(self) -> Self:
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.should_exit = True
        self.thread.join(10)
        assert not self.thread.is_alive()
        self.application.threads.shutdown(wait=False)
        for each in self.sockets:
            each.close()


class Reader:
    """Reads one stream's events as they come."""

    def __init__(self, port: int, path: str, headers: dict[str, str] | None = None) -> None:
        self.connection = http.client.HTTPConnection("localhost", port, timeout=5)
        self.connection.request("GET", path, headers=headers or {})
        self.response = self.connection.getresponse()

    def next(self, wanted: str) -> Any:
        """Give the data of the next event of a kind; fails after 5 s without any."""
        while True:
            event, data, _number = self.event()
            if event == wanted:
                return data

    def event(self) -> tuple[str, Any, str]:
        """Give the next event, whatever it is: its name, data and number."""
        fields: dict[str, str] = {}
        while True:
            raw = self.response.readline()
            if not raw:
                raise EOFError
            line = raw.decode().rstrip("\n")
            if line:
                name, _, value = line.partition(": ")
                fields[name] = value
            elif "event" in fields:
                return fields["event"], json.loads(fields["data"]), fields.get("id", "")
            else:
                fields = {}

    def close(self) -> None:
        """Go away as a closed page does."""
        sock = self.connection.sock
        if sock is not None:
            sock.shutdown(socket.SHUT_RDWR)
        self.response.close()
        self.connection.close()


@contextmanager
def reading(
    server: LiveServer, path: str, headers: dict[str, str] | None = None
) -> Iterator[Reader]:
    """Read a stream while the block runs."""
    reader = Reader(server.port, path, headers)
    try:
        yield reader
    finally:
        reader.close()
