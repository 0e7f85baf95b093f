"""Pictures of a page as it stands: on a telephone and on a laptop, by day and by night."""

import base64
from pathlib import Path
from typing import Literal

from playwright.sync_api import Page

SIZES = {"390": (390, 844), "1280": (1280, 800)}
THEMES: dict[str, Literal["light", "dark"]] = {"day": "light", "night": "dark"}
# Of WebP; letters stay sharp, and a page weighs about 20 kB.
QUALITY = 70
SETTLES_MS = 150


class Camera:
    """Takes pictures into one folder, four of each screen."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.taken: dict[str, list[str]] = {}

    def take(self, name: str, page: Page) -> None:
        """Take a page's four pictures under this name; its size and theme are changed for them."""
        session = page.context.new_cdp_session(page)
        files = []
        for size, (width, height) in SIZES.items():
            page.set_viewport_size({"width": width, "height": height})
            for theme, scheme in THEMES.items():
                page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
                page.wait_for_timeout(SETTLES_MS)
                picture = session.send(
                    "Page.captureScreenshot", {"format": "webp", "quality": QUALITY}
                )
                files.append(f"{name}-{size}-{theme}.webp")
                (self.folder / files[-1]).write_bytes(base64.b64decode(picture["data"]))
        session.detach()
        self.taken[name] = files

    def bytes_taken(self) -> int:
        """Give the size of all pictures taken."""
        names = (name for files in self.taken.values() for name in files)
        return sum((self.folder / name).stat().st_size for name in names)
