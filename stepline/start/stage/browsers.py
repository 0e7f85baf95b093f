"""Real Chromium processes whose microphone is a sound file, and what their pages heard."""

import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, Playwright

from stepline.start.faults import CannotStart

HERE = Path(__file__).parent
LISTEN_FOR_MS = 2500
WAIT_MS = 20_000
LOOK_EVERY_MS = 50
SOUNDS = "[...document.querySelectorAll('audio')].some((one) => !one.muted && !one.paused)"
SMALL_SCREEN = {"width": 390, "height": 844}
FLAGS = (
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
    "--autoplay-policy=no-user-gesture-required",
    "--allow-loopback-in-peer-connection",
    "--disable-background-networking",
)


@dataclass(frozen=True)
class Heard:
    """What an audio element of a page was given, and whether it let it be heard."""

    hertz: float
    decibels: float
    muted: bool
    paused: bool
    volume: float


def chromium() -> str:
    """Give Chromium's path; raises CannotStart with what to install."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        found = shutil.which(name)
        if found:
            return found
    raise CannotStart("Chromium is needed and was not found. On Debian: apt-get install chromium")


@contextmanager
def browser_with(playwright: Playwright, microphone: Path | None) -> Iterator[Browser]:
    """Run one Chromium process; without a file its microphone beeps."""
    flags = list(FLAGS)
    if microphone:
        flags.append(f"--use-file-for-fake-audio-capture={microphone}")
    if os.geteuid() == 0:
        flags.append("--no-sandbox")
    browser = playwright.chromium.launch(executable_path=chromium(), args=flags)
    try:
        yield browser
    finally:
        browser.close()


def open_page(browser: Browser, *, microphone: bool = True) -> Page:
    """Open an empty page, as small as a telephone's, with a witness in it."""
    context = browser.new_context(
        viewport={"width": SMALL_SCREEN["width"], "height": SMALL_SCREEN["height"]},
        permissions=["microphone", "notifications"] if microphone else ["notifications"],
    )
    context.add_init_script(path=HERE / "witness.js")
    return context.new_page()


def wait_until(page: Page, holds: str) -> None:
    """Wait until an expression is true in a page; its policy forbids the driver's own waiting.

    Raises TimeoutError after WAIT_MS.
    """
    end = time.monotonic() + WAIT_MS / 1000
    while not page.evaluate(holds):
        if time.monotonic() > end:
            raise TimeoutError(holds)
        page.wait_for_timeout(LOOK_EVERY_MS)


def hear(page: Page, element: str) -> Heard:
    """Listen to an audio element of a page for a few seconds."""
    script = (HERE / "hear.js").read_text(encoding="utf-8")
    return Heard(**page.evaluate(script, {"id": element, "milliseconds": LISTEN_FOR_MS}))


def hear_all(page: Page) -> list[float]:
    """Give the loudest frequency, in Hz, of each voice that reaches a page, lowest first."""
    script = (HERE / "hear_all.js").read_text(encoding="utf-8")
    return sorted(page.evaluate(script, {"milliseconds": LISTEN_FOR_MS}))


def paths(page: Page) -> list[dict[str, dict[str, str]]]:
    """Give both ends of each way by which a page is joined with another."""
    found: list[dict[str, dict[str, str]]] = page.evaluate(
        (HERE / "paths.js").read_text(encoding="utf-8")
    )
    return found


def signals(page: Page) -> list[dict[str, Any]]:
    """Give all signals that arrived at a page."""
    arrived: list[dict[str, Any]] = page.evaluate("window.witness.signals")
    return arrived


def first_mark(page: Page, ending: str, after_ms: float = 0) -> float | None:
    """Give when a page first did something (press, or sent ...), in ms since the epoch."""
    marks = page.evaluate("window.witness.marks")
    times = [one["at"] for one in marks if one["what"].endswith(ending) and one["at"] >= after_ms]
    return min(times, default=None)
