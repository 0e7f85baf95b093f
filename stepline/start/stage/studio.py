"""A demonstration that runs, a browser to look at it, and hands behind it."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from django.utils.module_loading import import_string
from playwright.sync_api import Browser, Locator, Page, sync_playwright

from stepline.start.database import Durability
from stepline.start.faults import CannotStart
from stepline.start.installation import open_installation
from stepline.start.stage.browsers import browser_with
from stepline.start.stage.camera import Camera
from stepline.start.stage.folders import passing_data

WAIT_MS = 30_000


@dataclass(frozen=True)
class Studio:
    """What pictures are made with."""

    url: str
    links: dict[str, str]
    browser: Browser
    camera: Camera
    hands: ThreadPoolExecutor

    @property
    def slug(self) -> str:
        """Name the line that is shown."""
        return urlsplit(self.links["caller"]).path.split("/")[2]

    def page(self, address: str, *, notifications: bool = True) -> Page:
        """Open an address in a browser profile of its own, which allowed the microphone."""
        allowed = ["microphone", "notifications"] if notifications else ["microphone"]
        context = self.browser.new_context(
            base_url=self.url,
            locale="en",
            permissions=allowed,
        )
        context.set_default_timeout(WAIT_MS)
        page = context.new_page()
        page.goto(address)
        return page

    def close_pages(self) -> None:
        """Close every browser profile, so that nobody of one sitting is in the next."""
        for context in list(self.browser.contexts):
            context.close()

    def take(self, name: str, page: Page) -> None:
        """Take a page's pictures."""
        self.camera.take(name, page)

    def behind(self, deed: str, *arguments: str) -> str:
        """Do something behind the pages, in a thread: the browser's driver has this one."""
        # Found by name: its rows can only be imported once Django is set up.
        function: Callable[..., str] = import_string(f"stepline.start.stage.backstage.{deed}")
        return self.hands.submit(function, *arguments).result()


def screen(page: Page, name: str) -> Locator:
    """Wait until a page shows a screen."""
    found = page.locator(f"[data-screen~={name}]")
    found.wait_for()
    return found


def press(page: Page, name: str) -> None:
    """Press the visible button that begins with these words."""
    page.get_by_role("button", name=name).locator("visible=true").first.click()


@contextmanager
def studio(folder: Path) -> Iterator[Studio]:
    """Start a demonstration of its own and a browser; pictures go to the folder."""
    with ExitStack() as stack:
        data = stack.enter_context(passing_data())
        links = stack.enter_context(demonstration(data))
        stack.enter_context(open_installation(data, Durability.KILLS))
        playwright = stack.enter_context(sync_playwright())
        parts = urlsplit(links["caller"])
        yield Studio(
            url=f"{parts.scheme}://{parts.netloc}",
            links=links,
            browser=stack.enter_context(browser_with(playwright, None)),
            camera=Camera(folder),
            hands=stack.enter_context(ThreadPoolExecutor(1)),
        )


@contextmanager
def demonstration(data: Path) -> Iterator[dict[str, str]]:
    """Run `stepline demo` in a process of its own; gives its links."""
    command = [sys.executable, "-m", "stepline", "demo", "--no-browser", "--json"]
    command += ["--data", str(data)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        said = process.stdout.readline() if process.stdout else ""
        if not said:
            raise CannotStart("The demonstration did not start.")
        yield json.loads(said)
    finally:
        process.terminate()
        process.wait()
