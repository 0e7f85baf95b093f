"""`stepline proof faults`: hundreds of calls, everything goes wrong, and nobody is dropped.

Two web and two worker processes share one PostgreSQL. Callers ask, wait, give up, vanish, come
back, choose, take call backs; volunteers answer, pass, stay silent, vanish. What pages say is
lost, repeated, delayed and swapped on the way. Meanwhile processes are killed, paused and started
again, PostgreSQL too. Afterwards a checker proves from the rows, the log and what the pages saw
that no call was lost, and then that it finds each kind of loss when one is planted.
"""

import argparse
import asyncio
import json
import os
from dataclasses import asdict
from pathlib import Path

from django.utils.module_loading import import_string

from stepline.start.database import Durability
from stepline.start.installation import open_installation
from stepline.start.stage.faults.report import Figures, Settings, verdict
from stepline.start.stage.folders import passing_data
from stepline.start.stage.relay import free_port

SHOWN_LOSSES = 30


def main(arguments: list[str]) -> int:
    """Run it; prints a table and, as the last line, JSON; 0 when nothing was lost."""
    settings = parsed(arguments)
    os.environ.pop("DATABASE_URL", None)
    ports = (free_port(), free_port())
    os.environ["STEPLINE_PUBLIC_URL"] = f"http://localhost:{ports[0]}"
    with passing_data() as data, open_installation(data, Durability.KILLS) as installation:
        # Found by name: its rows can only be imported once Django is set up.
        run = import_string("stepline.start.stage.faults.run.run")
        try:
            figures: Figures = asyncio.run(run(settings, data, ports, installation.database))
        finally:
            keep_logs(data, settings.logs)
    print(table(settings, figures))
    for loss in figures.losses[:SHOWN_LOSSES]:
        print(f"LOSS: {loss.kind}: {loss.about}: {loss.why}")
    told = {"settings": asdict(settings), **asdict(figures), "verdict": verdict(settings, figures)}
    print(json.dumps(told, default=str))
    return 0 if verdict(settings, figures) == "nothing was lost" else 1


def parsed(arguments: list[str]) -> Settings:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="stepline proof faults", description=__doc__)
    usual = Settings()
    parser.add_argument("--seconds", type=float, default=usual.seconds, help="of faults")
    parser.add_argument("--calls", type=int, default=usual.calls, help="in flight at once")
    parser.add_argument("--volunteers", type=int, default=usual.volunteers)
    parser.add_argument("--seed", type=int, default=usual.seed)
    parser.add_argument("--every", type=float, default=usual.every, help="seconds between faults")
    parser.add_argument("--logs", default="", metavar="DIR", help="keep what the processes said")
    return Settings(**vars(parser.parse_args(arguments)))


def keep_logs(data: Path, folder: str) -> None:
    """Copy what the processes said to where it was asked for."""
    if folder:
        Path(folder).mkdir(parents=True, exist_ok=True)
        for log in data.glob("*.log"):
            (Path(folder) / log.name).write_bytes(log.read_bytes())


def table(settings: Settings, figures: Figures) -> str:
    """Write the figures for people."""
    planted = f"{len(figures.planted_found)} of {figures.planted}"
    lines = [
        ("calls asked", figures.calls_asked),
        ("in flight at once, most", figures.most_in_flight),
        ("of these ringing or talking, most", figures.most_live),
        ("in flight at once, typically", figures.typically_in_flight),
        ("talks that began", figures.talks),
        ("rings", figures.rings),
        ("call backs promised", figures.promises),
        ("faults", sum(figures.faults.values())),
        ("waits past the limit, explained by a fault", figures.explained_waits),
        ("longest wait past the limit unexplained, s", figures.longest_unexplained_seconds),
        ("planted faults found by the checker", planted),
        ("LOSSES", len(figures.losses)),
    ]
    width = max(len(name) for name, _ in lines)
    shown = [f"{name:<{width}}  {value}" for name, value in lines]
    shown += [f"  {times:>3} x {what}" for what, times in figures.faults.items()]
    return "\n".join([f"seed {settings.seed}, {settings.seconds:.0f} s of faults", *shown])
