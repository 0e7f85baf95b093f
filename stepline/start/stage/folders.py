"""A data folder for as long as something is shown or measured."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from stepline.start.database.account import database_account
from stepline.start.database.places import find_places


@contextmanager
def passing_data() -> Iterator[Path]:
    """Give a data folder that isn't made yet; it goes at the end, with its database.

    For root the database stands elsewhere; whoever used it has stopped it by then.
    """
    with tempfile.TemporaryDirectory(prefix="stepline-") as folder:
        data = Path(folder) / "data"
        try:
            yield data
        finally:
            if data.is_dir():
                shutil.rmtree(find_places(data, database_account()).home, ignore_errors=True)
