"""PostgreSQL for one data folder: by DATABASE_URL, else one started here while it is used."""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import IO, Self
from urllib.parse import urlencode

import psycopg
from psycopg import sql

from stepline.start.database.account import database_account
from stepline.start.database.cluster import DATABASE, KEEPER, ROLE, Durability
from stepline.start.database.places import Places, find_places, make_data_folder, release_socket
from stepline.start.database.server import Server

__all__ = ["Database", "Durability", "open_database"]


class Database:
    """A database in use by this process; closing the last use of a started server stops it."""

    def __init__(self, url: str, started: "StartedServer | None" = None) -> None:
        self.url = url
        self._started = started

    def repair(self) -> bool:
        """Start the server again if it was killed; True when it had to be.

        Does nothing for a server that we were given by address.
        """
        return self._started is not None and self._started.repair()

    def close(self) -> None:
        """End this process's use; the last one stops the server. May be called twice."""
        if self._started is not None:
            self._started.leave()
            self._started = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def open_database(data_folder: Path, durability: Durability = Durability.ALL) -> Database:
    """Open the database of a data folder: DATABASE_URL where it is set, else a server started here.

    Raises CannotStart with a sentence for whoever started us.
    """
    given = os.environ.get("DATABASE_URL") or _read_file(os.environ.get("DATABASE_URL_FILE"))
    if given:
        return Database(given)
    account = database_account()
    started = StartedServer(find_places(make_data_folder(data_folder), account), durability)
    return Database(started.join(), started)


def _read_file(path: str | None) -> str | None:
    return Path(path).read_text(encoding="utf-8").strip() if path else None


class StartedServer:
    """One process's share in the server of one home.

    Every user holds a shared lock on one file, which the system lets go even after kill -9;
    whoever leaves and then gets that lock alone was the last one, and stops the server.
    """

    def __init__(self, places: Places, durability: Durability) -> None:
        self._places = places
        self._durability = durability
        self._server = Server(places, durability)
        self._use: IO[str] | None = None

    def join(self) -> str:
        """Take part in the server's use, starting it where needed; return its address."""
        with self._alone():
            self._use = _open_lock(self._places.users_lock)
            fcntl.flock(self._use, fcntl.LOCK_SH)
            try:
                folder = self._server.ensure()
                _create_role_and_database(folder)
            except BaseException:
                self._leave_alone()
                raise
        return _address(folder, ROLE, DATABASE)

    def repair(self) -> bool:
        """Start the server again if it is not running; True when it had to be started."""
        if self._server.running() is not None:
            return False
        with self._alone():
            self._server.ensure()
        return True

    def leave(self) -> None:
        """End this process's use, and stop the server after the last one."""
        with self._alone():
            self._leave_alone()

    def _leave_alone(self) -> None:
        if self._use is None:
            return
        try:
            fcntl.flock(self._use, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            pass
        else:
            self._server.stop()
            release_socket(self._places)
            if self._durability is Durability.NOTHING:
                shutil.rmtree(self._places.home)
        finally:
            self._use.close()
            self._use = None

    @contextmanager
    def _alone(self) -> Iterator[None]:
        with _open_lock(self._places.start_lock) as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def _open_lock(path: Path) -> IO[str]:
    return os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "r+")


def _address(folder: Path, role: str, database: str) -> str:
    return f"postgresql://{role}@/{database}?{urlencode({'host': str(folder)})}"


def _create_role_and_database(folder: Path) -> None:
    """Make what the application signs in as: a role that owns its database and little else."""
    with psycopg.connect(_address(folder, KEEPER, "postgres"), autocommit=True) as connection:
        role, name = sql.Identifier(ROLE), sql.Identifier(DATABASE)
        if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [ROLE]).fetchone():
            # The tests make databases of their own.
            connection.execute(sql.SQL("CREATE ROLE {} LOGIN CREATEDB").format(role))
        found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE])
        if found.fetchone() is None:
            connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(name, role))
