"""One open stream of server-sent events: whole snapshots, signals, and a beat."""

import asyncio
import json
import logging
import random
import uuid
from collections.abc import AsyncIterator, Callable, Collection, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.http import HttpRequest, StreamingHttpResponse

from stepline.actions import signals
from stepline.actions.presence import Present
from stepline.web.live.listening import DATABASE_TROUBLE, HERE, Hub, hub

log = logging.getLogger("stepline.live")

Snapshot = Mapping[str, Any]

BEAT_SECONDS = 15.0
# A present page answers each beat; two that stay unanswered end its stream.
PRESENT_BEAT_SECONDS = 10.0
SILENT_SECONDS = 2 * PRESENT_BEAT_SECONDS + 3
RETRY_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Inbox:
    """Where signals for a page arrive: one seat of one call."""

    call_id: uuid.UUID
    seat: str

    @property
    def topic(self) -> str:
        """The notice that something has arrived."""
        return f"signal:{self.call_id}:{self.seat}"


def no_topics(_snapshot: Snapshot) -> frozenset[str]:
    """Follow nothing beyond the topics given at the start."""
    return frozenset()


def no_inbox(_snapshot: Snapshot) -> Inbox | None:
    """Take no signals."""
    return None


def nobody(_snapshot: Snapshot) -> str | None:
    """Belong to nobody whose going has to be told."""
    return None


def unnoticed(_snapshot: Snapshot) -> None:
    """Tell nobody that the page has gone."""


def unannounced() -> None:
    """Tell nobody that the page is here."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where a stream's news come from.

    `read` runs in a thread and gives None once the page may see no more; `topics` and `inbox`
    say what the snapshot just read depends on beyond `always`. `came` runs in a thread when the
    stream begins; `gone` 5 s after the last stream of `owner` has ended, unless one came back.
    """

    read: Callable[[], Snapshot | None]
    always: Collection[str]
    topics: Callable[[Snapshot], frozenset[str]] = no_topics
    inbox: Callable[[Snapshot], Inbox | None] = no_inbox
    present: Present | None = None
    came: Callable[[], None] = unannounced
    owner: Callable[[Snapshot], str | None] = nobody
    gone: Callable[[Snapshot], None] = unnoticed


def stream(request: HttpRequest, source: Source) -> StreamingHttpResponse:
    """Answer with a stream of the source's snapshots, signals and beats.

    The caller of this has authenticated the request. A page that was cut off says the last
    signal it had got, by the header or (from a script) the field `after`.
    """
    after = request.headers.get("Last-Event-ID") or request.GET.get("after", "")
    opened = Stream(hub, source, int(after) if is_id(after) else 0)
    response = StreamingHttpResponse(opened.frames(), content_type="text/event-stream")
    response["Cache-Control"] = "no-store"
    response["X-Accel-Buffering"] = "no"
    return response


def is_id(text: str) -> bool:
    """Tell whether a text can be the number of a signal."""
    return text.isdecimal() and text.isascii() and len(text) < len(str(2**63))


def frame(event: str, data: object, number: int | None = None) -> bytes:
    """Write one event of the stream."""
    line = f"id: {number}\n" if number is not None else ""
    return f"{line}event: {event}\ndata: {json.dumps(data, separators=(',', ':'))}\n\n".encode()


def sooner(pause_seconds: float) -> float:
    """Give a pause up to a third shorter.

    After a restart all pages come at once, and must not all answer at once at every beat.
    """
    return pause_seconds * random.uniform(2 / 3, 1)  # noqa: S311  # no secret


class Stream:
    """A page's open stream; many wakings while a snapshot is being read make one more read."""

    __slots__ = (
        "_changed",
        "_following",
        "_heard_at",
        "_hub",
        "_inbox",
        "_is_over",
        "_last_signal",
        "_owner",
        "_signalled",
        "_snapshot",
        "_source",
        "_woken",
        "id",
        "present",
    )

    def __init__(self, hub: Hub, source: Source, last_signal: int) -> None:
        self.present = source.present
        self.id = str(source.present.stream_id if source.present else uuid.uuid4())
        self._hub = hub
        self._source = source
        self._snapshot: Snapshot | None = None
        self._last_signal = last_signal
        self._changed = True
        self._signalled = False
        self._woken = asyncio.Event()
        self._following: frozenset[str] = frozenset()
        self._inbox: Inbox | None = None
        self._owner: str | None = None
        self._heard_at = 0.0
        self._is_over = False

    def wake(self, topic: str | None) -> None:
        """Look again at what this topic concerns; None stands for everything."""
        if topic == HERE:
            self._heard_at = asyncio.get_running_loop().time()
            return
        for_inbox = self._inbox is not None and topic == self._inbox.topic
        self._signalled = self._signalled or topic is None or for_inbox
        self._changed = self._changed or not for_inbox
        self._woken.set()

    def send_away(self) -> None:
        """End the stream: its page comes back, to another process where there is one."""
        self._is_over, self._changed, self._signalled = True, False, False
        self._woken.set()

    async def frames(self) -> AsyncIterator[bytes]:
        """Give the stream's bytes until the page goes, falls silent, or may see no more."""
        self._hub.start()
        self._hub.streams[self.id] = self
        # Followed before the first reading, so that nothing between the two is missed.
        self._follow(frozenset(self._source.always))
        try:
            await self._arrive()
            yield b"retry: 1000\n\n"
            yield self._beat()
            async for part in self._news():
                yield part
        finally:
            self._end()

    async def _arrive(self) -> None:
        """Tell that the page is here; the stream begins all the same if that can't be done."""
        try:
            if self.present:
                await self._hub.arrive(self.present)
            if self._source.came is not unannounced:
                await self._hub.note(self._source.came)
        except DATABASE_TROUBLE:
            log.warning("an arrival could not be told")

    async def _news(self) -> AsyncIterator[bytes]:
        loop = asyncio.get_running_loop()
        pause_seconds = PRESENT_BEAT_SECONDS if self.present else BEAT_SECONDS
        self._heard_at = loop.time()
        beat_at = loop.time() + sooner(pause_seconds)
        while not self._is_silent():
            self._woken.clear()
            for part in await self._due():
                yield part
            if self._is_over:
                return
            if not await self._wait(beat_at):
                beat_at = loop.time() + sooner(pause_seconds)
                yield self._beat()

    async def _due(self) -> list[bytes]:
        """Read what has changed; with the database out of reach, nothing for now."""
        try:
            news = await self._snapshot_due() if self._changed else []
            return news + (await self._signals_due() if self._signalled else [])
        except DATABASE_TROUBLE:
            await asyncio.sleep(RETRY_SECONDS)
            self._woken.set()
            return []

    async def _snapshot_due(self) -> list[bytes]:
        self._changed = False
        began = self._hub.notices
        try:
            self._snapshot = await self._hub.read(self._source.read)
        except DATABASE_TROUBLE:
            self._changed = True
            raise
        if self._snapshot is None:
            self._is_over = True
            return [frame("over", {})]
        self._turn_to(self._snapshot, began)
        return [frame("snapshot", self._snapshot)]

    async def _signals_due(self) -> list[bytes]:
        self._signalled = False
        inbox = self._inbox
        if inbox is None:
            return []
        try:
            taken = await self._hub.read(
                partial(signals.take, inbox.call_id, inbox.seat, self._last_signal)
            )
        except DATABASE_TROUBLE:
            self._signalled = True
            raise
        if taken:
            self._last_signal = taken[-1].id
        return [frame("signal", told(one), one.id) for one in taken]

    def _is_silent(self) -> bool:
        silent_seconds = asyncio.get_running_loop().time() - self._heard_at
        return self.present is not None and silent_seconds > SILENT_SECONDS

    def _turn_to(self, snapshot: Snapshot, began: int) -> None:
        """Follow what this snapshot depends on.

        It is read once more when what is followed newly was heard of since the reading began.
        """
        topics = frozenset(self._source.always) | self._source.topics(snapshot)
        inbox = self._source.inbox(snapshot)
        if inbox != self._inbox:
            self._inbox, self._signalled = inbox, inbox is not None
        if inbox is not None:
            topics |= {inbox.topic}
        if self._hub.heard_since(self._follow(topics), began):
            self.wake(None)
        self._belong_to(self._source.owner(snapshot))

    def _follow(self, topics: frozenset[str]) -> frozenset[str]:
        added = topics - self._following
        for topic in added:
            self._hub.watch(self, topic)
        for topic in self._following - topics:
            self._hub.unwatch(self, topic)
        self._following = topics
        return added

    def _belong_to(self, owner: str | None) -> None:
        if self._owner and self._owner != owner:
            self._hub.disown(self, self._owner, None)
        self._owner = owner
        if owner:
            self._hub.own(self, owner)

    async def _wait(self, until: float) -> bool:
        """Wait to be woken, at most until an instant of the loop's clock; tell if it was."""
        try:
            async with asyncio.timeout_at(until):
                await self._woken.wait()
        except TimeoutError:
            return False
        return True

    def _beat(self) -> bytes:
        """Write a sign of life; a present page answers it with the stream's id."""
        return b": beat\n" + frame("beat", {"stream": self.id if self.present else None})

    def _end(self) -> None:
        """Leave the hub; what takes time goes on beside, since the page has gone already."""
        self._hub.streams.pop(self.id, None)
        self._follow(frozenset())
        if self._owner:
            gone = partial(self._source.gone, self._snapshot) if self._snapshot else None
            self._hub.disown(self, self._owner, gone)
        if self.present:
            self._hub.spawn(self._hub.depart(self.present))


def told(signal: signals.Signal) -> dict[str, str]:
    """Give a signal as the other page gets it."""
    return {"from": signal.from_seat, "session": signal.session, "body": signal.body}
