"""docs/pages.md lists every page and control there is, and no other."""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.urls import get_resolver
from django.utils import timezone
from playwright.sync_api import BrowserContext

from stepline import models
from stepline.actions import accounts, notices, standby
from stepline.core.standby import beginning
from stepline.models.people import Role
from tests.web import cast
from tests.web.browsing import chromium
from tests.web.live_server import LiveServer
from tests.web.pages import controls

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "pages.md"
# A heading names an address and perhaps a screen; the list below it holds the controls.
HEADING = re.compile(r"^### .*\(`([^`]*)`(?:, ([^)]+))?\)$")
ITEM = re.compile(r"^- ([a-z]+ “.*”)$")
OTHER = re.compile(r"^\| `(/[^`]*)` \|")

Listed = dict[tuple[str, str], list[str]]


def listed(text: str) -> Listed:
    """Read what the document lists."""
    found: Listed = {}
    place: tuple[str, str] | None = None
    for line in text.splitlines():
        if heading := HEADING.match(line):
            place = (heading[1], heading[2] or "")
            found[place] = []
        elif line.startswith("#"):
            place = None
        elif place and (item := ITEM.match(line)):
            found[place].append(item[1])
    return found


def rewritten(text: str, there: Listed) -> str:
    """Put the controls that there are under the words of their heading; new places come last."""
    left = dict(there)
    sections = re.split(r"(?m)^(?=#)", text)
    written = [with_controls(section, left) for section in sections]
    for (address, screen), found in left.items():
        where = f"`{address}`" + (f", {screen}" if screen else "")
        written.append("\n".join([f"### New ({where})", "", *(f"- {one}" for one in found), ""]))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(written)).strip("\n") + "\n"


def with_controls(section: str, left: Listed) -> str:
    """Give one section with its controls at its end, taken out of those that are left."""
    lines = [line for line in section.splitlines() if not ITEM.match(line)]
    heading = HEADING.match(lines[0]) if lines else None
    if heading:
        found = left.pop((heading[1], heading[2] or ""), [])
        lines.extend(["", *(f"- {one}" for one in found)])
    return "\n".join([*lines, ""])


@dataclass(frozen=True)
class Opened:
    """Where a page of the document is opened, and in whose browser."""

    listed: str
    address: str
    role: Role | None = None


LISTS: dict[str, Any] = {"fellowships": ["Blue"], "groups": ["Dawn"], "places": ["Cork"]}


@pytest.fixture
def line() -> models.Line:
    # One that takes numbers, so that the field for them is there: the demonstration's only, so far.
    more: dict[str, Any] = {"is_demo": True, "takes_numbers": True}
    return cast.a_line(languages=["en", "es"], phone_shown="+353 1 555 0100", **LISTS, **more)


@pytest.fixture
def pages(line: models.Line) -> list[Opened]:
    """Give every page, with all it may hold."""
    bo = cast.on_duty(cast.a_volunteer(line, "Bo"))
    away = cast.a_volunteer(line, "Dee")
    models.Volunteer.objects.filter(id=away.id).update(stepped_back_at=timezone.now())
    notices.tell(line, "unanswered", None, timezone.now())
    now = timezone.now()
    models.Call.objects.create(
        line=line, state="choosing", asked_at=now, limit_at=now, deadline_at=now, set_aside_at=now
    )
    code = accounts.invite(bo, Role.VOLUNTEER, timezone.now())
    later = timezone.now() + timedelta(minutes=1)
    times = {"asked_at": timezone.now(), "limit_at": later, "deadline_at": later}
    call = models.Call.objects.create(line=line, **times)
    models.Look.objects.create(call=call, at=timezone.now())
    people = "/coordinator/people"
    return [
        Opened("/line/<slug>/", f"/line/{line.slug}/"),
        Opened("/danger", f"/danger?line={line.slug}"),
        Opened("/line/<slug>/meetings", f"/line/{line.slug}/meetings"),
        Opened("/call-back", f"/call-back?line={line.slug}"),
        Opened("/come-back", f"/come-back?line={line.slug}"),
        Opened("/volunteer/", "/volunteer/", Role.VOLUNTEER),
        Opened("/volunteer/hours", "/volunteer/hours", Role.VOLUNTEER),
        Opened("/i/<code>", f"/i/{code}"),
        Opened("/sign-in", "/sign-in"),
        Opened("/coordinator/", "/coordinator/", Role.COORDINATOR),
        Opened(
            "/coordinator/calls/<call_id>/rings",
            f"/coordinator/calls/{call.id}/rings",
            Role.COORDINATOR,
        ),
        Opened("/coordinator/hours", "/coordinator/hours", Role.COORDINATOR),
        Opened("/coordinator/meetings", "/coordinator/meetings", Role.COORDINATOR),
        Opened(people, people, Role.COORDINATOR),
        Opened(f"{people}/add", f"{people}/add", Role.COORDINATOR),
        Opened(f"{people}/<person_id>", f"{people}/{bo.id}", Role.COORDINATOR),
        Opened(
            f"{people}/<person_id> of who stepped back", f"{people}/{away.id}", Role.COORDINATOR
        ),
        Opened("/coordinator/line", "/coordinator/line", Role.COORDINATOR),
        Opened("any other address", "/nothing-here"),
    ]


@pytest.fixture
def there(
    line: models.Line, pages: list[Opened], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Listed]:
    """Give every control that there is."""
    # The browser's driver runs a loop in this thread; the rows are read in the same thread.
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
    eli = cast.sign_in(cast.a_coordinator(line), Role.COORDINATOR)
    standby.choose(eli.volunteer, beginning(0, 22 * 60, 6 * 60))
    with LiveServer() as server, chromium() as browser:
        context = browser.new_context(base_url=server.url, locale="en")
        context.add_cookies(
            [
                {"name": name, "value": cookie.value, "url": server.url}
                for name, cookie in eli.client.cookies.items()
            ]
        )
        yield {
            (page.listed, screen): found
            for page in pages
            for screen, found in read(context, page).items()
        }


def read(context: BrowserContext, opened: Opened) -> dict[str, list[str]]:
    """Open one page and read its controls."""
    page, still = context.new_page(), context.new_page()
    page.goto(opened.address)
    page.wait_for_load_state("load")
    found = controls(page, still).screens
    page.close()
    still.close()
    return found


def test_the_document_lists_every_control_that_there_is_and_no_other(there: Listed) -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    if os.environ.get("STEPLINE_WRITE_PAGES"):
        DOCUMENT.write_text(rewritten(text, there), encoding="utf-8")
    assert listed(text) == there


def test_no_control_is_without_a_name(there: Listed) -> None:
    assert [place for place, found in there.items() if any("“”" in one for one in found)] == []


def test_the_document_lists_every_address_that_there_is_and_no_other() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    named = {address for address, _ in listed(text)}
    named |= {match[1] for line in text.splitlines() if (match := OTHER.match(line))}
    routes = {"/" + str(pattern.pattern) for pattern in get_resolver().url_patterns}
    plain = {re.sub(r"<(?:\w+:)?(\w+)>", r"<\1>", route) for route in routes}
    assert {one for one in named if one.startswith("/") and " " not in one} == plain
