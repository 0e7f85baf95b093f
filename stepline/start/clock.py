"""The clock in a thread, and `stepline worker`: one more clock in a process of its own."""

import argparse
import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial

from django.utils.module_loading import import_string

from stepline.start.database import Database
from stepline.start.ending import Ending
from stepline.start.installation import chosen_folder, open_installation

LOOK_AFTER_DATABASE_EVERY = timedelta(seconds=1)
START_AGAIN_AFTER = timedelta(seconds=1)
STOPPED_WITHIN = timedelta(seconds=5)

log = logging.getLogger(__name__)


def main(arguments: list[str]) -> int:
    """Run a clock until told to end."""
    parser = argparse.ArgumentParser(prog="stepline worker")
    parser.add_argument("--data", metavar="DIR", help="the data folder (default: ./data)")
    options = parser.parse_args(arguments)
    with (
        open_installation(chosen_folder(options.data), waits=True) as installation,
        running_clock(installation.database),
    ):
        ending = Ending()
        print("The clock runs. Ctrl-C stops it.", flush=True)
        ending.wait()
    return 0


@contextmanager
def running_clock(database: Database) -> Iterator[None]:
    """Keep the clock and the database server running in threads, until the block is left."""
    with _thread(_keep_clock, "clock"), database_kept(database):
        yield


@contextmanager
def database_kept(database: Database) -> Iterator[None]:
    """Keep the database server running in a thread, until the block is left."""
    with _thread(partial(_keep_database, database), "database"):
        yield


@contextmanager
def _thread(keep: Callable[[threading.Event], None], name: str) -> Iterator[None]:
    stop = threading.Event()
    thread = threading.Thread(target=keep, args=(stop,), name=name)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(STOPPED_WITHIN.total_seconds())


def _keep_clock(stop: threading.Event) -> None:
    # Found by name: its rows can only be imported once Django is set up.
    run: Callable[[threading.Event], None] = import_string("stepline.worker.run")
    while not stop.is_set():
        try:
            run(stop)
        except Exception as error:
            # An open call must not lose its clock; the kind of fault tells nothing of anybody.
            log.exception("The clock stopped by %s and starts again.", type(error).__name__)
        stop.wait(START_AGAIN_AFTER.total_seconds())


def _keep_database(database: Database, stop: threading.Event) -> None:
    """Start a killed database server again within about a second."""
    while not stop.wait(LOOK_AFTER_DATABASE_EVERY.total_seconds()):
        try:
            if database.repair():
                log.warning("The database server had gone and was started again.")
        except Exception:
            log.exception("The database server has gone and can't be started yet.")
