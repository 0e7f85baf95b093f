"""The benchmarks of dispatch run in their bounded form, and judge what they measured."""

import json
import runpy
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from stepline.start.stage.shift import Figures
from tests.start.processes import CLONE, start

BENCH = CLONE / "bench"
MEASURED = Figures(
    calls=100,
    missed=0,
    calls_per_second=5.0,
    calls_per_cpu_second=30.0,
    web_cpu_ms=30.0,
    worker_cpu_ms=3.0,
    postgresql_cpu_ms=20.0,
    rings_per_call=2.0,
    ask_to_ring_p50_ms=20.0,
    ask_to_ring_p99_ms=40.0,
    ready_to_connected_p50_ms=30.0,
    ready_to_connected_p99_ms=60.0,
)
READS_FEW = {"most_rows_read": 50}
STREAMS = {"web_rss_mb": 300.0, "ask_to_ring_p50_ms": 9.0, "ask_to_ring_p99_ms": 40.0}


def script(name: str) -> dict[str, Any]:
    return runpy.run_path(str(BENCH / f"{name}.py"))


def ran(*arguments: str) -> dict[str, Any]:
    """Run a benchmark as anybody does; gives what it printed, whatever it thinks of it."""
    with start("-m", "stepline", "bench", *arguments) as process:
        output, errors = process.communicate(timeout=240)
    assert output, errors
    told: dict[str, Any] = json.loads(output)
    assert process.returncode == (0 if all(told["holds"].values()) else 1)
    return told


@pytest.mark.slow
def test_dispatch_is_measured_beside_its_floor() -> None:
    told = ran("dispatch", "--calls", "12", "--on-shift", "10", "--lanes", "2")
    for part in (told["dispatch"], told["floor"]):
        assert part["calls"] == 12
        assert part["rings_per_call"] >= 1
        assert part["web_cpu_ms"] > 0
    assert told["times_the_floor"] > 0


@pytest.mark.slow
def test_scale_is_measured_by_rosters_and_by_streams() -> None:
    small = ("--rosters", "60", "120", "--streams", "60", "--open-calls", "20")
    told = ran("scale", "--calls", "8", "--asks", "5", *small)
    assert set(told["rosters"]) == {"60", "120"}
    assert told["streams"]["60"]["web_rss_mb"] > 0
    assert told["plan"]["volunteers"] == 120
    assert 0 < told["plan"]["most_rows_read"] <= 60


def test_dispatch_fails_beyond_three_times_the_floor() -> None:
    verdict = script("dispatch")["verdict"]
    assert all(verdict(MEASURED, replace(MEASURED, calls_per_cpu_second=80))["holds"].values())
    cheap_floor = replace(MEASURED, calls_per_cpu_second=95)
    assert not verdict(MEASURED, cheap_floor)["holds"]["times_the_floor"]


def test_dispatch_misses_its_figure_before_it_fails() -> None:
    verdict = script("dispatch")["verdict"]
    missed = verdict(replace(MEASURED, calls_per_cpu_second=20), MEASURED)
    assert not missed["reached"]["calls_per_cpu_second"]
    assert missed["holds"]["calls_per_cpu_second"]
    far = verdict(replace(MEASURED, calls_per_cpu_second=8), MEASURED)
    assert not far["holds"]["calls_per_cpu_second"]


@pytest.mark.parametrize(
    ("cost", "holds"), [(20.0, True), (30.0, True), (36.0, False), (6.0, False)]
)
def test_scale_fails_when_a_call_costs_a_quarter_more_or_less(cost: float, holds: bool) -> None:
    rosters = {100: MEASURED, 10_000: replace(MEASURED, postgresql_cpu_ms=cost)}
    told = script("scale")["verdict"](rosters, READS_FEW, {5000: STREAMS})
    assert told["holds"]["growth"] is holds


@pytest.mark.parametrize(
    ("measured", "fails"),
    [
        ({"web_rss_mb": 451.0}, "memory"),
        ({"ask_to_ring_p99_ms": 151.0}, "ask_to_ring"),
    ],
)
def test_scale_fails_by_streams(measured: dict[str, float], fails: str) -> None:
    verdict = script("scale")["verdict"]
    assert all(verdict({100: MEASURED}, READS_FEW, {5000: STREAMS})["holds"].values())
    told = verdict({100: MEASURED}, READS_FEW, {5000: STREAMS | measured})
    assert [name for name, holds in told["holds"].items() if not holds] == [fails]


def test_scale_fails_when_the_roster_is_read() -> None:
    told = script("scale")["verdict"]({100: MEASURED}, {"most_rows_read": 10_000}, {})
    assert not told["holds"]["reads_no_roster"]


def test_the_floor_has_the_addresses_that_a_call_uses() -> None:
    text = Path(BENCH / "floor" / "urls.py").read_text(encoding="utf-8")
    for address in ("call/ask", "call/live", "volunteer/live", "volunteer/call/close"):
        assert f'path("{address}"' in text
