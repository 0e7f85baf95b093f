"""Two web and two worker processes whose PostgreSQL is stopped, asked for, and started again.

A process of its own: it sets Django up on a database of its own. Prints what was seen as JSON.
"""

import asyncio
import json
import os
import signal
import sys
import time
from functools import partial
from pathlib import Path

from django.utils import timezone

from stepline.start.database import Database, Durability
from stepline.start.installation import open_installation
from stepline.start.stage.crowd import Browser, CallerPage, VolunteerPage, Wire
from stepline.start.stage.faults import machines
from stepline.start.stage.folders import passing_data
from stepline.start.stage.lines import is_healthy
from stepline.start.stage.relay import free_port

SLUG = "many"
STALE = 20
CATCHES_UP_WITHIN_SECONDS = 10.0


def main() -> None:
    ports = (free_port(), free_port())
    os.environ["STEPLINE_PUBLIC_URL"] = f"http://localhost:{ports[0]}"
    with passing_data() as data, open_installation(data, Durability.KILLS) as installation:
        sys.stdout.write(json.dumps(asyncio.run(seen(data, ports, installation.database))) + "\n")


async def seen(data: Path, ports: tuple[int, int], database: Database) -> dict[str, object]:
    key = await asyncio.to_thread(somebody_on_duty)
    async with machines.running(data, ports, database) as staged:
        wire = Wire()
        volunteer = VolunteerPage(Browser(staged.webs[0].url, wire), 40)
        caller = CallerPage(Browser(staged.webs[1].url, wire), SLUG, 40)
        volunteer.browser.signed_in(key)
        caller.browser.as_if_opened()
        async with volunteer, caller:
            volunteer.follow()
            await volunteer.until(lambda now: now["reachable"], 10)
            await caller.asks()
            await volunteer.shows("offer", within_seconds=10)
            streams = (volunteer._stream, caller._stream)
            for web in staged.webs:
                await opened(web.url, wire)  # each has connections that will be stale
            staged.server.send(signal.SIGINT)
            await staged.server.has_ended()
            pressing = asyncio.ensure_future(volunteer.answers("ready"))
            for port in ports:
                await machines.until(partial(red, port))
            assert not pressing.done(), "nobody can have taken it"
            began = time.monotonic()
            await staged.server.start()
            for page in (caller, volunteer):
                await page.shows("connecting", within_seconds=CATCHES_UP_WITHIN_SECONDS)
            await pressing
            caught_up = time.monotonic() - began
            first_pages = await opened(staged.webs[0].url, wire)
            assert (volunteer._stream, caller._stream) == streams, "the same streams went on"
            await staged.ready()
            screens = {"caller": caller.screen, "volunteer": volunteer.screen}
            lives = {name: machine.is_running for name, machine in staged.all.items()}
        wire.close()
    return {
        "screens": screens,
        "caught_up_seconds": round(caught_up, 2),
        "lives": lives,
        "first_pages": first_pages,
    }


def somebody_on_duty() -> str:
    """Write a line with one volunteer; give the key of their device."""
    from stepline.start.stage.crowd import roster  # noqa: PLC0415  # its rows want Django set up

    line = roster.line(slug=SLUG)
    return roster.seat(line, 1, timezone.now(), on_duty=True)[0].key


async def opened(url: str, wire: Wire) -> int:
    """Open the first page as many times at once as there may be stale connections: all must come.

    Somebody in need who opens it after the database was away must not read of a failure.
    """
    pages = [Browser(url, wire).open(f"/line/{SLUG}/") for _ in range(STALE)]
    return len(await asyncio.gather(*pages))


async def red(port: int) -> bool:
    """Tell whether a web process says itself that it isn't well."""
    return not await asyncio.to_thread(is_healthy, port)


if __name__ == "__main__":
    main()
