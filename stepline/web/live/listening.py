"""One hub per process: hears what changed anywhere and wakes the open streams that it concerns.

It holds one database connection that only listens. Rows are read by short loans of other
connections in threads; an open stream holds none.
"""

import asyncio
import logging
import uuid
from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Protocol, TypeVar

import psycopg
from django.db import DatabaseError, InterfaceError, connection, connections
from django.utils import timezone

from stepline.actions import presence, versions

Answer = TypeVar("Answer")

CHANNEL = "stepline"
HERE = presence.HERE
FIRST_RETRY_SECONDS = 0.05
LAST_RETRY_SECONDS = 1.0
LEASE_SECONDS = 2.0
AWAY_AFTER_SECONDS = 5.0
REMEMBERED_SECONDS = 30.0
NEVER = (0, 0.0)
DATABASE_TROUBLE = (DatabaseError, InterfaceError, psycopg.Error, OSError)

log = logging.getLogger("stepline.live")


class Watcher(Protocol):
    """An open stream, as the hub sees it."""

    present: presence.Present | None

    def wake(self, topic: str | None) -> None:
        """Look again at what this topic concerns; None stands for everything."""
        ...

    def send_away(self) -> None:
        """End the stream: its page comes back, to another process where there is one."""
        ...


def lent(function: Callable[[], Answer]) -> Answer:
    """Run a function that reads or writes rows, then give back every connection it took."""
    try:
        return function()
    finally:
        connections.close_all()


async def open_connection() -> psycopg.AsyncConnection:
    """Open the connection that listens; TCP keepalives are those of the settings."""
    params = connection.get_connection_params()
    for unfit in ("cursor_factory", "context", "prepare_threshold"):
        params.pop(unfit, None)
    return await psycopg.AsyncConnection.connect(**params, autocommit=True)


class Hub:
    """Topics and the streams that wait for them, presence, and who has just gone."""

    def __init__(self) -> None:
        self.process_id = uuid.uuid4()
        # One, so that they don't fight over the interpreter (see turns): no reading waits for
        # a row that somebody else has.
        self.readers = ThreadPoolExecutor(1, "live-read")
        self.ledger = ThreadPoolExecutor(1, "live-ledger")
        self.watchers: dict[str, set[Watcher]] = {}
        self.streams: dict[str, Watcher] = {}
        self.owners: dict[str, set[Watcher]] = {}
        self.leaving: dict[str, asyncio.TimerHandle] = {}
        self.heard: dict[str, tuple[int, float]] = {}
        self.notices = 0
        self.tasks: set[asyncio.Task[None]] = set()
        self.loop: asyncio.AbstractEventLoop | None = None
        self.is_listening = asyncio.Event()

    def start(self) -> None:
        """Begin to listen and to renew this process's lease, once for each event loop."""
        loop = asyncio.get_running_loop()
        if self.loop is loop:
            return
        self.loop = loop
        self.is_listening = asyncio.Event()
        self.tasks.clear()
        self.spawn(self._listen())
        self.spawn(self._keep_lease())

    async def stop(self) -> None:
        """End what was begun, for a process or a test that is over."""
        for handle in self.leaving.values():
            handle.cancel()
        self.leaving.clear()
        for task in list(self.tasks):
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        self.loop = None

    def spawn(self, work: "asyncio._CoroutineLike[None]") -> None:
        """Run something beside the streams; it is held until done, so that it isn't dropped."""
        task = asyncio.get_running_loop().create_task(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def read(self, function: Callable[[], Answer]) -> Answer:
        """Read rows in a thread; nothing is held afterwards."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self.readers, partial(lent, function))

    async def note(self, function: Callable[[], Answer]) -> Answer:
        """Write presence or news in a thread, in the order asked."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self.ledger, partial(lent, function))

    # Topics

    def watch(self, watcher: Watcher, topic: str) -> None:
        """Wake this stream at each notice of the topic."""
        self.watchers.setdefault(topic, set()).add(watcher)

    def unwatch(self, watcher: Watcher, topic: str) -> None:
        """Wake this stream no more for the topic."""
        watching = self.watchers.get(topic, set())
        watching.discard(watcher)
        if not watching:
            self.watchers.pop(topic, None)

    def hear(self, payload: str) -> None:
        """Take one notice: a comma list of topics, or word of a stream in another process."""
        now = self.loop.time() if self.loop else 0.0
        self.notices += 1
        for topic in payload.split(","):
            self.heard[topic] = self.notices, now
            kind, _, rest = topic.partition("/")
            if kind in {"came", "left", HERE}:
                self._hear_of_stream(kind, rest)
            for watcher in self.watchers.get(topic, ()):
                watcher.wake(topic)

    def heard_since(self, topics: Collection[str], notices: int) -> bool:
        """Say whether one of these topics was heard after so many notices."""
        return any(self.heard.get(topic, NEVER)[0] > notices for topic in topics)

    def _forget_heard(self) -> None:
        """Drop what was heard longer ago than any reading takes."""
        if self.loop:
            oldest = self.loop.time() - REMEMBERED_SECONDS
            self.heard = {t: heard for t, heard in self.heard.items() if heard[1] >= oldest}

    def wake_all(self) -> None:
        """Bring every open stream up to date: something may have been missed."""
        for watcher in list(self.streams.values()):
            watcher.wake(None)

    async def _listen(self) -> None:
        wait_seconds = FIRST_RETRY_SECONDS
        while True:
            try:
                async with await open_connection() as listening:
                    await listening.execute(f"LISTEN {CHANNEL}")
                    wait_seconds = FIRST_RETRY_SECONDS
                    self.is_listening.set()
                    self.wake_all()
                    async for notice in listening.notifies():
                        self.hear(notice.payload)
            except DATABASE_TROUBLE:
                log.warning("the database can't be heard; trying again")
            await asyncio.sleep(wait_seconds)
            wait_seconds = min(wait_seconds * 2, LAST_RETRY_SECONDS)

    # Presence

    async def _keep_lease(self) -> None:
        while True:
            try:
                # The default threads, so that no queue of reads can let the lease run out.
                if not await asyncio.to_thread(lent, versions.gate.look):
                    self._send_all_away()
                elif not await asyncio.to_thread(lent, self._renew):
                    await self.note(self._begin)
            except DATABASE_TROUBLE:
                log.warning("the lease could not be renewed; trying again")
            self._forget_heard()
            await asyncio.sleep(LEASE_SECONDS)

    def _send_all_away(self) -> None:
        """Let every page go: the tables are a newer version's, and so is whoever shows them."""
        for watcher in list(self.streams.values()):
            watcher.send_away()

    def _renew(self) -> bool:
        return presence.renew(self.process_id, timezone.now())

    def _begin(self) -> None:
        # Runs among the arrivals and departures, so no presence is written after its departure.
        here = [one.present for one in list(self.streams.values()) if one.present]
        presence.begin(self.process_id, "web", here, timezone.now())

    async def arrive(self, present: presence.Present) -> None:
        """Write down that a volunteer's page is open; a lease that had run out begins anew."""
        await self.note(partial(self._arrive, present))

    def _arrive(self, present: presence.Present) -> None:
        if not self._renew():
            self._begin()
        presence.arrive(self.process_id, present)

    async def depart(self, present: presence.Present) -> None:
        """Take the presence away; the lease's end does it when the database is out of reach."""
        try:
            await self.note(partial(presence.depart, present))
        except DATABASE_TROUBLE:
            log.warning("a presence stays until the lease ends")

    def heard_from(self, stream_id: str) -> bool:
        """Take a page's sign of life, from any thread; False when another process holds it."""
        stream = self.streams.get(stream_id)
        if stream is None or self.loop is None:
            return False
        self.loop.call_soon_threadsafe(stream.wake, HERE)
        return True

    # Who has gone

    def own(self, watcher: Watcher, owner: str) -> None:
        """Note whose stream this is; a stream that comes back calls off that they are away."""
        known = self.owners.setdefault(owner, set())
        if watcher in known:
            return
        known.add(watcher)
        self._call_off(owner)
        self.spawn(self._say("came", owner))

    def disown(self, watcher: Watcher, owner: str, gone: Callable[[], None] | None) -> None:
        """Note the end of a stream; `gone` runs in 5 s if it was the last and none comes back."""
        known = self.owners.get(owner, set())
        known.discard(watcher)
        if known:
            return
        self.owners.pop(owner, None)
        self._call_off(owner)
        if gone is None:
            return
        self.spawn(self._say("left", owner))
        loop = asyncio.get_running_loop()
        self.leaving[owner] = loop.call_later(AWAY_AFTER_SECONDS, self._gone, owner, gone)

    def _call_off(self, owner: str) -> None:
        handle = self.leaving.pop(owner, None)
        if handle:
            handle.cancel()

    def _gone(self, owner: str, gone: Callable[[], None]) -> None:
        self.leaving.pop(owner, None)
        self.spawn(self._tell_gone(gone))

    async def _tell_gone(self, gone: Callable[[], None]) -> None:
        if not versions.gate.is_open:
            return  # the page was sent away by us, and calls are a newer version's to change
        try:
            await self.note(gone)
        except DATABASE_TROUBLE:
            log.warning("an absence could not be told; the call's own deadline stands")

    async def _say(self, word: str, owner: str) -> None:
        try:
            await self.note(partial(presence.say, f"{word}/{owner}/{self.process_id}"))
        except DATABASE_TROUBLE:
            log.warning("other processes could not be told of a stream")

    def _hear_of_stream(self, word: str, rest: str) -> None:
        """Take word from another process; our own comes back to us too and says nothing new."""
        owner, _, process = rest.rpartition("/")
        if process == str(self.process_id):
            return
        if word == HERE:
            self.heard_from(owner)
        elif word == "came":
            self._call_off(owner)
        elif owner in self.owners:
            self.spawn(self._say("came", owner))


hub = Hub()
