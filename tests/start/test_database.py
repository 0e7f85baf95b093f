"""PostgreSQL for one data folder, as whoever runs the tests: root or an ordinary account."""

import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import psutil
import psycopg
import pytest

from stepline.start.database import Database, Durability, binaries, open_database
from stepline.start.faults import CannotStart


@pytest.fixture(autouse=True)
def _no_given_database(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATABASE_URL")


@pytest.fixture
def database(data: Path) -> Iterator[Database]:
    with open_database(data, Durability.NOTHING) as opened:
        yield opened


def ask(database: Database | str, query: str) -> object:
    url = database if isinstance(database, str) else database.url
    with psycopg.connect(url, autocommit=True) as connection:
        cursor = connection.execute(query.encode())
        row = cursor.fetchone() if cursor.description else None
        return row[0] if row else None


def socket_of(database: Database | str) -> Path:
    url = database if isinstance(database, str) else database.url
    return Path(parse_qs(urlsplit(url).query)["host"][0])


def lock_lines(database: Database | str) -> list[str]:
    """Read what the server noted beside its socket: its process, its folder."""
    return (socket_of(database) / ".s.PGSQL.5432.lock").read_text().splitlines()


def postmaster_of(database: Database | str) -> int:
    return int(lock_lines(database)[0])


def home_of(database: Database | str) -> Path:
    return Path(lock_lines(database)[1]).parent


def until(happened: Callable[[], object], seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.01)


def is_gone(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def start_user(folder: Path, durability: Durability = Durability.NOTHING) -> subprocess.Popen[str]:
    """Start another process that uses the database until its input ends; prints its address."""
    code = (
        "import sys; from pathlib import Path\n"
        "from stepline.start.database import Durability, open_database\n"
        f"with open_database(Path({str(folder)!r}), {durability}) as database:\n"
        "    print(database.url, flush=True); sys.stdin.read()"
    )
    return subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


def address_from(user: subprocess.Popen[str]) -> str:
    assert user.stdout is not None
    return user.stdout.readline().strip()


def leave(user: subprocess.Popen[str]) -> None:
    with user:
        user.communicate(timeout=30)
    assert user.returncode == 0


def test_a_given_server_is_used_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://somewhere/else")
    with open_database(tmp_path / "data") as opened:
        assert opened.url == "postgresql://somewhere/else"
        assert not opened.repair()
    assert not (tmp_path / "data").exists()


def test_the_role_is_no_superuser_and_nothing_listens_to_a_network(database: Database) -> None:
    assert ask(database, "SELECT rolsuper FROM pg_roles WHERE rolname = current_user") is False
    assert ask(database, "SHOW listen_addresses") == ""
    listening = {c.status for c in psutil.Process(postmaster_of(database)).net_connections("inet")}
    assert psutil.CONN_LISTEN not in listening


def test_the_socket_folder_is_private(database: Database) -> None:
    assert stat.S_IMODE(socket_of(database).stat().st_mode) == 0o700


def test_the_log_holds_no_value_of_a_refused_statement(data: Path) -> None:
    with open_database(data, Durability.NOTHING) as opened:
        with pytest.raises(psycopg.errors.InvalidTextRepresentation):
            ask(opened, "SELECT 'whispered'::int")
        ask(opened, "CREATE TABLE told (name text UNIQUE)")
        ask(opened, "INSERT INTO told VALUES ('whispered')")
        with pytest.raises(psycopg.errors.UniqueViolation):
            ask(opened, "INSERT INTO told VALUES ('whispered')")
        log = home_of(opened) / "postgres.log"
        assert "told_name_key" in log.read_text()
        # The first refusal names what it couldn't read, as PostgreSQL's own message does.
        assert "Key (name)=" not in log.read_text()
        assert "STATEMENT" not in log.read_text()


def test_rows_are_kept_over_a_stop_and_a_start(data: Path) -> None:
    with open_database(data) as opened:
        server = postmaster_of(opened)
        ask(opened, "CREATE TABLE kept AS SELECT 7 AS n")
    assert is_gone(server)
    with open_database(data) as opened:
        assert ask(opened, "SELECT n FROM kept") == 7


def test_a_long_data_path_gets_a_short_private_socket(tmp_path: Path) -> None:
    folder = tmp_path / ("long" * 20) / ("path" * 20) / "data"
    with open_database(folder, Durability.NOTHING) as opened:
        assert ask(opened, "SELECT 1") == 1
        socket = socket_of(opened)
        assert len(str(socket)) < 90
        assert stat.S_IMODE(socket.stat().st_mode) == 0o700
        with open_database(folder, Durability.NOTHING) as again:
            assert again.url == opened.url
    assert not socket.exists()


def test_odd_signs_in_a_data_path_do_no_harm(tmp_path: Path) -> None:
    with open_database(tmp_path / "a b,\"c' ü%#", Durability.NOTHING) as opened:
        assert ask(opened, "SELECT 1") == 1


def test_no_existing_folder_changes_its_mode(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    folder = closed / "data"
    folder.mkdir(mode=0o750)
    watched = [*folder.parents, folder, binaries.wheel_folder() or folder, Path("/var/lib")]
    before = [(path, path.stat().st_mode, path.stat().st_uid) for path in watched]
    with open_database(folder, Durability.NOTHING) as opened:
        assert ask(opened, "SELECT 1") == 1
    assert before == [(path, path.stat().st_mode, path.stat().st_uid) for path in watched]


def test_the_last_of_several_processes_stops_the_server(data: Path) -> None:
    users = [start_user(data) for _ in range(3)]
    addresses = {address_from(user) for user in users}
    assert len(addresses) == 1
    with open_database(data, Durability.NOTHING) as opened:
        server = postmaster_of(opened)
        for user in users:
            leave(user)
        assert ask(opened, "SELECT 1") == 1
    assert is_gone(server)


def test_after_a_kill_the_next_start_finds_the_server_again(data: Path) -> None:
    user = start_user(data)
    with psycopg.connect(address_from(user), autocommit=True) as held:
        held.execute("CREATE TABLE kept AS SELECT 7 AS n")
        with user:
            user.kill()
        with open_database(data, Durability.NOTHING) as opened:
            assert ask(opened, "SELECT n FROM kept") == 7
            server = postmaster_of(opened)
            assert held.execute("SELECT 1").fetchone() == (1,)
    assert is_gone(server)


def test_a_killed_server_is_started_again_at_once(data: Path) -> None:
    with open_database(data, Durability.KILLS) as opened:
        ask(opened, "CREATE TABLE kept AS SELECT 7 AS n")
        os.kill(postmaster_of(opened), signal.SIGKILL)
        until(opened.repair)
        assert ask(opened, "SELECT n FROM kept") == 7
        assert not opened.repair()


def test_a_server_killed_while_nobody_watched_is_repaired(data: Path) -> None:
    user = start_user(data, Durability.KILLS)
    address = address_from(user)
    ask(address, "CREATE TABLE kept AS SELECT 7 AS n")
    server = postmaster_of(address)
    # The user stays stopped, and so its dead child stays a zombie: its number is still taken.
    psutil.Process(user.pid).suspend()
    os.kill(server, signal.SIGKILL)
    until(lambda: is_gone(server))
    assert psutil.Process(server).status() == psutil.STATUS_ZOMBIE
    with open_database(data, Durability.KILLS) as opened:
        assert ask(opened, "SELECT n FROM kept") == 7
        psutil.Process(user.pid).resume()
        leave(user)
        assert ask(opened, "SELECT n FROM kept") == 7


def test_a_process_number_taken_by_another_is_no_server(data: Path) -> None:
    with open_database(data, Durability.KILLS) as opened:
        home = home_of(opened)
        noted = (home / "cluster" / "postmaster.pid").read_text()
    lines = noted.splitlines()
    (home / "cluster" / "postmaster.pid").write_text("\n".join([str(os.getpid()), *lines[1:]]))
    with open_database(data, Durability.KILLS) as opened:
        assert ask(opened, "SELECT 1") == 1


def test_a_first_start_that_was_killed_is_made_anew(data: Path) -> None:
    with open_database(data, Durability.KILLS) as opened:
        home = home_of(opened)
    (home / "cluster").rename(home / "cluster.making")
    with open_database(data, Durability.KILLS) as opened:
        assert ask(opened, "SELECT 1") == 1
    assert not (home / "cluster.making").exists()


def test_an_installed_postgresql_stands_in_for_the_wheel(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(binaries, "wheel_folder", lambda: None)
    if not binaries._installed():
        pytest.skip("no PostgreSQL is installed on this machine")
    with open_database(data, Durability.NOTHING) as opened:
        assert int(str(ask(opened, "SHOW server_version_num"))) >= 150000


def test_without_any_postgresql_the_sentence_says_what_to_do(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(binaries, "wheel_folder", lambda: None)
    monkeypatch.setattr(binaries, "_installed", list)
    with pytest.raises(CannotStart, match="apt-get install postgresql"):
        open_database(data, Durability.NOTHING)


def test_rows_of_another_major_version_are_left_alone(data: Path) -> None:
    with open_database(data, Durability.KILLS) as opened:
        version = home_of(opened) / "cluster" / "PG_VERSION"
    version.write_text("14\n")
    with pytest.raises(CannotStart, match="PostgreSQL 14"):
        open_database(data, Durability.KILLS)


def test_a_damaged_name_of_the_database_is_refused(tmp_path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root's databases stand outside the data folder")
    (tmp_path / "database-name").write_text("../../etc")
    with pytest.raises(CannotStart, match="damaged"):
        open_database(tmp_path)
