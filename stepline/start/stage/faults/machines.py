"""Two web and two worker processes on one PostgreSQL, each of which can be hurt and healed."""

import asyncio
import http.client
import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import psutil

from stepline.start.database import Database

WEBS = ("web-1", "web-2")
WORKERS = ("worker-1", "worker-2")
DATABASE = "database"
READY_WITHIN_SECONDS = 120.0
ANSWERS_WITHIN_SECONDS = 5.0
ENDS_WITHIN_SECONDS = 20.0
LOOK_AGAIN_SECONDS = 0.1


def answers(port: int) -> bool:
    """Tell whether somebody answers on a port who has the database."""
    connection = http.client.HTTPConnection("localhost", port, timeout=ANSWERS_WITHIN_SECONDS)
    try:
        connection.request("GET", "/health")
        return bool(json.loads(connection.getresponse().read())["database"])
    except (OSError, http.client.HTTPException, ValueError):
        return False
    finally:
        connection.close()


class Machine:
    """One process of ours: `serve` on a port of its own, or `worker`."""

    def __init__(self, name: str, data: Path, port: int | None) -> None:
        self.name = name
        self.port = port
        self.did_not_end = 0
        self.is_taking = False  # what a proxy in front of it believes
        self._data = data
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Give where its pages are."""
        return f"http://localhost:{self.port}"

    @property
    def is_running(self) -> bool:
        """Tell whether its process lives."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start it, without waiting."""
        what = ["serve", "--listen", f"127.0.0.1:{self.port}"] if self.port else ["worker"]
        command = [sys.executable, "-m", "stepline", *what, "--data", str(self._data)]
        with (self._data / f"{self.name}.log").open("ab") as log:
            self._process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )

    def send(self, number: signal.Signals) -> None:
        """Send it a signal; nothing when it has gone."""
        if self._process is not None and self.is_running:
            self._process.send_signal(number)

    async def end(self, number: signal.Signals) -> None:
        """End it by a signal and wait for its end; one that doesn't is killed, and that counts."""
        self.send(number)
        if self._process is None:
            return
        try:
            await asyncio.to_thread(self._process.wait, ENDS_WITHIN_SECONDS)
        except subprocess.TimeoutExpired:
            self.did_not_end += 1
            self._process.kill()
            await asyncio.to_thread(self._process.wait)

    async def is_ready(self) -> bool:
        """Tell whether it answers, well or not; a worker that runs counts as ready."""
        if not self.is_running:
            return False
        return self.port is None or await asyncio.to_thread(answers, self.port)


class Server:
    """The PostgreSQL that all share."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def processes(self) -> list[psutil.Process]:
        """Give its first process and that one's children, in this order."""
        for child in psutil.Process(os.getpid()).children():
            with suppress(psutil.Error):
                if child.name() == "postgres" and child.status() != psutil.STATUS_ZOMBIE:
                    return [child, *child.children()]
        return []

    def send(self, number: signal.Signals, *, to_all: bool = False) -> None:
        """Signal its first process, or all of them."""
        running = self.processes()
        for process in running if to_all else running[:1]:
            with suppress(psutil.Error):
                process.send_signal(number)

    async def start(self) -> None:
        """Start it anew once it has ended."""
        await asyncio.to_thread(self._database.repair)

    async def has_ended(self) -> None:
        """Wait until nothing of it runs."""
        await until(self._has_ended)

    async def _has_ended(self) -> bool:
        return not self.processes()


async def until(holds: Callable[[], Awaitable[bool]]) -> None:
    """Look often until something outside this process holds; raises TimeoutError."""
    async with asyncio.timeout(READY_WITHIN_SECONDS):
        while not await holds():  # noqa: ASYNC110  # other processes set no event of ours
            await asyncio.sleep(LOOK_AGAIN_SECONDS)


class Machines:
    """All of it, by name."""

    def __init__(self, data: Path, ports: tuple[int, ...], database: Database) -> None:
        named = [*zip(WEBS, ports, strict=True), *((name, None) for name in WORKERS)]
        self.all = {name: Machine(name, data, port) for name, port in named}
        self.server = Server(database)

    @property
    def webs(self) -> list[Machine]:
        """Give those that serve pages."""
        return [self.all[name] for name in WEBS]

    async def ready(self) -> None:
        """Wait until each one answers; raises TimeoutError."""
        for machine in self.all.values():
            await until(machine.is_ready)
            machine.is_taking = True


@asynccontextmanager
async def running(
    data: Path, ports: tuple[int, ...], database: Database
) -> AsyncIterator[Machines]:
    """Run them for the length of a block."""
    machines = Machines(data, ports, database)
    try:
        for machine in machines.all.values():
            machine.start()
        await machines.ready()
        yield machines
    finally:
        for machine in machines.all.values():
            machine.send(signal.SIGCONT)
            await machine.end(signal.SIGTERM)
