"""The demonstration as a process: its links, its loopback, its end."""

import json
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import psutil
import pytest

from tests.start.processes import said, start


@contextmanager
def demo(data: Path, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """Run the demonstration for the length of a block; killed if the test didn't end it."""
    command = ["-m", "stepline", "demo", "--data", str(data), "--no-browser"]
    with start(*command, *arguments) as process:
        try:
            yield process
        finally:
            if process.poll() is None:
                process.kill()


def end(process: subprocess.Popen[str], ending: signal.Signals = signal.SIGTERM) -> str:
    """Tell it to end, wait until it has, and give what it complained of."""
    process.send_signal(ending)
    return process.communicate(timeout=30)[1]


def links_of(process: subprocess.Popen[str]) -> dict[str, str]:
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line, process.communicate(timeout=30)[1]
    links = json.loads(line)
    assert isinstance(links, dict)
    return links


def page_at(link: str) -> str:
    with urlopen(link, timeout=20) as answer:
        return str(answer.read().decode())


def family_of(process: subprocess.Popen[str]) -> list[psutil.Process]:
    return psutil.Process(process.pid).children(recursive=True)


@pytest.fixture
def running(data: Path) -> Iterator[subprocess.Popen[str]]:
    with demo(data, "--port", "0", "--json") as process:
        yield process
        end(process)


def test_it_prints_links_that_open_and_says_on_each_page_that_it_is_one(
    running: subprocess.Popen[str],
) -> None:
    links = links_of(running)
    assert {"caller", "volunteer", "coordinator"} <= set(links)
    for link in links.values():
        assert link.startswith("http://localhost:")
        assert "demonstration" in page_at(link).lower()


def test_it_is_open_to_this_machine_alone(running: subprocess.Popen[str]) -> None:
    links_of(running)
    family = [psutil.Process(running.pid), *family_of(running)]
    heard = {
        connection.laddr.ip
        for process in family
        for connection in process.net_connections("inet")
        if connection.status == psutil.CONN_LISTEN
    }
    assert heard
    assert heard <= {"127.0.0.1", "::1"}


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_it_ends_with_all_that_it_started(data: Path, ending: signal.Signals) -> None:
    with demo(data, "--port", "0", "--json") as process:
        page_at(links_of(process)["caller"])
        family = family_of(process)
        assert any("postgres" in child.name() for child in family)
        errors = end(process, ending)
    assert process.returncode == 0, errors
    assert errors == ""
    assert not any(child.is_running() for child in family)


def test_a_second_start_needs_less_than_three_seconds_of_work(data: Path) -> None:
    """Work, not waiting: other programs on this machine must not decide. `bench start` times it."""
    with demo(data, "--port", "0", "--json") as first:
        links_of(first)
        end(first)
    with demo(data, "--port", "0", "--json") as second:
        page_at(links_of(second)["caller"])
        worked = [
            process.cpu_times() for process in (psutil.Process(second.pid), *family_of(second))
        ]
        assert sum(times.user + times.system for times in worked) < 3
        end(second)


def test_a_killed_database_server_comes_back_while_pages_are_served(
    running: subprocess.Popen[str],
) -> None:
    link = links_of(running)["caller"]
    page_at(link)
    killed = next(child for child in family_of(running) if "-D" in child.cmdline())
    killed.kill()
    deadline = time.monotonic() + 30
    while not answers(link) or killed.is_running():
        assert time.monotonic() < deadline, "the page did not come back"
        time.sleep(0.1)
    assert any("-D" in child.cmdline() for child in family_of(running))


def answers(link: str) -> bool:
    try:
        return "demonstration" in page_at(link)
    except HTTPError:
        return False


def test_a_taken_port_is_said_in_one_sentence(data: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with demo(data, "--port", str(port)) as process:
            _, errors = process.communicate(timeout=30)
    assert process.returncode == 1
    assert errors.startswith(f"Port {port} is taken by another program.")
    assert errors.count("\n") == 1
    assert not data.exists()


def test_a_demonstration_is_no_real_line(data: Path) -> None:
    with demo(data, "--port", "0", "--json") as process:
        links_of(process)
        end(process)
    served = start("-m", "stepline", "serve", "--data", str(data), "--listen", "127.0.0.1:0")
    _, errors = served.communicate(timeout=60)
    assert served.returncode == 1
    assert "holds a demonstration" in errors


def test_help_is_there_without_starting_anything(data: Path) -> None:
    assert "--port" in said(start("-m", "stepline", "demo", "--help"))
    assert not data.exists()


def test_unknown_names_are_answered_with_those_there_are() -> None:
    process = start("-m", "stepline", "proof", "nothing")
    _, errors = process.communicate(timeout=30)
    assert process.returncode == 1
    assert errors.startswith("There is no proof named 'nothing'. There are: ")
