"""What is pressed about danger: told without waiting, and a place is on no page but one."""

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from stepline import models
from stepline.actions import danger
from stepline.core.danger import By
from stepline.models.people import Role
from stepline.web import danger_cards
from tests.web.cast import SignedIn, a_line, a_volunteer, coordinating, sign_in
from tests.web.test_volunteer import in_talk, press

pytestmark = pytest.mark.django_db

WHERE = "the blue house behind the chapel"


@pytest.fixture
def line() -> models.Line:
    return a_line()


@pytest.fixture
def bo(line: models.Line) -> SignedIn:
    return sign_in(a_volunteer(line, "Bo"), Role.VOLUNTEER)


@pytest.fixture
def caller(line: models.Line) -> Client:
    browser = Client()
    browser.get("/")
    post(browser, "/call/ask", wish="anyone", script="1")
    return browser


def post(browser: Client, path: str, **fields: str) -> Any:
    return browser.post(path, fields, headers={"Accept": "application/json"})


def the_danger() -> models.Danger:
    return models.Danger.objects.get()


def test_E01_the_number_comes_first_in_the_page_then_three_steps_then_the_sights(
    line: models.Line,
) -> None:
    for address in ("/", "/danger"):
        text = Client().get(address).content.decode()
        card = text[text.index('id="danger"') :]
        places = [card.index(each) for each in ('href="tel:112"', "<ol>", "</ol>", "<details")]
        assert places == sorted(places), address
        assert card.count("<details") == 4
        assert card.count("Ring 112 now.") == 4


def test_E08_E09_no_page_shows_an_unsigned_medical_line(bo: SignedIn, line: models.Line) -> None:
    medical = [
        line
        for card in danger_cards.book().cards
        for words in card.words.values()
        for line in (*words.do, *words.never, *words.ask)
    ]
    assert len(medical) > 10
    for text in (
        Client().get("/").content.decode(),
        Client().get("/danger").content.decode(),
        bo.client.get("/volunteer/").content.decode(),
    ):
        assert [line for line in medical if line in text] == []


def test_D15_D16_the_questions_are_the_volunteers_alone_and_come_after_the_number(
    bo: SignedIn, line: models.Line
) -> None:
    page = bo.client.get("/volunteer/").content.decode()
    card = page[page.index('data-sight="dying"') :]
    assert card.index("They ring") < card.index("Are you thinking of suicide?")
    assert "thinking of suicide" not in Client().get("/").content.decode()


def test_E04_E10_E11_the_words_stand_before_the_volunteer(bo: SignedIn) -> None:
    page = bo.client.get("/volunteer/").content.decode()
    for words in (
        "it reaches help where you are, not where they are",
        "breaks no Tradition",
        "Nobody is ever blamed",
        "Stay until help has really taken over",
    ):
        assert words in page, words


def test_E02_before_the_tap_the_caller_reads_what_it_does_and_a_way_back_is_there(
    line: models.Line,
) -> None:
    parts = Client().get("/call/parts").content.decode()
    for words in ("ends our talk", "another phone", "loudspeaker", "place is kept", "I am back"):
        assert words in parts, words
    assert 'data-screen="dialling_help"' in parts


def test_a_caller_who_waits_tells_and_the_phones_ring_on(caller: Client) -> None:
    assert post(caller, "/call/sight", sight="fit").status_code == 200
    assert post(caller, "/call/dialling").json()["screen"] in {"waiting", "choosing"}
    assert (the_danger().raised_by, the_danger().sights) == ("caller", ["fit"])
    assert the_danger().state == "dialling"


def test_an_odd_sight_changes_nothing(caller: Client, bo: SignedIn) -> None:
    assert post(caller, "/call/sight", sight="flu").status_code == 400
    assert not models.Danger.objects.exists()


def test_without_a_call_nothing_is_kept(line: models.Line) -> None:
    for address in ("danger", "sight", "dialling", "place", "back"):
        answer = post(Client(), f"/call/{address}", place=WHERE, sight="fit", line=line.slug)
        assert answer.status_code == 200, address
    assert not models.Danger.objects.exists()


def test_E03_a_place_is_in_no_answer_page_address_or_live_news(
    caller: Client, bo: SignedIn, line: models.Line
) -> None:
    answer = post(caller, "/call/place", place=WHERE)
    assert answer.json()["place_known"] is True
    assert the_danger().place == WHERE
    eli = coordinating(line)
    for content in (
        answer.content,
        caller.get("/").content,
        eli.client.get("/coordinator/board").content,
        bo.client.get("/volunteer/").content,
    ):
        assert WHERE not in content.decode()
    shown = eli.client.post(f"/coordinator/calls/{the_danger().call_id}/place")
    assert WHERE in shown.content.decode()
    assert "no-store" in shown.headers["Cache-Control"]
    assert models.LogLine.objects.get(event="PlaceOpened").detail == {
        "by": "coordinator",
        "volunteer": str(eli.volunteer.pk),
    }


def test_the_volunteer_follows_it_to_where_help_has_taken_over(
    bo: SignedIn, line: models.Line
) -> None:
    call = in_talk(bo, line)
    assert press(bo, "call/danger").json()["call"]["dangers"]["state"] == "raised"
    assert press(bo, "call/sight", sight="hurt").status_code == 200
    assert press(bo, "call/place", place=WHERE).json()["call"]["dangers"]["place_known"]
    assert press(bo, "call/place-open").json() == {"place": WHERE}
    dialling = press(bo, "call/dialling").json()
    assert (dialling["screen"], dialling["call"]["dangers"]["dialled"]) == ("dialling_help", True)
    assert press(bo, "call/they-are-back").json()["screen"] == "connecting"
    over = press(bo, "call/taken-over").json()["call"]["dangers"]
    assert (over["state"], over["place_known"]) == ("taken_over", False)
    assert press(bo, "call/place-open").status_code == 409
    call.refresh_from_db()
    assert call.danger


def test_E06_unset_the_page_offers_no_rescue_and_a_press_is_refused(
    bo: SignedIn, line: models.Line
) -> None:
    in_talk(bo, line)
    assert press(bo, "call/danger").json()["call"]["dangers"]["may_rescue"] is False
    refused = press(bo, "call/rescue")
    assert (refused.status_code, "second person" in refused.json()["message"]) == (409, True)
    assert the_danger().rescue_proposed_by is None


def test_the_coordinator_raises_danger_and_agrees_as_the_second_person(
    bo: SignedIn, line: models.Line
) -> None:
    models.Line.objects.update(rescue="agreed")
    bo.volunteer.line.refresh_from_db()
    call, eli = in_talk(bo, line), coordinating(line)
    at = f"/coordinator/calls/{call.pk}"
    assert eli.client.post(f"{at}/danger").status_code == 302
    assert the_danger().raised_by == "coordinator"
    assert "Ask that help is sent" in eli.client.get("/coordinator/board").content.decode()
    press(bo, "call/rescue")
    assert press(bo, "call/rescue-agree").status_code == 409
    assert eli.client.post(f"{at}/rescue-agree").status_code == 302
    assert the_danger().rescue_agreed_by == eli.volunteer
    assert eli.client.post(f"{at}/taken-over").status_code == 302
    assert the_danger().state == "taken_over"


def test_another_lines_coordinator_finds_nothing(bo: SignedIn, line: models.Line) -> None:
    call = in_talk(bo, line)
    danger.raise_danger(call.pk, By.CALLER, timezone.now())
    danger.keep_place(call.pk, WHERE, By.CALLER, timezone.now())
    eli = coordinating(a_line("other"))
    for part in ("danger", "taken-over", "place", "rescue", "rescue-agree"):
        answer = eli.client.post(f"/coordinator/calls/{call.pk}/{part}")
        assert answer.status_code == 404, part
    assert the_danger().place == WHERE
