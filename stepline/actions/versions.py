"""May this process still work on these tables? Not once a newer Stepline has changed them.

Looked at with each lease. A process that finds a migration it doesn't know takes no work and
answers no page until it is started again in the new version; it says so once.
"""

import logging
import pkgutil
from functools import cache
from threading import Lock

from django.db import connection

from stepline import migrations

log = logging.getLogger(__name__)

APPLIED = "SELECT name FROM django_migrations WHERE app = 'stepline' AND NOT name = ANY(%s)"


class Outdated(Exception):
    """A newer Stepline has changed the tables: this process must leave them alone."""


@cache
def known() -> list[str]:
    """Give the names of the migrations that this version came with."""
    return sorted(module.name for module in pkgutil.iter_modules(migrations.__path__))


def newer_migrations() -> list[str]:
    """Read the migrations that were applied and that this version doesn't know."""
    with connection.cursor() as cursor:
        cursor.execute(APPLIED, [known()])
        return sorted(name for (name,) in cursor.fetchall())


class Gate:
    """What this process last saw: open, or closed by migrations of a newer version."""

    def __init__(self) -> None:
        self.newer: tuple[str, ...] = ()
        self._looking = Lock()

    @property
    def is_open(self) -> bool:
        """Say whether this process may work; asks nobody."""
        return not self.newer

    def look(self) -> bool:
        """Look in the database and say whether this process may work; logs only a change."""
        with self._looking:
            found = tuple(newer_migrations())
            if found and not self.newer:
                log.error(
                    "A newer Stepline has changed the tables (%s). This process takes no more"
                    " work; start it again in the new version.",
                    ", ".join(found),
                )
            elif self.newer and not found:
                log.warning("The tables are those of this version again; work goes on.")
            self.newer = found
            return not found


# One for the process: its clock and its pages live by the same answer.
gate = Gate()
