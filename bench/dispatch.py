"""`./run bench dispatch`: what a call costs from the press to the end, beside the floor.

One call is: ask, ring, ready, connected (both report hearing), end, with the safety answer, by
real HTTP, event streams and PostgreSQL, with a web and a worker process of their own. The floor
is the same without a decision (bench/floor). Prints one JSON object, and a table to stderr.
Exits with 1 when a call costs more than three times the floor, or the absolute figure is three
times worse than promised: a shared machine is no reason to fail.
"""

import argparse
import asyncio
import json
import os
import sys
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg
from django.utils import timezone
from django.utils.module_loading import import_string

from stepline.start.stage.lines import StagedLine, set_stage
from stepline.start.stage.machine import machine
from stepline.start.stage.shift import CALL_OF_OFFER, Figures, Shift, at_work

ON_SHIFT = 50
LANES = 8
WARM_UP = 40
PROMISED_PER_CPU_SECOND = 27.0
MOST_TIMES_THE_FLOOR = 3.0
FAILS_BEYOND = 3
FLOOR = {
    "DJANGO_SETTINGS_MODULE": "floor.settings",
    "PYTHONPATH": str(Path(__file__).parent),
}
FLOOR_TABLES = """
    CREATE TABLE floor_call (id uuid PRIMARY KEY, body text);
    CREATE TABLE floor_row (id uuid PRIMARY KEY, call uuid, body text);
    CREATE INDEX ON floor_row (call);
"""
CALL_OF_FLOOR = "SELECT call FROM floor_row WHERE id = %s"


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="stepline bench dispatch", description=__doc__)
    parser.add_argument("--calls", type=int, default=1000)
    parser.add_argument("--on-shift", type=int, default=ON_SHIFT)
    parser.add_argument("--lanes", type=int, default=LANES, help="callers at the same time")
    options = parser.parse_args(arguments)
    load = os.getloadavg()[0]
    with shift_of(options.on_shift) as (stage, keys):
        with psycopg.connect(os.environ["DATABASE_URL"]) as rows:
            rows.execute(FLOOR_TABLES)
        amount = (options.calls, options.lanes)
        product = run(stage, keys, amount, CALL_OF_OFFER)
        floor = run(stage, keys, amount, CALL_OF_FLOOR, **FLOOR)
    told = verdict(product, floor) | {"machine": machine() | {"load_before": round(load, 1)}}
    show(product, floor)
    print(json.dumps(told, indent=1))
    return 0 if all(told["holds"].values()) else 1


@contextmanager
def shift_of(count: int) -> Iterator[tuple[StagedLine, list[str]]]:
    """Make a line with volunteers on duty, who need no rest between the calls of a benchmark."""
    with set_stage(()) as stage:
        # Found by name: rows can only be imported once Django is set up.
        line = import_string("stepline.models.Line").objects
        line.update(rest_minutes=0, open_calls_cap=10_000)
        seat = import_string("stepline.start.stage.crowd.roster.seat")
        now: datetime = timezone.now()
        yield stage, [each.key for each in seat(line.get(), count, now, on_duty=True)]


def run(
    stage: StagedLine,
    keys: list[str],
    amount: tuple[int, int],
    call_of_offer: str,
    **environment: str,
) -> Figures:
    """Let volunteers come on shift and take calls; the first few aren't counted."""

    async def go() -> Figures:
        async with AsyncExitStack() as stack:
            shift = Shift(stage, works, call_of_offer)
            await shift.comes_on(stack, keys)
            await shift.takes(WARM_UP, amount[1])
            return await shift.takes(*amount)

    with at_work(stage, **environment) as works:
        return asyncio.run(go())


def verdict(product: Figures, floor: Figures) -> dict[str, Any]:
    """Say what holds."""
    times = floor.calls_per_cpu_second / product.calls_per_cpu_second
    return {
        "dispatch": asdict(product),
        "floor": asdict(floor),
        "times_the_floor": round(times, 2),
        "promised": {
            "calls_per_cpu_second": PROMISED_PER_CPU_SECOND,
            "times_the_floor": MOST_TIMES_THE_FLOOR,
        },
        "reached": {
            "calls_per_cpu_second": product.calls_per_cpu_second >= PROMISED_PER_CPU_SECOND,
            "times_the_floor": times <= MOST_TIMES_THE_FLOOR,
        },
        "holds": {
            "nobody_missed": product.missed == 0,
            "calls_per_cpu_second": product.calls_per_cpu_second * FAILS_BEYOND
            >= PROMISED_PER_CPU_SECOND,
            "times_the_floor": times <= MOST_TIMES_THE_FLOOR,
        },
    }


def show(product: Figures, floor: Figures) -> None:
    """Print the table."""
    print(f"{'':28}{'Stepline':>12}{'floor':>12}", file=sys.stderr)
    for name, value in asdict(product).items():
        print(f"{name:28}{value:>12}{asdict(floor)[name]:>12}", file=sys.stderr)
