"""Where the database of one data folder lives: its cluster, its socket, its locks, its log."""

import os
import re
import secrets
import shutil
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path

from stepline.start.database.account import SYSTEM_HOME, Account
from stepline.start.faults import CannotStart

PORT = 5432
# The address of a socket holds 108 bytes, the last one a zero.
SOCKET_PATH_BYTES = 107


@dataclass(frozen=True)
class Places:
    """The folders and files of one database; `home` holds all but a socket moved for its length."""

    home: Path
    account: Account

    @property
    def cluster(self) -> Path:
        """PostgreSQL's own data folder."""
        return self.home / "cluster"

    @property
    def log(self) -> Path:
        """What PostgreSQL said; never a statement or a value."""
        return self.home / "postgres.log"

    @property
    def start_lock(self) -> Path:
        """Held alone while the server is started or stopped."""
        return self.home / "start.lock"

    @property
    def users_lock(self) -> Path:
        """Held together by every process that uses the server."""
        return self.home / "users.lock"

    @property
    def socket_note(self) -> Path:
        """Names the folder of the socket where it could not stand in `home`."""
        return self.home / "socket-folder"


def make_data_folder(folder: Path) -> Path:
    """Create the data folder, private, unless it exists; return it as an absolute path."""
    folder = folder.expanduser().absolute()
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise CannotStart(
            f"The data folder {folder} can't be made: {error.strerror}."
            " Name another with --data or STEPLINE_DATA."
        ) from error
    if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        raise CannotStart(f"The data folder {folder} belongs to another account on this machine.")
    return folder.resolve()


def find_places(folder: Path, account: Account) -> Places:
    """Find, and make where missing, the places of the database of a data folder.

    For root they stand under /var/lib/stepline, since the system account can't be let into the
    data folder without opening the folders above it.
    """
    if account.is_other:
        return Places(_make_home_of_system_account(folder, account), account)
    home = folder / "postgres"
    home.mkdir(mode=0o700, exist_ok=True)
    return Places(home, account)


def _make_home_of_system_account(folder: Path, account: Account) -> Path:
    home = SYSTEM_HOME / f"{_plain_name(folder)}-{_identity_of(folder)}"
    try:
        # Both are Stepline's own. The modes are set again since root's umask may have cut them.
        SYSTEM_HOME.mkdir(parents=True, exist_ok=True)
        SYSTEM_HOME.chmod(0o755)
        home.mkdir(mode=0o700, exist_ok=True)
        # The account passes through and changes nothing: root itself writes files in here.
        os.chown(home, 0, account.gid)
        home.chmod(0o710)
    except OSError as error:
        raise CannotStart(
            f"{home} can't be made: {error.strerror}. Start Stepline as an ordinary account,"
            " or set DATABASE_URL."
        ) from error
    return home


def _plain_name(folder: Path) -> str:
    return re.sub(r"[^a-z0-9]+", "-", folder.name.lower()).strip("-")[:24] or "data"


def _identity_of(folder: Path) -> str:
    """Give the name kept in the data folder: a moved folder finds its rows, a new one is empty."""
    note = folder / "database-name"
    fresh = folder / f"database-name.{os.getpid()}.{secrets.token_hex(4)}"
    if not note.exists():
        fresh.write_text(secrets.token_hex(6))
        try:
            # Unlike a rename, a link never replaces the name that another start wrote first.
            note.hardlink_to(fresh)
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
    identity = note.read_text().strip()
    if not re.fullmatch(r"[0-9a-f]{12}", identity):
        raise CannotStart(f"{note} is damaged: it should hold twelve hexadecimal digits.")
    return identity


def socket_folder(places: Places) -> Path:
    """Give the private folder of the socket, made where missing; a short one for a long path.

    Call it under the start lock.
    """
    inside = places.home / "socket"
    if _fits(inside):
        inside.mkdir(mode=0o700, exist_ok=True)
        places.account.own(inside)
        return inside
    noted = _noted_folder(places)
    if noted is not None:
        return noted
    made = Path(tempfile.mkdtemp(prefix="stepline-"))
    if not _fits(made):
        made.rmdir()
        raise CannotStart(
            f"The path of TMPDIR ({made.parent}) is too long for a socket. Set another."
        )
    places.account.own(made)
    places.socket_note.write_text(str(made))
    return made


def _fits(folder: Path) -> bool:
    # PostgreSQL writes a lock file with a longer name beside the socket; only the socket is bound.
    return len(os.fsencode(folder / f".s.PGSQL.{PORT}")) <= SOCKET_PATH_BYTES


def _noted_folder(places: Places) -> Path | None:
    """Read the noted folder again, if it is still a folder that nobody else could have made."""
    try:
        folder = Path(places.socket_note.read_text())
        found = folder.lstat()
    except (OSError, ValueError):
        return None
    private = stat.S_ISDIR(found.st_mode) and stat.S_IMODE(found.st_mode) == 0o700
    return folder if private and found.st_uid == places.account.uid else None


def release_socket(places: Places) -> None:
    """Remove a socket's folder that stands outside the home, once its server has stopped."""
    noted = _noted_folder(places)
    if noted is not None:
        shutil.rmtree(noted, ignore_errors=True)
        places.socket_note.unlink(missing_ok=True)
