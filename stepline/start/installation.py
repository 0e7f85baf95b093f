"""One installation made ready in this process: data folder, keys, database, Django, migrations."""

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import django
from django.core.exceptions import ImproperlyConfigured
from django.db import OperationalError
from django.utils.module_loading import import_string

from stepline.start.database import Database, Durability, open_database
from stepline.start.database.places import make_data_folder
from stepline.start.faults import CannotStart, DatabaseAway
from stepline.start.keys import load_keys
from stepline.start.migrate import migrate

LOOK_AGAIN_AFTER = timedelta(seconds=0.5)


@dataclass(frozen=True)
class Installation:
    """What is open while Stepline runs."""

    folder: Path
    database: Database


def chosen_folder(given: str | None) -> Path:
    """Give the data folder: the one given, else STEPLINE_DATA, else ./data."""
    return Path(given or os.environ.get("STEPLINE_DATA") or "data")


@contextmanager
def open_installation(
    folder: Path, durability: Durability = Durability.ALL, *, waits: bool = False
) -> Iterator[Installation]:
    """Open an installation for this process and close it afterwards; makes what is missing.

    Sets this process's environment for the settings, sets Django up and brings the tables up to
    date. Raises CannotStart. With `waits` a database that is away is waited for.
    """
    folder = make_data_folder(folder)
    os.environ["STEPLINE_DATA"] = str(folder)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "stepline.settings")
    os.environ.update(load_keys(folder, os.environ))
    with open_database(folder, durability) as database:
        os.environ["DATABASE_URL"] = database.url
        try:
            django.setup()
        except ImproperlyConfigured as wrong:
            raise CannotStart(str(wrong)) from wrong
        once_reached(lambda: migrate(database.url), waits=waits)
        yield Installation(folder, database)


def once_reached(do: Callable[[], object], *, waits: bool = True) -> None:
    """Do something with the database; one that is away is waited for, and said once.

    After a power cut the database may come up later than we: nobody has to start us again.
    """
    said = False
    while True:
        try:
            do()
        except DatabaseAway as away:
            if not waits:
                raise
            if not said:
                print(f"Waiting for the database. {away}", file=sys.stderr, flush=True)
            said = True
            time.sleep(LOOK_AGAIN_AFTER.total_seconds())
        else:
            return


def refuse_other_lines(*, demo: bool) -> None:
    """Keep pretend and real lines apart: raises CannotStart when the database holds the other kind.

    Call it in an open installation.
    """
    # Found by name: rows can only be imported once Django is set up.
    line = import_string("stepline.models.Line")
    try:
        others = line.objects.exclude(is_demo=demo).exists()
    except OperationalError as error:
        raise DatabaseAway(f"The database can't be reached: {error}") from error
    if others:
        kind = "a real line" if demo else "a demonstration"
        raise CannotStart(
            f"This database holds {kind}, so nothing was changed. Name another data folder with"
            " --data, or set another DATABASE_URL."
        )
