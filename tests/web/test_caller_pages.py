"""The caller's path in a real browser: one document, one press, and a way out of everything."""

import json
import os
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import (
    Browser,
    BrowserContext,
    Locator,
    Page,
    Route,
    expect,
    sync_playwright,
)

from stepline import models
from stepline.actions import dispatch
from stepline.core import events as e
from stepline.core.calls import State
from stepline.start.stage.browsers import SMALL_SCREEN, browser_with
from stepline.web import limits
from tests.web.browsing import PATIENCE_MS, Complaints, until, violations
from tests.web.cast import a_line, a_volunteer, on_duty
from tests.web.live_server import LiveServer
from tests.web.talking import a_clock, shown

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

LEAST_TARGET = 56
LEAST_TEXT = 18
REFUSE_MICROPHONE = """
navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException("no", "%s"));
"""
RESPONDER = {"seat": "responder", "name": "Bo", "kind": "page", "url": None, "joined": True}
PROMISED = {"code": "K4PR-7QRA", "label": "21:30", "seconds_until": 900, "by_phone": False}
SLOTS = [{"minutes": 15, "label": "21:30"}, {"minutes": 60, "label": "22:15"}]
LANGUAGES = {
    "title": "In which language?",
    "choices": [
        {"value": "en", "label": "English", "lang": "en"},
        {"value": "es", "label": "Español", "lang": "es"},
    ],
}
PLACES = {
    "title": "With somebody from where?",
    "choices": [{"value": f"p{n}", "label": f"A place {n}", "lang": ""} for n in range(24)],
}
RELAX = {"what": "place", "words": "Nobody from Cork is free. May we ask somebody from elsewhere?"}
SCREENS: list[tuple[str, dict[str, Any]]] = [
    ("first", {}),
    ("waiting", {"question": "for_whom", "ringing": 1}),
    ("waiting", {"question": "name", "usual_wait_seconds": 100}),
    ("waiting", {"question": "language", "pick": LANGUAGES}),
    ("waiting", {"question": "place", "pick": PLACES}),
    ("choosing", {"reason": "limit", "wish": "woman", "can_anyone": True}),
    ("choosing", {"reason": "nobody", "can_anyone": True, "relax": RELAX}),
    ("choosing", {"reason": "nobody"}),
    ("choosing", {"reason": "no_voice"}),
    ("connecting", {}),
    ("talking", {"seats": [RESPONDER], "elapsed_seconds": 245, "help": "joined"}),
    ("cut_off", {"seconds_left": 500}),
    ("kept", {"seconds_left": 500}),
    ("thanks", {}),
    ("promised", {"call_back": {"slots": [], "takes_number": False, "promised": PROMISED}}),
    ("calls_off", {}),
]
WITHOUT_CALL = {"first", "thanks", "calls_off"}


@pytest.fixture(autouse=True)
def _fresh_counts() -> None:
    limits.forget_counts()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        # The browser's driver runs a loop in this thread; the rows are read in the same thread.
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        with browser_with(playwright, None) as started:
            yield started


@pytest.fixture
def line() -> models.Line:
    """A line with Bo on duty, whose pretend phone rings and is not answered."""
    line = a_line(languages=["en", "es"], phone_shown="+353 1 555 0100")
    bo = on_duty(a_volunteer(line, "Bo", languages=["en", "es"]))
    bo.pretend = {"answers_after_seconds": 1, "says": "silent"}
    bo.save(update_fields=["pretend"])
    models.Duty.objects.update(until_at=timezone.now() + timedelta(hours=6))
    return line


@pytest.fixture
def server(line: models.Line) -> Iterator[LiveServer]:
    with LiveServer() as running:
        models.Line.objects.update(exit_url=f"{running.url}/danger")
        yield running


Opens = Callable[..., BrowserContext]


@pytest.fixture
def opens(browser: Browser, server: LiveServer) -> Iterator[Opens]:
    """Opens browsers of their own, each on a phone's screen unless said otherwise."""
    with ExitStack() as stack:

        def open_one(**more: Any) -> BrowserContext:
            screen: Any = {"width": SMALL_SCREEN["width"], "height": SMALL_SCREEN["height"]}
            settings = {"viewport": screen, "base_url": server.url, "reduced_motion": "reduce"}
            context = browser.new_context(**{**settings, "permissions": ["microphone"], **more})
            context.set_default_timeout(PATIENCE_MS)
            stack.callback(context.close)
            return context

        yield open_one


@pytest.fixture
def page(opens: Opens, server: LiveServer) -> Iterator[Page]:
    """A caller's page at the first screen, that must not complain."""
    complaints = Complaints(server.url)
    page = opens().new_page()
    complaints.listen_to(page)
    page.goto("/line/quiet/")
    yield page
    assert complaints.heard == []


def press(page: Page) -> None:
    page.get_by_role("button", name="Talk to someone now").click()


def pressed(page: Page) -> None:
    press(page)
    expect(shown(page, "waiting")).to_be_visible()
    expect(page.locator("#main")).to_have_class(re.compile("begun"))


def until_call(page: Page, holds: Callable[[models.Call], bool]) -> models.Call:
    """Wait until the one call is as wanted."""
    until(page, lambda: any(holds(call) for call in models.Call.objects.all()))
    return models.Call.objects.get()


def show(page: Page, screen: str, **more: Any) -> None:
    """Load the document with a hand-made snapshot; nothing else of the line answers."""

    def with_snapshot(route: Route) -> None:
        answer = route.fetch()
        snapshot = whole_snapshot(screen, more)
        made = r"\g<1>" + json.dumps(snapshot).replace("\\", r"\\") + r"\g<2>"
        text = re.sub(r'(<script id="snapshot"[^>]*>).*?(</script>)', made, answer.text())
        route.fulfill(response=answer, body=text)

    page.unroute("**/line/quiet/")
    page.route("**/line/quiet/", with_snapshot)
    page.route("**/call/**", lambda route: route.fulfill(status=204))
    page.goto("/line/quiet/")
    expect(shown(page, screen)).to_be_visible()
    if screen != "first":
        expect(page.locator("#main")).to_have_class(re.compile("begun"))


def whole_snapshot(screen: str, more: dict[str, Any]) -> dict[str, Any]:
    empty: dict[str, Any] = {
        "role": "caller",
        "read_at": 1.0,
        "call": None if screen in WITHOUT_CALL else "c",
        "screen": screen,
        "reason": None,
        "seconds_left": None,
        "ringing": 0,
        "wish": "anyone",
        "question": None,
        "pick": None,
        "can_anyone": False,
        "relax": None,
        "me": "caller",
        "conversation": None,
        "seats": [],
        "ice": None,
        "elapsed_seconds": None,
        "help": None,
        "call_back": {"slots": SLOTS, "takes_number": False, "promised": None},
        "usual_wait_seconds": None,
        "exit_url": "/",
    }
    return empty | more


TOO_SMALL = """(least) => [...document.querySelectorAll("button, a, input, select")]
  .filter((one) => one.checkVisibility() && one.type !== "hidden" && one.type !== "radio")
  .filter((one) => one.getBoundingClientRect().height < least)
  .map((one) => one.outerHTML)"""
TOO_FINE = """(least) => [...document.querySelectorAll("body *")]
  .filter((one) => one.checkVisibility() && one.innerText?.trim())
  .filter((one) => parseFloat(getComputedStyle(one).fontSize) < least)
  .map((one) => one.outerHTML)"""
TOO_WIDE = "document.documentElement.scrollWidth > window.innerWidth"


@pytest.mark.parametrize("scheme", ["dark", "light"])
def test_every_screen_can_be_read_and_reached_by_everybody(opens: Opens, scheme: str) -> None:
    page = opens(color_scheme=scheme).new_page()
    for screen, more in SCREENS:
        show(page, screen, **more)

        assert violations(page) == [], screen
        assert page.evaluate(TOO_SMALL, LEAST_TARGET) == [], screen
        assert page.evaluate(TOO_FINE, LEAST_TEXT) == [], screen
        assert page.get_by_role("link", name="Somebody is in danger", exact=True).is_visible()
        assert page.get_by_role("link", name="Leave this page").is_visible()


def test_what_opens_over_a_screen_can_be_read_by_everybody(opens: Opens) -> None:
    page = opens().new_page()
    show(page, "choosing", reason="nobody")
    for control in ("danger", "call_back", "more"):
        page.locator(f"[data-do={control}]:visible").first.click()

        assert violations(page) == [], control
        assert page.evaluate(TOO_SMALL, LEAST_TARGET) == [], control
        page.get_by_role("button", name="Back").click()
        expect(shown(page, "choosing")).to_be_visible()


def test_the_pages_that_need_no_script_can_be_read_by_everybody(opens: Opens) -> None:
    page = opens().new_page()
    for address in ("/danger", "/call-back", "/come-back"):
        page.goto(address)

        assert violations(page) == [], address
        assert page.evaluate(TOO_SMALL, LEAST_TARGET) == [], address


def stands_above_the_bar(page: Page, last: Locator) -> bool:
    """Scroll to the end and measure; what a voice's state shows may still be coming and going."""
    page.evaluate("window.scrollTo(0, document.body.scrollHeight)")
    page.wait_for_timeout(50)
    box, bar = last.bounding_box(), page.locator(".danger-bar").bounding_box()
    return box is not None and bar is not None and box["y"] + box["height"] <= bar["y"]


@pytest.mark.parametrize("viewport", [(320, 640), (422, 195), (844, 390)])
def test_nothing_is_cut_when_enlarged_or_turned(opens: Opens, viewport: tuple[int, int]) -> None:
    """422 by 195 is a phone in landscape at 200 %."""
    page = opens(viewport={"width": viewport[0], "height": viewport[1]}).new_page()
    for screen in ("first", "waiting", "talking"):
        show(page, screen, question="for_whom")

        assert not page.evaluate(TOO_WIDE)
        last = page.locator(f"[data-screen={screen}] :is(button, p):visible").last
        assert any(stands_above_the_bar(page, last) for _ in range(40)), screen


def test_the_whole_path_is_one_entry_of_the_history(page: Page) -> None:
    models.Volunteer.objects.update(pretend={"answers_after_seconds": 1, "says": "ready"})
    entries, address = page.evaluate("history.length"), page.url
    with a_clock():
        pressed(page)
        expect(shown(page, "talking")).to_be_visible()
        expect(page.get_by_role("heading", name="Bo is with you.")).to_be_visible()
        expect(page.get_by_role("timer")).to_have_text(re.compile(r"^0:(0[1-9]|[1-5]\d)$"))
        page.get_by_role("button", name="End the talk").click()
        expect(shown(page, "thanks")).to_be_visible()

    assert page.evaluate("history.length") == entries
    assert page.url == address
    assert page.title() == "Home"
    page.get_by_role("button", name="Talk to someone again").click()
    press(page)
    expect(shown(page, "choosing")).to_be_visible()  # Bo is still with the first call
    assert models.Call.objects.count() == 2


def test_nothing_sounds_before_the_voices_join(page: Page) -> None:
    page.evaluate("void (window.AudioContext = function () { throw new Error('a sound') })")

    pressed(page)
    page.wait_for_timeout(2500)

    assert page.evaluate("document.querySelectorAll('audio').length") == 1
    assert page.evaluate("document.querySelector('audio').paused")


def test_the_keyboard_alone_goes_all_the_way(page: Page) -> None:
    focused = "document.activeElement.textContent.trim()"
    for _ in range(3):
        page.keyboard.press("Tab")
        if page.evaluate(focused) == "Talk to someone now":
            break
    page.keyboard.press("Enter")
    expect(shown(page, "waiting")).to_be_visible()
    assert page.evaluate("document.activeElement.tagName") == "H1"

    call = until_call(page, lambda call: call.offers.exists())
    # Bo's phone says that it rings: else nobody counts as ringing once the clock looks.
    dispatch.handle(call.pk, e.Rings(call.offers.get().pk), timezone.now())
    page.get_by_role("button", name="Someone else").wait_for()
    page.get_by_role("button", name="Someone else").press("Enter")
    page.get_by_label("What may we call you?").fill("Sam")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Español").press("Enter")

    call = until_call(page, lambda call: call.language == "es")
    assert (call.for_whom, call.name) == ("other", "Sam")
    page.get_by_role("button", name="Stop").press("Enter")
    expect(shown(page, "thanks")).to_be_visible()


def test_a_press_while_the_network_fails_says_so_and_gets_through(opens: Opens) -> None:
    page = opens().new_page()
    page.goto("/")
    page.route("**/call/ask", lambda route: route.abort())
    press(page)

    expect(page.get_by_text("We can't reach the line right now.")).to_be_visible()
    expect(shown(page, "asking")).to_be_visible()
    assert not models.Call.objects.exists()

    page.unroute("**/call/ask")
    expect(shown(page, "waiting")).to_be_visible()
    expect(page.get_by_text("We can't reach the line right now.")).to_be_hidden()
    assert models.Call.objects.count() == 1


def test_a_press_that_hangs_says_so(opens: Opens) -> None:
    page = opens().new_page()
    page.goto("/")
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/call/ask", hold)

    press(page)

    expect(page.get_by_text("We can't reach the line right now.")).to_be_visible()
    held[0].continue_()
    expect(shown(page, "waiting")).to_be_visible()
    expect(page.get_by_text("We can't reach the line right now.")).to_be_hidden()


def test_stopping_while_the_network_fails_asks_nothing_later(opens: Opens) -> None:
    page = opens().new_page()
    page.goto("/")
    page.route("**/call/ask", lambda route: route.abort())
    press(page)
    expect(page.get_by_text("We can't reach the line right now.")).to_be_visible()

    page.get_by_role("button", name="Stop").click()
    page.unroute("**/call/ask")

    expect(shown(page, "first")).to_be_visible()
    page.wait_for_timeout(2500)
    assert not models.Call.objects.exists()


def test_a_refusal_is_said_in_words(opens: Opens) -> None:
    models.Line.objects.update(open_calls_cap=0)
    page = opens().new_page()
    page.goto("/")

    press(page)

    expect(page.get_by_text("That is our doing, not yours.").first).to_be_visible()
    expect(shown(page, "first")).to_be_visible()


def test_the_danger_card_opens_without_a_network(opens: Opens) -> None:
    context = opens()
    page = context.new_page()
    page.goto("/")
    context.set_offline(True)

    page.get_by_role("link", name="Somebody is in danger", exact=True).click()

    expect(page.get_by_role("link", name="Ring 112")).to_have_attribute("href", "tel:112")
    expect(page.locator("#danger").get_by_text("Not yet signed off.")).to_be_visible()
    assert page.evaluate("document.activeElement.id") == "danger-title"


# In the page's own time, from the press to what is painted.
PRESSED_TO_SHOWN = """async () => {
  const began = performance.now();
  document.querySelector(".danger-bar [data-do=danger]").click();
  await new Promise(requestAnimationFrame);
  const ring = document.querySelector("#danger a[href='tel:112']");
  return ring.checkVisibility() ? performance.now() - began : Infinity;
}"""


def test_E01_from_danger_to_the_number_and_each_card_without_a_server(opens: Opens) -> None:
    context = opens()
    page = context.new_page()
    page.goto("/")
    context.set_offline(True)

    assert page.evaluate(PRESSED_TO_SHOWN) < 200
    for summary in page.locator("#danger summary").all():
        summary.click()
        expect(summary.locator("xpath=..").get_by_text("Ring 112 now.")).to_be_visible()
    picture(page, "caller-danger")


def picture(page: Page, name: str) -> None:
    """Keep a picture where somebody wants to look at it."""
    if folder := os.environ.get("STEPLINE_PICTURES"):
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)


def test_danger_is_told_to_the_line_and_the_call_goes_on(page: Page) -> None:
    pressed(page)

    page.get_by_role("link", name="Somebody is in danger", exact=True).click()

    until_call(page, lambda call: call.danger)
    expect(page.get_by_text("Your call goes on meanwhile.")).to_be_visible()
    page.locator("#danger summary").first.click()
    until_call(page, lambda _: models.Danger.objects.get().sights == ["wont_wake"])
    page.get_by_label("Where are you?").fill("behind the chapel")
    page.get_by_role("button", name="Keep it for help").click()
    expect(page.get_by_text("Kept.", exact=True)).to_be_visible()
    picture(page, "caller-danger-in-call")
    page.get_by_role("button", name="Back").click()
    expect(page.locator("#danger")).to_be_hidden()
    assert models.Call.objects.get().state != State.CLOSED


def leave_by_press(page: Page) -> None:
    page.get_by_role("link", name="Leave this page").click()


def leave_by_keys(page: Page) -> None:
    for _ in range(3):
        page.keyboard.press("Shift")


@pytest.mark.parametrize("leave", [leave_by_press, leave_by_keys])
def test_leaving_ends_the_call_and_leaves_no_trace_in_the_tab(
    opens: Opens, leave: Callable[[Page], None]
) -> None:
    context = opens()
    page = context.new_page()
    page.goto("/")
    pressed(page)
    page.evaluate("sessionStorage.setItem('trace', '1')")
    entries = page.evaluate("history.length")

    leave(page)

    page.wait_for_url("**/danger")
    call = until_call(page, lambda call: call.state == State.CLOSED)
    assert call.closed_by == "exit"
    assert page.evaluate("history.length") == entries
    assert page.evaluate("sessionStorage.length") == 0
    assert not [one for one in context.cookies() if one.get("name") == "stepline_caller"]


def test_two_presses_of_shift_and_a_pause_do_nothing(page: Page) -> None:
    page.keyboard.press("Shift")
    page.keyboard.press("Shift")
    expect(page.locator("#exit-said")).to_have_text("Press Shift once more to leave.")
    page.keyboard.press("a")
    page.keyboard.press("Shift")

    expect(page.get_by_role("heading", name="Talk with someone")).to_be_visible()


def test_leaving_covers_the_page_first_even_without_a_network(opens: Opens) -> None:
    context = opens()
    page = context.new_page()
    page.goto("/")
    context.set_offline(True)

    left = page.evaluate(
        "document.getElementById('exit').click(), [document.body.innerText, document.title]"
    )

    assert left == ["", ""]


def test_a_reload_comes_back_to_the_same_call(page: Page) -> None:
    pressed(page)

    page.reload()

    expect(shown(page, "waiting")).to_be_visible()
    call = until_call(page, lambda call: call.caller_here and call.state != State.AWAY)
    assert models.Call.objects.count() == 1
    assert call.state != State.CLOSED


def test_a_second_tab_shows_the_call_and_takes_over_when_the_first_closes(opens: Opens) -> None:
    context = opens()
    first = context.new_page()
    first.goto("/")
    pressed(first)
    second = context.new_page()
    second.goto("/")
    expect(second.get_by_text("Your call is open in another window too.")).to_be_visible()

    first.close(run_before_unload=True)

    expect(second.get_by_text("Your call is open in another window too.")).to_be_hidden()
    until_call(second, lambda call: call.caller_here and call.state != State.AWAY)
    assert models.Call.objects.count() == 1


def test_a_closed_page_is_away_at_once(opens: Opens) -> None:
    context = opens()
    page, other = context.new_page(), context.new_page()
    page.goto("/")
    pressed(page)

    page.close(run_before_unload=True)

    until_call(other, lambda call: call.state == State.AWAY)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        ("NotAllowedError", "The microphone is off for this page"),
        ("NotFoundError", "We found no microphone"),
    ],
)
def test_without_a_microphone_there_is_a_way_on(opens: Opens, error: str, words: str) -> None:
    context = opens()
    context.add_init_script(REFUSE_MICROPHONE % error)
    page = context.new_page()
    page.goto("/")
    pressed(page)

    expect(page.get_by_text(words)).to_be_visible()
    expect(page.get_by_role("button", name="Allow the microphone")).to_be_visible()
    page.get_by_role("button", name="A call back").click()
    expect(page.get_by_role("heading", name="A call back")).to_be_visible()


def test_a_call_back_is_chosen_and_come_back_for(page: Page) -> None:
    pressed(page)

    page.get_by_role("button", name="A call back").click()
    page.get_by_role("radio").first.check()
    page.get_by_role("button", name="Keep this time for me").click()

    expect(page.get_by_role("heading", name="Someone will be here at")).to_be_visible()
    expect(page.locator("[data-text=promised_code]")).to_have_text(re.compile(r"^\w{4}-\w{4}$"))
    page.reload()
    expect(shown(page, "promised")).to_be_visible()
    assert models.Call.objects.get().state == State.PROMISED
    page.get_by_role("button", name="I am here").click()
    expect(shown(page, "waiting")).to_be_visible()


def test_a_refusal_is_seen_from_the_end_of_a_long_screen(opens: Opens) -> None:
    models.Line.objects.update(is_demo=True, takes_numbers=True)
    page = opens(viewport={"width": 390, "height": 500}).new_page()
    page.goto("/")
    pressed(page)
    page.get_by_role("button", name="A call back").click()
    page.get_by_role("radio").first.check()
    page.get_by_label("Your number").fill("hello")

    page.get_by_role("button", name="Keep this time for me").click()

    expect(page.get_by_text("We can't ring that number.")).to_be_in_viewport()
    assert page.get_by_label("Your number").input_value() == "hello"


def test_a_wish_is_dropped_by_one_press_once_nobody_fits(page: Page, line: models.Line) -> None:
    cleo = a_volunteer(line, "Cleo")
    silent = {"answers_after_seconds": 1, "says": "silent"}
    models.Volunteer.objects.update(languages=["en"], pretend=silent)
    pressed(page)
    (bo,) = models.Offer.objects.all()
    for asked in ("Who is this about?", "What may we call you?"):
        expect(page.get_by_text(asked)).to_be_visible()
        page.get_by_role("button", name="Skip").filter(visible=True).click()
    on_duty(cleo)  # only now, so that she was not rung yet
    page.get_by_role("button", name="Español").click()

    words = "Nobody who speaks Spanish is free right now. May we ask somebody who speaks English?"
    expect(page.get_by_text(words).filter(visible=True)).to_be_visible()
    page.get_by_role("button", name="Yes, ask them").click()

    expect(shown(page, "waiting")).to_be_visible()
    call = until_call(page, lambda call: call.offers.filter(ended_at=None).exists())
    assert call.relaxed == ["language"]
    assert call.offers.get(ended_at=None).volunteer != bo.volunteer


def test_without_script_a_call_back_can_be_asked_for(opens: Opens) -> None:
    page = opens(java_script_enabled=False).new_page()
    page.goto("/")

    press(page)
    page.get_by_role("radio").first.check()
    page.get_by_role("button", name="Keep this time for me").click()

    expect(page.get_by_role("heading", name="Someone will be here at")).to_be_visible()
    page.get_by_role("link", name="Somebody is in danger", exact=True).click()
    expect(page.get_by_role("link", name="Ring 112")).to_be_visible()


VIEW = """async (given) => {
  const { view } = await import("/static/js/screens.js");
  const seen = view(given.snapshot, given.page, given.since);
  return { screen: seen.screen, shown: [...seen.shown], texts: seen.texts };
}"""
CALM_PAGE = {"panel": "", "voice": "joined", "elsewhere": False}


def seen(page: Page, snapshot: dict[str, Any], since: float = 0, **more: Any) -> dict[str, Any]:
    given = {"snapshot": snapshot, "page": CALM_PAGE | more, "since": since}
    found: dict[str, Any] = page.evaluate(VIEW, given)
    return found


def test_screens_are_a_pure_function_of_the_snapshot(page: Page) -> None:
    talk = whole_snapshot("talking", {"seats": [RESPONDER], "elapsed_seconds": 58})
    assert seen(page, talk, since=5.9)["texts"]["elapsed"] == "1:03"
    assert seen(page, talk)["texts"]["name"] == "Bo"
    assert {"named", "in_talk"} <= set(seen(page, talk)["shown"])
    assert "unheard" in seen(page, talk, voice="refused")["shown"]

    kept = whole_snapshot("kept", {"seconds_left": 61})
    assert seen(page, kept)["texts"]["minutes"] == "2"
    assert seen(page, kept, since=100)["texts"]["minutes"] == "1"

    asked = whole_snapshot("waiting", {"question": "name"})
    assert "name" not in seen(page, asked, voice="waiting")["shown"]
    assert "name" in seen(page, asked)["shown"]
    assert seen(page, asked, panel="call_back")["screen"] == "call_back"
    assert seen(page, whole_snapshot("thanks", {}), panel="call_back")["screen"] == "thanks"
