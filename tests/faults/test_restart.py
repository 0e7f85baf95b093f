"""The server and the database killed: calls go on."""

import json
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from subprocess import Popen
from urllib.parse import urlsplit

import psutil
import pytest

from stepline.core.calls import State
from stepline.start.stage.interruptions import CASES
from stepline.start.stage.visitors import CallerPage, VolunteerPage
from tests.start.conftest import data
from tests.start.processes import start

pytestmark = [pytest.mark.faults, pytest.mark.slow]

__all__ = ["data"]  # the fixture

RECOVERS_WITHIN_SECONDS = 10.0


def test_every_open_state_is_among_those_that_the_proof_interrupts() -> None:
    assert set(CASES) == set(State) - {State.CLOSED}


def test_a_call_goes_on_after_the_server_was_killed() -> None:
    # The proof alone holds it to 5 s; here other tests share the machine.
    command = ("proof", "restart", "--within", "20", "ringing", "talking")
    with start("-m", "stepline", *command) as process:
        output, _ = process.communicate(timeout=120)
    assert process.returncode == 0, output
    lines = output.splitlines()
    assert [line.split()[0] for line in lines] == ["ringing", "talking", "The"]
    assert lines[-1] == "The call went on in 2 of 2 states."


@pytest.fixture
def demo(data: Path) -> Iterator[tuple[Popen[str], dict[str, str]]]:
    command = ("demo", "--data", str(data), "--no-browser", "--json", "--port", "0")
    with start("-m", "stepline", *command) as process:
        assert process.stdout
        yield process, json.loads(process.stdout.readline())
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=30)


def database_of(process: "Popen[str]") -> psutil.Process:
    """Give the database server that a process started."""
    return next(c for c in psutil.Process(process.pid).children() if c.name() == "postgres")


def test_pages_and_clock_recover_when_the_database_was_killed_while_it_rings(
    demo: tuple["Popen[str]", dict[str, str]],
) -> None:
    process, links = demo
    url = f"http://{urlsplit(links['caller']).netloc}"
    slug = urlsplit(links["caller"]).path.split("/")[2]
    with CallerPage(url, slug) as caller, VolunteerPage(url) as volunteer:
        volunteer.signs_in(links["volunteer"])
        volunteer.shows("off_duty")
        caller.opens()
        call = caller.asks()["call"]
        caller.until(lambda now: now["ringing"] > 0, 5)
        database_of(process).kill()
        killed = time.monotonic()
        caller.until(lambda now: now["call"] == call, RECOVERS_WITHIN_SECONDS, since=killed)
        # Whoever is rung answers as if nothing had been: the clock works again.
        caller.shows("connecting", within_seconds=25)
        caller.hears()
        caller.shows("talking")
        assert caller.snapshot["call"] == call
        volunteer.press("/volunteer/duty/test", until_minutes="60")
        volunteer.shows("test_ring", since=killed)
