"""One PostgreSQL for each test run, on the same code as in earnest, and thrown away after it."""

import contextlib
import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

import django
import psutil
import pytest
from hypothesis import settings

from stepline.start.database import Database, Durability, open_database
from stepline.start.keys import load_keys

RUNS = Path(tempfile.gettempdir()) / f"stepline-tests-{os.geteuid()}"
DATABASE = pytest.StashKey[Database]()

# How long an example takes tells of the machine, not of the code.
settings.register_profile("stepline", deadline=None)
settings.load_profile("stepline")


def pytest_configure(config: pytest.Config) -> None:
    """Start the database before Django reads its settings."""
    # A run that is told to end takes its server with it.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    RUNS.mkdir(mode=0o700, exist_ok=True)
    _clear_up_killed_runs()
    database = open_database(_own_folder(), Durability.NOTHING)
    config.stash[DATABASE] = database
    os.environ["DATABASE_URL"] = database.url
    os.environ.update(load_keys(_own_folder(), {}))
    os.environ["STEPLINE_DATA"] = str(_own_folder())
    os.environ["DJANGO_SETTINGS_MODULE"] = "stepline.settings"
    django.setup()


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop the database and leave nothing of it behind."""
    database = config.stash.get(DATABASE, None)
    if database is not None:
        database.close()
        shutil.rmtree(_own_folder())


def _own_folder() -> Path:
    folder = RUNS / str(os.getpid())
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder


def _clear_up_killed_runs() -> None:
    for folder in _folders_of_ended_runs():
        if "DATABASE_URL" not in os.environ:
            open_database(folder, Durability.NOTHING).close()
        shutil.rmtree(folder, ignore_errors=True)


def _folders_of_ended_runs() -> Iterator[Path]:
    with contextlib.suppress(FileNotFoundError):
        for folder in RUNS.iterdir():
            if not psutil.pid_exists(int(folder.name)):
                yield folder
