"""`./run bench ringing`: the production policy beside its peers, waits read at equal rings.

Rosters come from a generator (stepline.start.stage.rosters), by seeds that nothing was tuned on.
For each, the peers are played once and the policy over a sweep of ring prices, all with the
same luck. A peer's wait is compared with the policy's at the same rings per answered call, read
off the lower hull of the sweep: a line that rings at one of two prices, by chance, is on it.
Prints a table and one JSON object; exits with 1 when a line under MUST_HOLD fails.
"""

import argparse
import json
import math
import multiprocessing
import os
import statistics
from collections import defaultdict
from itertools import pairwise
from typing import Any

from stepline.core.simulation import Figures
from stepline.start.stage.machine import machine
from stepline.start.stage.rosters import USUAL_PRICE, Job, one

PEERS = (
    "one_by_one_fixed",
    "one_by_one_longest_rest",
    "two_at_a_time",
    "three_at_a_time",
    "everybody",
)
PRICES = (5000.0, 100.0, 40.0, 20.0, 12.0, 8.0, 5.0, 3.5, 2.5, 1.5, 0.8, 0.3, 0.0)
GROUPS = (("wide", 12), ("wide", 16), ("wide", 24), ("wide", 40), ("equal", 12), ("equal", 4))
SMALL = (("wide", 3), ("wide", 6), ("equal", 2), ("sleepy", 8))
FIRST_SEED = 70_000
MUST_HOLD = {
    "wide_median_to_two_at_a_time": 0.80,
    "wide_median_to_one_by_one": 0.65,
    "worst_to_any_peer": 1.05,
    "worst_to_oracle": 1.15,
    "worst_p95_to_everybody": 2.5,
    "worst_gini_rings": 0.35,
}


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="stepline bench ringing", description=__doc__)
    parser.add_argument("--rosters", type=int, default=5, help="of each kind and size (default: 5)")
    parser.add_argument("--calls", type=int, default=3000, help="in each (default: 3000)")
    parser.add_argument("--seed", type=int, default=FIRST_SEED, help="of the first roster")
    options = parser.parse_args(arguments)
    seeds = range(options.seed, options.seed + options.rosters)
    rosters = [(kind, size, seed) for kind, size in (*GROUPS, *SMALL) for seed in seeds]
    read = [summary(*each) for each in played(rosters, options.calls)]
    table(read)
    told = verdict(read)
    failed = sorted(name for name, most in MUST_HOLD.items() if not told[name] <= most)
    print(
        json.dumps(
            {"figures": told, "must_hold": MUST_HOLD, "failed": failed} | {"machine": machine()}
        )
    )
    return int(bool(failed))


def played(
    rosters: list[tuple[str, int, int]], calls: int
) -> list[tuple[tuple[str, int, int], dict[Job, tuple[Figures, float]]]]:
    """Play everything, on all cores; give each roster with what its simulations came to."""
    wanted = [(name, USUAL_PRICE) for name in (*PEERS, "oracle")]
    wanted += [("stepline", price) for price in PRICES]
    jobs = [Job(*roster, calls, *each) for roster in rosters for each in wanted]
    found: dict[tuple[str, int, int], dict[Job, tuple[Figures, float]]] = defaultdict(dict)
    with multiprocessing.get_context("spawn").Pool(os.cpu_count()) as pool:
        for job, outcome in zip(jobs, pool.imap(one, jobs, chunksize=4), strict=True):
            found[job.kind, job.size, job.seed][job] = outcome
    return list(found.items())


def lower_hull(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Give the lower convex hull of points, from left to right."""
    hull: list[tuple[float, float]] = []
    for point in sorted(points):
        while len(hull) > 1 and turns_down(hull[-2], hull[-1], point):
            hull.pop()
        hull.append(point)
    return hull


def turns_down(a: tuple[float, float], b: tuple[float, float], c: tuple[float, float]) -> bool:
    """Say whether the middle one of three points lies on or above the line of the others."""
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]) <= 0


def read_at(points: list[tuple[float, float]], rings: float) -> float:
    """Read a wait off the hull at some rings; beyond its ends, the wait at that end."""
    hull = lower_hull(points)
    if rings <= hull[0][0]:
        return hull[0][1]
    for (left, above), (right, below) in pairwise(hull):
        if rings <= right:
            return above + (below - above) * (rings - left) / (right - left)
    return hull[-1][1]


def summary(
    roster: tuple[str, int, int], played: dict[Job, tuple[Figures, float]]
) -> dict[str, Any]:
    """Give one roster's ratios of waits at equal rings, and what else must hold."""
    sweep = [each for job, each in played.items() if job.policy == "stepline"]
    points = [(each.rings_per_answered, each.wait_mean_s) for each, _ in sweep]
    by_name = {job.policy: each for job, each in played.items() if job.policy != "stepline"}
    peers = {name: by_name[name][0] for name in PEERS}
    usual = next(
        each for job, each in played.items() if (job.policy, job.price) == ("stepline", USUAL_PRICE)
    )
    everybody = peers["everybody"]
    sparing = [
        each.wait_p95_s / everybody.wait_p95_s
        for each, _ in sweep
        if each.rings_per_answered < everybody.rings_per_answered / 2
    ]
    return {
        "roster": roster,
        "ratios": {
            name: read_at(points, peer.rings_per_answered) / peer.wait_mean_s
            for name, peer in peers.items()
        },
        "to_oracle": usual[1] / by_name["oracle"][1],
        "p95": min(sparing, default=math.inf),
        "gini": max(each.gini_rings for each, _ in sweep),
    }


def verdict(read: list[dict[str, Any]]) -> dict[str, float]:
    """Give the figures that must hold."""
    wide = [each for each in read if each["roster"][0] == "wide" and each["roster"][1] >= 12]
    large = [each for each in read if each["roster"][1] >= 12]
    ratios = [each["ratios"] for each in wide]
    return {
        "wide_median_to_two_at_a_time": statistics.median(r["two_at_a_time"] for r in ratios),
        "wide_median_to_one_by_one": statistics.median(
            r["one_by_one_longest_rest"] for r in ratios
        ),
        "worst_to_any_peer": max(max(each["ratios"].values()) for each in read),
        "worst_to_oracle": max(each["to_oracle"] for each in read),
        "worst_p95_to_everybody": max(each["p95"] for each in large),
        "worst_gini_rings": max(each["gini"] for each in read),
    }


def table(read: list[dict[str, Any]]) -> None:
    """Print a line for each kind and size: medians of the ratios, the worst in brackets."""
    groups: dict[tuple[str, int], list[dict[str, Any]]] = defaultdict(list)
    for each in read:
        groups[each["roster"][:2]].append(each)
    heads = [name.replace("one_by_one", "1x1").replace("_at_a_time", "") for name in PEERS]
    print(f"{'roster':<11}" + "".join(f"{head:>19}" for head in (*heads, "oracle", "p95", "gini")))
    for (kind, size), group in groups.items():
        columns = [[each["ratios"][name] for each in group] for name in PEERS]
        columns += [[each[name] for each in group] for name in ("to_oracle", "p95", "gini")]
        shown = [f"{statistics.median(c):.3f} ({max(c):.3f})" for c in columns]
        print(f"{kind + ' ' + str(size):<11}" + "".join(f"{one:>19}" for one in shown), flush=True)
