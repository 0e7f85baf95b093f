"""Bringing the tables up to date at start, one process at a time."""

import psycopg
from django.core.management import call_command
from django.db import OperationalError, connection
from django.db.migrations.executor import MigrationExecutor

from stepline.start.faults import CannotStart, DatabaseAway

# Any number will do as long as no other program on the same database takes it.
LOCK_NUMBER = 0x53544550


def migrate(url: str) -> bool:
    """Run the migrations that are missing; True when there were any.

    Processes that start together wait for each other on a lock of the database, which it drops
    by itself should the process that holds it die. Raises DatabaseAway when the database can't be
    reached, CannotStart when its tables come from a newer Stepline.
    """
    try:
        with psycopg.connect(url, autocommit=True) as held:
            held.execute("SELECT pg_advisory_lock(%s)", [LOCK_NUMBER])
            return _migrate_alone()
    except (psycopg.OperationalError, OperationalError) as error:
        raise DatabaseAway(f"The database can't be reached: {error}") from error


def _migrate_alone() -> bool:
    try:
        executor = MigrationExecutor(connection)
        _refuse_newer_tables(executor)
        missing = bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))
        if missing:
            # A change of a large table may take longer than any page may.
            with connection.cursor() as cursor:
                cursor.execute("SET statement_timeout = 0; SET lock_timeout = 0")
            call_command("migrate", verbosity=0, interactive=False)
        return missing
    finally:
        _forget_session()


def _refuse_newer_tables(executor: MigrationExecutor) -> None:
    unknown = set(executor.loader.applied_migrations) - set(executor.loader.disk_migrations)
    if unknown:
        names = ", ".join(sorted(name for _, name in unknown))
        raise CannotStart(
            f"The database was written by a newer Stepline (it knows {names}). Start that one;"
            " nothing was changed."
        )


def _forget_session() -> None:
    """Drop the session with its changed time-outs, so that no page gets it from the pool."""
    connection.close()
    if hasattr(connection, "close_pool"):
        connection.close_pool()
