"""`./run bench scale`: the same call with few volunteers and with many, and many open pages.

Three rosters, all of it on duty and to be rung, with a thousand other open calls: what a call
costs all in all (web, worker and PostgreSQL), and the plan of the query that finds whom to ring.
Then one web process with ever more open streams: its memory, and how soon an offer is on its
volunteer's page, from the press on. Prints one JSON object, and a table to stderr. Exits with 1
when the cost grows by over a quarter, the query reads the roster, the memory is over its limit,
or an offer takes three times what is promised: a shared machine is no reason to fail.
"""

import argparse
import asyncio
import json
import os
import resource
import sys
from contextlib import AsyncExitStack
from dataclasses import asdict
from typing import Any

from django.utils.module_loading import import_string

from stepline.start.stage.lines import StagedLine, set_stage
from stepline.start.stage.machine import machine
from stepline.start.stage.shift import Figures, Shift, at_work, percentile

# Found by name: rows can only be imported once Django is set up.
CROWDED = "stepline.start.stage.crowd.crowded"
ROSTERS = (100, 1000, 10_000)
OPEN_CALLS = 1000
WITH_PAGES = 50
STREAMS = (1000, 5000)
LANES = 4
WARM_UP = 40
MOST_GROWTH = 0.25
MOST_ROWS_READ = 50
MOST_MEGABYTES = 450
PROMISED_MS = 50.0
FAILS_BEYOND = 3


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="stepline bench scale", description=__doc__)
    parser.add_argument("--calls", type=int, default=400, help="for each roster")
    parser.add_argument("--asks", type=int, default=300, help="for each number of streams")
    parser.add_argument("--rosters", type=int, nargs="+", default=list(ROSTERS))
    parser.add_argument("--streams", type=int, nargs="*", default=list(STREAMS))
    parser.add_argument("--open-calls", type=int, default=OPEN_CALLS)
    options = parser.parse_args(arguments)
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    load = os.getloadavg()[0]
    with set_stage(()) as stage:
        import_string(f"{CROWDED}.make_ready")(options.open_calls)
        rosters = {size: with_roster(stage, size, options.calls) for size in options.rosters}
        plan = import_string(f"{CROWDED}.plan")()
        streams = {count: with_streams(stage, count, options.asks) for count in options.streams}
    told = verdict(rosters, plan, streams)
    told["machine"] = machine() | {"load_before": round(load, 1)}
    show(rosters, streams)
    print(json.dumps(told, indent=1))
    return 0 if all(told["holds"].values()) else 1


def with_roster(stage: StagedLine, size: int, calls: int) -> Figures:
    """Take calls with a roster of this size, of whom some have a page open."""
    keys = import_string(f"{CROWDED}.roster_of")(size, WITH_PAGES)

    async def go() -> Figures:
        async with AsyncExitStack() as stack:
            shift = Shift(stage, works)
            await shift.comes_on(stack, keys)
            await shift.takes(WARM_UP, LANES)
            return await shift.takes(calls, LANES)

    with at_work(stage) as works:
        return asyncio.run(go())


def with_streams(stage: StagedLine, count: int, asks: int) -> dict[str, float]:
    """Hold so many volunteers' streams open; give the memory and the waits for a ring."""
    keys = import_string(f"{CROWDED}.roster_of")(count, count)

    async def go() -> list[float]:
        async with AsyncExitStack() as stack:
            shift = Shift(stage, works)
            await shift.comes_on(stack, keys)
            await shift.rings(WARM_UP)
            waits = await shift.rings(asks)
            megabytes.append(works.web.memory_info().rss / 1e6)
            return waits

    megabytes: list[float] = []
    with at_work(stage) as works:
        waits = asyncio.run(go())
    return {
        "web_rss_mb": round(megabytes[0], 1),
        "ask_to_ring_p50_ms": percentile(waits, 50),
        "ask_to_ring_p99_ms": percentile(waits, 99),
    }


def verdict(
    rosters: dict[int, Figures], plan: dict[str, Any], streams: dict[int, dict[str, float]]
) -> dict[str, Any]:
    """Say what holds."""
    costs = [each.cpu_ms for each in rosters.values()]
    growth = max(costs) / costs[0] - 1, 1 - min(costs) / costs[0]
    most_mb = max((each["web_rss_mb"] for each in streams.values()), default=0.0)
    most_ms = max((each["ask_to_ring_p99_ms"] for each in streams.values()), default=0.0)
    return {
        "rosters": {size: asdict(each) | {"cpu_ms": each.cpu_ms} for size, each in rosters.items()},
        "growth": round(max(growth), 3),
        "plan": plan,
        "streams": streams,
        "reached": {"ask_to_ring": most_ms <= PROMISED_MS},
        "holds": {
            "nobody_missed": all(each.missed == 0 for each in rosters.values()),
            "growth": max(growth) <= MOST_GROWTH,
            "reads_no_roster": plan["most_rows_read"] <= MOST_ROWS_READ,
            "memory": most_mb <= MOST_MEGABYTES,
            "ask_to_ring": most_ms <= FAILS_BEYOND * PROMISED_MS,
        },
    }


def show(rosters: dict[int, Figures], streams: dict[int, dict[str, float]]) -> None:
    """Print the tables."""
    print(
        f"{'volunteers':>12}{'CPU ms a call':>16}{'web':>8}{'worker':>8}{'PG':>8}", file=sys.stderr
    )
    for size, each in rosters.items():
        parts = (each.web_cpu_ms, each.worker_cpu_ms, each.postgresql_cpu_ms)
        told = "".join(f"{part:>8}" for part in parts)
        print(f"{size:>12}{each.cpu_ms:>16.1f}{told}", file=sys.stderr)
    print(f"{'streams':>12}{'web MB':>16}{'p50 ms':>8}{'p99 ms':>8}", file=sys.stderr)
    for count, one in streams.items():
        p50, p99 = one["ask_to_ring_p50_ms"], one["ask_to_ring_p99_ms"]
        print(f"{count:>12}{one['web_rss_mb']:>16}{p50:>8}{p99:>8}", file=sys.stderr)
