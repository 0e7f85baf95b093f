"""One installation made ready in this process: data folder, keys, database, Django, migrations."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import django
from django.core.exceptions import ImproperlyConfigured
from django.utils.module_loading import import_string

from stepline.start.database import Database, Durability, open_database
from stepline.start.database.places import make_data_folder
from stepline.start.faults import CannotStart
from stepline.start.keys import load_keys
from stepline.start.migrate import migrate


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
    folder: Path, durability: Durability = Durability.ALL
) -> Iterator[Installation]:
    """Open an installation for this process and close it afterwards; makes what is missing.

    Sets this process's environment for the settings, sets Django up and brings the tables up to
    date. Raises CannotStart.
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
        migrate(database.url)
        yield Installation(folder, database)


def refuse_other_lines(*, demo: bool) -> None:
    """Keep pretend and real lines apart: raises CannotStart when the database holds the other kind.

    Call it in an open installation.
    """
    # Found by name: rows can only be imported once Django is set up.
    line = import_string("stepline.models.Line")
    if line.objects.exclude(is_demo=demo).exists():
        kind = "a real line" if demo else "a demonstration"
        raise CannotStart(
            f"This database holds {kind}, so nothing was changed. Name another data folder with"
            " --data, or set another DATABASE_URL."
        )
