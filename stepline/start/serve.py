"""`stepline serve`: a whole line in one process, its database beside it; or its pages alone."""

import argparse
import os

from django.conf import settings

from stepline.start.clock import database_kept, running_clock
from stepline.start.ending import Ending
from stepline.start.faults import CannotStart
from stepline.start.installation import (
    chosen_folder,
    once_reached,
    open_installation,
    refuse_other_lines,
)
from stepline.start.pages import listen, serve_pages

DEFAULT_LISTEN = "127.0.0.1:8000"


def main(arguments: list[str]) -> int:
    """Serve until told to end."""
    options = _parse(arguments)
    address = options.listen or os.environ.get("STEPLINE_LISTEN") or DEFAULT_LISTEN
    sockets = listen(*_host_and_port(address))
    with open_installation(chosen_folder(options.data), waits=True) as installation:
        once_reached(lambda: refuse_other_lines(demo=False))
        ending = Ending()
        print(f"Stepline answers at {settings.STEPLINE_PUBLIC_URL} and listens on {address}.")
        print("Ctrl-C stops it.", flush=True)
        keeps = database_kept if options.no_clock else running_clock
        with keeps(installation.database):
            serve_pages(sockets, ending, settings.STEPLINE_TRUSTED_PROXIES)
    return 0


def _parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="stepline serve", description="Run a line: pages, clock and database in one process."
    )
    parser.add_argument("--data", metavar="DIR", help="the data folder (default: ./data)")
    parser.add_argument(
        "--listen", metavar="HOST:PORT", help=f"where to listen (default: {DEFAULT_LISTEN})"
    )
    parser.add_argument(
        "--no-clock", action="store_true", help="pages only: the clock is `stepline worker`'s"
    )
    return parser.parse_args(arguments)


def _host_and_port(address: str) -> tuple[list[str], int]:
    host, _, port = address.rpartition(":")
    if not host or not port.isdecimal() or int(port) > 65535:
        raise CannotStart(
            f"'{address}' is no address to listen on; it looks like {DEFAULT_LISTEN}."
        )
    return [host.strip("[]")], int(port)
