"""Instants as PostgreSQL writes them, read by Python's own parser.

Django reads each by a regular expression, which took a tenth of what a page costs. Registered
once, before the first connection.
"""

from datetime import UTC, datetime

from django.db.backends.postgresql.psycopg_any import get_adapters_template
from psycopg.adapt import Buffer, Loader
from psycopg.types.datetime import TimestamptzLoader


class Instants(Loader):
    """Reads an instant; what Python's parser doesn't know, as the driver does."""

    timezone = UTC  # what Django asks a loader of instants for

    def load(self, data: Buffer) -> datetime:
        """Give the instant; a session of Django's writes it in UTC."""
        try:
            return datetime.fromisoformat(str(data, "ascii"))
        except ValueError:
            return TimestamptzLoader(self.oid, self.connection).load(data)


def register() -> None:
    """Have every connection that Django opens read instants so."""
    get_adapters_template(True, UTC).register_loader("timestamptz", Instants)
