"""The running server of one cluster: found again, started, repaired after a kill, stopped."""

import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import psutil

from stepline.start.database.binaries import Binaries, find_binaries
from stepline.start.database.cluster import (
    Durability,
    create_cluster,
    quiet_environment,
    server_command,
)
from stepline.start.database.places import PORT, Places, socket_folder
from stepline.start.faults import CannotStart

# Recovery after a power cut may take a while; a server that gives no sign at all is given up.
READY_WITHIN = timedelta(minutes=2)
STOPPED_WITHIN = timedelta(seconds=30)
SURVIVORS_GONE_WITHIN = timedelta(seconds=10)
LOOK_AGAIN_AFTER = timedelta(milliseconds=10)
LOG_BYTES_KEPT = 5_000_000


@dataclass(frozen=True)
class Postmaster:
    """What postmaster.pid says of the server that wrote it."""

    pid: int
    socket_folder: Path
    is_ready: bool


class Server:
    """The server of one home. Every method is called under the start lock."""

    def __init__(self, places: Places, durability: Durability) -> None:
        self._places = places
        self._durability = durability
        self._child: subprocess.Popen[bytes] | None = None

    def ensure(self) -> Path:
        """Start the server unless it runs, and return the folder of its socket.

        Makes the cluster where there is none, and clears up after a server that was killed.
        """
        running = self.running()
        if running is None:
            binaries = find_binaries(self._places.account, self._places.cluster)
            create_cluster(binaries, self._places, self._durability)
            self._clear_up_after_kill()
            self._start(binaries)
        return self._until_ready()

    def running(self) -> Postmaster | None:
        """Read which server runs on this cluster now; None for a dead one's leavings."""
        self._reap()
        noted = _read_pid_file(self._places.cluster / "postmaster.pid")
        if noted is None or not _works_in(noted.pid, self._places.cluster):
            return None
        return noted

    def stop(self) -> None:
        """Stop the server, whoever started it; a no-op when none runs."""
        running = self.running()
        if running is None:
            return
        # SIGINT ends open sessions and writes all down; SIGQUIT is for what need not be kept.
        _signal(
            running.pid, signal.SIGQUIT if self._durability is Durability.NOTHING else signal.SIGINT
        )
        if not _poll(lambda: self.running() is None, STOPPED_WITHIN):
            _signal(running.pid, signal.SIGQUIT)
            _poll(lambda: self.running() is None, SURVIVORS_GONE_WITHIN)
        if self._child is not None:
            self._child.wait(SURVIVORS_GONE_WITHIN.total_seconds())

    def _reap(self) -> None:
        """Take the end of a server that we started, so that no zombie keeps its process id."""
        if self._child is not None and self._child.poll() is not None:
            self._child = None

    def _start(self, binaries: Binaries) -> None:
        log = self._places.log
        if log.exists() and log.stat().st_size > LOG_BYTES_KEPT:
            log.replace(log.with_suffix(".log.1"))
        command = server_command(
            binaries, self._places, socket_folder(self._places), self._durability
        )
        with log.open("ab") as output:
            log.chmod(0o600)
            # A session of its own: Ctrl-C in our terminal must not reach it before we are done.
            self._child = subprocess.Popen(
                command,
                cwd=self._places.home,
                env=quiet_environment(),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
                **self._places.account.run_as(),
            )

    def _until_ready(self) -> Path:
        deadline = time.monotonic() + READY_WITHIN.total_seconds()
        while time.monotonic() < deadline:
            running = self.running()
            if running is not None and running.is_ready:
                return running.socket_folder
            if running is None and self._child is None:
                break
            time.sleep(LOOK_AGAIN_AFTER.total_seconds())
        raise CannotStart(f"The database did not start. It said: {self._last_words()}")

    def _last_words(self) -> str:
        try:
            lines = self._places.log.read_text(errors="replace").strip().splitlines()
        except OSError:
            lines = []
        return " / ".join(lines[-3:]) or "nothing"

    def _clear_up_after_kill(self) -> None:
        """Remove a dead server's lock files once none of its sessions is left.

        PostgreSQL itself trusts a process id that is taken again or not yet reaped, and would
        then never start; while a session of the dead server still writes, nothing may start.
        """
        cluster = self._places.cluster
        if not (cluster / "postmaster.pid").exists():
            return
        if not _poll(lambda: not _processes_in(cluster), SURVIVORS_GONE_WITHIN):
            for process in _processes_in(cluster):
                _signal(process.pid, signal.SIGQUIT)
            if not _poll(lambda: not _processes_in(cluster), SURVIVORS_GONE_WITHIN):
                raise CannotStart(
                    f"Sessions of a database that was killed still work in {cluster}."
                    " Nothing is lost; end them, or restart the machine, then start again."
                )
        dead = _read_pid_file(cluster / "postmaster.pid")
        if dead is not None:
            (dead.socket_folder / f".s.PGSQL.{PORT}.lock").unlink(missing_ok=True)
        (cluster / "postmaster.pid").unlink(missing_ok=True)


def _read_pid_file(path: Path) -> Postmaster | None:
    """Read postmaster.pid: line 1 the process, line 5 the socket's folder, line 8 its state."""
    try:
        lines = path.read_text().splitlines()
        state = lines[7].strip() if len(lines) > 7 else "starting"
        return Postmaster(int(lines[0]), Path(lines[4]), state == "ready")
    except (OSError, ValueError, IndexError):
        return None


def _works_in(pid: int, cluster: Path) -> bool:
    """Tell whether that process lives and is a server of this cluster, not a later namesake."""
    try:
        process = psutil.Process(pid)
        return process.status() != psutil.STATUS_ZOMBIE and Path(process.cwd()) == cluster
    except (psutil.Error, OSError):
        return False


def _processes_in(cluster: Path) -> list[psutil.Process]:
    """List the living processes that work in the cluster: the server and its sessions."""
    found = (process for process in psutil.process_iter() if process.pid != 0)
    return [process for process in found if _works_in(process.pid, cluster)]


def _signal(pid: int, number: signal.Signals) -> None:
    try:
        psutil.Process(pid).send_signal(number)
    except psutil.NoSuchProcess:
        return


def _poll(happened: Callable[[], bool], within: timedelta) -> bool:
    deadline = time.monotonic() + within.total_seconds()
    while not happened():
        if time.monotonic() > deadline:
            return False
        time.sleep(LOOK_AGAIN_AFTER.total_seconds())
    return True
