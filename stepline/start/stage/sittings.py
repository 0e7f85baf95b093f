"""What has to be pressed, and by whom, so that each screen can be seen."""

from collections.abc import Callable

from playwright.sync_api import Page

from stepline.start.stage.studio import Studio, press, screen
from stepline.start.stage.visitors import CallerPage, VolunteerPage

KEPT_AFTER_MS = 30_000
LOOK_EVERY_MS = 500


def before_a_call(studio: Studio) -> None:
    """Show what is there before anybody presses anything."""
    caller = studio.page(studio.links["caller"])
    screen(caller, "first")
    studio.take("caller-first", caller)
    caller.get_by_role("link", name="Somebody is in danger").click()
    caller.locator("#danger").wait_for()
    studio.take("caller-danger", caller)
    for name, path in (
        ("caller-call-back-without-script", "/call-back"),
        ("caller-come-back", "/come-back"),
        ("caller-danger-alone", "/danger"),
        ("sign-in", "/sign-in"),
        ("nothing-here", "/nothing-here"),
    ):
        studio.take(name, studio.page(f"{path}?line={studio.slug}"))


def reaches_out(studio: Studio) -> Page:
    """Open the caller's page and press the one button."""
    caller = studio.page(studio.links["caller"])
    press(caller, "Talk to someone now")
    return caller


def waiting(studio: Studio) -> None:
    """One phone rings, and nobody answers it; then a call back is taken."""
    studio.behind("only_on_duty", "Dee")
    caller = reaches_out(studio)
    screen(caller, "waiting")
    caller.wait_for_timeout(3000)
    studio.take("caller-waiting", caller)
    press(caller, "A call back")
    screen(caller, "call_back")
    studio.take("caller-call-back", caller)
    caller.get_by_role("radio").first.check()
    press(caller, "Keep this time for me")
    screen(caller, "promised")
    studio.take("caller-promised", caller)
    studio.behind("end_all_calls")


def nobody(studio: Studio) -> None:
    """Nobody is on duty; the caller is asked, looks at other help, and goes away too long."""
    studio.behind("only_on_duty")
    caller = reaches_out(studio)
    screen(caller, "choosing")
    studio.take("caller-choosing", caller)
    press(caller, "Other help, open now")
    screen(caller, "more")
    studio.take("caller-other-help", caller)
    caller.goto("about:blank")
    caller.wait_for_timeout(KEPT_AFTER_MS)
    caller.goto(studio.links["caller"])
    screen(caller, "kept")
    studio.take("caller-kept", caller)
    studio.behind("end_all_calls")


def joining(studio: Studio) -> None:
    """Somebody says ready whose voice takes its time."""
    studio.behind("only_on_duty")
    with VolunteerPage(studio.url) as kim:
        kim.signs_in(studio.url + studio.behind("invited", "Kim"))
        kim.goes_on_duty()
        caller = reaches_out(studio)
        kim.shows("offer", within_seconds=10)
        kim.answers("ready")
        screen(caller, "connecting")
        studio.take("caller-connecting", caller)
    studio.behind("end_all_calls")


def comes_on_duty(studio: Studio, name: str) -> Page:
    """Sign a volunteer's device in and answer the test ring, taking no pictures."""
    page = studio.page(studio.behind("invited", name))
    press(page, "Sign this device in")
    press(page, "Go on duty")
    press(page, "I hear it")
    screen(page, "on_duty")
    return page


def on_duty(studio: Studio) -> None:
    """A volunteer signs in and goes on duty."""
    studio.behind("only_on_duty")
    page = studio.page(studio.behind("invited", "Alex"))
    studio.take("invitation", page)
    press(page, "Sign this device in")
    screen(page, "off_duty")
    studio.take("volunteer-off-duty", page)
    press(page, "Go on duty")
    screen(page, "test_ring")
    studio.take("volunteer-test-ring", page)
    press(page, "I hear it")
    screen(page, "on_duty")
    studio.take("volunteer-on-duty", page)
    press(page, "Off duty")
    screen(page, "off_duty")


def own_limits(studio: Studio) -> None:
    """A volunteer chooses hours off shift, and is asked whether they are still there."""
    studio.behind("only_on_duty")
    page = comes_on_duty(studio, "Alex")
    studio.behind("rang_in_vain", "Alex")
    page.reload()
    page.get_by_role("heading", name="Are you still there?").wait_for()
    studio.take("volunteer-still-there", page)
    press(page, "Off duty")
    screen(page, "off_duty")
    page.get_by_role("link", name="When I may be rung off shift").click()
    for day in ("Friday", "Saturday"):
        page.get_by_label("Beginning on a").select_option(day)
        page.get_by_label("From").fill("22:00")
        page.get_by_label("To", exact=True).fill("06:00")
        press(page, "Add these hours")
        page.get_by_role("button", name=f"Take away {day}").wait_for()
    studio.take("volunteer-hours", page)


def wishes(studio: Studio) -> None:
    """A caller says where somebody should be from, then that a language may be another one."""
    studio.behind("only_on_duty", "Dee")
    studio.behind("lists_places", "Cork", "Dublin", "Galway")
    caller = reaches_out(studio)
    for _question in ("for whom", "name", "language"):
        press(caller, "Skip")
        caller.wait_for_timeout(LOOK_EVERY_MS)
    caller.get_by_role("button", name="Cork").wait_for()
    studio.take("caller-wish", caller)
    studio.behind("end_all_calls")
    studio.behind("lists_places")
    caller = reaches_out(studio)
    for _question in ("for whom", "name"):
        press(caller, "Skip")
        caller.wait_for_timeout(LOOK_EVERY_MS)
    # Who comes on duty only now was not rung yet, and so may be asked for.
    studio.behind("only_on_duty", "Dee", "Cleo")
    press(caller, "Español")
    screen(caller, "choosing")
    caller.get_by_role("button", name="Yes, ask them").wait_for()
    studio.take("caller-drop-a-wish", caller)
    studio.behind("end_all_calls")


def talk(studio: Studio) -> None:
    """A whole call between two pages, with a helper, both ways of being cut off, and its end."""
    studio.behind("only_on_duty")
    volunteer = comes_on_duty(studio, "Alex")
    caller = reaches_out(studio)
    screen(volunteer, "offer")
    studio.take("volunteer-offer", volunteer)
    press(volunteer, "Ready")
    for page in (caller, volunteer):
        screen(page, "talking").get_by_role("button", name="Mute").wait_for()
    caller.wait_for_timeout(3000)
    studio.take("caller-talking", caller)
    studio.take("volunteer-talking", volunteer)
    press(volunteer, "Bring someone in")
    volunteer.wait_for_timeout(2000)
    studio.take("volunteer-help", volunteer)
    cut_off(studio, caller, volunteer)
    after(studio, caller, volunteer)
    studio.behind("end_all_calls")


def danger(studio: Studio) -> None:
    """Somebody is in danger in a talk, and the caller rings emergency help."""
    studio.behind("only_on_duty")
    volunteer = comes_on_duty(studio, "Lou")
    caller = reaches_out(studio)
    screen(volunteer, "offer")
    press(volunteer, "Ready")
    for page in (caller, volunteer):
        screen(page, "talking")
    caller.get_by_role("link", name="Somebody is in danger").click()
    caller.get_by_label("Where are you?").wait_for()
    studio.take("caller-danger-in-a-talk", caller)
    volunteer.get_by_role("heading", name="In danger", exact=True).wait_for()
    studio.take("volunteer-danger", volunteer)
    number = caller.locator("#danger a[data-dials]").first
    # This machine has no telephone: the browser would ask which program rings, above the page.
    number.evaluate("link => link.addEventListener('click', tap => tap.preventDefault())")
    number.click()
    screen(caller, "dialling_help")
    studio.take("caller-dialling-help", caller)
    screen(volunteer, "dialling_help")
    studio.take("volunteer-dialling-help", volunteer)
    press(caller, "I am back")
    for page in (caller, volunteer):
        screen(page, "talking")
    studio.behind("end_all_calls")


def meetings(studio: Studio) -> None:
    """The next meetings, as a caller finds them."""
    studio.behind("knows_meetings")
    studio.take("caller-meetings", studio.page(f"/line/{studio.slug}/meetings"))


def cut_off(studio: Studio, caller: Page, volunteer: Page) -> None:
    """Each side's page goes once, and comes back."""
    caller.goto("about:blank")
    volunteer.get_by_role("button", name="I can't wait").wait_for()
    studio.take("volunteer-cut-off", volunteer)
    caller.goto(studio.links["caller"])
    screen(caller, "talking").wait_for()
    caller.get_by_role("button", name="Mute").wait_for()
    volunteer.goto("about:blank")
    screen(caller, "cut_off")
    studio.take("caller-cut-off", caller)
    volunteer.goto("/volunteer/")
    screen(caller, "talking")


def after(studio: Studio, caller: Page, volunteer: Page) -> None:
    """The talk ends."""
    press(volunteer, "End")
    press(volunteer, "End the call now")
    screen(volunteer, "closing")
    studio.take("volunteer-closing", volunteer)
    screen(caller, "thanks")
    studio.take("caller-thanks", caller)
    press(volunteer, "No, as far as I know")
    screen(volunteer, "on_duty")
    press(volunteer, "Off duty")
    screen(volunteer, "debrief")
    studio.take("volunteer-debrief", volunteer)
    press(volunteer, "I'm all right")
    screen(volunteer, "off_duty")


def standby(studio: Studio) -> None:
    """Two say ready, and the first one's voice takes its time."""
    studio.behind("only_on_duty")
    alex, kim = comes_on_duty(studio, "Alex"), comes_on_duty(studio, "Kim")
    with CallerPage(studio.url, studio.slug) as caller:
        caller.opens()
        caller.asks()
        for page in (alex, kim):
            screen(page, "offer")
        press(alex, "Ready")
        screen(alex, "connecting")
        press(kim, "Ready")
        screen(kim, "standby")
        studio.take("volunteer-standby", kim)
        studio.take("volunteer-connecting", alex)
        caller.press("/call/stop")
    studio.behind("end_all_calls")


def coordinator(studio: Studio) -> None:
    """The board with a few calls on it, and the other pages."""
    studio.behind("only_on_duty", "Bo", "Cleo", "Dee", "Gus", "Ines", "Jun")
    page = studio.page(studio.links["coordinator"], notifications=False)
    press(page, "Sign this device in")
    with CallerPage(studio.url, studio.slug) as one, CallerPage(studio.url, studio.slug) as two:
        for caller in (one, two):
            caller.opens()
        two.asks("man")
        slot = two.snapshot["call_back"]["slots"][0]["minutes"]
        two.press("/call/call-back", slot=str(slot))
        one.asks("woman")
        one.shows("connecting", within_seconds=40)
        one.hears()
        one.press("/call/danger")
        page.goto("/coordinator/")
        page.wait_for_timeout(LOOK_EVERY_MS)
        studio.take("coordinator-board", page)
        page.get_by_role("link", name="Who was rung?").first.click()
        page.get_by_role("heading", name="Looked at, and not rung").wait_for()
        studio.take("coordinator-rings", page)
    studio.behind("end_all_calls")
    for name, path in (
        ("coordinator-hours", "/coordinator/hours"),
        ("coordinator-people", "/coordinator/people"),
        ("coordinator-person", studio.behind("person_path", "Bo")),
        ("coordinator-add", "/coordinator/people/add"),
        ("coordinator-line", "/coordinator/line"),
        ("coordinator-meetings", "/coordinator/meetings"),
    ):
        page.goto(path)
        studio.take(name, page)
    studio.behind("invited", "Kim")
    page.goto(studio.behind("person_path", "Kim"))
    press(page, "Invite a device to take calls")
    page.get_by_role("link", name="Done").wait_for()
    studio.take("coordinator-invited", page)


ALL: dict[str, Callable[[Studio], None]] = {
    "first": before_a_call,
    "waiting": waiting,
    "nobody": nobody,
    "joining": joining,
    "duty": on_duty,
    "limits": own_limits,
    "wishes": wishes,
    "talk": talk,
    "danger": danger,
    "standby": standby,
    "meetings": meetings,
    "coordinator": coordinator,
}
