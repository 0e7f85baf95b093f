"""The board and the people pages, as a coordinator sees them and as nobody else does."""

import json
import re
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import get_resolver
from django.utils import timezone
from pytest_django import Settings

from stepline import models
from stepline.actions import accounts, duty, notices
from stepline.core.calls import OfferState, Seat, State
from stepline.models.people import Role
from stepline.web import board, limits
from tests.web.cast import a_coordinator, a_line, a_volunteer, coordinating, on_duty, sign_in

pytestmark = pytest.mark.django_db

CALLER = "Bartholomew"
# The literal counts below hold one query for who is signed in.
BOARD_QUERIES = 7
PEOPLE_QUERIES = 2


@pytest.fixture(autouse=True)
def _fresh_counts() -> None:
    limits.forget_counts()


def a_call(
    line: models.Line, state: State, waited_seconds: int = 30, **more: object
) -> models.Call:
    now = timezone.now()
    asked_at = now - timedelta(seconds=waited_seconds)
    call = models.Call(
        line=line,
        state=state,
        asked_at=asked_at,
        limit_at=asked_at + timedelta(seconds=line.limit_seconds),
        deadline_at=now + timedelta(seconds=20),
        **more,
    )
    call.name = CALLER
    call.save()
    return call


def an_offer(call: models.Call, volunteer: models.Volunteer, state: OfferState) -> models.Offer:
    now = timezone.now()
    return models.Offer.objects.create(
        call=call,
        volunteer=volunteer,
        seat=Seat.RESPONDER,
        state=state,
        placed_at=now,
        reach_by_at=now,
        ends_at=now + timedelta(seconds=20),
    )


def a_promise(call: models.Call, owner: models.Volunteer | None, due_at: datetime) -> None:
    promise = models.CallBack(call=call, due_at=due_at, owner=owner, created_at=timezone.now())
    promise.code = "K4P7-QR9T"
    promise.save()


def text(client: Client, address: str = "/coordinator/board") -> str:
    """Give a page as words: tags gone, spaces made single."""
    answer = client.get(address)
    assert answer.status_code == 200
    body = answer.content.decode()
    return " ".join(re.sub(r"<[^>]+>", " ", body).split())


def test_an_empty_board_says_what_to_do_first() -> None:
    eli = coordinating(a_line())
    shown = text(eli.client)
    assert "Nobody takes calls on this line yet. Add the first volunteer" in shown
    assert "Nobody is calling." in shown
    assert "No call back is promised." in shown
    a_volunteer(eli.volunteer.line, "Bo")
    assert "Ask somebody to open their page and go on duty." in text(eli.client)


def test_the_board_shows_how_long_callers_have_waited_beside_the_limit() -> None:
    line = a_line(limit_seconds=90)
    eli = coordinating(line)
    a_call(line, State.RINGING, waited_seconds=40)
    a_call(line, State.CHOOSING, waited_seconds=100)
    shown = text(eli.client)
    assert "Waiting 2 longest 1:40, limit 1:30" in shown
    assert "open calls 2, at most 200" in shown
    assert shown.count("over the limit") == 1


def test_a_caller_is_nobody_on_the_board() -> None:
    line = a_line()
    eli = coordinating(line)
    call = a_call(line, State.PROMISED)
    a_call(line, State.TALKING, caller_index=b"c" * 32)
    a_promise(call, None, timezone.now())
    whole = eli.client.get("/coordinator/").content.decode()
    assert "Talking" in whole
    for secret in (CALLER, "K4P7", str(call.id)):
        assert secret not in whole


def test_the_board_shows_phones_that_ring_and_who_does_what() -> None:
    line = a_line()
    eli = coordinating(line)
    bo, cleo, dee = (on_duty(a_volunteer(line, name)) for name in ("Bo", "Cleo", "Dee"))
    ringing, talking = a_call(line, State.RINGING), a_call(line, State.TALKING)
    an_offer(ringing, bo, OfferState.RINGING)
    an_offer(talking, cleo, OfferState.ACCEPTED)
    read = board.read(line, timezone.now())
    assert [(call.state, call.ringing) for call in read.calls] == [
        (State.RINGING, 1),
        (State.TALKING, 0),
    ]
    assert [(person.name, person.doing) for person in read.on_duty] == [
        (bo.name, "Being rung"),
        (cleo.name, "In a call"),
        (dee.name, "Free"),
    ]
    assert "On duty 3 reachable 0, of 3 who take calls" in text(eli.client)


def test_the_board_shows_rings_in_vain_and_rings_off_shift() -> None:
    eli = coordinating(a_line())
    line = eli.volunteer.line
    bo, cleo = (on_duty(a_volunteer(line, name)) for name in ("Bo", "Cleo"))
    models.Duty.objects.filter(volunteer=bo).update(silent_rings=1)
    asked = {"silent_rings": 3, "still_there_asked_at": timezone.now()}
    models.Duty.objects.filter(volunteer=cleo).update(**asked)
    call = a_call(line, State.RINGING)
    now = timezone.now()
    times = {"placed_at": now, "reach_by_at": now, "ends_at": now + timedelta(minutes=1)}
    models.Offer.objects.create(
        call=call,
        volunteer=a_volunteer(line, "Dee"),
        seat=Seat.RESPONDER,
        state=OfferState.RINGING,
        standby=True,
        **times,
    )
    shown = text(eli.client)
    assert "Free 1 ring unanswered" in shown
    assert "asked whether they are still there" in shown
    assert "1 (1 off shift)" in shown


def test_reachable_is_who_has_an_open_page_a_push_or_a_pretend_phone() -> None:
    line, now = a_line(), timezone.now()
    bo, cleo, dee, _ = (on_duty(a_volunteer(line, name)) for name in ("Bo", "Cleo", "Dee", "Gus"))
    process = models.Process.objects.create(kind="web", started_at=now, seen_at=now)
    page = sign_in(bo, Role.VOLUNTEER).volunteer.devices.get()
    models.Presence.objects.create(process=process, volunteer=bo, device=page)
    phone = sign_in(cleo, Role.VOLUNTEER).volunteer.devices.get()
    models.PushSubscription.objects.create(device=phone, endpoint_index=b"1" * 32, created_at=now)
    models.Volunteer.objects.filter(id=dee.id).update(pretend={"says": "silent"})
    reachable = {person.name: person.reachable for person in board.read(line, now).on_duty}
    assert reachable == {"Bo": True, "Cleo": True, "Dee": True, "Gus": False}


def test_a_closed_page_is_not_reachable_once_its_process_is_gone() -> None:
    line, now = a_line(), timezone.now()
    bo = on_duty(a_volunteer(line, "Bo"))
    long_ago = now - timedelta(minutes=1)
    process = models.Process.objects.create(kind="web", started_at=long_ago, seen_at=long_ago)
    page = sign_in(bo, Role.VOLUNTEER).volunteer.devices.get()
    models.Presence.objects.create(process=process, volunteer=bo, device=page)
    assert board.read(line, now).reachable == 0


def test_danger_comes_first_and_alone_is_red() -> None:
    line = a_line()
    eli = coordinating(line)
    a_call(line, State.RINGING, waited_seconds=600)
    a_call(line, State.TALKING, waited_seconds=5, danger=True)
    notices.tell(line, "unanswered", None, timezone.now())
    notices.tell(line, "danger", None, timezone.now() - timedelta(minutes=5))
    shown = eli.client.get("/coordinator/board").content.decode()
    assert shown.count('class="danger"') == 1
    assert shown.count("banner row danger") == 1
    assert shown.index("Somebody is in danger.") < shown.index("Nobody answered within")
    assert [call.danger for call in board.read(line, timezone.now()).calls] == [True, False]


def test_call_backs_are_shown_with_their_owner_and_overdue() -> None:
    line = a_line()
    eli, now = coordinating(line), timezone.now()
    bo = a_volunteer(line, "Bo")
    a_promise(a_call(line, State.PROMISED), bo, now + timedelta(minutes=30))
    a_promise(a_call(line, State.PROMISED), None, now - timedelta(minutes=2))
    read = board.read(line, now)
    assert [(one.owner, one.overdue_seconds) for one in read.call_backs] == [("", 120), ("Bo", 0)]
    shown = text(eli.client)
    assert "Call backs 2 overdue 1" in shown
    assert "Nobody: yours" in shown
    assert not read.calls


def test_times_are_the_lines_own() -> None:
    line = a_line()
    now = datetime.fromisoformat("2026-07-01T22:30:00+00:00")
    assert board.clock(line, now, now) == "23:30"
    assert board.clock(line, now + timedelta(hours=1), now) == "2026-07-02 00:30"


def test_a_late_clock_is_said() -> None:
    line = a_line()
    eli = coordinating(line)
    call = a_call(line, State.RINGING)
    assert "The clock that rings people" not in text(eli.client)
    late = timezone.now() - timedelta(seconds=30)
    models.Call.objects.filter(id=call.id).update(deadline_at=late)
    assert "The clock that rings people is 30 seconds late." in text(eli.client)


def test_browser_calls_that_are_off_are_explained(settings: Settings) -> None:
    eli = coordinating(a_line())
    assert "Calls between browsers are off" not in text(eli.client)
    settings.STEPLINE_PUBLIC_URL = "https://line.example"
    said = text(eli.client)
    assert "no relay is set up (STEPLINE_TURN_URLS)" in said
    # A call back would need the same pages: what callers read then is the number and other help.
    assert "Callers read what else is open." in said
    settings.STEPLINE_TURN_URLS = ["turn:relay.example"]
    settings.STEPLINE_TURN_SECRET = ""
    assert "shared secret is missing" in text(eli.client)


def test_every_kind_of_notice_has_words() -> None:
    assert set(board.NOTICES) == set(models.Notice.Kind.values)


def test_every_open_state_has_words() -> None:
    assert set(board.CALL_STATES) == set(State) - {State.CLOSED}


PUSH = {
    "endpoint": "https://updates.push.services.mozilla.com/wpush/v2/abc",
    "keys": {"p256dh": "B" + "A" * 86, "auth": "A" * 22},
}


def subscribing(client: Client, sent: object) -> int:
    answer = client.post("/coordinator/push", json.dumps(sent), content_type="application/json")
    return answer.status_code


def test_a_coordinator_can_be_told_with_the_page_closed() -> None:
    eli = coordinating(a_line())
    assert subscribing(eli.client, PUSH) == 204
    kept = models.PushSubscription.objects.get()
    assert kept.device.role == Role.COORDINATOR
    assert kept.endpoint == PUSH["endpoint"]


@pytest.mark.parametrize(
    "sent",
    [
        None,
        [],
        {},
        {"endpoint": "https://x.example", "keys": None},
        {**PUSH, "endpoint": "https://127.0.0.1/x"},
        {**PUSH, "keys": {"p256dh": 1, "auth": 2}},
    ],
)
def test_what_is_no_address_of_a_push_service_is_refused(sent: object) -> None:
    eli = coordinating(a_line())
    assert subscribing(eli.client, sent) == 400
    assert not models.PushSubscription.objects.exists()


def test_a_notice_that_was_seen_is_gone() -> None:
    line = a_line()
    eli = coordinating(line)
    notice = notices.tell(line, "unanswered", None, timezone.now())
    address = f"/coordinator/notices/{notice.id}/seen"
    answer = eli.client.post(address, headers={"HX-Request": "true"})
    assert "Nothing right now." in answer.content.decode()
    assert eli.client.post(address).headers["Location"] == "/coordinator/"
    notice.refresh_from_db()
    assert notice.seen_at is not None


def test_a_call_set_aside_is_shown_and_one_press_has_it_tried_again() -> None:
    line = a_line()
    eli = coordinating(line)
    now = timezone.now()
    call = a_call(line, State.PROMISED, set_aside_at=now, until_at=now + timedelta(hours=1))
    a_promise(call, on_duty(a_volunteer(line, "Bo")), timezone.now() + timedelta(hours=1))
    shown = text(eli.client, "/coordinator/")
    assert "Set aside: a call of" in shown
    assert "A call back is promised" in shown
    assert CALLER not in shown
    address = f"/coordinator/calls/{call.id}/try-again"
    answer = eli.client.post(address, headers={"HX-Request": "true"})
    assert "Set aside" not in answer.content.decode()
    call.refresh_from_db()
    assert call.set_aside_at is None
    assert eli.client.post(address).headers["Location"] == "/coordinator/", "a second press is kind"


def test_a_call_that_fails_again_is_shown_again() -> None:
    line = a_line()
    eli = coordinating(line)
    call = a_call(line, State.CHOOSING, set_aside_at=timezone.now(), wish="nonsense")
    answer = eli.client.post(f"/coordinator/calls/{call.id}/try-again")
    assert answer.status_code == 302
    assert "Set aside: a call of" in text(eli.client, "/coordinator/")
    assert models.Notice.objects.filter(kind="set_aside", call_id=call.id).count() == 1


def three_calls(line: models.Line) -> None:
    for name in ("Bo", "Cleo", "Dee"):
        person = on_duty(a_volunteer(line, name))
        an_offer(a_call(line, State.RINGING), person, OfferState.RINGING)
        a_promise(a_call(line, State.PROMISED), person, timezone.now())
        notices.tell(line, "unanswered", None, timezone.now())


def one_call(line: models.Line) -> None:
    person = on_duty(a_volunteer(line, "Bo"))
    an_offer(a_call(line, State.RINGING), person, OfferState.RINGING)
    a_promise(a_call(line, State.PROMISED), person, timezone.now())
    notices.tell(line, "unanswered", None, timezone.now())


@pytest.mark.parametrize("fill", [one_call, three_calls])
@pytest.mark.parametrize(
    ("address", "queries"),
    [
        ("/coordinator/board", BOARD_QUERIES),
        ("/coordinator/", BOARD_QUERIES),
        ("/coordinator/people", PEOPLE_QUERIES),
    ],
)
def test_pages_ask_the_database_as_often_for_three_as_for_one(
    fill: Callable[[models.Line], None], address: str, queries: int
) -> None:
    eli = coordinating(a_line())
    fill(eli.volunteer.line)
    with CaptureQueriesContext(connection) as asked:
        assert eli.client.get(address).status_code == 200
    assert len(asked) == queries


def test_fay_of_another_line_sees_nothing_of_this_one() -> None:
    line = a_line()
    a_coordinator(line)
    bo = on_duty(a_volunteer(line, "Bo"))
    a_call(line, State.RINGING)
    a_promise(a_call(line, State.PROMISED), bo, timezone.now())
    notice = notices.tell(line, "danger", None, timezone.now())
    fay = coordinating(a_line("other"), "Fay")
    whole = text(fay.client, "/coordinator/") + text(fay.client, "/coordinator/people")
    assert "Bo" not in whole.replace("Board", "")
    assert "Waiting 0" in whole
    assert "Nothing right now." in whole
    assert fay.client.post(f"/coordinator/notices/{notice.id}/seen").status_code == 404
    bad = a_call(line, State.RINGING, set_aside_at=timezone.now())
    assert fay.client.post(f"/coordinator/calls/{bad.id}/try-again").status_code == 404
    bad.refresh_from_db()
    assert bad.set_aside_at is not None
    notice.refresh_from_db()
    assert notice.seen_at is None


PERSON_POSTS = (
    *("", "/invite", "/sign-out", "/step-back", "/serve-again"),
    *("/block", "/unblock"),
)


@pytest.mark.parametrize("part", PERSON_POSTS)
def test_fay_can_change_nobody_of_this_line(part: str) -> None:
    bo = a_volunteer(a_line(), "Bo")
    sign_in(bo, Role.VOLUNTEER)
    before = models.Volunteer.objects.filter(id=bo.id).values().get()
    fay = coordinating(a_line("other"), "Fay")
    answer = fay.client.post(f"/coordinator/people/{bo.id}{part}", {**WRITTEN, "role": "volunteer"})
    assert answer.status_code == 404
    assert models.Volunteer.objects.filter(id=bo.id).values().get() == before
    assert bo.devices.filter(revoked_at=None).count() == 1
    assert not models.Invitation.objects.filter(volunteer=bo, used_at=None).exists()


DANGER_POSTS = ("danger", "taken-over", "place", "rescue", "rescue-agree")
ADDRESSES = (
    ("get", "/coordinator/"),
    ("get", "/coordinator/board"),
    ("get", "/coordinator/live"),
    ("post", "/coordinator/push"),
    ("get", "/coordinator/people"),
    ("get", "/coordinator/people/add"),
    ("post", "/coordinator/people/add"),
    ("get", "/coordinator/hours"),
    ("get", "/coordinator/meetings"),
    ("post", "/coordinator/meetings"),
    ("post", f"/coordinator/meetings/{uuid.uuid4()}"),
    ("get", "/coordinator/line"),
    ("post", "/coordinator/line"),
    ("post", f"/coordinator/notices/{uuid.uuid4()}/seen"),
    ("get", f"/coordinator/calls/{uuid.uuid4()}/rings"),
    ("post", f"/coordinator/calls/{uuid.uuid4()}/try-again"),
    *(("post", f"/coordinator/calls/{uuid.uuid4()}/{part}") for part in DANGER_POSTS),
    ("get", f"/coordinator/people/{uuid.uuid4()}"),
    *(("post", f"/coordinator/people/{uuid.uuid4()}{part}") for part in PERSON_POSTS),
)


@pytest.mark.parametrize(("method", "address"), ADDRESSES)
def test_nobody_but_a_coordinator_gets_in(method: str, address: str) -> None:
    bo = sign_in(a_volunteer(a_line(), "Bo"), Role.VOLUNTEER)
    for client in (Client(), bo.client):
        assert getattr(client, method)(address).status_code == 403


def test_the_list_above_names_every_coordinator_address() -> None:
    routes = {str(pattern.pattern) for pattern in get_resolver().url_patterns}
    ours = {route for route in routes if route.startswith("coordinator/")}
    ours -= {"coordinator/sw.js"}  # a script that everybody may read
    named = {re.sub(r"[0-9a-f-]{36}", "<>", address[1:]) for _, address in ADDRESSES}
    assert {re.sub(r"<[^>]+>", "<>", route) for route in ours} == named


WRITTEN = {
    "name": "Cleo",
    "gender": "woman",
    "takes": ["anyone", "woman"],
    "languages": ["en"],
    "sober_on": "2019-05-04",
    "trained_on": "2020-01-31",
    "takes_calls": "on",
}


def test_somebody_is_added_and_what_names_them_is_sealed() -> None:
    eli = coordinating(a_line())
    answer = eli.client.post("/coordinator/people/add", {**WRITTEN, "email": "cleo@example.org"})
    cleo = models.Volunteer.objects.get(is_coordinator=False)
    assert answer.headers["Location"] == f"/coordinator/people/{cleo.id}"
    assert (cleo.name, cleo.email, cleo.gender) == ("Cleo", "cleo@example.org", "woman")
    assert (cleo.takes, cleo.takes_calls, cleo.line) == (
        ["anyone", "woman"],
        True,
        eli.volunteer.line,
    )
    with connection.cursor() as cursor:
        cursor.execute("SELECT t::text FROM stepline_volunteer t")
        raw = str(cursor.fetchall())
    assert b"Cleo".hex() not in raw
    assert "Cleo" not in raw
    assert "example.org" not in raw


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"name": ""}, "This field is required."),
        ({"name": "x" * 61}, "at most 60 characters"),
        ({"email": "nobody"}, "valid email"),
        ({"gender": "other"}, "valid choice"),
        ({"takes": ["everyone"]}, "valid choice"),
        ({"takes": ["man"]}, "joined with somebody who says she is one"),
        ({"languages": ["xx"]}, "valid choice"),
        ({"sober_on": "2999-01-01"}, "This day has not come yet."),
        ({"trained_on": "2999-01-01"}, "This day has not come yet."),
        ({"places": ["Cork"]}, "valid choice"),
        ({"most_calls_a_week": "0"}, "greater than or equal to 1"),
        ({"ring_seconds": "4"}, "greater than or equal to 5"),
        ({"ring_seconds": "121"}, "less than or equal to 120"),
        ({"sober_on": "yesterday"}, "valid date"),
    ],
)
def test_what_cannot_be_so_is_told_beside_its_field_and_nothing_is_lost(
    wrong: dict[str, object], sentence: str
) -> None:
    eli = coordinating(a_line(places=["Dublin"]))
    answer = eli.client.post("/coordinator/people/add", {**WRITTEN, **wrong})
    page = answer.content.decode()
    assert answer.status_code == 400
    assert sentence in page
    assert "What you wrote is still here" in page
    assert models.Volunteer.objects.count() == 1


def test_an_e_mail_of_somebody_else_here_is_told() -> None:
    eli = coordinating(a_line())
    a_volunteer(eli.volunteer.line, "Bo", email="bo@example.org")
    answer = eli.client.post("/coordinator/people/add", {**WRITTEN, "email": "Bo@example.org"})
    assert answer.status_code == 400
    assert "Somebody on this line has this e-mail already." in answer.content.decode()


def test_somebody_is_changed() -> None:
    eli = coordinating(a_line())
    bo = a_volunteer(eli.volunteer.line, "Bo")
    page = text(eli.client, f"/coordinator/people/{bo.id}")
    assert "Bo" in page
    eli.client.post(f"/coordinator/people/{bo.id}", {**WRITTEN, "is_captain": "on"})
    bo.refresh_from_db()
    assert (bo.name, bo.is_captain, bo.gender) == ("Cleo", True, "woman")


def test_b04_the_day_of_training_is_written_and_stays() -> None:
    eli = coordinating(a_line())
    bo = a_volunteer(eli.volunteer.line, "Bo", trained_on=None)
    address = f"/coordinator/people/{bo.id}"
    assert "Not rung: not trained yet" in text(eli.client, "/coordinator/people")
    eli.client.post(address, WRITTEN)
    bo.refresh_from_db()
    assert f"{bo.trained_on}" == "2020-01-31"
    assert 'value="2020-01-31"' in eli.client.get(address).content.decode()
    assert "Not rung: not trained yet" not in text(eli.client, "/coordinator/people")


def test_what_somebody_is_of_and_when_they_are_rung_is_written() -> None:
    lists: dict[str, Any] = {
        "fellowships": ["Blue", "Green"],
        "groups": ["Dawn"],
        "places": ["Cork", "Dublin"],
    }
    eli = coordinating(a_line(**lists))
    bo = a_volunteer(eli.volunteer.line, "Bo")
    address = f"/coordinator/people/{bo.id}"
    ticked = {"fellowships": ["Green"], "groups": ["Dawn"], "places": ["Cork", "Dublin"]}
    numbers = {"most_calls_a_week": "3", "ring_seconds": "40"}
    answer = eli.client.post(address, {**WRITTEN, **ticked, **numbers})
    assert answer.status_code == 302
    bo.refresh_from_db()
    assert {name: getattr(bo, name) for name in ticked} == ticked
    assert (bo.most_calls_a_week, bo.ring_seconds, bo.takes_nights) == (3, 40, False)
    shown = eli.client.get(address).content.decode()
    assert re.findall(r'name="fellowships" value="(\w+)" id="\w+" checked', shown) == ["Green"]
    eli.client.post(address, {**WRITTEN, "takes_nights": "on"})
    bo.refresh_from_db()
    assert (bo.most_calls_a_week, bo.ring_seconds, bo.takes_nights) == (None, None, True)


def test_what_the_line_lists_nothing_for_is_not_asked() -> None:
    eli = coordinating(a_line(places=["Cork"]))
    shown = text(eli.client, "/coordinator/people/add")
    assert "Places they know" in shown
    assert "Fellowships they are of" not in shown
    assert "Groups they are of" not in shown


def test_somebody_is_rung_no_more_for_the_line_and_again() -> None:
    eli = coordinating(a_line())
    bo = sign_in(on_duty(a_volunteer(eli.volunteer.line, "Bo")), Role.VOLUNTEER)
    address = f"/coordinator/people/{bo.volunteer.id}"
    eli.client.post(f"{address}/block")
    assert not duty.is_on(duty.of(bo.volunteer), timezone.now())
    assert "nobody rings them for this line" in text(eli.client, address)
    assert "Not rung for this line" in text(eli.client, "/coordinator/people")
    # Their device stays signed in, and is told whom to ask; no reason is there to be told.
    refused = bo.client.post("/volunteer/duty/test", {"until_minutes": "60"})
    assert refused.status_code == 409
    assert "Please talk with your coordinator." in refused.json()["message"]
    eli.client.post(f"{address}/unblock")
    again = bo.client.post("/volunteer/duty/test", {"until_minutes": "60"})
    assert again.json()["screen"] == "test_ring"


def test_the_last_coordinator_stays() -> None:
    eli = coordinating(a_line())
    address = f"/coordinator/people/{eli.volunteer.id}"
    for answer in (eli.client.post(address, WRITTEN), eli.client.post(f"{address}/step-back")):
        assert answer.status_code == 400
        assert "Make somebody else a coordinator first." in answer.content.decode()
    assert eli.client.get("/coordinator/").status_code == 200


LINE = {
    "name": "The night line",
    "phone_shown": "+353 1 555 0100",
    "country": "GB",
    "time_zone": "Europe/London",
    "main_language": "es",
    "languages": ["en", "es", "ga"],
    "gender_policy": "same",
    "min_sober_days": "180",
    "limit_seconds": "90",
    "ring_seconds": "30",
    "ring_price_seconds": "8",
    "at_once": "4",
    "rest_minutes": "20",
    "fellowships": "Blue\r\n\r\n  Green  one \r\nBlue",
    "groups": "",
    "places": "Cork",
    "first": "language",
    "second": "place",
    "third": "group",
    "fourth": "fellowship",
    "last": "gender",
    "exit_url": "https://weather.example/",
}


LINE_NUMBERS = {
    "min_sober_days": 180,
    "limit_seconds": 90,
    "ring_seconds": 30,
    "ring_price_seconds": 8,
    "at_once": 4,
    "rest_minutes": 20,
}
LINE_LISTS = {"fellowships": ["Blue", "Green one"], "groups": [], "places": ["Cork"]}
TURNS = ("first", "second", "third", "fourth", "last")


def test_a_coordinator_decides_about_their_own_line_alone() -> None:
    other = a_line("other")
    before = models.Line.objects.filter(id=other.id).values().get()
    eli = coordinating(a_line())
    assert eli.client.post("/coordinator/line", LINE).status_code == 302
    line = models.Line.objects.get(id=eli.volunteer.line_id)
    kept = {**LINE, "languages": ["es", "en", "ga"], **LINE_NUMBERS, **LINE_LISTS}
    for asked in ("main_language", *TURNS):
        del kept[asked]
    kept["relax_order"] = [LINE[turn] for turn in TURNS]
    assert {name: getattr(line, name) for name in kept} == kept
    assert models.Line.objects.filter(id=other.id).values().get() == before
    assert "Talk with a woman" in text(Client(), f"/line/{line.slug}/")
    page = eli.client.get("/coordinator/line").content.decode()
    assert '<option value="es" selected>Español' in page
    assert page.count("checked") == 3
    assert "Blue\nGreen one</textarea>" in page
    assert re.findall(r'<option value="(\w+)" selected>', page)[-5:] == kept["relax_order"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": ""},
        {"phone_shown": "javascript:alert(1)"},
        {"country": "XX"},
        {"time_zone": "Mars/Olympus"},
        {"main_language": ""},
        {"languages": ["xx"]},
        {"gender_policy": "none"},
        {"min_sober_days": "-1"},
        {"limit_seconds": "5"},
        {"limit_seconds": "901"},
        {"exit_url": "javascript:alert(1)"},
        {"ring_seconds": "4"},
        {"ring_price_seconds": "121"},
        {"at_once": "0"},
        {"rest_minutes": "241"},
        {"places": "x" * 41},
        {"groups": "\n".join(str(number) for number in range(25))},
        {"second": "language"},
        {"last": "age"},
    ],
)
def test_what_a_line_cannot_be_is_refused_in_words(wrong: dict[str, object]) -> None:
    eli = coordinating(a_line())
    before = models.Line.objects.values().get()
    answer = eli.client.post("/coordinator/line", {**LINE, **wrong})
    assert answer.status_code == 400
    assert "What you wrote is still here" in answer.content.decode()
    assert models.Line.objects.values().get() == before


def test_an_invitation_is_shown_once_with_code_and_link() -> None:
    eli = coordinating(a_line())
    bo = a_volunteer(eli.volunteer.line, "Bo")
    answer = eli.client.post(f"/coordinator/people/{bo.id}/invite", {"role": "volunteer"})
    page = answer.content.decode()
    found = re.search(r"http://localhost:8000/i/([0-9A-Z-]{14})", page)
    assert found
    assert f">{found[1]}</output>" in page
    assert found[1] not in eli.client.get(f"/coordinator/people/{bo.id}").content.decode()
    assert "An invitation is open until" in text(eli.client, f"/coordinator/people/{bo.id}")
    assert accounts.redeem(found[1], timezone.now())[0].volunteer == bo


@pytest.mark.parametrize("role", ["coordinator", "owner", ""])
def test_an_invitation_to_what_somebody_is_not_is_refused(role: str) -> None:
    eli = coordinating(a_line())
    bo = a_volunteer(eli.volunteer.line, "Bo")
    answer = eli.client.post(f"/coordinator/people/{bo.id}/invite", {"role": role})
    assert answer.status_code == 400
    assert "Nothing changed." in answer.content.decode()
    assert not models.Invitation.objects.filter(volunteer=bo).exists()


def test_devices_are_signed_out_and_somebody_steps_back_and_returns() -> None:
    eli = coordinating(a_line())
    bo = sign_in(a_volunteer(eli.volunteer.line, "Bo"), Role.VOLUNTEER).volunteer
    address = f"/coordinator/people/{bo.id}"
    assert "1 device is signed in." in text(eli.client, address)
    eli.client.post(f"{address}/sign-out")
    assert "0 devices are signed in." in text(eli.client, address)
    eli.client.post(f"{address}/step-back")
    assert "Stepped back on" in text(eli.client, address)
    assert "Stepped back" in text(eli.client, "/coordinator/people")
    assert eli.client.post(f"{address}/invite", {"role": "volunteer"}).status_code == 400
    eli.client.post(f"{address}/serve-again")
    assert "Stepped back on" not in text(eli.client, address)


def test_changes_need_a_form_of_ours() -> None:
    eli = coordinating(a_line())
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = eli.client.cookies
    assert strict.post("/coordinator/people/add", WRITTEN).status_code == 403
    assert models.Volunteer.objects.count() == 1


def test_words_that_look_like_a_page_stay_words() -> None:
    eli = coordinating(a_line())
    on_duty(a_volunteer(eli.volunteer.line, "<script>x</script>"))
    for address in ("/coordinator/", "/coordinator/people"):
        page = eli.client.get(address).content.decode()
        assert "<script>x" not in page
        assert "&lt;script&gt;x" in page
