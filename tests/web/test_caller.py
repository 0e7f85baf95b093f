"""What the caller's page posts and gets: one press rings, and nothing odd changes anything."""

import json
import re
import uuid
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from stepline import models
from stepline.actions import dispatch
from stepline.core import events as e
from stepline.core.calls import LegStep, Seat, State
from stepline.web import account, limits
from stepline.web.caller import Following
from tests.web.cast import a_line, a_volunteer, on_duty

pytestmark = pytest.mark.django_db

DATA = "application/json"
TEXT_CONTRAST = 7.0
EDGE_CONTRAST = 3.0
SCREENS = {
    "first",
    "waiting",
    "choosing",
    "connecting",
    "talking",
    "cut_off",
    "kept",
    "thanks",
    "promised",
    "calls_off",
}
POSTS = [
    "/call/ask",
    "/call/stop",
    "/call/exit",
    "/call/away",
    "/call/back",
    "/call/end",
    "/call/alive",
    "/call/danger",
    "/call/sight",
    "/call/dialling",
    "/call/place",
    "/call/answer",
    "/call/choose",
    "/call/relax",
    "/call/call-back",
    "/call/report",
    "/call/signal",
]


@pytest.fixture(autouse=True)
def _fresh_counts() -> None:
    limits.forget_counts()


@pytest.fixture
def line() -> models.Line:
    return a_line(languages=["en", "es"], phone_shown="+353 1 555 0100")


@pytest.fixture
def caller(line: models.Line) -> Client:
    """A browser that has loaded the page."""
    browser = Client()
    assert browser.get("/").status_code == 200
    return browser


def post(browser: Client, path: str, **fields: str) -> Any:
    return browser.post(path, fields, headers={"Accept": "application/json"})


def ask(browser: Client, wish: str = "anyone", **more: str) -> Any:
    return post(browser, "/call/ask", wish=wish, line="quiet", script="1", **more)


def known_key(cookie: str) -> bytes:
    key = account.key_of(cookie)
    assert key
    return key


def ringable(line: models.Line, name: str = "Bo") -> models.Volunteer:
    """Somebody on duty whose pretend phone can be rung."""
    volunteer = on_duty(a_volunteer(line, name))
    volunteer.pretend = {"answers_after_seconds": 6, "says": "ready"}
    volunteer.save(update_fields=["pretend"])
    return volunteer


def the_call() -> models.Call:
    return models.Call.objects.get()


class Page(HTMLParser):
    """What a page is made of."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attrs for name, attrs in self.tags if name == tag]

    def loaded(self) -> list[str]:
        """The addresses that the browser fetches with the page."""
        scripts = [script["src"] for script in self.all("script") if script.get("src")]
        links = [link["href"] for link in self.all("link")]
        icons = [(use["href"] or "").partition("#")[0] for use in self.all("use")]
        return sorted({address for address in [*scripts, *links, *icons] if address})


def page(browser: Client, address: str = "/") -> Page:
    return Page(browser.get(address).content.decode())


def test_the_first_page_holds_every_screen_and_shows_one(caller: Client) -> None:
    sections = [each for each in page(caller).all("section") if "data-screen" in each]

    assert {each["data-screen"] for each in sections} >= SCREENS
    assert [each["data-screen"] for each in sections if "hidden" not in each] == ["first"]


def test_what_only_a_call_needs_comes_with_it(caller: Client) -> None:
    for text in (caller.get("/call/parts").content.decode(), in_a_call(caller)):
        assert text.count('data-screen="dialling_help"') == 1
        assert text.count('data-do="place"') == 1


def in_a_call(caller: Client) -> str:
    assert post(caller, "/call/ask", wish="anyone", script="1").status_code == 200
    return str(caller.get("/").content.decode())


def weight(browser: Client) -> int:
    """The bytes of the document and of all that it loads, before any compression."""
    document = browser.get("/").content
    loaded = [address.removeprefix("/static/") for address in Page(document.decode()).loaded()]
    assert len(loaded) >= 6
    return len(document) + sum(len(Path(str(finders.find(name))).read_bytes()) for name in loaded)


def test_the_first_page_weighs_less_than_thirty_kilobytes(caller: Client) -> None:
    assert weight(caller) < 30_000


def test_a_line_with_everything_on_it_stays_light(caller: Client, settings: Settings) -> None:
    settings.STEPLINE_DEMO = True
    everything = {"languages": ["en", "es", "fr"], "places": ["Cork"], "takes_numbers": True}
    models.Line.objects.update(is_demo=True, **everything)

    assert weight(caller) < 30 * 1024


def test_nothing_is_loaded_from_elsewhere_and_nothing_is_inline(caller: Client) -> None:
    seen = page(caller)

    assert all(address.startswith("/static/") for address in seen.loaded())
    inline = [s for s in seen.all("script") if not s.get("src") and s.get("type") != DATA]
    assert inline == []
    assert seen.all("style") == []
    assert not [tag for tag, attrs in seen.tags if "style" in attrs]
    assert not [tag for tag, attrs in seen.tags if any(name.startswith("on") for name in attrs)]


def test_title_and_icon_say_nothing(caller: Client) -> None:
    text = caller.get("/").content.decode()

    assert "<title>Home</title>" in text
    assert 'href="/static/icons/page.svg"' in text


def test_no_page_asks_what_somebody_drank_or_took(caller: Client) -> None:
    fields = [each.get("name") for tag in ("input", "select") for each in page(caller).all(tag)]

    assert set(fields) <= {"csrfmiddlewaretoken", "line", "script", "value", "slot"}


@pytest.mark.parametrize(
    ("policy", "order"),
    [("wish", ["anyone", "woman", "man"]), ("same", ["woman", "man", "anyone"])],
)
def test_the_wish_is_one_press_among_equals(
    caller: Client, line: models.Line, policy: str, order: list[str]
) -> None:
    """Rule C08."""
    models.Line.objects.update(gender_policy=policy)

    buttons = [each for each in page(caller).all("button") if each.get("name") == "wish"]

    assert [each["value"] for each in buttons] == order
    assert {each["class"] for each in buttons} == {"button large"}


def test_the_danger_card_is_in_the_page_with_the_number_of_the_country(caller: Client) -> None:
    text = caller.get("/").content.decode()
    card = text[text.index('id="danger"') :]

    assert 'href="tel:112"' in card
    assert "Do what the person who answers tells you." in card
    assert "as seen on 22 November 2026" in card
    assert "Not yet signed off." in card
    assert page(caller).all("footer")


def test_a_line_in_a_country_we_know_nothing_of_makes_no_number_up(caller: Client) -> None:
    models.Line.objects.update(country="ZZ", phone_shown="")

    text = caller.get("/").content.decode()

    assert "tel:" not in text
    assert "Ring the emergency number where you are." in text


def test_one_press_rings(caller: Client, line: models.Line) -> None:
    bo = ringable(line)

    answer = ask(caller)

    assert answer.status_code == 200
    assert answer.json()["screen"] == "waiting"
    assert answer.json()["call"] == str(the_call().pk)
    assert list(the_call().offers.values_list("volunteer", flat=True)) == [bo.pk]


def test_the_wish_is_kept(caller: Client) -> None:
    assert ask(caller, "woman").json()["wish"] == "woman"
    assert the_call().wish == "woman"


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("es-MX,es;q=0.9,en;q=0.8", "es"),
        ("fr,en-GB;q=0.5", "en"),
        ("tlh", "en"),
        ("", "en"),
        ("*,;q=x", "en"),
    ],
)
def test_the_browser_s_language_is_taken_where_the_line_speaks_it(
    caller: Client, header: str, language: str
) -> None:
    fields = {"wish": "anyone", "line": "quiet", "script": "1"}
    caller.post("/call/ask", fields, headers={"Accept-Language": header})

    assert the_call().language == language


def test_a_double_press_a_reload_and_a_second_tab_find_the_same_call(caller: Client) -> None:
    first = ask(caller).json()["call"]

    assert ask(caller).json()["call"] == first
    seen = caller.get("/line/quiet/").content.decode()
    assert (
        json.loads(seen.split('id="snapshot"')[1].split(">", 1)[1].split("<")[0])["call"] == first
    )
    assert models.Call.objects.count() == 1


def test_a_press_without_a_cookie_gets_one_with_its_call(line: models.Line) -> None:
    browser = Client()

    first = ask(browser).json()["call"]

    cookie = browser.cookies[account.CALLER_COOKIE]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    assert not cookie["max-age"]
    assert ask(browser).json()["call"] == first


def test_two_browsers_have_two_calls(caller: Client) -> None:
    assert ask(caller).json()["call"] != ask(Client()).json()["call"]


@pytest.mark.parametrize("wish", ["", "nonsense", "anyone\x00", "a" * 20_000])
def test_an_odd_wish_is_refused_and_rings_nobody(caller: Client, wish: str) -> None:
    answer = ask(caller, wish)

    assert answer.status_code == 400
    assert "nothing changed" in answer.json()["message"]
    assert answer.json()["screen"] == "first"
    assert not models.Call.objects.exists()


@pytest.mark.parametrize("slug", ["elsewhere", "quiet\x00x", "a" * 500, "'; --"])
def test_an_unknown_line_is_not_found(caller: Client, slug: str) -> None:
    answer = post(caller, "/call/ask", wish="anyone", line=slug, script="1")

    assert answer.status_code == 404
    assert not models.Call.objects.exists()


def test_a_full_line_says_so(caller: Client) -> None:
    models.Line.objects.update(open_calls_cap=1)
    ask(Client())

    answer = ask(caller)

    assert answer.status_code == 409
    assert "our doing, not yours" in answer.json()["message"]
    assert models.Call.objects.count() == 1


def test_asking_is_limited_and_danger_never(caller: Client) -> None:
    answers = [ask(caller).status_code for _ in range(limits.ASKS_PER_DEVICE.amount + 1)]

    assert answers[-1] == 429
    assert set(answers[:-1]) == {200}
    assert post(caller, "/call/danger").status_code == 200
    assert the_call().danger
    assert caller.get("/danger").status_code == 200


def test_where_browsers_cannot_be_joined_nobody_is_rung_for_nothing(
    caller: Client, settings: Settings
) -> None:
    settings.STEPLINE_PUBLIC_URL = "https://line.example"

    assert ask(caller).json()["screen"] == "calls_off"
    assert not models.Call.objects.exists()


def test_stop_ends_all_ringing(caller: Client, line: models.Line) -> None:
    ringable(line)
    ask(caller)

    assert post(caller, "/call/stop").json()["screen"] == "thanks"
    assert the_call().state == State.CLOSED
    assert not the_call().offers.filter(ended_at=None).exists()


def test_leaving_stops_all_ringing_and_forgets_the_browser(
    caller: Client, line: models.Line
) -> None:
    ringable(line)
    ask(caller)

    answer = caller.post("/call/exit", {"line": "quiet"})

    assert answer.status_code == 204
    assert the_call().closed_by == "exit"
    assert the_call().caller_index is None
    assert not the_call().offers.filter(ended_at=None).exists()
    assert caller.cookies[account.CALLER_COOKIE].value == ""


def test_a_page_that_goes_and_comes_back_keeps_its_call(caller: Client) -> None:
    ask(caller)

    caller.post("/call/away", {"line": "quiet"})
    assert the_call().state == State.AWAY
    assert post(caller, "/call/back").json()["screen"] in {"waiting", "choosing"}
    assert the_call().caller_here


def test_the_questions_are_answered_or_skipped_while_it_rings(
    caller: Client, line: models.Line
) -> None:
    ringable(line)
    ask(caller)
    rung = list(the_call().offers.values_list("pk", flat=True))

    assert post(caller, "/call/answer", question="for_whom", value="other").json()["question"] == (
        "name"
    )
    assert post(caller, "/call/answer", question="name", value="").json()["question"] == "language"
    last = post(caller, "/call/answer", question="language", value="es").json()

    assert last["question"] is None
    answers = {name: value for name, value in last["answers"].items() if value}
    assert answers == {"for_whom": "other", "language": "es"}
    assert list(the_call().offers.values_list("pk", flat=True)) == rung


def test_wishes_are_asked_for_only_where_the_line_lists_some(
    caller: Client, line: models.Line
) -> None:
    models.Line.objects.update(languages=["en"], fellowships=["north"], places=["Cork", "Dublin"])
    ringable(line)
    ask(caller)
    answers = {"for_whom": "self", "name": "", "fellowship": "north", "place": "Cork"}

    asked = []
    for question, value in answers.items():
        asked.append(caller_now(caller)["question"])
        post(caller, "/call/answer", question=question, value=value)

    assert asked == list(answers)
    assert caller_now(caller)["question"] is None
    assert (the_call().wish_fellowship, the_call().wish_place) == ("north", "Cork")
    assert the_call().offers.get().ended_at is None, "what rings rings on"


def caller_now(caller: Client) -> Any:
    return post(caller, "/call/alive").json()


def test_a_wish_is_dropped_by_one_press_and_somebody_is_rung(
    caller: Client, line: models.Line
) -> None:
    models.Line.objects.update(places=["Cork", "Dublin"])
    models.Volunteer.objects.filter(pk=ringable(line).pk).update(places=["Cork"])
    ask(caller)
    models.Offer.objects.all().delete()
    models.Call.objects.update(wish_place="Dublin", deadline_at=timezone.now())
    dispatch.handle(the_call().pk, e.ClockTick(), timezone.now())

    shown = caller_now(caller)
    words = "Nobody from Dublin is free right now. May we ask somebody from elsewhere?"
    assert (shown["screen"], shown["relax"]) == ("choosing", {"what": "place", "words": words})
    assert shown["can_anyone"]

    relaxed = post(caller, "/call/relax", what="place").json()

    assert (relaxed["screen"], relaxed["relax"]) == ("waiting", None)
    assert the_call().offers.filter(ended_at=None).count() == 1
    assert the_call().relaxed == ["place"]


@pytest.mark.parametrize("what", ["", "place\0", "everything", "p" * 20_000])
def test_what_is_no_wish_can_not_be_dropped(caller: Client, what: str) -> None:
    ask(caller)
    before = models.Call.objects.values().get()

    assert post(caller, "/call/relax", what=what).status_code == 400
    assert models.Call.objects.values().get() == before


def test_a_question_with_a_choice_brings_its_answers(caller: Client, line: models.Line) -> None:
    models.Line.objects.update(places=["Cork", "<b>Dublin</b>"])
    ringable(line)
    ask(caller)
    post(caller, "/call/answer", question="for_whom", value="")
    answered = post(caller, "/call/answer", question="name", value="").json()
    assert answered["pick"] == {
        "title": "In which language?",
        "choices": [
            {"value": "en", "label": "English", "lang": "en"},
            {"value": "es", "label": "Español", "lang": "es"},
        ],
    }
    assert not answered["can_anyone"], "a language is no wish that anyone would drop"


@pytest.mark.parametrize(
    ("question", "value"),
    [
        ("fellowship", "a made-up one"),
        ("place", "Nowhere"),
        ("group", "x"),
        ("what_did_you_take", "a lot"),
        ("for_whom", "my dog"),
        ("language", "tlh"),
        ("name", "x\x00"),
        ("name", "a" * 20_000),
        ("", ""),
    ],
)
def test_an_odd_answer_is_refused_and_changes_nothing(
    caller: Client, question: str, value: str
) -> None:
    ask(caller)
    before = models.Call.objects.values().get()

    answer = post(caller, "/call/answer", question=question, value=value)

    assert answer.status_code == 400
    assert models.Call.objects.values().get() == before


def test_a_very_long_name_is_cut(caller: Client) -> None:
    ask(caller)

    answers = post(caller, "/call/answer", question="name", value="b" * 300).json()["answers"]

    assert answers["name"] == "b" * 40


def test_at_the_limit_the_caller_really_chooses(caller: Client) -> None:
    ask(caller, "woman")
    call = the_call()
    dispatch.handle(call.pk, e.Alive(Seat.CALLER), call.limit_at - timedelta(seconds=10))
    dispatch.handle(call.pk, e.ClockTick(), call.limit_at)
    assert the_call().state == State.CHOOSING

    post(caller, "/call/choose", choice="anyone")

    assert the_call().wish == "anyone"


def test_stop_may_be_chosen_too(caller: Client) -> None:
    ask(caller)
    call = the_call()
    dispatch.handle(call.pk, e.ClockTick(), call.limit_at)

    assert post(caller, "/call/choose", choice="stop").json()["screen"] == "thanks"


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("/call/choose", {"choice": "everything"}),
        ("/call/choose", {}),
        ("/call/report", {"step": "none"}),
        ("/call/report", {"step": "hearing", "conversation": "not-an-id"}),
        ("/call/report", {"step": ""}),
        ("/call/signal", {"to": "responder", "session": "x", "body": "{}"}),
        ("/call/signal", {"to": "caller", "session": "a" * 32, "body": "{}"}),
        ("/call/signal", {"to": "responder", "session": "a" * 32, "body": "[" * 20_000}),
        ("/call/call-back", {"slot": "7"}),
        ("/call/call-back", {"slot": "-15"}),
        ("/call/call-back", {"slot": ""}),
    ],
)
def test_odd_posts_are_refused_in_words_and_change_nothing(
    caller: Client, path: str, fields: dict[str, str]
) -> None:
    ask(caller)
    before = models.Call.objects.values().get()

    answer = post(caller, path, **fields)

    assert answer.status_code == 400
    assert "nothing changed" in answer.json()["message"]
    assert models.Call.objects.values().get() == before
    assert not models.Signal.objects.exists()


def test_a_report_of_another_conversation_changes_nothing(caller: Client) -> None:
    ask(caller)
    before = models.Call.objects.values().get()

    post(caller, "/call/report", step="hearing", conversation=str(uuid.uuid4()))

    assert models.Call.objects.values().get() == before


@pytest.mark.parametrize("path", POSTS)
def test_without_a_call_nothing_happens_and_nothing_breaks(caller: Client, path: str) -> None:
    answer = post(caller, path, line="quiet")

    assert answer.status_code in {200, 204, 302, 400, 409}
    assert not models.Call.objects.exists()


@pytest.mark.parametrize("path", POSTS)
def test_nobody_else_s_call_can_be_touched(caller: Client, path: str) -> None:
    ask(caller)
    before = models.Call.objects.values().get()
    stranger = Client()
    stranger.cookies[account.CALLER_COOKIE] = "x" * 43

    post(stranger, path, call=str(before["id"]), conversation="", choice="wait", step="page")

    assert models.Call.objects.values().get() == before


@pytest.mark.parametrize("path", POSTS)
def test_every_post_wants_its_token(line: models.Line, path: str) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.get("/")

    assert post(browser, path).status_code == 403
    token = browser.cookies[settings.CSRF_COOKIE_NAME].value
    assert post(browser, path, csrfmiddlewaretoken=token).status_code != 403


@pytest.mark.parametrize("path", POSTS)
def test_a_link_can_do_nothing(caller: Client, path: str) -> None:
    assert caller.get(path).status_code == 405


def talking(browser: Client, line: models.Line) -> models.Call:
    """Bring the browser's call to a talk with Bo."""
    ringable(line)
    ask(browser)
    offer = the_call().offers.get()
    now = timezone.now()
    for event in (e.Rings(offer.pk), e.Ready(offer.pk)):
        dispatch.handle(offer.call_id, event, now)
    conversation = str(the_call().conversation)
    post(browser, "/call/report", step="hearing", conversation=conversation)
    heard = e.Reports(Seat.RESPONDER, LegStep.HEARING, the_call().conversation)
    dispatch.handle(offer.call_id, heard, now)
    return the_call()


def test_the_talk_shows_a_first_name_and_nothing_more(caller: Client, line: models.Line) -> None:
    talking(caller, line)

    snapshot = post(caller, "/call/alive").json()

    assert snapshot["screen"] == "talking"
    assert [(seat["seat"], seat["name"]) for seat in snapshot["seats"]] == [("responder", "Bo")]
    assert set(snapshot["seats"][0]) == {"seat", "name", "kind", "url", "joined"}


def test_ending_the_talk_thanks_the_caller(caller: Client, line: models.Line) -> None:
    talking(caller, line)

    assert post(caller, "/call/end").json()["screen"] == "thanks"
    assert ask(caller).json()["screen"] != "thanks"


def test_an_open_stream_follows_the_call_to_its_end(caller: Client, line: models.Line) -> None:
    cookie = caller.cookies[account.CALLER_COOKIE].value
    following = Following(known_key(cookie))
    assert following.read() is None
    ringable(line)

    ask(caller)
    seen = following.read()
    assert seen is not None
    assert seen["screen"] == "waiting"
    assert following.topics(seen) == {f"call:{the_call().pk}"}
    inbox = following.inbox(seen)
    assert inbox is not None
    assert (inbox.call_id, inbox.seat) == (the_call().pk, "caller")

    post(caller, "/call/stop")
    closed = following.read()
    assert closed is not None
    assert closed["screen"] == "thanks"


def test_a_page_that_vanishes_is_away_after_its_stream(caller: Client) -> None:
    cookie = caller.cookies[account.CALLER_COOKIE].value
    following = Following(known_key(cookie))
    ask(caller)
    seen = following.read()
    assert seen is not None

    following.gone(seen)

    assert the_call().state == State.AWAY


def test_no_line_at_all_is_said(db: None) -> None:
    browser = Client()

    for address in ("/", "/danger", "/call-back", "/come-back"):
        assert browser.get(address).status_code == 404
        assert "no line here" in browser.get(address).content.decode()


def test_a_mistyped_line_leads_to_the_one_that_there_is(caller: Client) -> None:
    for address in ("/line/quite/", "/danger?line=quite", "/call-back?line=quite"):
        answer = caller.get(address)
        assert answer.status_code == 404
        assert 'href="/line/quiet/"' in answer.content.decode()
        assert 'href="/danger?line=quiet"' in answer.content.decode()


def owned_time(line: models.Line) -> models.Volunteer:
    bo = ringable(line)
    models.Duty.objects.filter(volunteer=bo).update(until_at=timezone.now() + timedelta(hours=6))
    return bo


def test_without_script_a_press_leads_to_the_call_back(caller: Client, line: models.Line) -> None:
    owned_time(line)

    answer = caller.post("/call/ask", {"wish": "anyone", "line": "quiet", "script": "0"})

    assert answer.status_code == 302
    form = caller.get(answer["Location"]).content.decode()
    assert 'name="slot" value="15"' in form
    assert not models.Call.objects.exists()


def code_in(text: str) -> str:
    found = re.search(r'class="big code"[^>]*>([^<]+)<', text)
    assert found
    return found[1]


def test_without_script_a_call_back_is_promised_and_kept(caller: Client, line: models.Line) -> None:
    bo = owned_time(line)

    promised = caller.post("/call/call-back", {"slot": "30", "line": "quiet"})

    code = code_in(promised.content.decode())
    assert the_call().state == State.PROMISED
    assert models.CallBack.objects.get().owner == bo

    elsewhere = Client()
    elsewhere.get("/come-back")
    back = elsewhere.post("/come-back", {"code": code.lower(), "line": "quiet"})
    assert back.status_code == 303
    assert the_call().state == State.RINGING
    assert list(the_call().offers.values_list("volunteer", flat=True)) == [bo.pk]


def test_no_time_is_promised_that_nobody_owns(caller: Client) -> None:
    form = caller.get("/call-back").content.decode()
    assert "t promise a time" in form
    assert "116 123" in form

    answer = post(caller, "/call/call-back", slot="15", line="quiet")

    assert answer.status_code == 409
    assert "choose again" in answer.json()["message"]
    assert not models.Call.objects.exists()


def test_a_call_back_while_waiting_stops_the_ringing(caller: Client, line: models.Line) -> None:
    owned_time(line)
    ask(caller)

    snapshot = post(caller, "/call/call-back", slot="15").json()

    assert snapshot["screen"] == "promised"
    assert snapshot["call_back"]["promised"]["code"]
    assert not the_call().offers.filter(ended_at=None).exists()


@pytest.mark.parametrize("code", ["", "AAAA-AAAA", "x" * 400, "\x00"])
def test_a_wrong_code_is_refused_kindly(caller: Client, code: str) -> None:
    answer = post(caller, "/come-back", code=code, line="quiet")

    assert answer.status_code in {400, 404}
    assert answer.json()["message"]
    assert not models.Call.objects.exists()


def test_guessing_codes_is_limited(caller: Client) -> None:
    tries = [
        post(caller, "/come-back", code="AAAA-AAAA", line="quiet").status_code for _ in range(12)
    ]

    assert tries[-1] == 429


def test_a_refusal_without_script_is_a_page_with_ways_on(caller: Client) -> None:
    answer = caller.post("/come-back", {"code": "AAAA-AAAA", "line": "quiet"})

    text = answer.content.decode()
    assert answer.status_code == 404
    assert "know this code" in text
    assert "tel:+35315550100" in text


def luminance(shade: str) -> float:
    parts = [int(shade[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def shades() -> dict[str, dict[str, str]]:
    text = Path(str(finders.find("css/tokens.css"))).read_text(encoding="utf-8")
    day, night = (dict(re.findall(r"--([\w-]+): (#\w{6});", part)) for part in text.split("@media"))
    return {"day": day, "night": day | night}


BACKGROUNDS = ["ground", "surface", "raised", "danger-soft", "safe-soft"]
ON_BACKGROUND = [(ink, ground) for ink in ("ink", "ink-soft", "link") for ground in BACKGROUNDS]


@pytest.mark.parametrize("time", ["day", "night"])
def test_all_text_stands_out_by_day_and_by_night(time: str) -> None:
    shade = shades()[time]
    pairs = [*ON_BACKGROUND, ("accent-ink", "accent"), ("danger-ink", "danger")]

    weak = [pair for pair in pairs if contrast(shade[pair[0]], shade[pair[1]]) < TEXT_CONTRAST]

    assert weak == []


@pytest.mark.parametrize("time", ["day", "night"])
def test_the_edges_of_controls_can_be_seen(time: str) -> None:
    shade = shades()[time]
    pairs: list[tuple[str, str]] = [("edge", ground) for ground in BACKGROUNDS[:3]]

    weak = [pair for pair in pairs if contrast(shade[pair[0]], shade[pair[1]]) < EDGE_CONTRAST]

    assert weak == []
