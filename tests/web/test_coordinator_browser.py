"""The coordinator's pages in a real browser: live, sortable, without complaint."""

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone
from playwright.sync_api import Page, expect

from stepline import models
from stepline.actions import accounts, announce, dispatch, looks, matching, notices
from stepline.core import events as e
from stepline.core.calls import Wish
from stepline.models.people import Role
from tests.web.browsing import Complaints, chromium, until, violations
from tests.web.cast import a_coordinator, a_line, a_volunteer, on_duty
from tests.web.live_server import LiveServer

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

NO_STANDBY = {"standby": False}
# The board looks by itself every 15 s: what is there sooner came live.
LIVE_MS = 10_000


@pytest.fixture
def line() -> models.Line:
    return a_line()


@pytest.fixture
def eli(line: models.Line) -> models.Volunteer:
    return a_coordinator(line)


@pytest.fixture
def complaints() -> Complaints:
    return Complaints("")


@pytest.fixture
def page(
    eli: models.Volunteer, complaints: Complaints, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Page]:
    # The browser's driver runs a loop in this thread; the rows are read in the same thread.
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
    with LiveServer() as server, chromium() as browser:
        complaints.home = server.url
        page = browser.new_page(base_url=server.url)
        complaints.listen_to(page)
        page.goto(f"/i/{accounts.invite(eli, Role.COORDINATOR, timezone.now())}")
        page.get_by_role("button", name="Sign this device in").click()
        page.wait_for_url("**/coordinator/")
        yield page
        page.close()
        assert complaints.heard == []


def a_call(line: models.Line, waited_seconds: int, language: str = "en") -> models.Call:
    now = timezone.now()
    asked_at = now - timedelta(seconds=waited_seconds)
    return models.Call.objects.create(
        line=line,
        asked_at=asked_at,
        limit_at=now,
        deadline_at=now + timedelta(minutes=1),
        wish=Wish.ANYONE,
        language=language,
    )


def told(line: models.Line, kind: str) -> models.Notice:
    with transaction.atomic():
        notice = notices.tell(line, kind, None, timezone.now())
        announce.changed(f"line:{line.id}")
    return notice


def test_the_board_changes_by_itself_and_its_clocks_run(page: Page, line: models.Line) -> None:
    expect(page.get_by_text("Nobody is calling.")).to_be_visible()
    a_call(line, waited_seconds=50)
    told(line, "unanswered")
    row = page.get_by_role("row", name="We are ringing")
    expect(row).to_be_visible(timeout=LIVE_MS)
    expect(row.get_by_text(re.compile("^0:5[3-9]$"))).to_be_visible(timeout=LIVE_MS)
    expect(page.locator("#said")).to_have_text("1 notice on the board.")


def test_a_notice_is_taken_off_in_place(page: Page, line: models.Line) -> None:
    notice = told(line, "unanswered")
    page.get_by_role("button", name="Seen Nobody answered").click(timeout=LIVE_MS)
    expect(page.get_by_text("Nothing right now.")).to_be_visible()
    notice.refresh_from_db()
    assert notice.seen_at is not None


def test_a_table_stays_in_the_order_chosen(page: Page, line: models.Line) -> None:
    for waited_seconds, language in ((100, "es"), (9, "en"), (60, "fr")):
        a_call(line, waited_seconds, language)
    told(line, "unanswered")
    rows = page.locator("table[data-sorts=calls] tbody tr")
    expect(rows).to_have_count(3, timeout=LIVE_MS)
    page.get_by_role("button", name="Waited").click()
    expect(rows.nth(0)).to_contain_text("en")
    page.get_by_role("button", name="Waited").click()
    expect(rows.nth(0)).to_contain_text("es")
    told(line, "nobody")
    expect(page.get_by_role("button", name="Seen Nobody suitable")).to_be_visible(timeout=LIVE_MS)
    expect(rows.nth(2)).to_contain_text("en")
    heading = page.get_by_role("columnheader", name="Waited")
    expect(heading).to_have_attribute("aria-sort", "descending")


def test_a_board_that_lost_the_server_says_so_and_catches_up(
    page: Page, line: models.Line, complaints: Complaints
) -> None:
    banner = page.get_by_text("Not live right now.")
    expect(banner).to_be_hidden()
    page.route("**/coordinator/board", lambda route: route.abort())
    told(line, "unanswered")
    expect(banner).to_be_visible(timeout=LIVE_MS)
    told(line, "nobody")
    page.wait_for_timeout(1000)
    expect(banner).to_be_visible()
    page.unroute("**/coordinator/board")
    told(line, "no_voice")
    expect(page.get_by_role("button", name="Seen Two voices")).to_be_visible(timeout=LIVE_MS)
    expect(banner).to_be_hidden()
    assert all("ERR_FAILED" in one or "htmx:" in one for one in complaints.heard)
    complaints.heard.clear()


def test_people_are_found_by_what_is_typed(page: Page, line: models.Line) -> None:
    for name in ("Bo", "Cleo", "Dee"):
        a_volunteer(line, name, is_captain=name == "Dee")
    page.goto("/coordinator/people")
    rows = page.locator("table[data-sorts=people] tbody tr:visible")
    expect(rows).to_have_count(4)
    page.get_by_role("searchbox", name="Find").fill("captain DEE")
    expect(rows).to_have_count(1)
    page.get_by_role("searchbox", name="Find").fill("nobody such")
    expect(page.get_by_text("Nobody here fits that.")).to_be_visible()


def test_who_is_signed_out_elsewhere_sees_the_board_no_more(
    page: Page, line: models.Line, eli: models.Volunteer, complaints: Complaints
) -> None:
    on_duty(a_volunteer(line, "Bo"))
    accounts.sign_out_everywhere(eli, timezone.now())
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    # A stream that the page opened in that very moment is refused, and the browser says so.
    complaints.heard[:] = [heard for heard in complaints.heard if "403" not in heard]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [(390, 844), (1280, 800)])
def test_every_page_can_be_read_by_everybody(
    page: Page, line: models.Line, scheme: str, size: tuple[int, int]
) -> None:
    bo = on_duty(a_volunteer(line, "Bo"))
    call, dee = a_call(line, waited_seconds=200), a_volunteer(line, "Dee")
    models.Look.objects.create(call=call, at=timezone.now(), facts=looks.facts(call) | NO_STANDBY)
    told(line, "danger")
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    page.set_viewport_size({"width": size[0], "height": size[1]})
    person = f"/coordinator/people/{bo.id}"
    for address in (
        "/coordinator/",
        "/coordinator/people",
        "/coordinator/people/add",
        person,
        "/coordinator/line",
        f"/coordinator/calls/{call.id}/rings?who={dee.id}",
    ):
        page.goto(address)
        page.get_by_role("heading", level=1).wait_for()
        assert violations(page) == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.goto(person)
    page.get_by_role("button", name="Invite a device to take calls").click()
    page.get_by_role("heading", name="An invitation for Bo").wait_for()
    assert violations(page) == []
    page.goto("/sign-in")
    assert violations(page) == []


def test_the_board_rings_when_the_coordinator_is_to_be_brought_in(
    page: Page, line: models.Line, eli: models.Volunteer
) -> None:
    bo = on_duty(a_volunteer(line, "Bo"))
    call = a_call(line, waited_seconds=5)
    page.get_by_role("heading", level=1).click()  # sound needs one press on a page
    now = timezone.now()
    times = {"placed_at": now, "reach_by_at": now, "ends_at": now + timedelta(minutes=1)}
    models.Offer.objects.create(
        call=call, volunteer=bo, seat="responder", state="accepted", **times
    )
    state = {"state": "talking", "until_at": now + timedelta(minutes=1)}
    models.Call.objects.filter(pk=call.pk).update(**state)
    until(page, lambda: matching.can_be_rung(eli, timezone.now()))
    dispatch.handle(call.pk, e.AsksHelp(), timezone.now())
    expect(page.get_by_role("link", name="Answer")).to_be_visible(timeout=LIVE_MS)
    rung = models.Offer.objects.filter(volunteer=eli, seat="helper")
    until(page, lambda: rung.filter(state="ringing").exists())
    page.get_by_role("link", name="Answer").click()
    expect(page.get_by_role("button", name="Ready")).to_be_visible()
