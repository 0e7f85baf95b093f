"""Clocks in processes of their own, on the test's database."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from django.conf import settings
from django.db import connection

from stepline import models

CLONE = Path(__file__).parent.parent.parent


def environment(**more: str) -> dict[str, str]:
    """Give what a process needs to work on the rows of this test."""
    url = os.environ["DATABASE_URL"]
    own = url.replace("/stepline?", f"/{connection.settings_dict['NAME']}?")
    assert own != url, "the test's own database has its own name"
    return os.environ | {"DATABASE_URL": own} | more


@contextmanager
def process(*arguments: str, **more: str) -> Iterator["subprocess.Popen[str]"]:
    """Run Python with these arguments for the length of a block; killed at its end."""
    with subprocess.Popen(
        [sys.executable, *arguments],
        cwd=CLONE,
        env=environment(**more),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as running:
        try:
            yield running
        finally:
            running.kill()


@contextmanager
def workers(count: int, **more: str) -> Iterator[list["subprocess.Popen[str]"]]:
    """Run so many clocks; when the block begins each has its lease."""
    command = ("-m", "stepline", "worker", "--data", str(settings.STEPLINE_DATA))
    with ExitStack() as stack:
        running = [stack.enter_context(process(*command, **more)) for _ in range(count)]
        wait_until(lambda: models.Process.objects.filter(kind="worker").count() == count, 30)
        yield running


def wait_until(happened: Callable[[], bool], within_seconds: float) -> float:
    """Look often until something has happened; give the seconds it took, or fail."""
    began = time.monotonic()
    while not happened():
        assert time.monotonic() - began < within_seconds, "it did not happen in time"
        time.sleep(0.02)
    return time.monotonic() - began
