"""What root's own test run can't show: the same database as an ordinary account."""

import os
import pwd
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.start.processes import CLONE, clean_environment

ACCOUNT = "nobody"
TESTS = "tests/start/test_database.py"
CHOSEN = "superuser or private or long_data or mode or last_of or after_a_kill or while_nobody"


@pytest.fixture
def folder() -> Iterator[Path]:
    """Give a folder that the ordinary account owns, outside root's own temporary folders."""
    if os.geteuid() != 0:
        pytest.skip("the whole run is an ordinary account's")
    made = Path(tempfile.mkdtemp(prefix="stepline-ordinary-"))
    shutil.chown(made, ACCOUNT)
    yield made
    shutil.rmtree(made)


def python_for(account: str, environment: dict[str, str]) -> str:
    """Give a Python of this version that the account can run in this clone, or skip the test."""
    code = "import sys, pytest, stepline.start.database; print(sys.version_info.minor)"
    for python in (sys.executable, f"/usr/bin/python3.{sys.version_info.minor}"):
        try:
            said = subprocess.run(
                [python, "-B", "-c", code],
                user=account,
                cwd="/",
                env=environment,
                capture_output=True,
                check=False,
            )
        except OSError:
            continue
        if said.stdout.strip() == str(sys.version_info.minor).encode():
            return python
    pytest.skip("an ordinary account can't read this clone, or run a Python of this version")


def test_an_ordinary_account_keeps_its_database_in_the_data_folder(folder: Path) -> None:
    packages = sysconfig.get_path("purelib")
    environment = clean_environment(
        PYTHONPATH=f"{CLONE}{os.pathsep}{packages}", HOME=str(folder), TMPDIR=str(folder)
    )
    python = python_for(ACCOUNT, environment)
    ended = subprocess.run(
        [python, "-B", "-m", "pytest", "-q", "-p", "no:cacheprovider", "-k", CHOSEN, TESTS],
        user=ACCOUNT,
        group=pwd.getpwnam(ACCOUNT).pw_gid,
        extra_groups=[],
        cwd=CLONE,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert " passed" in ended.stdout.splitlines()[-1]
    assert not list(Path("/var/lib/stepline").glob("*ordinary*"))
