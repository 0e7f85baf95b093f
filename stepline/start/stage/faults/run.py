"""One run: the crowd comes, everything goes wrong, all is healed, and the evidence is read.

Imported once Django is set up.
"""

import asyncio
from collections import Counter
from collections.abc import Coroutine
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any

import psycopg
from django.db import connection, connections
from django.utils import timezone

from stepline import models
from stepline.core.calls import State
from stepline.start.database import Database
from stepline.start.stage.crowd import Wire, roster
from stepline.start.stage.faults import checker, havoc, ledger, machines, planted
from stepline.start.stage.faults.luck import luck_of
from stepline.start.stage.faults.people import Caller, Volunteer
from stepline.start.stage.faults.records import Evidence
from stepline.start.stage.faults.report import Figures, Settings
from stepline.start.stage.faults.stage import Stage

LIMIT_SECONDS = 20
RING_SECONDS = 8
PEOPLE_COME_PER_SECOND = 25.0
COUNT_EVERY_SECONDS = 1.0
# After the last fault: pages go on, so that what could not move can move now.
CALMS_DOWN_SECONDS = 8.0
LAST_LOOK_SECONDS = 4.0
COUNT = (
    "SELECT count(*), count(*) FILTER (WHERE state NOT IN ('kept', 'promised', 'closing'))"
    " FROM stepline_call WHERE state <> 'closed'"
)


@dataclass
class InFlight:
    """How many calls were open, counted each second."""

    url: str
    all: list[int] = field(default_factory=list)
    live: list[int] = field(default_factory=list)

    async def count(self) -> None:
        """Count on, whenever the database answers."""
        while True:
            try:
                every, live = await asyncio.to_thread(self._count)
                self.all.append(every)
                self.live.append(live)
            except psycopg.Error:
                pass  # it is away, as it should be now and then
            await asyncio.sleep(COUNT_EVERY_SECONDS)

    def _count(self) -> tuple[int, int]:
        with psycopg.connect(self.url, connect_timeout=2) as connection:
            row = connection.execute(COUNT).fetchone()
        return (row[0], row[1]) if row else (0, 0)


async def run(
    settings: Settings, data: Path, ports: tuple[int, ...], database: Database
) -> Figures:
    """Play it all through and judge it."""
    people = await asyncio.to_thread(seat, settings)
    wire = Wire()
    async with machines.running(data, ports, database) as staged:
        luck = luck_of(f"stage {settings.seed}")
        stage = Stage(staged, wire, roster.SLUG, luck, settings.pace)
        disorder = havoc.Havoc(staged, database.url, stage.machines_changed)
        in_flight = InFlight(database.url)
        await play(settings, stage, disorder, in_flight, people)
        wire.close()
        await asyncio.sleep(LAST_LOOK_SECONDS)
        await asyncio.to_thread(connect_anew)
        evidence = await asyncio.to_thread(gathered, stage, disorder, timezone.now())
        figures = await asyncio.to_thread(judged, settings, stage, disorder, in_flight, evidence)
    figures.did_not_end = sum(machine.did_not_end for machine in staged.all.values())
    return figures


def seat(settings: Settings) -> list[roster.Signed]:
    """Make the line and its volunteers, all on duty; some are asked first to join a talk."""
    line = roster.line(
        limit_seconds=round(LIMIT_SECONDS * settings.pace),
        ring_seconds=round(RING_SECONDS * settings.pace),
        open_calls_cap=100_000,
        rest_minutes=0,
    )
    now = timezone.now()
    helpers = roster.seat(line, 3, now, on_duty=True, kind=roster.Kind(is_captain=True))
    people = roster.seat(line, settings.people - 3, now, on_duty=True)
    connections.close_all()
    return helpers + people


async def play(
    settings: Settings,
    stage: Stage,
    disorder: havoc.Havoc,
    in_flight: InFlight,
    people: list[roster.Signed],
) -> None:
    """Let the crowd come, hurt the machines, heal them, and let it calm down."""
    running = [begun(in_flight.count())]
    seed = settings.seed
    volunteers = [Volunteer(stage, one, f"{seed} v{n}") for n, one in enumerate(people)]
    for volunteer in volunteers:
        volunteer.follows()
        running.append(begun(volunteer.live()))
        await asyncio.sleep(1 / PEOPLE_COME_PER_SECOND / 2)
    for number in range(settings.calls):
        running.append(begun(Caller(stage, f"{seed} c{number}").live()))
        await asyncio.sleep(1 / PEOPLE_COME_PER_SECOND)
    await disorder.carry_out(havoc.plan(seed, settings.seconds, settings.every))
    stage.is_closing = True
    await asyncio.sleep(CALMS_DOWN_SECONDS)
    for task in running:
        task.cancel()
    ended = await asyncio.gather(*running, return_exceptions=True)
    wrong = [one for one in ended if isinstance(one, Exception)]
    if wrong:
        raise wrong[0]


def begun(work: Coroutine[object, object, None]) -> "asyncio.Future[None]":
    """Begin somebody's evening."""
    return asyncio.ensure_future(work)


def connect_anew() -> None:
    """Give up the connections of before: PostgreSQL has been away since."""
    pooled: Any = connection
    pooled.close()
    pooled.close_pool()


def gathered(stage: Stage, disorder: havoc.Havoc, read_at: datetime) -> Evidence:
    """Put together what the rows hold, what the pages saw, and when the clock was away."""
    journal = stage.journal
    return replace(
        ledger.rows(read_at),
        away=tuple(disorder.away),
        asked=frozenset(journal.asked),
        promised=frozenset(journal.promised),
        rang=tuple(journal.rang),
        joined=tuple(journal.joined),
    )


def judged(
    settings: Settings,
    stage: Stage,
    disorder: havoc.Havoc,
    in_flight: InFlight,
    evidence: Evidence,
) -> Figures:
    """Have the checker judge, and judge the checker by what is planted."""
    found = checker.losses(evidence)
    late = list(checker.waits_past_limit(evidence))
    busy = [each for each in in_flight.all if each >= settings.calls / 2]
    figures = Figures(
        calls_asked=len(stage.journal.asked),
        most_in_flight=max(in_flight.all, default=0),
        most_live=max(in_flight.live, default=0),
        typically_in_flight=round(median(busy)) if busy else 0,
        talks=models.LogLine.objects.filter(to_state=State.TALKING)
        .exclude(from_state=State.TALKING)
        .count(),
        rings=models.Offer.objects.count(),
        promises=models.CallBack.objects.count(),
        explained_waits=sum(1 for _, each in late if each == timedelta()),
        longest_unexplained_seconds=max((each.total_seconds() for _, each in late), default=0.0),
        faults={what.value: times for what, times in disorder.done.items()},
        did=dict(sorted(stage.journal.did.items())),
        closed_by=dict(Counter(call.closed_by or call.state for call in evidence.calls)),
        losses=found,
    )
    for kind in planted.each(evidence.read_at):
        figures.planted += 1
        with_it = checker.losses(gathered(stage, disorder, evidence.read_at))
        known = {(loss.kind, loss.about) for loss in found}
        if [loss.kind for loss in with_it if (loss.kind, loss.about) not in known] == [kind]:
            figures.planted_found.append(kind.value)
    connections.close_all()
    return figures
