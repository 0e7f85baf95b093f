"""A caller's and a volunteer's page in browsers with tones for microphones, on a running line."""

import tempfile
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from django.utils import timezone
from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright

from stepline import models, worker
from stepline.actions import accounts
from stepline.models.people import Role
from stepline.start.stage.browsers import SOUNDS, browser_with, hear, open_page, wait_until
from stepline.start.stage.tones import write_tone
from tests.web.browsing import until
from tests.web.cast import a_line, a_volunteer
from tests.web.live_server import LiveServer

CALLER_HZ = 440
VOLUNTEER_HZ = 1000
HELPER_HZ = 1500
NEAR_HZ = 15
SILENT_DECIBELS = -70
JOINS_WITHIN_MS = 20_000


@dataclass(frozen=True)
class Browsers:
    """Three Chromium processes, each with its own tone."""

    caller: Browser
    volunteer: Browser
    helper: Browser


@dataclass(frozen=True)
class Stage:
    """A line that runs, with a volunteer on duty; both pages are open, nobody has asked yet."""

    url: str
    browsers: Browsers
    caller: Page
    volunteer: Page
    line: models.Line

    def press(self) -> None:
        """Reach out, as the caller."""
        self.caller.get_by_role("button", name="Talk to someone now").click()

    def answer(self) -> None:
        """Say ready, as the volunteer."""
        self.volunteer.locator("[data-screen=offer] button.answer").click()

    def talk(self) -> None:
        """Bring both into a conversation."""
        self.press()
        self.answer()
        self.until_talking()

    @contextmanager
    def captain(self) -> Iterator[Page]:
        """Sign in the line's captain, who may be brought into a talk."""
        captain = a_volunteer(self.line, "Cleo", is_captain=True)
        code = accounts.invite(captain, Role.VOLUNTEER, timezone.now())
        page = open_page(self.browsers.helper)
        try:
            sign_in(page, f"{self.url}/i/{code}")
            # Nobody is brought in whom nothing can ring.
            until(page, models.Presence.objects.filter(volunteer=captain).exists)
            yield page
        finally:
            page.context.close()

    def until_talking(self) -> None:
        """Wait until both pages show that they talk, and sound."""
        for page in (self.caller, self.volunteer):
            expect(shown(page, "talking")).to_be_visible(timeout=JOINS_WITHIN_MS)
            wait_until(page, SOUNDS)

    def assert_heard(self) -> None:
        """Check that each hears the other's tone."""
        assert abs(hear(self.caller, "voice").hertz - VOLUNTEER_HZ) < NEAR_HZ
        assert abs(hear(self.volunteer, "voices").hertz - CALLER_HZ) < NEAR_HZ


def shown(page: Page, screen: str) -> Locator:
    """Give what a page shows while it is on a screen."""
    return page.locator(f"[data-screen~={screen}]:not([hidden])").first


@contextmanager
def three_browsers() -> Iterator[Browsers]:
    """Start the browsers."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="stepline-tones-")))
        playwright = stack.enter_context(sync_playwright())
        started = []
        for hertz in (CALLER_HZ, VOLUNTEER_HZ, HELPER_HZ):
            tone = folder / f"{hertz}.wav"
            write_tone(tone, hertz)
            started.append(stack.enter_context(browser_with(playwright, tone)))
        yield Browsers(*started)


@contextmanager
def a_stage(browsers: Browsers) -> Iterator[Stage]:
    """Run a line with its clock, and bring its volunteer on duty."""
    line = a_line(slug="stage")
    code = accounts.invite(a_volunteer(line, "Ana"), Role.VOLUNTEER, timezone.now())
    with LiveServer() as server, a_clock():
        caller, volunteer = open_page(browsers.caller), open_page(browsers.volunteer)
        try:
            go_on_duty(volunteer, f"{server.url}/i/{code}")
            caller.goto(f"{server.url}/line/{line.slug}/")
            yield Stage(server.url, browsers, caller, volunteer, line)
        finally:
            caller.context.close()
            volunteer.context.close()


def go_on_duty(page: Page, invitation: str) -> None:
    """Sign a device in and answer the test ring."""
    sign_in(page, invitation)
    page.get_by_role("button", name="Go on duty").click()
    page.get_by_role("button", name="I hear it", exact=True).click()
    expect(page.locator("[data-screen=on_duty]")).to_be_visible()


def sign_in(page: Page, invitation: str) -> None:
    """Use an invitation up."""
    page.goto(invitation)
    page.locator("main form button").first.click()
    page.wait_for_url("**/volunteer/")


@contextmanager
def a_clock() -> Iterator[None]:
    """Run the worker in a thread."""
    stop = threading.Event()
    clock = threading.Thread(target=worker.run, args=(stop,), name="clock")
    clock.start()
    try:
        yield
    finally:
        stop.set()
        clock.join(10)
        assert not clock.is_alive()
