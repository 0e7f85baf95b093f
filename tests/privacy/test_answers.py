"""What comes back to one side tells nothing of the other but a first name."""

import json
import re
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from stepline import models
from stepline.actions import push
from stepline.web import limits, snapshots
from tests.privacy import evening as evenings
from tests.privacy.evening import Evening

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _fresh_counts() -> None:
    limits.forget_counts()


@pytest.fixture
def talk() -> Evening:
    evening = evenings.an_evening()
    evenings.somebody_serves(evening)
    evenings.somebody_calls(evening)
    evenings.they_talk(evening)
    return evening


def test_the_caller_learns_of_the_volunteer_a_first_name_alone(talk: Evening) -> None:
    shown = snapshots.caller_snapshot(talk.call, talk.line, timezone.now())
    text = json.dumps(shown)
    assert shown["seats"][0]["name"] == evenings.VOLUNTEER
    row, device = talk.row, models.Device.objects.get(volunteer=talk.row)
    secrets = (row.id, device.id, evenings.EMAIL, evenings.SOBER_ON, talk.codes[0])
    for secret in (*secrets, evenings.ENDPOINT, evenings.COORDINATOR, evenings.NETWORK):
        assert str(secret) not in text


def test_the_volunteer_learns_of_the_caller_a_first_name_alone(talk: Evening) -> None:
    shown = snapshots.volunteer_snapshot(talk.row, timezone.now())
    text = json.dumps(shown)
    assert shown["call"]["caller_name"] == evenings.CALLER
    cookie = talk.caller.cookies["stepline_caller"].value
    index = bytes(talk.call.caller_index or b"").hex()
    for secret in (cookie, index, evenings.NETWORK, evenings.COORDINATOR, evenings.EMAIL):
        assert secret not in text


def test_an_offer_says_nothing_that_identifies() -> None:
    evening = evenings.an_evening()
    evenings.somebody_serves(evening)
    evenings.somebody_calls(evening)
    shown = snapshots.volunteer_snapshot(evening.row, timezone.now())
    assert shown["screen"] == "offer"
    assert evenings.CALLER not in json.dumps(shown)
    assert str(evening.call.id) not in json.dumps(shown["offer"])


def test_the_coordinator_never_reads_a_callers_name(talk: Evening) -> None:
    page = talk.look(talk.coordinator, "/coordinator/")
    assert evenings.VOLUNTEER in page
    assert evenings.CALLER not in page


def test_a_push_says_that_it_rings_and_nothing_more(
    talk: Evening, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[dict[str, Any]] = []

    def take(_to: object, message: push.Message, _now: object) -> int:
        sent.append(message.content)
        return 1

    monkeypatch.setattr(push, "_push_all", take)
    offer = models.Offer.objects.get(ended_at=None)
    push.ring(offer.id, timezone.now())
    push.tell(talk.line.id, offer.id, timezone.now())
    assert sent == [{"kind": "ring", "offer": str(offer.id)}, {"kind": "look"}]


def test_no_address_holds_a_name_a_number_or_a_secret() -> None:
    evening = evenings.a_whole_evening()
    asked = [address for address, _ in evening.came_back]
    asked += [answer.headers.get("Location", "") for _, answer in evening.came_back]
    for address, answer in evening.came_back:
        shown = "invite" in address  # the one page that shows an invitation's link
        links = re.findall(r'(?:href|action|src)="([^"]*)"', answer.content.decode())
        asked += [] if shown else links
    used_up = set(evening.codes[:1])
    secrets = {what: text for what, text in evening.secrets.items() if text not in used_up}
    for address in asked:
        assert [what for what, text in secrets.items() if text in address] == [], address


@pytest.mark.parametrize("accepts", ["text/html", "application/json"])
def test_a_refusal_does_not_repeat_what_was_sent(accepts: str) -> None:
    evening = evenings.an_evening()
    word = "Zaphira"
    named = ("code", "wish", "line", "question", "value", "slot", "step", "what")
    fields = dict.fromkeys(named, word)
    pages = ("/sign-in", "/call/ask", "/call/answer", "/call/call-back", "/call/report")
    others = ("/call/relax", "/come-back", f"/i/{word}", f"/line/{word}/", f"/{word}")
    for address in (*pages, *others):
        for client in (Client(), evening.coordinator):
            limits.forget_counts()
            answer = client.post(address, fields, headers={"Accept": accepts})
            assert word not in answer.content.decode(), address


def test_health_tells_figures_alone(talk: Evening, client: Client) -> None:
    answer = client.get("/health")
    assert set(answer.json()) == {"well", "database", "overdue_seconds", "skew_seconds"}
    for what, secret in talk.secrets.items():
        assert secret not in answer.content.decode(), what


def test_every_page_of_the_demonstration_says_that_nobody_real_answers(settings: Settings) -> None:
    settings.STEPLINE_DEMO = True
    evening = evenings.a_whole_evening()
    evening.look(Client(), "/sign-in")
    evening.look(Client(), "/danger")
    evening.look(Client(), "/call-back")
    evening.look(Client(), "/come-back")
    evening.look(evening.coordinator, "/coordinator/people/add")
    evening.send(Client(), "/no-such-page")
    html = [
        (address, answer.content.decode())
        for address, answer in evening.came_back
        if answer.headers["Content-Type"].startswith("text/html") and answer.content
    ]
    assert len(html) > 10
    said = "This is a demonstration. Nobody real answers."
    assert [address for address, page in html if said not in page] == []
