"""What is done to the machines: a seeded plan, and carrying it out while the crowd goes on."""

import asyncio
import signal
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from random import Random

import psycopg

from stepline.start.stage.faults.luck import luck_of
from stepline.start.stage.faults.machines import DATABASE, WEBS, WORKERS, Machine, Machines, until
from stepline.start.stage.faults.records import Away

# What a fault leaves behind: a stopped process's rows are free after 3 s, a lease after 4 s.
PROCESS_LEAVES = timedelta(seconds=4)
DATABASE_LEAVES = timedelta(seconds=3)
PROXY_NOTICES_SECONDS = 0.5
LISTENERS = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN %'"
SESSIONS = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
)


class What(StrEnum):
    """One thing that goes wrong."""

    KILL_WEB = "a web process killed (-9) and started again"
    KILL_WORKER = "a worker killed (-9) and started again"
    RESTART_WEB = "a web process told to end and started again"
    PAUSE_WEB = "a web process paused"
    PAUSE_WORKER = "a worker paused"
    STOP_DATABASE = "PostgreSQL stopped and started again"
    KILL_DATABASE = "PostgreSQL killed (-9), all of it, and started again"
    PAUSE_DATABASE = "PostgreSQL paused, all of it"
    DEAFEN = "every listening session ended: no NOTIFY arrives"
    CUT = "every session of the database ended"


@dataclass(frozen=True)
class Act:
    """One fault: when it begins, to which of them it happens, and how long it lasts."""

    at_seconds: float
    what: What
    whom: str
    lasts_seconds: float


def plan(seed: int, seconds: float, every_seconds: float) -> tuple[Act, ...]:
    """Give a plan of faults: each kind in turn, in an order that the seed gives, then anew."""
    luck = luck_of(f"havoc {seed}")
    acts: list[Act] = []
    left: list[What] = []
    at_seconds = every_seconds / 2
    while at_seconds < seconds:
        left = left or luck.sample(list(What), len(What))
        what = left.pop()
        lasts = min(luck.uniform(0.3, 6), every_seconds)
        acts.append(Act(at_seconds, what, whom(what, luck), lasts))
        at_seconds += every_seconds * luck.uniform(0.7, 1.3)
    return tuple(acts)


def whom(what: What, luck: Random) -> str:
    """Choose to which of them it happens."""
    if what in {What.KILL_WEB, What.RESTART_WEB, What.PAUSE_WEB}:
        return luck.choice(WEBS)
    return luck.choice(WORKERS) if what in {What.KILL_WORKER, What.PAUSE_WORKER} else DATABASE


class Havoc:
    """Carries a plan out, and notes when the database or a clock was away."""

    def __init__(self, machines: Machines, url: str, on_change: Callable[[], None]) -> None:
        self.machines = machines
        self.away: list[Away] = []
        self.done: dict[What, int] = dict.fromkeys(What, 0)
        self._url = url
        self._on_change = on_change

    async def carry_out(self, acts: tuple[Act, ...]) -> None:
        """Do each act at its time, or as soon as the one before is over; then heal everything."""
        began = time.monotonic()
        for act in acts:
            await asyncio.sleep(max(0.0, began + act.at_seconds - time.monotonic()))
            began_at = datetime.now(UTC)
            await self._act(act)
            self.done[act.what] += 1
            leaves = DATABASE_LEAVES if act.whom == DATABASE else PROCESS_LEAVES
            self.away.append(Away(began_at, datetime.now(UTC) + leaves))
        await self.machines.ready()
        self._on_change()

    async def _act(self, act: Act) -> None:
        pause = partial_sleep(act.lasts_seconds)
        if act.whom == DATABASE:
            await self._hurt_database(act.what, pause)
            return
        machine = self.machines.all[act.whom]
        await self._proxy_notices(machine, taking=False)
        if act.what in {What.PAUSE_WEB, What.PAUSE_WORKER}:
            machine.send(signal.SIGSTOP)
            await pause()
            machine.send(signal.SIGCONT)
        else:
            softly = act.what is What.RESTART_WEB
            await machine.end(signal.SIGTERM if softly else signal.SIGKILL)
            await pause()
            machine.start()
            await until(machine.is_ready)
        await self._proxy_notices(machine, taking=True)

    async def _hurt_database(self, what: What, pause: Callable[[], Awaitable[None]]) -> None:
        server = self.machines.server
        if what in {What.DEAFEN, What.CUT}:
            await asyncio.to_thread(self._end, LISTENERS if what is What.DEAFEN else SESSIONS)
        elif what is What.PAUSE_DATABASE:
            server.send(signal.SIGSTOP, to_all=True)
            await pause()
            server.send(signal.SIGCONT, to_all=True)
        else:
            killed = what is What.KILL_DATABASE
            server.send(signal.SIGKILL if killed else signal.SIGINT, to_all=killed)
            await server.has_ended()
            await pause()
            await server.start()

    def _end(self, statement: str) -> None:
        with psycopg.connect(self._url, autocommit=True) as connection:
            connection.execute(statement)

    async def _proxy_notices(self, machine: Machine, *, taking: bool) -> None:
        """Let a proxy send new requests elsewhere a moment after the fault began, as one does."""
        if machine.port is None:
            return
        machine.is_taking = taking
        loop = asyncio.get_running_loop()
        loop.call_later(PROXY_NOTICES_SECONDS, self._on_change)


def partial_sleep(seconds: float) -> Callable[[], Awaitable[None]]:
    """Give a pause of so many seconds, to be begun later."""
    return lambda: asyncio.sleep(seconds)
