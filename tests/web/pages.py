"""Which controls each page offers, by the names that a screen reader says."""

import re
from dataclasses import dataclass, field
from html import unescape

from playwright.sync_api import Locator, Page

CONTROL = re.compile(
    r"""^\s*-\ '?(button|link|textbox|checkbox|radio|combobox|searchbox|slider|spinbutton|switch)"""
    r"""(?:\ "((?:[^"\\]|\\.)*)")?"""
)
CHANGING = re.compile(r"\d{4}-\d{2}-\d{2}(?: \d{2}:\d{2})?|\d{1,2}:\d{2}")
AROUND = "around every screen"


@dataclass
class Controls:
    """The controls of one document, by screen, in their order and each once."""

    screens: dict[str, list[str]] = field(default_factory=dict)

    def add(self, screen: str, found: list[str]) -> None:
        kept = self.screens.setdefault(screen, [])
        kept.extend(one for one in dict.fromkeys(found) if one not in kept)


# Runs in the copy: what a script fills in later is …, and words that take turns stand side by side.
STILL = """() => {
  for (const one of document.querySelectorAll('template')) one.replaceWith(one.content);
  for (const one of document.querySelectorAll('label span:empty')) one.textContent = '…';
  for (const control of document.querySelectorAll('button, a')) {
    const turns = [...control.querySelectorAll('[data-show], [data-when]')];
    for (const one of turns.slice(1)) one.prepend(' / ');
  }
}"""
SHOW = "it => [it, ...it.querySelectorAll('[hidden]')].forEach(one => { one.hidden = false; })"


def controls(page: Page, still: Page) -> Controls:
    """Read an opened page, each of its screens in turn, from a copy that no script moves on.

    What a screen only shows at times counts as shown.
    """
    copy = page.evaluate("document.documentElement.outerHTML")
    still.set_content(re.sub(r"(?s)<script\b.*?</script>|<noscript\b.*?</noscript>", "", copy))
    still.add_style_tag(content=".hint { display: block; }")
    still.evaluate(STILL)
    found = Controls()
    screens = still.locator("[data-screen]")
    for number in range(screens.count()):
        screen = screens.nth(number)
        names = (screen.get_attribute("data-screen") or "").split()
        screen.evaluate(SHOW)
        found.add(", ".join(names), spoken(screen))
    still.evaluate("document.querySelectorAll('[data-screen]').forEach(one => one.remove())")
    still.locator("body").evaluate(SHOW)
    around = spoken(still.locator("body"))
    if around or not found.screens:
        found.add(AROUND if found.screens else "", around)
    return found


def spoken(part: Locator) -> list[str]:
    """Give the controls of a part of a page as `role “name”`; what changes by the clock is …."""
    found = []
    for line in part.aria_snapshot().splitlines():
        if match := CONTROL.match(line):
            name = unescape((match[2] or "").replace('\\"', '"').replace("''", "'"))
            found.append(f"{match[1]} “{CHANGING.sub('…', name)}”")
    return found
