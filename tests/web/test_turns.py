"""Requests in turn: one works, who waits for somebody else's row doesn't hold up the rest."""

import asyncio
from collections.abc import Callable, Coroutine

import pytest

from stepline.web.turns import Turns

Work = Callable[[str, asyncio.Event], Coroutine[None, None, None]]


def worker_of(turns: Turns, begun: list[str]) -> Work:
    async def work(name: str, done: asyncio.Event) -> None:
        async with turns.taken():
            begun.append(name)
            await done.wait()

    return work


async def begin(*works: Coroutine[None, None, None]) -> list["asyncio.Task[None]"]:
    tasks = [asyncio.create_task(work) for work in works]
    for _ in range(5):
        await asyncio.sleep(0)
    return tasks


def test_one_works_at_a_time_in_the_order_of_coming() -> None:
    async def play() -> None:
        begun: list[str] = []
        work = worker_of(Turns(places=1, moment_seconds=3600), begun)
        first, second = asyncio.Event(), asyncio.Event()
        tasks = await begin(work("first", first), work("second", second))
        assert begun == ["first"]
        first.set()
        await tasks[0]
        await asyncio.sleep(0)
        assert begun == ["first", "second"]
        second.set()
        await asyncio.gather(*tasks)

    asyncio.run(play())


def test_whoever_waits_longer_than_a_moment_lets_the_next_begin_and_gives_one_place_back() -> None:
    async def play() -> None:
        begun: list[str] = []
        turns = Turns(places=1, moment_seconds=0)
        work = worker_of(turns, begun)
        stuck, others = asyncio.Event(), asyncio.Event()
        tasks = await begin(work("stuck", stuck), work("next", others))
        assert begun == ["stuck", "next"]
        stuck.set()
        others.set()
        await asyncio.gather(*tasks)
        turns.moment_seconds = 3600
        held = asyncio.Event()
        tasks = await begin(work("third", held), work("fourth", held))
        assert begun[2:] == ["third"], "a place was given back twice"
        held.set()
        await asyncio.gather(*tasks)

    asyncio.run(play())


def test_work_that_fails_gives_its_place_back() -> None:
    async def play() -> None:
        turns = Turns(places=1, moment_seconds=3600)
        with pytest.raises(ZeroDivisionError):
            async with turns.taken():
                1 / 0  # noqa: B018  # any failure
        async with asyncio.timeout(5), turns.taken():
            pass

    asyncio.run(play())
