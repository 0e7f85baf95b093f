"""Data folder, keys, tables: several processes at once, and what is refused."""

import os
import signal
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from stepline.start.installation import chosen_folder
from stepline.start.stage.relay import free_port
from tests.start.processes import said, start

OPEN = """
import sys
from pathlib import Path
from stepline.start.installation import open_installation
with open_installation(Path(sys.argv[1])):
    from django.db import connection
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*), count(DISTINCT (app, name)) FROM django_migrations")
        print(*cursor.fetchone())
"""


def test_three_processes_that_start_together_migrate_once(data: Path) -> None:
    processes = [start("-c", OPEN, str(data)) for _ in range(3)]
    counts = {said(process).strip() for process in processes}
    rows, different = counts.pop().split()
    assert counts == set()
    assert rows == different != "0"


def test_a_stranger_finds_nothing_to_read_in_the_data_folder(data: Path) -> None:
    said(start("-c", OPEN, str(data)))
    assert data.stat().st_mode & 0o077 == 0
    assert (data / "keys.toml").stat().st_mode & 0o077 == 0


def test_a_wrong_setting_is_said_in_one_sentence(data: Path) -> None:
    process = start(
        "-m", "stepline", "serve", "--data", str(data), "--listen", "127.0.0.1:0",
        STEPLINE_DEMO="perhaps",
    )  # fmt: skip
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 1
    assert errors.strip() == "STEPLINE_DEMO must be yes or no, not 'perhaps'."


@pytest.mark.parametrize("address", ["8000", "localhost:", ":80", "127.0.0.1:99999", "a:b:c"])
def test_a_wrong_address_is_said_in_one_sentence(data: Path, address: str) -> None:
    process = start("-m", "stepline", "serve", "--data", str(data), f"--listen={address}")
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 1
    assert errors.count("\n") == 1
    assert "127.0.0.1:8000" in errors


def test_a_server_that_is_away_is_said_in_one_sentence(tmp_path: Path) -> None:
    nowhere = f"postgresql:///stepline?host={tmp_path}"
    told = ("--data", str(tmp_path / "data"), "--coordinator", "Ana")
    process = start("-m", "stepline", "invite", *told, DATABASE_URL=nowhere)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 1
    assert errors.startswith("The database can't be reached")
    assert "Traceback" not in errors


@pytest.mark.parametrize("command", ["worker", "serve"])
def test_what_runs_for_long_waits_for_a_database_that_comes_later(
    command: str, tmp_path: Path
) -> None:
    folder, nowhere = tmp_path / "elsewhere", tmp_path / "socket"
    address = f"postgresql://stepline@/stepline?host={nowhere}"
    listen = ("--listen", f"127.0.0.1:{free_port()}") if command == "serve" else ()
    with start(
        "-m", "stepline", command, "--data", str(folder), *listen, DATABASE_URL=address
    ) as process:
        assert process.stderr
        assert process.stdout
        try:
            assert process.stderr.readline().startswith("Waiting for the database.")
            theirs = parse_qs(urlsplit(os.environ["DATABASE_URL"]).query)["host"]
            nowhere.symlink_to(theirs[0])
            running = process.stdout.readline()
            process.send_signal(signal.SIGTERM)
            process.communicate(timeout=30)
        finally:
            process.kill()
    assert running.startswith(("The clock runs.", "Stepline answers"))
    assert process.returncode == 0


def test_tables_of_a_newer_version_are_left_alone(data: Path) -> None:
    newer = OPEN + (
        '        cursor.execute("INSERT INTO django_migrations (app, name, applied)"\n'
        "                       \" VALUES ('stepline', '9999_later', now())\")\n"
    )
    said(start("-c", newer, str(data)))
    process = start("-m", "stepline", "worker", "--data", str(data))
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "newer Stepline (it knows 9999_later)" in errors


def test_the_data_folder_is_the_one_given_then_the_one_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STEPLINE_DATA", "/set")
    assert chosen_folder("/given") == Path("/given")
    assert chosen_folder(None) == Path("/set")
    monkeypatch.delenv("STEPLINE_DATA")
    assert chosen_folder(None) == Path("data")


def test_a_file_in_the_place_of_the_data_folder_is_told(tmp_path: Path) -> None:
    (tmp_path / "data").touch()
    process = start(
        "-m", "stepline", "invite", "--coordinator", "Ana", "--data", f"{tmp_path}/data"
    )
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "--data" in errors
    assert "Traceback" not in errors


def test_an_invitation_is_a_link_and_a_real_line_is_no_demonstration(data: Path) -> None:
    options = ("--data", str(data))
    process = start("-m", "stepline", "invite", "--coordinator", "Ana", *options)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "--country" in errors
    named = ("--coordinator", "Ana", "--country", "gb")
    link = said(start("-m", "stepline", "invite", *named, *options)).strip()
    assert link.startswith("http://localhost:8000/i/")
    process = start("-m", "stepline", "demo", "--port", "0", "--no-browser", *options)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "holds a real line" in errors
