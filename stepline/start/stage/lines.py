"""A line of its own for a proof: data folder, database, people, and the server's process."""

import http.client
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.utils import timezone
from django.utils.module_loading import import_string

from stepline.start.database import Durability
from stepline.start.faults import CannotStart
from stepline.start.installation import open_installation
from stepline.start.stage.relay import Relay, free_port

Seat = Callable[[tuple[str, ...], datetime], tuple[str, dict[str, str]]]

STARTS_WITHIN_SECONDS = 15.0


@dataclass(frozen=True)
class StagedLine:
    """A line to be served: where, from which data, and how each volunteer signs a device in."""

    url: str
    slug: str
    invitations: dict[str, str]
    data: Path
    port: int

    def address(self, path: str) -> str:
        """Give the whole address of a path."""
        return self.url + path


@contextmanager
def staged_line(names: tuple[str, ...], relay: Relay | None = None) -> Iterator[StagedLine]:
    """Serve a line with these volunteers from a process of its own; nothing of it stays.

    Sets this process's environment and Django up, so a process stages one line only.
    """
    with set_stage(names, relay) as line, serving(line.data, line.port):
        yield line


@contextmanager
def set_stage(names: tuple[str, ...], relay: Relay | None = None) -> Iterator[StagedLine]:
    """Make such a line, its database running, for whoever starts its server themselves."""
    port = free_port()
    url = f"http://localhost:{port}"
    os.environ.pop("DATABASE_URL", None)
    os.environ.update(
        STEPLINE_PUBLIC_URL=url,
        STEPLINE_TURN_URLS=relay.url if relay else "",
        STEPLINE_TURN_SECRET=relay.secret if relay else "",
    )
    with tempfile.TemporaryDirectory(prefix="stepline-stage-") as folder:
        data = Path(folder) / "data"
        with open_installation(data, Durability.NOTHING):
            # Found by name: its rows can only be imported once Django is set up.
            seat: Seat = import_string("stepline.start.stage.cast.seat")
            slug, codes = seat(names, timezone.now())
            invitations = {name: f"{url}/i/{code}" for name, code in codes.items()}
            yield StagedLine(url, slug, invitations, data, port)


@contextmanager
def serving(data: Path, port: int) -> Iterator["subprocess.Popen[bytes]"]:
    """Run `stepline serve` in a process of its own until the block is left."""
    process = launch(data, port)
    try:
        wait_until_healthy(port, process)
        yield process
    finally:
        process.terminate()
        process.wait()


def launch(data: Path, port: int) -> "subprocess.Popen[bytes]":
    """Start `stepline serve` in a process of its own."""
    command = [sys.executable, "-m", "stepline", "serve"]
    command += ["--data", str(data), "--listen", f"127.0.0.1:{port}"]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL)


def wait_until_healthy(port: int, process: "subprocess.Popen[bytes]") -> None:
    """Wait for the server's first healthy answer; raises CannotStart when it doesn't come."""
    end = time.monotonic() + STARTS_WITHIN_SECONDS
    while time.monotonic() < end and process.poll() is None:
        if is_healthy(port):
            return
        time.sleep(0.05)
    raise CannotStart("The server did not become healthy in time.")


def is_healthy(port: int) -> bool:
    """Ask the server on a port whether all is well with it."""
    connection = http.client.HTTPConnection("localhost", port, timeout=2)
    try:
        connection.request("GET", "/health")
        return connection.getresponse().status == http.HTTPStatus.OK
    except OSError:
        return False
    finally:
        connection.close()
