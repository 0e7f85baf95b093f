"""The system account that PostgreSQL runs as: PostgreSQL itself refuses to run as root."""

import grp
import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

from stepline.start.faults import CannotStart

SYSTEM_ACCOUNT = "stepline"
SYSTEM_HOME = Path("/var/lib/stepline")


class RunAs(TypedDict, total=False):
    """The arguments of subprocess that make a child run as an account."""

    user: int
    group: int
    extra_groups: list[int]
    umask: int


@dataclass(frozen=True)
class Account:
    """One system account; `is_other` when it isn't the one that this process runs as."""

    name: str
    uid: int
    gid: int
    is_other: bool

    def run_as(self) -> RunAs:
        """Give what subprocess needs to start a child as this account, its files private."""
        if not self.is_other:
            return {"umask": 0o077}
        return {"user": self.uid, "group": self.gid, "extra_groups": [], "umask": 0o077}

    def own(self, path: Path) -> None:
        """Hand a file or folder that this process has just made to the account."""
        if self.is_other:
            os.chown(path, self.uid, self.gid)


def database_account() -> Account:
    """Find whom PostgreSQL runs as: the one who started us, or for root a system account.

    Creates that system account when root starts Stepline for the first time.
    """
    if os.geteuid() != 0:
        return _own_account()
    try:
        entry = pwd.getpwnam(SYSTEM_ACCOUNT)
    except KeyError:
        _create_system_account()
        entry = pwd.getpwnam(SYSTEM_ACCOUNT)
    if entry.pw_uid == 0:
        raise CannotStart(
            f"The account '{SYSTEM_ACCOUNT}' is root itself; PostgreSQL needs another."
        )
    return Account(SYSTEM_ACCOUNT, entry.pw_uid, entry.pw_gid, is_other=True)


def _own_account() -> Account:
    uid = os.geteuid()
    try:
        name = pwd.getpwuid(uid).pw_name
    except KeyError as error:
        raise CannotStart(
            f"PostgreSQL needs an account with a name, and user id {uid} has none here."
            " Start Stepline as a named account, or set DATABASE_URL."
        ) from error
    return Account(name, uid, os.getegid(), is_other=False)


def _create_system_account() -> None:
    tool = shutil.which("useradd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
    if tool is None:
        raise CannotStart(
            f"As root, PostgreSQL needs a system account named '{SYSTEM_ACCOUNT}', and there is no"
            " useradd to make it. Make that account, or start Stepline as an ordinary account."
        )
    command = [tool, "--system", "--no-create-home", "--home-dir", str(SYSTEM_HOME)]
    command += ["--shell", "/usr/sbin/nologin"]
    command += ["--gid" if _group_exists() else "--user-group"]
    command += [SYSTEM_ACCOUNT, SYSTEM_ACCOUNT] if _group_exists() else [SYSTEM_ACCOUNT]
    made = subprocess.run(command, capture_output=True, text=True, check=False)
    if made.returncode != 0 and not _account_exists():
        raise CannotStart(
            f"The system account '{SYSTEM_ACCOUNT}' could not be made: {made.stderr.strip()}"
        )


def _group_exists() -> bool:
    return any(group.gr_name == SYSTEM_ACCOUNT for group in grp.getgrall())


def _account_exists() -> bool:
    return any(entry.pw_name == SYSTEM_ACCOUNT for entry in pwd.getpwall())
