"""A shift at work, to be measured: web and worker processes, volunteers' pages, calls in lanes."""

import asyncio
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from uuid import UUID

import psutil
import psycopg

from stepline.start.stage.crowd import Browser, CallerPage, VolunteerPage, Wire
from stepline.start.stage.lines import StagedLine, wait_until_healthy

RINGS_WITHIN_SECONDS = 20.0
ALL_HERE_WITHIN_SECONDS = 60.0
CALL_OF_OFFER = "SELECT call_id FROM stepline_offer WHERE id = %s"
SETTLES_SECONDS = 0.5
COME_TOGETHER = 100
Rung = tuple[VolunteerPage, float]


@dataclass(frozen=True, slots=True)
class Works:
    """The processes that serve a line, each kind apart; PostgreSQL is this process's own child."""

    web: psutil.Process
    worker: psutil.Process

    def spent(self) -> "Spent":
        """Read what each has used of the processors until now."""
        return Spent(
            time.monotonic(),
            cpu_seconds([self.web]),
            cpu_seconds([self.worker]),
            cpu_seconds([p for p in psutil.Process().children() if p.name() == "postgres"]),
        )


@dataclass(frozen=True, slots=True)
class Spent:
    """Seconds by the clock and of processors; of two readings the difference counts."""

    clock: float
    web: float
    worker: float
    postgresql: float

    def since(self, before: "Spent") -> "Spent":
        """Give what was spent between two readings."""
        return Spent(
            self.clock - before.clock,
            self.web - before.web,
            self.worker - before.worker,
            self.postgresql - before.postgresql,
        )


def cpu_seconds(processes: Sequence[psutil.Process]) -> float:
    """Sum the processor time of processes and of all that they started, ended or not."""
    total = 0.0
    for process in processes:
        for one in (process, *process.children(recursive=True)):
            times = one.cpu_times()
            total += times.user + times.system + times.children_user + times.children_system
    return total


@contextmanager
def at_work(stage: StagedLine, **environment: str) -> Iterator[Works]:
    """Serve a staged line by one web and one worker process until the block is left."""
    data = ["--data", str(stage.data)]
    listen = ["--listen", f"127.0.0.1:{stage.port}"]
    web = start("serve", *data, *listen, "--no-clock", **environment)
    worker = start("worker", *data)
    try:
        wait_until_healthy(stage.port, web)
        yield Works(psutil.Process(web.pid), psutil.Process(worker.pid))
    finally:
        for process in (web, worker):
            process.terminate()
            process.wait()


def start(*arguments: str, **environment: str) -> "subprocess.Popen[bytes]":
    """Start a command of ours in a process of its own, with more in its environment."""
    return subprocess.Popen(
        [sys.executable, "-m", "stepline", *arguments],
        stdout=subprocess.DEVNULL,
        env=os.environ | environment,
    )


@dataclass
class Took:
    """How long the steps of the measured calls took, in milliseconds."""

    ask_to_ring: list[float] = field(default_factory=list)
    ready_to_connected: list[float] = field(default_factory=list)
    calls: int = 0
    rings: int = 0
    missed: int = 0  # nobody's page had rung in time


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What is printed of a run; milliseconds of processors are those of one call."""

    calls: int
    missed: int
    calls_per_second: float
    calls_per_cpu_second: float
    web_cpu_ms: float
    worker_cpu_ms: float
    postgresql_cpu_ms: float
    rings_per_call: float
    ask_to_ring_p50_ms: float
    ask_to_ring_p99_ms: float
    ready_to_connected_p50_ms: float
    ready_to_connected_p99_ms: float

    @property
    def cpu_ms(self) -> float:
        """Give what a call costs all in all."""
        return self.web_cpu_ms + self.worker_cpu_ms + self.postgresql_cpu_ms


def figures(took: Took, spent: Spent, seconds: float) -> Figures:
    """Sum up a run."""
    each_ms = 1000 / took.calls
    return Figures(
        calls=took.calls,
        missed=took.missed,
        calls_per_second=round(took.calls / seconds, 2),
        calls_per_cpu_second=round(took.calls / (spent.web + spent.worker), 2),
        web_cpu_ms=round(spent.web * each_ms, 1),
        worker_cpu_ms=round(spent.worker * each_ms, 1),
        postgresql_cpu_ms=round(spent.postgresql * each_ms, 1),
        rings_per_call=round(took.rings / took.calls, 2),
        ask_to_ring_p50_ms=percentile(took.ask_to_ring, 50),
        ask_to_ring_p99_ms=percentile(took.ask_to_ring, 99),
        ready_to_connected_p50_ms=percentile(took.ready_to_connected, 50),
        ready_to_connected_p99_ms=percentile(took.ready_to_connected, 99),
    )


def percentile(values: Sequence[float], of: int) -> float:
    """Give a percentile of at least two values."""
    return round(statistics.quantiles(values, n=100, method="inclusive")[of - 1], 1)


class Shift:
    """Volunteers with open pages, and callers who come in lanes, one after the other in each."""

    def __init__(self, stage: StagedLine, works: Works, call_of_offer: str = CALL_OF_OFFER) -> None:
        self._stage = stage
        self._works = works
        self._call_of_offer = call_of_offer
        self._wire = Wire()
        self._rung: dict[UUID, asyncio.Future[Rung]] = {}
        self._began: dict[str, float] = {}
        self.pages: list[VolunteerPage] = []
        self.took = Took()

    async def comes_on(self, stack: AsyncExitStack, keys: Sequence[str]) -> None:
        """Open a page for each signed-in device; gives when all can be rung."""
        stack.callback(self._wire.close)
        connecting = psycopg.AsyncConnection.connect(os.environ["DATABASE_URL"], autocommit=True)
        self._rows = await stack.enter_async_context(await connecting)
        for key in keys:
            page = VolunteerPage(self._browser(key), patience_seconds=RINGS_WITHIN_SECONDS)
            page.when_ringing = self._begin_ring
            page.when_rung = partial(self._is_rung, page)
            self.pages.append(await stack.enter_async_context(page))
        for first in range(0, len(self.pages), COME_TOGETHER):
            coming = self.pages[first : first + COME_TOGETHER]
            for page in coming:
                page.follow()
            for page in coming:
                await page.until(lambda now: now["reachable"], ALL_HERE_WITHIN_SECONDS)

    async def takes(self, calls: int, lanes: int) -> Figures:
        """Take so many calls, in so many lanes at once; gives what they cost."""
        self.took = Took()
        before = self._works.spent()
        left = iter(range(calls))
        await asyncio.gather(*(self._lane(left) for _ in range(lanes)))
        ended_at = time.monotonic()
        await asyncio.sleep(SETTLES_SECONDS)
        spent = self._works.spent().since(before)
        return figures(self.took, spent, ended_at - before.clock)

    async def rings(self, asks: int) -> list[float]:
        """Ask and stop, again and again; gives the milliseconds until the first page rang."""
        waits = []
        for _ in range(asks):
            async with CallerPage(
                self._browser(), self._stage.slug, RINGS_WITHIN_SECONDS
            ) as caller:
                asked_at = time.monotonic()
                call = UUID((await caller.asks())["call"])
                async with asyncio.timeout(RINGS_WITHIN_SECONDS):
                    _, rang_at = await self._first_rung(call)
                waits.append((rang_at - asked_at) * 1000)
                await caller.press("/call/stop")
        return waits

    async def _lane(self, left: Iterator[int]) -> None:
        for _ in left:
            await self._call()

    async def _call(self) -> None:
        caller = CallerPage(self._browser(), self._stage.slug, RINGS_WITHIN_SECONDS)
        async with caller:
            asked_at = time.monotonic()
            call = UUID((await caller.asks())["call"])
            try:
                async with asyncio.timeout(RINGS_WITHIN_SECONDS):
                    volunteer, rang_at = await self._first_rung(call)
            except TimeoutError:
                self.took.missed += 1
                await caller.press("/call/stop")
                return
            said_at = time.monotonic()
            await volunteer.answers("ready")
            await caller.shows("connecting")
            await asyncio.gather(caller.hears(), volunteer.hears())
            await asyncio.gather(caller.shows("talking"), volunteer.shows("talking"))
            talked_at = time.monotonic()
            await volunteer.ends()
            await volunteer.says_safe()
            await volunteer.until(lambda now: now["call"] is None, RINGS_WITHIN_SECONDS)
        self.took.calls += 1
        self.took.ask_to_ring.append((rang_at - asked_at) * 1000)
        self.took.ready_to_connected.append((talked_at - said_at) * 1000)

    async def _first_rung(self, call: UUID) -> Rung:
        try:
            return await self._waiting_for(call)
        finally:
            del self._rung[call]

    def _waiting_for(self, call: UUID) -> asyncio.Future[Rung]:
        if call not in self._rung:
            self._rung[call] = asyncio.get_running_loop().create_future()
        return self._rung[call]

    def _begin_ring(self, offer: str, at: float) -> None:
        self._began[offer] = at
        self.took.rings += 1

    def _is_rung(self, page: VolunteerPage, offer: str, _at: float) -> None:
        page.spawn(self._match(page, offer))

    async def _match(self, page: VolunteerPage, offer: str) -> None:
        """Find whose call rings at a page: no page is told, so the rows are asked."""
        found = await (await self._rows.execute(self._call_of_offer, [offer])).fetchone()
        began_at = self._began.pop(offer)
        # The ring's own news may still be behind an answer that was on its way.
        await page.until(lambda now: bool(now["offer"]) and now["offer"]["id"] == offer, 5)
        if found is not None:
            first = self._waiting_for(found[0])
            if not first.done():
                first.set_result((page, began_at))

    def _browser(self, key: str = "") -> Browser:
        browser = Browser(self._stage.url, self._wire)
        browser.as_if_opened()
        if key:
            browser.signed_in(key)
        return browser
