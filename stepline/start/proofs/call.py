"""`stepline proof call`: two real browsers talk, each hears the other's tone and nothing else.

With --relay the voices go through a relay, and neither page learns the other's address.
"""

import argparse
import json
import re
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from playwright.sync_api import Page, expect, sync_playwright

from stepline.start.stage.browsers import (
    SOUNDS,
    browser_with,
    first_mark,
    hear,
    open_page,
    paths,
    signals,
    wait_until,
)
from stepline.start.stage.lines import StagedLine, staged_line
from stepline.start.stage.relay import Relay, running_relay
from stepline.start.stage.tones import write_tone

CALLER_HZ = 440
VOLUNTEER_HZ = 1000
NEAR_HZ = 15
AUDIBLE_DECIBELS = -60
TALKS_WITHIN_MS = 20_000
# Nobody says ready at once; meanwhile the caller has allowed the microphone.
THINKS_MS = 2500
# Network addresses of any kind, the names that browsers put in their place included.
ADDRESS = re.compile(
    r"\b(?:\d{1,3}\.){3}\d{1,3}\b"
    r"|\b[0-9a-f-]{36}\.local\b"
    r"|(?<![\w:])[0-9A-Fa-f]{1,4}(?::[0-9A-Fa-f]{0,4}){2,7}(?![\w:])"
)
# Pairs of digits with colons, as an address has; it names a key and no place.
FINGERPRINT = re.compile(r"fingerprint:\S+ [0-9A-Fa-f:]+")
NO_ADDRESS = "0.0.0.0"  # noqa: S104  # the blank that stands in descriptions; nothing is bound


@dataclass
class Verdict:
    """What is printed at the end, and judged."""

    first_ring_ms: float | None
    connected_ms: float | None
    caller_sends_hz: int
    volunteer_hears_hz: float
    volunteer_sends_hz: int
    caller_hears_hz: float
    state: str

    @property
    def holds(self) -> bool:
        """Tell whether each hears the other."""
        near = (
            abs(self.volunteer_hears_hz - self.caller_sends_hz) <= NEAR_HZ,
            abs(self.caller_hears_hz - self.volunteer_sends_hz) <= NEAR_HZ,
        )
        return all(near) and self.state == "talking" and self.first_ring_ms is not None


def main(arguments: list[str]) -> int:
    """Let two browsers talk; the last line printed is the verdict as JSON."""
    parser = argparse.ArgumentParser(prog="stepline proof call", description=__doc__)
    parser.add_argument("--relay", action="store_true", help="through a relay of its own (coturn)")
    options = parser.parse_args(arguments)
    with ExitStack() as stack:
        relay = stack.enter_context(running_relay()) if options.relay else None
        line = stack.enter_context(staged_line(("Ana",), relay))
        caller, volunteer = stack.enter_context(two_pages())
        go_on_duty(volunteer, line)
        pressed_at = reach_out(caller, line)
        ready_at = answer(volunteer)
        verdict = judge(caller, volunteer, pressed_at, ready_at)
        hidden = relay is None or addresses_are_hidden((caller, volunteer), relay)
    print(json.dumps(asdict(verdict)))
    return 0 if verdict.holds and hidden else 1


@contextmanager
def two_pages() -> Iterator[tuple[Page, Page]]:
    """Open the caller's and the volunteer's page, each in a browser with a tone of its own."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="stepline-tones-")))
        playwright = stack.enter_context(sync_playwright())
        pages: list[Page] = []
        for hertz in (CALLER_HZ, VOLUNTEER_HZ):
            tone = folder / f"{hertz}.wav"
            write_tone(tone, hertz)
            pages.append(open_page(stack.enter_context(browser_with(playwright, tone))))
        yield pages[0], pages[1]


def go_on_duty(page: Page, line: StagedLine) -> None:
    """Sign a device in by its invitation and answer the test ring."""
    page.goto(next(iter(line.invitations.values())))
    page.locator("form button").first.click()
    page.get_by_role("button", name="Go on duty").click()
    page.get_by_role("button", name="I hear it", exact=True).click()
    expect(page.locator("[data-screen=on_duty]")).to_be_visible()


def reach_out(page: Page, line: StagedLine) -> float:
    """Press the one button; gives when, in ms since the epoch."""
    page.goto(line.address(f"/line/{line.slug}/"))
    page.get_by_role("button", name="Talk to someone now").click()
    return first_mark(page, "press") or 0.0


def answer(page: Page) -> float:
    """Say ready a moment after it rings; gives when, in ms since the epoch."""
    ready = page.locator("[data-screen=offer] button.answer")
    expect(ready).to_be_visible()
    page.wait_for_timeout(THINKS_MS)
    seen = page.evaluate("performance.timeOrigin + performance.now()")
    ready.click()
    return first_mark(page, "press", after_ms=seen) or 0.0


def judge(caller: Page, volunteer: Page, pressed_at: float, ready_at: float) -> Verdict:
    """Wait until both talk, then listen at both ends."""
    for page in (caller, volunteer):
        page.locator("[data-screen~=talking]").wait_for(timeout=TALKS_WITHIN_MS)
        wait_until(page, SOUNDS)
    rang_at = first_mark(volunteer, "/ringing", after_ms=pressed_at)
    joined_at = [first_mark(page, "hearing", after_ms=ready_at) for page in (caller, volunteer)]
    heard_by_caller, heard_by_volunteer = hear(caller, "voice"), hear(volunteer, "voices")
    audible = all(
        one.decibels > AUDIBLE_DECIBELS and not one.muted and not one.paused
        for one in (heard_by_caller, heard_by_volunteer)
    )
    return Verdict(
        first_ring_ms=round(rang_at - pressed_at) if rang_at else None,
        connected_ms=round(max(filter(None, joined_at)) - ready_at) if all(joined_at) else None,
        caller_sends_hz=CALLER_HZ,
        volunteer_hears_hz=round(heard_by_volunteer.hertz, 1),
        volunteer_sends_hz=VOLUNTEER_HZ,
        caller_hears_hz=round(heard_by_caller.hertz, 1),
        state="talking" if audible else "silent",
    )


def addresses_are_hidden(pages: tuple[Page, Page], relay: Relay) -> bool:
    """Show every address that reached a page, by signal or by the way its voice takes."""
    hidden = True
    for name, page in zip(("caller", "volunteer"), pages, strict=True):
        arrived = signals(page)
        learned = {found for one in arrived for found in addresses_in(one["body"])}
        ways = paths(page)
        far = {(way["remote"]["type"], way["remote"]["address"]) for way in ways}
        near = {way["local"]["type"] for way in ways}
        print(
            f"{name}: {len(arrived)} signals told the addresses {sorted(learned)};"
            f" its voice leaves by {sorted(near)} and goes to {sorted(far)}"
        )
        hidden = hidden and (
            learned <= {relay.address, NO_ADDRESS}
            and bool(arrived)
            and near == {"relay"}
            and {address for _kind, address in far} == {relay.address}
        )
    print(f"Each page learned the relay's address alone: {'yes' if hidden else 'NO'}.")
    return hidden


def addresses_in(body: str) -> list[str]:
    """Give every network address that a signal tells."""
    return ADDRESS.findall(FINGERPRINT.sub("", body))
