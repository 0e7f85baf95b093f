"""The crowd's pages behave as people's pages do, on a real server."""

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from datetime import UTC, date, datetime
from random import Random
from typing import Any

import pytest

from stepline import models
from stepline.actions import accounts, people
from stepline.models.people import Role
from stepline.start.stage.crowd import (
    UNREACHED,
    Answer,
    Browser,
    CallerPage,
    Post,
    TooLate,
    VolunteerPage,
    Wire,
    roster,
    ways,
)
from tests.web.live_server import LiveServer

pytestmark = pytest.mark.django_db(transaction=True)

LONG_AGO = date(2020, 3, 1)
Shift = Callable[[Wire, str, str], Coroutine[Any, Any, None]]


@pytest.fixture
def server() -> Iterator[LiveServer]:
    with LiveServer() as running:
        yield running


def played(server: LiveServer, shift: Shift, url: str = "") -> models.Call:
    """Let one shift with one signed-in volunteer run; give its only call."""
    now = datetime.now(UTC)
    (signed,) = roster.seat(roster.line(), 1, now, on_duty=True)

    async def run() -> None:
        wire = Wire()
        try:
            await shift(wire, url or server.url, signed.key)
        finally:
            wire.close()
            await asyncio.sleep(0)  # the ends of its connections

    asyncio.run(run())
    return models.Call.objects.get()


async def on_duty(wire: Wire, url: str, key: str) -> VolunteerPage:
    page = VolunteerPage(Browser(url, wire))
    page.browser.signed_in(key)
    page.follow()
    await page.until(lambda now: now["reachable"], 5)
    return page


async def whole_call(caller: CallerPage, volunteer: VolunteerPage) -> None:
    await caller.asks()
    await volunteer.until(lambda _: bool(volunteer.confirmed), 5)
    await volunteer.answers("ready")
    await volunteer.shows("connecting")
    await caller.shows("connecting")
    await asyncio.gather(caller.hears(), volunteer.hears())
    await asyncio.gather(caller.shows("talking"), volunteer.shows("talking"))
    await caller.ends()
    await volunteer.shows("closing")
    await volunteer.says_safe()
    await volunteer.until(lambda now: now["call"] is None, 5)


async def plain_shift(wire: Wire, url: str, key: str) -> None:
    async with await on_duty(wire, url, key) as volunteer:
        async with CallerPage(Browser(url, wire), roster.SLUG) as caller:
            await caller.opens()
            await whole_call(caller, volunteer)
            await caller.until(lambda now: now["screen"] == "thanks", 5)
        assert len(volunteer.rings) == 1


def test_a_call_is_asked_rung_taken_talked_and_closed(server: LiveServer) -> None:
    call = played(server, plain_shift)
    assert (call.state, call.closed_by, call.safety) == ("closed", "talked", "all_right")
    assert call.offers.get().reached_at is not None


async def without_opening(wire: Wire, url: str, key: str) -> None:
    async with await on_duty(wire, url, key) as volunteer:
        caller = CallerPage(Browser(url, wire), roster.SLUG)
        caller.browser.as_if_opened()
        async with caller:
            await whole_call(caller, volunteer)


def test_a_page_may_be_made_as_if_it_had_been_opened(server: LiveServer) -> None:
    assert played(server, without_opening).state == "closed"


async def through_a_bad_network(wire: Wire, url: str, key: str) -> None:
    shares = {ways.twice: 0.3, ways.never: 0.2, ways.unanswered: 0.2, ways.late(0.02): 0.2}
    way = ways.by_chance(Random(7), shares)
    async with await on_duty(wire, url, key) as volunteer:
        caller = CallerPage(Browser(url, wire), roster.SLUG)
        caller.browser.as_if_opened()
        caller.browser.way = volunteer.browser.way = way
        async with caller:
            await patiently(caller.asks)
            await volunteer.until(lambda _: bool(volunteer.confirmed), 10)
            await patiently(lambda: volunteer.answers("ready"))
            await caller.shows("connecting")
            await patiently(caller.hears)
            await patiently(volunteer.hears)
            await volunteer.shows("talking")


async def patiently(press: Callable[[], Coroutine[Any, Any, object]]) -> None:
    """Press; a second copy may be told that it came too late, which changes nothing."""
    try:
        await press()
    except TooLate as late:
        if "409" not in str(late):
            raise


def test_posts_that_are_lost_repeated_and_late_make_one_call_and_one_talk(
    server: LiveServer,
) -> None:
    call = played(server, through_a_bad_network)
    assert call.state == "talking"
    assert call.offers.count() == 1


async def to_nowhere_first(wire: Wire, url: str, key: str) -> None:
    nowhere = "http://localhost:9"
    caller = CallerPage(Browser(nowhere, wire), roster.SLUG)
    caller.browser.as_if_opened()
    async with await on_duty(wire, url, key) as volunteer, caller:
        asking = asyncio.ensure_future(caller.asks())
        await asyncio.sleep(0)
        caller.browser.url = url
        await asking
        await volunteer.shows("offer")


def test_a_press_is_tried_again_until_it_arrives_at_another_server(server: LiveServer) -> None:
    assert played(server, to_nowhere_first).state == "ringing"


async def invited(wire: Wire, url: str, code: str) -> None:
    async with VolunteerPage(Browser(url, wire)) as page:
        await page.signs_in(f"{url}/i/{code}")
        await page.goes_on_duty()
        assert page.rings == ["test"]


def test_a_volunteer_signs_in_with_an_invitation_and_proves_their_ring(server: LiveServer) -> None:

    now = datetime.now(UTC)
    ana = people.add(
        roster.line(), people.Person(name="Ana", sober_on=LONG_AGO, trained_on=LONG_AGO), now
    )
    code = accounts.invite(ana, Role.VOLUNTEER, now)

    async def run() -> None:
        wire = Wire()
        await invited(wire, server.url, code)
        wire.close()
        await asyncio.sleep(0)

    asyncio.run(run())
    assert models.Duty.objects.get(volunteer=ana).on_since_at is not None


def test_two_posts_are_swapped() -> None:
    came: list[str] = []

    async def send(post: Post) -> Answer:
        came.append(post.path)
        return Answer(200, [], b"")

    async def run() -> None:
        way = ways.Swapped()
        await asyncio.gather(way(Post("/first", {}), send), way(Post("/second", {}), send))
        await ways.Swapped(waits_seconds=0.01)(Post("/alone", {}), send)

    asyncio.run(run())
    assert came == ["/second", "/first", "/alone"]


def test_nobody_answers_at_a_closed_port() -> None:
    async def run() -> None:
        await Wire().request("http://localhost:9", b"")

    with pytest.raises(UNREACHED):
        asyncio.run(run())
