"""How long the demonstration takes to its first page, and how much memory it needs when idle.

Prints one JSON object as its last line; ends with 1 when a second start takes three seconds or
more, or when the whole process group needs 300 MB (proportional set size) or more.
"""

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

import psutil

from stepline.start.database.account import database_account
from stepline.start.database.places import find_places

CLONE = Path(__file__).parent.parent
MOST_SECONDS = 3.0
MOST_BYTES = 300_000_000


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="bench start")
    parser.add_argument("--starts", type=int, default=5, help="second starts (default: 5)")
    parser.add_argument("--idle-seconds", type=float, default=10, help="before memory is read")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data"
        first = seconds_to_page(data)
        later = [seconds_to_page(data) for _ in range(options.starts)]
        used = idle_bytes(data, options.idle_seconds)
        # Root's database stands outside the data folder.
        shutil.rmtree(find_places(data, database_account()).home)
    result = {
        "first_start_seconds": round(first, 2),
        "second_start_seconds": [round(seconds, 2) for seconds in sorted(later)],
        "idle_megabytes": round(used / 1_000_000, 1),
    }
    print(json.dumps(result))
    return int(max(later) >= MOST_SECONDS or used >= MOST_BYTES)


@contextmanager
def demo(data: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """Run the demonstration as its user does, by the entry script; give its process and links."""
    command = [str(CLONE / "run"), "demo", "--data", str(data), "--port", "0", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield process.pid, json.loads(process.stdout.readline())
        finally:
            process.terminate()
            process.wait()


def seconds_to_page(data: Path) -> float:
    began = time.monotonic()
    with demo(data) as (_, links):
        open_page(links["caller"])
        return time.monotonic() - began


def open_page(link: str) -> None:
    with urlopen(link, timeout=60) as answer:
        answer.read()


def idle_bytes(data: Path, seconds: float) -> int:
    """Sum what each process of the group needs, shared memory divided among those who share it."""
    with demo(data) as (pid, links):
        for link in links.values():
            open_page(link)
        # The one sleep here: idleness is what is measured.
        time.sleep(seconds)
        group = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
        return sum(process.memory_full_info().pss for process in group)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
