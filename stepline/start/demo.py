"""`stepline demo`: a pretend line on this machine alone, with a page for each part you may play."""

import argparse
import json
import os
import sys
import webbrowser
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from socket import socket

from django.utils import timezone
from django.utils.module_loading import import_string

from stepline.start.clock import running_clock
from stepline.start.database import Durability
from stepline.start.ending import Ending
from stepline.start.faults import CannotStart
from stepline.start.installation import open_installation, refuse_other_lines
from stepline.start.pages import LOOPBACK, listen, serve_pages

FIRST_PORT = 8000
PORTS_TRIED = 50


def main(arguments: list[str]) -> int:
    """Run the demonstration until told to end."""
    options = _parse(arguments)
    sockets = _listen(options.port)
    address = f"http://localhost:{sockets[0].getsockname()[1]}"
    os.environ.update(STEPLINE_DEMO="1", STEPLINE_PUBLIC_URL=address)
    folder = Path(options.data or "data/demo")
    with open_installation(folder, Durability.KILLS) as installation:
        refuse_other_lines(demo=True)
        # Found by name: its rows can only be imported once Django is set up.
        seed: Callable[[datetime], dict[str, str]] = import_string("stepline.start.seed.seed_demo")
        links = {name: address + path for name, path in seed(timezone.now()).items()}
        ending = Ending()
        _tell(links, as_json=options.json)
        if not options.no_browser and not options.json and _has_screen():
            webbrowser.open(next(iter(links.values())))
        with running_clock(installation.database):
            serve_pages(sockets, ending, trusted_proxies=[])
    return 0


def _parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="stepline demo",
        description="Try Stepline: a pretend line with pretend volunteers, on this machine alone.",
    )
    parser.add_argument("--port", type=int, help=f"default: {FIRST_PORT}, or the next free one")
    parser.add_argument("--data", metavar="DIR", help="where to keep it (default: ./data/demo)")
    parser.add_argument("--no-browser", action="store_true", help="don't open a browser")
    parser.add_argument("--json", action="store_true", help="print the links as one JSON object")
    options = parser.parse_args(arguments)
    if options.port is not None and not 0 <= options.port <= 65535:
        parser.error("a port is a number up to 65535")
    return options


def _listen(port: int | None) -> list[socket]:
    """Listen on the port asked for, else on the first free one from the default on."""
    if port is not None:
        return listen(LOOPBACK, port)
    for tried in range(FIRST_PORT, FIRST_PORT + PORTS_TRIED):
        try:
            return listen(LOOPBACK, tried)
        except CannotStart:
            continue
    return listen(LOOPBACK, 0)


def _tell(links: dict[str, str], *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(links), flush=True)
        return
    width = max(map(len, links))
    print("This is a demonstration. Nobody real answers, and it is open to this machine alone.\n")
    for name, link in links.items():
        print(f"  {name:<{width}}  {link}")
    print("\nOpen the links in one browser or in several. Ctrl-C stops all.", flush=True)


def _has_screen() -> bool:
    """Tell whether a browser would open a window; one in this terminal would be in the way."""
    return sys.platform == "darwin" or any(
        os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY")
    )
