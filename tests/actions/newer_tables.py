"""Tables that a newer version has changed, as far as an older one can see."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

NEWER = "9999_from_the_future"


@contextmanager
def newer_tables() -> Iterator[None]:
    """A migration that this version doesn't know is applied for the length of a block."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO django_migrations (app, name, applied) VALUES ('stepline', %s, now())",
            [NEWER],
        )
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM django_migrations WHERE name = %s", [NEWER])
