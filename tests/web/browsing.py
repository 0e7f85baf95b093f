"""A real Chromium for the tests of pages, and what it must never report."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from django.db import connections
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, sync_playwright

PATIENCE_MS = 15_000
LOOK_EVERY_MS = 50
AXE = Path(__file__).resolve().parents[2] / "node_modules" / "axe-core" / "axe.min.js"


@dataclass
class Complaints:
    """Everything a page complained about, and every address elsewhere that it asked for."""

    home: str
    heard: list[str] = field(default_factory=list)

    def listen_to(self, page: Page) -> None:
        page.on("console", self.console)
        page.on("pageerror", lambda error: self.heard.append(f"error: {error}"))
        page.on("request", self.request)

    def console(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.heard.append(f"{message.type}: {message.text}")

    def request(self, request: Request) -> None:
        if not request.url.startswith((self.home, "data:", "blob:")):
            self.heard.append(f"asked elsewhere: {request.url}")


@contextmanager
def chromium() -> Iterator[Browser]:
    """Open the machine's Chromium; as root it runs without its sandbox."""
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=arguments
        )
        try:
            yield browser
        finally:
            browser.close()
            # Rows read beside the driver's loop came by a connection that only it can close.
            connections.close_all()


def until(page: Page, holds: Callable[[], bool]) -> None:
    """Let the page go on until something holds: of rows above all, which the page may yet write."""
    for _look in range(PATIENCE_MS // LOOK_EVERY_MS):
        if holds():
            return
        page.wait_for_timeout(LOOK_EVERY_MS)
    raise AssertionError("it never held")


def violations(page: Page) -> list[str]:
    """Give what axe finds on a page; injected past the page's own policy, as a reader would be."""
    session = page.context.new_cdp_session(page)
    run = "axe.run().then(found => found.violations.map(one => `${one.id}: ${one.nodes[0].html}`))"
    answer = session.send(
        "Runtime.evaluate",
        {
            "expression": f"{AXE.read_text(encoding='utf-8')};{run}",
            "awaitPromise": True,
            "returnByValue": True,
        },
    )
    found: list[str] = answer["result"]["value"]
    return found
