"""A relay (coturn) for this machine's own tests; nothing of its settings is for production."""

import os
import secrets
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from stepline.start.faults import CannotStart

# The relay speaks from an address that no page has, so that the two can be told apart.
RELAY_ADDRESS = "127.0.0.2"
STARTS_WITHIN_SECONDS = 5.0
SETTINGS = """\
listening-ip=127.0.0.1
listening-port={port}
relay-ip={relay}
realm=stepline
use-auth-secret
static-auth-secret={secret}
allow-loopback-peers
no-tls
no-dtls
no-cli
pidfile={folder}/turnserver.pid
userdb={folder}/turndb
log-file=stdout
simple-log
"""


@dataclass(frozen=True)
class Relay:
    """Where the relay is reached, by which secret, and from which address it speaks."""

    url: str
    secret: str
    process_id: int
    address: str = RELAY_ADDRESS


@contextmanager
def running_relay() -> Iterator[Relay]:
    """Run a relay on this machine while the block runs; raises CannotStart where it can't."""
    program = shutil.which("turnserver")
    if program is None:
        raise CannotStart("coturn is needed and was not found. On Debian: apt-get install coturn")
    port, secret = free_port(), secrets.token_urlsafe(24)
    with tempfile.TemporaryDirectory(prefix="stepline-relay-") as folder:
        settings = Path(folder) / "turnserver.conf"
        text = SETTINGS.format(port=port, relay=RELAY_ADDRESS, secret=secret, folder=folder)
        settings.write_text(text, encoding="utf-8")
        settings.chmod(0o600)
        process = subprocess.Popen(
            [program, "-c", str(settings)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            wait_for_port(port, process)
            yield Relay(f"turn:127.0.0.1:{port}?transport=udp", secret, process.pid)
        finally:
            process.terminate()
            process.wait()


def free_port() -> int:
    """Give a TCP port of this machine that is free at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for_port(port: int, process: "subprocess.Popen[bytes]") -> None:
    """Wait until a program listens; raises CannotStart when it ends or takes too long."""
    end = time.monotonic() + STARTS_WITHIN_SECONDS
    while time.monotonic() < end and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == os.EX_OK:
                return
        time.sleep(0.02)
    raise CannotStart(f"A program that should listen on port {port} did not start.")
