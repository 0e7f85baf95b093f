"""A data folder whose database goes with the test, wherever it stands."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from stepline.start.database import Durability, open_database
from stepline.start.database.account import database_account
from stepline.start.database.places import find_places


@pytest.fixture
def data(tmp_path: Path) -> Iterator[Path]:
    """Give a data folder that doesn't exist yet; root's database is outside it."""
    folder = tmp_path / "data"
    yield folder
    if folder.is_dir():
        _forget_database(folder)


def _forget_database(folder: Path) -> None:
    home = find_places(folder, database_account()).home
    if (home / "cluster" / "postmaster.pid").exists():
        # The test failed and killed whoever would have stopped the server.
        with pytest.MonkeyPatch.context() as patched:
            patched.delenv("DATABASE_URL", raising=False)
            open_database(folder, Durability.NOTHING).close()
    shutil.rmtree(home, ignore_errors=True)
