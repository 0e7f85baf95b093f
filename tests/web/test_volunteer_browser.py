"""The volunteer's page in a real browser: it rings, it says so, and nothing moves under a thumb."""

import json
import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.db import connections
from django.utils import timezone
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect, sync_playwright

from stepline import models
from stepline.actions import (
    accounts,
    asking,
    conversation,
    dispatch,
    duty,
    matching,
    offers,
    push,
)
from stepline.core import events as e
from stepline.core.calls import LegStep, Seat, Wish
from stepline.models.people import Role
from tests.web.browsing import PATIENCE_MS, Complaints, until, violations
from tests.web.cast import a_line, a_volunteer
from tests.web.live_server import LiveServer

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

# What a browser says of its own: our page can't stop it.
ITS_OWN = re.compile(
    r"navigator\.vibrate|Push API in incognito|Unrecognized feature|status of 4\d\d|AudioContext"
)
MEDIA = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]


@dataclass
class Stage:
    """A line being served, a browser, and what its pages complained about."""

    server: LiveServer
    browser: Browser
    line: models.Line
    bo: models.Volunteer
    complaints: Complaints
    contexts: list[BrowserContext] = field(default_factory=list)

    def context(self, *, microphone: bool = True, **more: Any) -> BrowserContext:
        granted = ["notifications", *(["microphone"] if microphone else [])]
        size = {"width": 390, "height": 844}
        context = self.browser.new_context(
            **{"base_url": self.server.url, "viewport": size, "permissions": granted, **more}
        )
        self.contexts.append(context)
        return context

    def open(self, context: BrowserContext | None = None) -> Page:
        """Open the volunteer's page in a browser that Bo has signed in."""
        context = context or self.context()
        page = context.new_page()
        self.complaints.listen_to(page)
        page.set_default_timeout(PATIENCE_MS)
        signed_in = any(one["name"] == "stepline_volunteer" for one in context.cookies())
        if not signed_in:
            page.goto(f"/i/{accounts.invite(self.bo, Role.VOLUNTEER, timezone.now())}")
            page.get_by_role("button", name="Sign this device in").click()
        page.goto("/volunteer/")
        return page

    def open_on_duty(self, context: BrowserContext | None = None) -> Page:
        page = self.open(context)
        page.get_by_role("button", name="Go on duty").click()
        page.get_by_role("button", name="I hear it", exact=True).click()
        expect(page.get_by_role("heading", name="You are there until")).to_be_visible()
        can_be_rung(page, self.bo)
        return page

    def somebody_asks(self, name: str = "Sam") -> models.Call:
        call = asking.ask(self.line, uuid4().bytes, Wish.ANYONE, "en", timezone.now())
        asking.answer(call.pk, "name", name, timezone.now())
        return call

    def both_hear(self, call: models.Call) -> None:
        """Stand in for the voices, whose own tests are elsewhere."""
        call.refresh_from_db()
        for seat in (Seat.CALLER, Seat.RESPONDER):
            heard = e.Reports(seat, LegStep.HEARING, call.conversation)
            dispatch.handle(call.pk, heard, timezone.now())

    def open_in_talk(self, context: BrowserContext | None = None) -> tuple[Page, models.Call]:
        page = self.open_on_duty(context)
        call = self.somebody_asks()
        page.get_by_role("button", name="Ready").click()
        expect(seen(page, "Connecting", exact=True)).to_be_visible()
        self.both_hear(call)
        expect(seen(page, "In a call", exact=True)).to_be_visible()
        return page, call


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    # The browser's driver runs a loop in this thread; the rows are read in the same thread.
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
    root = ["--no-sandbox"] if os.geteuid() == 0 else []
    line = a_line()
    with LiveServer() as server, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=[*root, *MEDIA]
        )
        complaints = Complaints(server.url)
        stage = Stage(server, browser, line, a_volunteer(line, "Bo"), complaints)
        yield stage
        for context in stage.contexts:
            context.close()
        browser.close()
        # While the driver's loop runs, this thread's rows come by a connection of their own.
        connections.close_all()
    assert [said for said in complaints.heard if not ITS_OWN.search(said)] == []


def offer_of(call: models.Call) -> models.Offer:
    return models.Offer.objects.get(call=call, ended_at=None)


def rings(page: Page) -> None:
    expect(page.locator("html")).to_have_attribute("data-ring", "sound")


def seen(page: Page, text: str | re.Pattern[str], *, exact: bool = False) -> Locator:
    """Give what is seen with a text; every screen is in the document, most of it hidden."""
    return page.get_by_text(text, exact=exact).filter(visible=True)


def can_be_rung(page: Page, volunteer: models.Volunteer) -> None:
    """Wait until a page's stream is open: only then is its volunteer rung."""
    until(page, lambda: matching.can_be_rung(volunteer, timezone.now()))


def has_confirmed(page: Page, call: models.Call) -> None:
    """Wait until the page's word that it rings has been written, and can't undo what comes next."""
    until(page, lambda: offer_of(call).state == "ringing")


def is_quiet(page: Page) -> None:
    expect(page.locator("html")).not_to_have_attribute("data-ring", "sound")


# Duty


def test_going_on_duty_rings_this_page_and_is_answered(stage: Stage) -> None:
    page = stage.open()
    page.get_by_label("4 hours").check()
    page.get_by_role("button", name="Go on duty").click()

    expect(page.get_by_role("heading", name="Do you hear it ring?")).to_be_focused()
    rings(page)
    assert page.title() == "Test ring"
    page.get_by_role("button", name="I hear it", exact=True).click()

    expect(page.get_by_role("heading", name="You are there until")).to_be_visible()
    is_quiet(page)
    standing = duty.of(stage.bo)
    assert standing.until_at
    assert timedelta(hours=3.9) < standing.until_at - timezone.now() <= timedelta(hours=4)
    expect(seen(page, "Microphone: allowed")).to_be_visible()


def test_a_microphone_refused_is_explained_and_nobody_is_put_on_duty(stage: Stage) -> None:
    context = stage.context(microphone=False)
    context.add_init_script(
        "navigator.mediaDevices.getUserMedia = () =>"
        " Promise.reject(new DOMException('no', 'NotAllowedError'))"
    )
    page = stage.open(context)
    page.get_by_role("button", name="Go on duty").click()

    expect(page.get_by_role("heading", name="You aren't on duty yet")).to_be_visible()
    expect(seen(page, "Microphone: not allowed.")).to_be_visible()
    expect(seen(page, "Another browser or phone works too.")).to_be_visible()
    assert duty.of(stage.bo).test_rung_at is None


def test_a_test_ring_that_nobody_answers_leaves_one_off_duty(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(duty, "TEST_LASTS", timedelta(seconds=4))
    page = stage.open()
    page.get_by_role("button", name="Go on duty").click()
    rings(page)

    expect(seen(page, "The test ring was not answered")).to_be_visible()
    expect(page.get_by_role("heading", name="Nothing rings here now")).to_be_visible()
    is_quiet(page)


def test_off_duty_is_one_press(stage: Stage) -> None:
    page = stage.open_on_duty()
    page.get_by_role("button", name="Off duty").click()

    expect(page.get_by_role("heading", name="Nothing rings here now")).to_be_focused()


def test_the_ring_is_lower_and_quieter_at_night(stage: Stage) -> None:
    page = stage.open()
    hours = page.evaluate(
        "import('/static/js/ring.js').then(({tonesAt}) => [...Array(24).keys()].map(tonesAt))"
    )

    night = [hour for hour in range(24) if hours[hour] == hours[3]]
    assert night == [0, 1, 2, 3, 4, 5, 6, 22, 23]
    assert 0 < hours[3]["loudness"] < hours[12]["loudness"] <= 1
    assert hours[3]["low"] < hours[12]["low"] < hours[12]["high"]


def test_who_is_signed_out_elsewhere_is_asked_to_sign_in(stage: Stage) -> None:
    page = stage.open()
    can_be_rung(page, stage.bo)
    accounts.sign_out_everywhere(stage.bo, timezone.now())

    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


# Offers


def test_an_offer_fills_the_screen_rings_and_says_that_it_does(stage: Stage) -> None:
    page = stage.open_on_duty()
    call = stage.somebody_asks()

    expect(page.get_by_role("heading", name="Someone is reaching out")).to_be_focused()
    rings(page)
    assert page.title() == "Someone is reaching out"
    expect(seen(page, "Speaks English")).to_be_visible()
    expect(seen(page, re.compile(r"^2\d seconds$"))).to_be_visible()
    assert "Sam" not in page.inner_text("body")
    expect(seen(page, re.compile(r"^1\d seconds$"))).to_be_visible()
    has_confirmed(page, call)


def test_ready_is_largest_and_pass_as_easy_to_reach(stage: Stage) -> None:
    page = stage.open_on_duty()
    stage.somebody_asks()
    ready = page.get_by_role("button", name="Ready").bounding_box()
    passing = page.get_by_role("button", name="Pass").bounding_box()
    leaving = page.get_by_role("button", name="Off duty").bounding_box()

    assert ready
    assert passing
    assert leaving
    assert ready["width"] == passing["width"]
    assert ready["height"] > passing["height"] >= 56
    assert leaving["height"] >= 56
    assert leaving["y"] + leaving["height"] <= 844


def test_pass_ends_the_ring_and_asks_nothing(stage: Stage) -> None:
    page = stage.open_on_duty()
    call = stage.somebody_asks()
    rings(page)
    page.get_by_role("button", name="Pass").click()

    expect(page.get_by_role("heading", name="You are there until")).to_be_visible()
    is_quiet(page)
    assert models.Offer.objects.get(call=call).outcome == "passed"


def test_a_caller_who_stops_is_told_kindly(stage: Stage) -> None:
    page = stage.open_on_duty()
    call = stage.somebody_asks()
    rings(page)
    dispatch.handle(call.pk, e.CallerStops(), timezone.now())

    expect(seen(page, "They stopped the call themselves.")).to_be_visible()
    is_quiet(page)


def test_of_several_pages_the_one_that_answers_has_the_call(stage: Stage) -> None:
    here = stage.open_on_duty()
    other_tab = stage.open(here.context)
    elsewhere = stage.open()
    other_tab.get_by_role("button", name="Let this page ring").click()
    elsewhere.get_by_role("button", name="Let this page ring").click()
    stage.somebody_asks()
    for page in (here, other_tab, elsewhere):
        rings(page)

    elsewhere.get_by_role("button", name="Ready").click()

    expect(seen(elsewhere, "You will hear a voice in a moment.")).to_be_visible()
    for page in (here, other_tab):
        is_quiet(page)
        expect(seen(page, "This call is open on another page")).to_be_visible()
        assert page.get_by_role("button", name="Next").count() == 0


def test_who_waits_on_standby_may_leave(stage: Stage) -> None:
    page = stage.open_on_duty()
    call = stage.somebody_asks()
    rings(page)
    has_confirmed(page, call)
    models.Offer.objects.filter(call=call).update(state="standby")
    page.reload()
    expect(page.get_by_role("heading", name="Someone is just connecting")).to_be_visible()
    is_quiet(page)
    page.get_by_role("button", name="I can't stay").click()

    expect(page.get_by_role("heading", name="You are there until")).to_be_visible()
    assert models.Offer.objects.get(call=call).outcome == "passed"


def test_another_page_can_take_the_talk_over(stage: Stage) -> None:
    first, call = stage.open_in_talk()
    second = stage.open()
    second.get_by_role("button", name="Talk on this page").click()
    stage.both_hear(call)

    expect(second.get_by_role("button", name="Next")).to_be_visible()
    expect(seen(first, "This call is open on another page")).to_be_visible()
    newest = stage.bo.devices.order_by("-created_at").first()
    assert newest
    assert offer_of(call).device == newest.pk


# The driver's own scripts count as a press, so the locked sound is put on by hand.
LOCKED = """
  Object.defineProperty(AudioContext.prototype, "state", { get: () => "suspended" });
  AudioContext.prototype.resume = () => new Promise(() => {});
"""


def test_a_page_that_cannot_sound_does_not_say_that_it_rings(stage: Stage) -> None:
    first = stage.open_on_duty()
    streams = list(models.Presence.objects.values_list("pk", flat=True))
    page = first.context.new_page()
    page.add_init_script(LOCKED)
    page.goto("/volunteer/")
    first.close()
    expect(page.get_by_role("heading", name="This page can't ring yet")).to_be_visible()
    # It takes the stream over from the tab that closed.
    until(page, models.Presence.objects.exclude(pk__in=streams).exists)
    call = stage.somebody_asks()

    expect(page.get_by_role("button", name="Ready")).to_be_visible()
    page.wait_for_timeout(700)
    assert offer_of(call).state == "placed"


# The call


DOCK = ("Danger", "Bring someone in", "Mute", "End")


def places(page: Page) -> list[Any]:
    return [page.get_by_role("button", name=name, exact=True).bounding_box() for name in DOCK]


def test_danger_and_help_never_move(stage: Stage) -> None:
    page, call = stage.open_in_talk()
    first = places(page)
    assert all(first)
    for _card in range(20):
        page.get_by_role("button", name="Next").click()
        assert places(page) == first
    page.get_by_role("button", name="I need help").click()
    page.get_by_role("button", name="End", exact=True).click()
    assert places(page) == first
    page.get_by_role("button", name="Stay in the call").click()
    page.get_by_role("button", name="Danger").click()
    expect(page.get_by_role("heading", name="Anyone in danger?")).to_be_visible()
    assert places(page) == first
    dispatch.handle(call.pk, e.CallerAway(closed=True), timezone.now())
    expect(seen(page, "Don't ring back")).to_be_visible()
    assert places(page) == first


def test_one_card_at_a_time_forth_and_back(stage: Stage) -> None:
    page, _call = stage.open_in_talk()
    card = page.locator("[data-card]:visible")

    expect(card).to_have_count(1)
    expect(card).to_contain_text("One calm breath")
    page.get_by_role("button", name="Next").click()
    expect(card).to_have_count(1)
    expect(card).to_contain_text("Say hello")
    expect(seen(page, "2 of 15")).to_be_visible()
    page.get_by_role("button", name="Back").click()
    page.get_by_role("button", name="Back").click()
    expect(seen(page, "1 of 15")).to_be_visible()


def test_a_relative_s_call_has_its_own_cards(stage: Stage) -> None:
    page, call = stage.open_in_talk()
    asking.answer(call.pk, "for_whom", "other", timezone.now())

    expect(seen(page, "They are worried about someone.")).to_be_visible()
    expect(seen(page, "1 of 14")).to_be_visible()


def test_danger_brings_the_number_and_its_own_cards_at_once(stage: Stage) -> None:
    page, call = stage.open_in_talk()
    page.get_by_role("button", name="Danger").click()

    expect(seen(page, re.compile("Danger: they ring (112|999) now."))).to_be_visible()
    expect(page.locator("[data-card]:visible")).to_contain_text("They ring the emergency number")
    call.refresh_from_db()
    assert call.danger


def test_E07_while_they_ring_for_help_the_volunteer_is_kept_and_says_when_it_took_over(
    stage: Stage,
) -> None:
    page, call = stage.open_in_talk()
    page.get_by_role("button", name="Danger").click()
    page.locator("[data-sight=dying] summary").click()
    expect(page.get_by_text("Are you thinking of suicide?").last).to_be_visible()
    if folder := os.environ.get("STEPLINE_PICTURES"):
        page.screenshot(path=f"{folder}/volunteer-danger.png", full_page=True)
    page.get_by_role("button", name="They are ringing for help").click()
    expect(page.get_by_role("button", name="They are back: join us")).to_be_visible()
    if folder:
        page.screenshot(path=f"{folder}/volunteer-dialling.png", full_page=True)
    expect(page.get_by_role("button", name="Talk on this page")).to_be_hidden()
    call.refresh_from_db()
    assert call.state == "dialling_help"
    page.get_by_role("button", name="They are back: join us").click()
    expect(seen(page, "Connecting", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name="Talk on this page")).to_be_hidden()
    call.refresh_from_db()
    stage.both_hear(call)
    page.get_by_role("button", name="Help has taken over").click()
    expect(page.get_by_text("You did what a person can do.").first).to_be_visible()
    assert models.Danger.objects.get().state == "taken_over"


def test_the_pulse_is_one_press_in_a_corner(stage: Stage) -> None:
    page, call = stage.open_in_talk()
    well = page.get_by_role("button", name="Well")
    well.click()

    expect(well).to_have_attribute("aria-pressed", "true")
    unsure = page.get_by_role("button", name="Unsure")
    unsure.click()
    expect(well).to_have_attribute("aria-pressed", "false")
    expect(unsure).to_have_attribute("aria-pressed", "true")
    until(page, models.Call.objects.filter(pk=call.pk, pulse="unsure").exists)


def test_the_truth_of_help(stage: Stage) -> None:
    page, _call = stage.open_in_talk()
    page.get_by_role("button", name="Bring someone in").click()

    expect(seen(page, "Nobody could join.")).to_be_visible()
    expect(seen(page, "offer a call back and close kindly")).to_be_visible()


def test_ringing_ana_and_stopping_it(stage: Stage) -> None:
    page, _call = stage.open_in_talk()
    ana = a_volunteer(stage.line, "Ana", is_captain=True)
    code = accounts.invite(ana, Role.VOLUNTEER, timezone.now())
    hers = stage.context().new_page()
    hers.goto(f"/i/{code}")
    hers.get_by_role("button", name="Sign this device in").click()
    hers.wait_for_url("**/volunteer/")
    can_be_rung(hers, ana)
    page.get_by_role("button", name="Bring someone in").click()

    expect(seen(page, "Ringing Ana.")).to_be_visible()
    expect(hers.get_by_role("heading", name="A volunteer asks you to join")).to_be_visible()
    page.get_by_role("button", name="Stop asking").click()
    expect(hers.get_by_role("heading", name="Nothing rings here now")).to_be_visible()


def test_a_helper_is_told_whom_they_join_and_leaves_without_ending(stage: Stage) -> None:
    page, call = stage.open_in_talk()
    ana = a_volunteer(stage.line, "Ana", is_captain=True)
    hers = stage.context().new_page()
    hers.goto(f"/i/{accounts.invite(ana, Role.VOLUNTEER, timezone.now())}")
    hers.get_by_role("button", name="Sign this device in").click()
    hers.wait_for_url("**/volunteer/")
    can_be_rung(hers, ana)
    page.get_by_role("button", name="Bring someone in").click()
    hers.get_by_role("button", name="Ready").click()

    expect(seen(page, "Ana is joining.")).to_be_visible()
    expect(hers.get_by_role("heading", name="You join Bo")).to_be_visible()
    expect(hers.get_by_role("button", name="Bring someone in")).to_be_disabled()
    call.refresh_from_db()
    joined = e.Reports(Seat.HELPER, LegStep.HEARING, call.conversation)
    dispatch.handle(call.pk, joined, timezone.now())
    expect(seen(page, "Ana is with you.")).to_be_visible()
    # A question about leaving goes with the screen on which it was asked.
    expect(seen(hers, "In a call", exact=True)).to_be_visible()
    hers.get_by_role("button", name="Leave").click()
    hers.get_by_role("button", name="Leave the call now").click()
    expect(hers.get_by_role("heading", name="Nothing rings here now")).to_be_visible()
    expect(seen(page, "In a call", exact=True)).to_be_visible()


def test_the_end_asks_once_and_leads_to_rest(stage: Stage) -> None:
    page, call = stage.open_in_talk()
    page.get_by_role("button", name="End", exact=True).click()
    page.get_by_role("button", name="End the call now").click()

    thanks = "Thank you. However it went, it isn't yours to carry."
    expect(page.get_by_role("heading", name=thanks)).to_be_focused()
    page.get_by_role("button", name="No, as far as I know").click()
    expect(page.get_by_role("heading", name="And how are you?")).to_be_visible()
    page.get_by_role("button", name="Ask me in the morning").click()
    expect(page.get_by_role("heading", name="And how are you?")).to_be_hidden()
    call.refresh_from_db()
    assert (call.state, call.safety, call.debrief) == ("closed", "all_right", "later")


def test_after_danger_the_words_are_others(stage: Stage) -> None:
    page, _call = stage.open_in_talk()
    page.get_by_role("button", name="Danger").click()
    page.get_by_role("button", name="End", exact=True).click()
    page.get_by_role("button", name="End the call now").click()

    expect(page.get_by_role("heading", name="Thank you for staying with them.")).to_be_visible()


def test_an_exit_says_not_to_ring_back(stage: Stage) -> None:
    page, call = stage.open_in_talk()
    dispatch.handle(call.pk, e.CallerExits(), timezone.now())

    expect(seen(page, "They left by the exit. Don't ring back")).to_be_visible()


def test_a_reload_stays_in_the_talk_on_the_same_card_row(stage: Stage) -> None:
    page, call = stage.open_in_talk()
    page.reload()
    expect(seen(page, "Connecting", exact=True)).to_be_visible()
    stage.both_hear(call)

    expect(seen(page, "In a call", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name="Next")).to_be_visible()


# By keyboard, by reader, in every light


def test_the_way_on_duty_and_through_an_offer_by_keyboard_alone(stage: Stage) -> None:
    page = stage.open()
    for name in ("Go on duty", "I hear it"):
        press_by_keyboard(page, name)
    expect(page.get_by_role("heading", name="You are there until")).to_be_focused()
    stage.somebody_asks()
    expect(page.get_by_role("heading", name="Someone is reaching out")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Ready")).to_be_focused()
    page.keyboard.press("Enter")
    expect(seen(page, "Connecting", exact=True)).to_be_visible()


def press_by_keyboard(page: Page, name: str) -> None:
    button = page.get_by_role("button", name=name, exact=True)
    button.wait_for()
    for _step in range(30):
        if button.evaluate("one => one === document.activeElement"):
            break
        page.keyboard.press("Tab")
    expect(button).to_be_focused()
    page.keyboard.press("Enter")


SIZES = ((390, 844), (195, 422), (320, 640), (844, 390))


@dataclass
class Look:
    """What axe and a ruler find on each screen on the way."""

    page: Page
    found: dict[str, list[str]] = field(default_factory=dict)

    def at(self, name: str, there: Locator) -> None:
        there.wait_for()
        self.page.wait_for_timeout(100)
        said = violations(self.page) + [found for size in SIZES for found in self.overflow(*size)]
        self.page.set_viewport_size({"width": 390, "height": 844})
        if said:
            self.found[name] = said

    def overflow(self, width: int, height: int) -> list[str]:
        """Give by how much a screen is wider than the window: 195 is 390 at twice the size."""
        self.page.set_viewport_size({"width": width, "height": height})
        wide = self.page.evaluate("document.documentElement.scrollWidth")
        return [f"{wide} wide in {width}"] if wide > width else []

    def heading(self, name: str) -> None:
        self.at(name, self.page.get_by_role("heading", name=name))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_screen_before_a_call_can_be_read_by_everybody(stage: Stage, scheme: str) -> None:
    page = stage.open(stage.context(color_scheme=scheme))
    look = Look(page)
    look.heading("Nothing rings here now")
    page.get_by_role("button", name="Go on duty").click()
    look.heading("Do you hear it ring?")
    page.get_by_role("button", name="I hear it", exact=True).click()
    look.heading("You are there until")
    asked_now = {"silent_rings": 3, "still_there_asked_at": timezone.now()}
    models.Duty.objects.filter(volunteer=stage.bo).update(**asked_now)
    page.reload()
    look.heading("Are you still there?")
    page.get_by_role("button", name="I'm still here").click()
    expect(page.get_by_role("heading", name="Are you still there?")).to_be_hidden()
    assert duty.of(stage.bo).still_there_asked_at is None
    can_be_rung(page, stage.bo)
    call = stage.somebody_asks()
    look.heading("Someone is reaching out")
    has_confirmed(page, call)
    models.Offer.objects.filter(call=call).update(state="standby")
    page.reload()
    look.heading("Someone is just connecting")
    assert look.found == {}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_of_hours_can_be_read_by_everybody(stage: Stage, scheme: str) -> None:
    page = stage.open(stage.context(color_scheme=scheme))
    page.get_by_role("link", name="When I may be rung off shift").click()
    page.get_by_label("Beginning on a").select_option("Friday")
    page.get_by_label("From").fill("22:00")
    page.get_by_label("To", exact=True).fill("06:30")
    page.get_by_role("button", name="Add these hours").click()
    look = Look(page)
    look.at("hours", page.get_by_text("22:00 to 6:30"))
    page.get_by_role("button", name="Take away Friday 22:00").click()
    expect(page.get_by_text("None chosen: you are rung on duty alone.")).to_be_visible()
    assert look.found == {}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_screen_of_a_call_can_be_read_by_everybody(stage: Stage, scheme: str) -> None:
    page, call = stage.open_in_talk(stage.context(color_scheme=scheme))
    look = Look(page)
    look.at("talking", seen(page, "In a call", exact=True))
    page.get_by_role("button", name="Danger").click()
    page.get_by_role("button", name="Bring someone in").click()
    look.at("danger", seen(page, "Nobody could join."))
    dispatch.handle(call.pk, e.CallerAway(closed=True), timezone.now())
    look.at("cut off", seen(page, "Don't ring back"))
    conversation.end(stage.bo, timezone.now())
    look.heading("Thank you for staying")
    duty.go_off_duty(stage.bo, timezone.now())
    conversation.answer_safety(stage.bo, "all_right", timezone.now())
    look.heading("And how are you?")
    assert look.found == {}


# The worker


@pytest.fixture
def profile(tmp_path: Path) -> Path:
    return tmp_path / "profile"


def deliver(page: Page, origin: str, content: object) -> None:
    """Push to the page's worker as the browser's push service would."""
    session = page.context.new_cdp_session(page)
    found: list[str] = []
    session.on(
        "ServiceWorker.workerRegistrationUpdated",
        lambda event: found.extend(one["registrationId"] for one in event["registrations"]),
    )
    session.send("ServiceWorker.enable")
    until(page, lambda: bool(found))
    text = content if isinstance(content, str) else json.dumps(content)
    session.send(
        "ServiceWorker.deliverPushMessage",
        {"origin": origin, "registrationId": found[-1], "data": text},
    )


def deliver_until_shown(page: Page, origin: str, content: object) -> None:
    """Push until something is shown: while a worker only begins, the browser drops what comes."""
    active = "navigator.serviceWorker.ready.then(({active}) => active?.state === 'activated')"
    until(page, lambda: bool(page.evaluate(active)))
    for _try in range(4):
        deliver(page, origin, content)
        for _look in range(40):
            if page.evaluate(SHOWN):
                return
            page.wait_for_timeout(100)
    raise AssertionError("no push was ever shown")


SHOWN = """async () => {
  const registration = await navigator.serviceWorker.ready;
  const shown = await registration.getNotifications();
  return shown.map(({title, body, tag}) => ({title, body, tag}));
}"""


def test_a_push_shows_that_it_rings_and_says_so(stage: Stage) -> None:
    page = stage.open()
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    page.wait_for_timeout(300)
    models.Duty.objects.filter(volunteer=stage.bo).update(
        on_since_at=timezone.now(), until_at=timezone.now() + timedelta(hours=1)
    )
    # The page that would ring by itself is elsewhere; the worker alone is woken.
    page.goto("/health")
    call = wait_for_offer(stage, page)
    deliver_from_elsewhere(stage, page, {"kind": "ring", "offer": str(offer_of(call).pk)})

    has_confirmed(page, call)
    page.goto("/volunteer/")
    assert offers.current(stage.bo)


def wait_for_offer(stage: Stage, page: Page) -> models.Call:
    device = stage.bo.devices.get()
    auth = "A" * 22
    point = "B" + "A" * 86
    subscription = push.checked("https://fcm.googleapis.com/fcm/send/x", point, auth)
    push.keep(device, subscription, None, timezone.now())
    page.wait_for_timeout(100)
    return stage.somebody_asks()


def deliver_from_elsewhere(stage: Stage, page: Page, content: object) -> None:
    deliver(page, stage.server.url, content)


@pytest.mark.parametrize(
    "content", ["", "not json", {"kind": "ring", "offer": "../../sign-out"}, {"kind": "look"}]
)
def test_a_strange_push_is_shown_and_asks_for_nothing(stage: Stage, content: object) -> None:
    page = stage.open()
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    asked: list[str] = []
    page.context.on("request", lambda request: asked.append(request.url))
    deliver_until_shown(page, stage.server.url, content)
    page.wait_for_timeout(800)  # what it must not do would come a moment later
    (shown,) = page.evaluate(SHOWN)
    is_look = isinstance(content, dict) and content["kind"] == "look"
    assert shown["title"] == ("Your line" if is_look else "Someone is reaching out")
    assert not [url for url in asked if "offers" in url or "sign-out" in url]


def test_a_new_address_of_the_browser_takes_the_old_one_s_place(stage: Stage) -> None:
    page = stage.open()
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    until(page, lambda: bool(page.context.service_workers))
    device = stage.bo.devices.get()
    old = push.checked("https://fcm.googleapis.com/fcm/send/old", "B" + "A" * 86, "A" * 22)
    push.keep(device, old, None, timezone.now())
    (worker,) = page.context.service_workers

    worker.evaluate(
        """([point, auth]) => {
          const endpoint = "https://fcm.googleapis.com/fcm/send/new";
          PushManager.prototype.subscribe = async () => ({
            endpoint, toJSON: () => ({ endpoint, keys: { p256dh: point, auth } }) });
          const event = new ExtendableEvent("pushsubscriptionchange");
          event.oldSubscription = { endpoint: "https://fcm.googleapis.com/fcm/send/old",
            options: { applicationServerKey: new ArrayBuffer(65) } };
          self.dispatchEvent(event);
        }""",
        [old.p256dh, old.auth],
    )

    def kept() -> list[str]:
        return [row.endpoint for row in models.PushSubscription.objects.filter(device=device)]

    until(page, lambda: kept() != [old.endpoint])
    assert kept() == ["https://fcm.googleapis.com/fcm/send/new"]
