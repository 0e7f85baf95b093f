"""PostgreSQL's own files: made once, private, open to one account on one socket, to no network."""

import shutil
import subprocess
from enum import Enum
from pathlib import Path

from stepline.start.database.binaries import Binaries
from stepline.start.database.places import PORT, Places
from stepline.start.faults import CannotStart

KEEPER = "postgres"  # owns the cluster; used at start only
ROLE = "stepline"  # what the application signs in as; no superuser
DATABASE = "stepline"

# Small, for one line on a small machine; PostgreSQL's own defaults are for a server of its own.
MEMORY = {
    "shared_buffers": "16MB",
    "max_connections": "100",
    "work_mem": "2MB",
    "maintenance_work_mem": "16MB",
    "max_wal_size": "256MB",
    "min_wal_size": "32MB",
    "jit": "off",
    "max_worker_processes": "2",
    "max_parallel_workers": "0",
    "max_parallel_workers_per_gather": "0",
    "max_logical_replication_workers": "0",
    "max_wal_senders": "0",
    "autovacuum_max_workers": "1",
}
# A statement or a row in the log would hold what a caller said.
NOTHING_PERSONAL = {
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_parameter_max_length_on_error": "0",
    "log_statement": "none",
}
# For rows that need not outlive a power cut.
UNSYNCED = {"fsync": "off", "full_page_writes": "off"}


class Durability(Enum):
    """What the rows of a database outlive."""

    ALL = "power cuts too"
    KILLS = "stops and kills, but no power cut: for a demonstration"
    NOTHING = "not even the last user's leaving: for tests"


def create_cluster(binaries: Binaries, places: Places, durability: Durability) -> None:
    """Make the cluster unless it exists; a half-made one from a killed start is made anew.

    Call it under the start lock.
    """
    if (places.cluster / "PG_VERSION").exists():
        return
    making = places.home / "cluster.making"
    shutil.rmtree(making, ignore_errors=True)
    making.mkdir(mode=0o700)
    places.account.own(making)
    command = [str(binaries.folder / "initdb"), "--pgdata", str(making), "--username", KEEPER]
    command += ["--auth", "peer", "--encoding", "UTF8", "--locale", "C", "--no-instructions"]
    command += ["--data-checksums"] if durability is Durability.ALL else ["--no-sync"]
    made = subprocess.run(
        command,
        cwd=places.home,
        env=quiet_environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        **places.account.run_as(),
    )
    if made.returncode != 0:
        raise CannotStart(f"The database could not be made in {places.home}: {made.stderr.strip()}")
    _allow_one_account(making, places)
    making.rename(places.cluster)


def quiet_environment() -> dict[str, str]:
    """Give PostgreSQL an environment of its own: none of ours, secrets least of all, is needed."""
    return {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}


def _allow_one_account(cluster: Path, places: Places) -> None:
    """Let in, by the name the system vouches for, who owns the database; for root also root."""
    accounts = [places.account.name, *(["root"] if places.account.is_other else [])]
    lines = [f'house "{account}" {role}' for account in accounts for role in (KEEPER, ROLE)]
    # Written over the files that initdb made, so that their owner and mode stay.
    (cluster / "pg_ident.conf").write_text("\n".join(lines) + "\n")
    (cluster / "pg_hba.conf").write_text("local all all peer map=house\n")


def server_command(
    binaries: Binaries, places: Places, socket_folder: Path, durability: Durability
) -> list[str]:
    """Give the whole command that starts the server: every setting that we rely on is in it."""
    settings = {
        "listen_addresses": "",
        "port": str(PORT),
        "unix_socket_directories": _quoted(socket_folder),
        "unix_socket_permissions": "0700",
        **MEMORY,
        **NOTHING_PERSONAL,
        **({} if durability is Durability.ALL else UNSYNCED),
        # The workers for reading that came with PostgreSQL 18 cost memory and win nothing here.
        **({"io_method": "sync"} if binaries.major >= 18 else {}),
    }
    command = [str(binaries.folder / "postgres"), "-D", str(places.cluster)]
    for name, value in settings.items():
        command += ["-c", f"{name}={value}"]
    return command


def _quoted(folder: Path) -> str:
    """Quote a folder for a setting that takes a list, since a comma may be part of its name."""
    return '"' + str(folder).replace('"', '""') + '"'
