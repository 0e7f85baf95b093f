"""Ways in which a post may travel through a bad network: twice, late, never, or out of order."""

import asyncio
from random import Random

from stepline.start.stage.crowd.browser import Post, Send, Way, straight
from stepline.start.stage.crowd.wire import Answer


class Lost(OSError):
    """A post, or its answer, got lost on the way: the page doesn't know which."""


async def never(_post: Post, _send: Send) -> Answer:
    """Lose the post before it arrives."""
    raise Lost


async def unanswered(post: Post, send: Send) -> Answer:
    """Deliver the post and lose the answer."""
    await send(post)
    raise Lost


async def twice(post: Post, send: Send) -> Answer:
    """Deliver the post two times at once; the page sees the first one's answer."""
    first, second = asyncio.ensure_future(send(post)), asyncio.ensure_future(send(post))
    done = await asyncio.gather(first, second, return_exceptions=True)
    for each in done:
        if isinstance(each, Answer):
            return each
    raise Lost


def late(seconds: float) -> Way:
    """Deliver a post after a while."""

    async def way(post: Post, send: Send) -> Answer:
        await asyncio.sleep(seconds)
        return await send(post)

    return way


class Swapped:
    """Deliver the next post before this one, or this one after a while when no other comes."""

    def __init__(self, waits_seconds: float = 1.0) -> None:
        self.waits_seconds = waits_seconds
        self._overtaken: asyncio.Event | None = None

    async def __call__(self, post: Post, send: Send) -> Answer:
        """Hold every first post back until the second has been delivered."""
        if self._overtaken is not None:
            overtaken, self._overtaken = self._overtaken, None
            try:
                return await send(post)
            finally:
                overtaken.set()
        waiting = self._overtaken = asyncio.Event()
        try:
            async with asyncio.timeout(self.waits_seconds):
                await waiting.wait()
        except TimeoutError:
            if self._overtaken is waiting:
                self._overtaken = None
        return await send(post)


def by_chance(luck: Random, shares: dict[Way, float]) -> Way:
    """Choose a way for each post by its share; what the shares leave goes straight."""
    ways, weights = [*shares, straight], [*shares.values(), 1 - sum(shares.values())]

    async def way(post: Post, send: Send) -> Answer:
        return await luck.choices(ways, weights)[0](post, send)

    return way
