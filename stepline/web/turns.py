"""So few requests run at a time that they don't fight over the one interpreter.

Threads take turns at it, and each way to the database and back gives a turn away: with twelve at
once a third of the processor's time went into the changing (docs/performance.md). So a few work,
and whoever waits longer than a moment, for a row that somebody else has, lets the next begin.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

PLACES = 1
MOMENT_SECONDS = 0.05


def giving_back(places: asyncio.Semaphore) -> Callable[[], None]:
    """Give what lets go of one taken place, once, however often it is called."""
    holds = True

    def leave() -> None:
        nonlocal holds
        if holds:
            places.release()
        holds = False

    return leave


class Turns:
    """Places to work in, for one event loop."""

    def __init__(self, places: int = PLACES, moment_seconds: float = MOMENT_SECONDS) -> None:
        self.moment_seconds = moment_seconds
        self._places = asyncio.Semaphore(places)

    @asynccontextmanager
    async def taken(self) -> AsyncIterator[None]:
        """Wait for a place, and hold it until the work is done, at most for a moment."""
        await self._places.acquire()
        leave = giving_back(self._places)
        moment = asyncio.get_running_loop().call_later(self.moment_seconds, leave)
        try:
            yield
        finally:
            moment.cancel()
            leave()
