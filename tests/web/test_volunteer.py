"""The volunteer's page and presses, as a browser's requests see them."""

import base64
import json
import re
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.test import Client
from django.utils import timezone

from stepline import models
from stepline.actions import asking, conversation, dispatch, duty, offers
from stepline.core import events as e
from stepline.core.calls import LegStep, Seat, Wish
from stepline.models.people import Role
from stepline.web import snapshots
from tests.web.cast import SignedIn, a_line, a_volunteer, coordinating, on_duty, sign_in

pytestmark = pytest.mark.django_db

GRANTED = {"sound": "1", "vibration": "1", "microphone": "1", "awake": "1", "push": "0"}
SCREENS = {
    "off_duty", "test_ring", "on_duty", "offer", "standby", "connecting", "talking", "cut_off",
    "dialling_help", "closing", "debrief",
}  # fmt: skip


@pytest.fixture
def line() -> models.Line:
    return a_line()


@pytest.fixture
def bo(line: models.Line) -> SignedIn:
    return sign_in(a_volunteer(line, "Bo"), Role.VOLUNTEER)


def press(who: SignedIn, address: str, **fields: str) -> Any:
    return who.client.post(f"/volunteer/{address}", fields)


def can_be_rung(who: SignedIn) -> SignedIn:
    """On duty, with a page held open by a running process."""
    on_duty(who.volunteer)
    now = timezone.now()
    process = models.Process.objects.create(kind="web", started_at=now, seen_at=now)
    device = who.volunteer.devices.get()
    models.Presence.objects.create(process=process, volunteer=who.volunteer, device=device)
    return who


def a_call(line: models.Line, name: str = "Sam") -> models.Call:
    call = asking.ask(line, uuid4().bytes, Wish.ANYONE, "en", timezone.now())
    asking.answer(call.pk, "name", name, timezone.now())
    return call


def an_offer(who: SignedIn, line: models.Line) -> models.Offer:
    can_be_rung(who)
    call = a_call(line)
    return models.Offer.objects.get(call=call, volunteer=who.volunteer)


def in_talk(who: SignedIn, line: models.Line) -> models.Call:
    offer = an_offer(who, line)
    offers.accept_offer(offer.pk, who.volunteer, who.volunteer.devices.get().pk, timezone.now())
    call = models.Call.objects.get(pk=offer.call_id)
    for seat in (Seat.CALLER, Seat.RESPONDER):
        reports = e.Reports(seat, LegStep.HEARING, call.conversation)
        dispatch.handle(call.pk, reports, timezone.now())
    call.refresh_from_db()
    assert call.state == "talking"
    return call


# The page


def test_the_page_is_for_volunteers_alone(line: models.Line) -> None:
    stranger = Client().get("/volunteer/", headers={"Accept": "text/html"})
    assert (stranger.status_code, stranger.headers["Location"]) == (302, "/sign-in")

    answer = Client().post("/volunteer/duty/off", headers={"Accept": "application/json"})
    assert answer.status_code == 403
    assert "sign in" in answer.json()["message"]


def test_one_document_holds_every_screen(bo: SignedIn) -> None:
    page = bo.client.get("/volunteer/").content.decode()

    named = " ".join(re.findall(r'data-screen="([^"]+)"', page)).split()
    assert set(named) == SCREENS
    assert len(named) == len(SCREENS)


def test_nothing_runs_or_is_drawn_from_within_the_document(bo: SignedIn) -> None:
    page = bo.client.get("/volunteer/").content.decode()

    scripts = re.findall(r"<script([^>]*)>", page)
    assert all("application/json" in found or "src=" in found for found in scripts)
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=", page)
    assert not re.search(r'(src|href)="(https?:)?//', page)


def test_every_card_and_deck_is_in_the_page(bo: SignedIn) -> None:
    page = bo.client.get("/volunteer/").content.decode()

    decks = json.loads(
        re.search(r'id="decks" type="application/json">(.*?)</script>', page, re.DOTALL)[1]  # type: ignore[index]  # it is there
    )
    shown = set(re.findall(r'data-card="([^"]+)"', page))
    assert {card for deck in decks.values() for card in deck} <= shown


def test_the_emergency_number_is_that_of_the_line_s_country(bo: SignedIn) -> None:
    page = bo.client.get("/volunteer/").content.decode()

    assert re.search(r"they ring <strong>(112|999)</strong> now", page)


def test_the_one_to_ring_afterwards_is_named(bo: SignedIn, line: models.Line) -> None:
    a_volunteer(line, "Jun", is_captain=True)
    a_volunteer(line, "Ines", is_back_up=True)
    a_volunteer(a_line("other"), "Fay", is_captain=True)
    page = bo.client.get("/volunteer/").content.decode()

    assert "Jun would be glad to hear from you" in page
    assert "Ines" not in page
    assert "Fay" not in page


def test_the_worker_speaks_the_server_s_words_and_knows_nobody(bo: SignedIn) -> None:
    answer = bo.client.get("/volunteer/sw.js")

    assert answer.headers["Content-Type"].startswith("text/javascript")
    script = answer.content.decode()
    words = json.loads(script.splitlines()[0].removeprefix("self.words = ").removesuffix(";"))
    assert words["ring"] == "Someone is reaching out"
    assert set(words) == {"ring", "ring_body", "look", "look_body"}


# Duty


def test_going_on_duty_is_a_test_ring_answered_now(bo: SignedIn) -> None:
    started = press(bo, "duty/test", until_minutes="120")
    assert started.json()["screen"] == "test_ring"
    assert press(bo, "duty/ringing").status_code == 200

    on = press(bo, "duty/on", **GRANTED)

    assert (on.status_code, on.json()["screen"]) == (200, "on_duty")
    assert 7100 < on.json()["until_seconds"] <= 7200


def test_a_test_ring_that_no_page_confirmed_proves_nothing(bo: SignedIn) -> None:
    press(bo, "duty/test", until_minutes="120")

    answer = press(bo, "duty/on", **GRANTED)

    assert answer.status_code == 409
    assert "press “Go on duty”" in answer.json()["message"]
    assert not duty.is_on(duty.of(bo.volunteer), timezone.now())


@pytest.mark.parametrize("missing", ["sound", "microphone"])
def test_without_sound_or_microphone_nobody_goes_on_duty(bo: SignedIn, missing: str) -> None:
    press(bo, "duty/test", until_minutes="120")
    press(bo, "duty/ringing")

    answer = press(bo, "duty/on", **(GRANTED | {missing: "0"}))

    assert answer.status_code == 409
    assert answer.json()["message"]
    assert answer.json()["screen"] == "test_ring"


def test_without_a_screen_lock_or_push_one_can_still_serve(bo: SignedIn) -> None:
    press(bo, "duty/test", until_minutes="120")
    press(bo, "duty/ringing")

    answer = press(bo, "duty/on", **(GRANTED | {"awake": "0", "push": "0", "vibration": "0"}))

    assert answer.json()["screen"] == "on_duty"


@pytest.mark.parametrize("minutes", ["", "0", "14", "721", "-60", "1e3", "٦٠", "60.5", "9" * 40])
def test_a_time_that_makes_no_sense_is_refused(bo: SignedIn, minutes: str) -> None:
    answer = press(bo, "duty/test", until_minutes=minutes)

    assert answer.status_code == 400
    assert answer.json()["screen"] == "off_duty"


@pytest.mark.parametrize(
    ("facts", "says"),
    [({"trained_on": None}, "training"), ({"blocked_at": timezone.now()}, "coordinator")],
)
def test_who_may_not_take_calls_is_told_kindly_why_they_are_not_on_duty(
    line: models.Line, facts: dict[str, object], says: str
) -> None:
    kit = sign_in(a_volunteer(line, "Kit"), Role.VOLUNTEER)
    models.Volunteer.objects.filter(pk=kit.volunteer.pk).update(**facts)

    answer = kit.client.post("/volunteer/duty/test", {"until_minutes": "60"})

    assert answer.status_code == 409
    assert says in answer.json()["message"]
    assert answer.json()["screen"] == "off_duty"


def test_a_sober_date_too_near_is_told_kindly(line: models.Line) -> None:
    near = timezone.now().date() - timedelta(days=30)
    newcomer = sign_in(a_volunteer(line, "Kit", sober_on=near), Role.VOLUNTEER)

    answer = press(newcomer, "duty/test", until_minutes="120")

    assert answer.status_code == 409
    assert "sober date" in answer.json()["message"]
    assert answer.json()["screen"] == "off_duty"


def test_a_test_that_nobody_started_does_not_ring(bo: SignedIn) -> None:
    assert press(bo, "duty/ringing").status_code == 409


def test_off_duty_is_one_press_at_any_time(bo: SignedIn) -> None:
    can_be_rung(bo)

    assert press(bo, "duty/off").json()["screen"] == "off_duty"
    assert press(bo, "duty/off").status_code == 200


def test_after_three_silent_rings_one_press_says_that_somebody_is_there(bo: SignedIn) -> None:
    on_duty(bo.volunteer)
    silent = {"silent_rings": 3, "still_there_asked_at": timezone.now()}
    models.Duty.objects.filter(volunteer=bo.volunteer).update(**silent)
    answer = press(bo, "duty/still-there").json()
    assert (answer["screen"], answer["still_there"]) == ("on_duty", False)
    assert answer["silent_rings"] == 0


def test_an_offer_off_shift_says_so(bo: SignedIn, line: models.Line) -> None:
    offer = an_offer(bo, line)
    assert not bo.client.get("/volunteer/").context["snapshot"]["offer"]["standby"]
    models.Offer.objects.filter(pk=offer.pk).update(standby=True)
    assert bo.client.get("/volunteer/").context["snapshot"]["offer"]["standby"]


# Offers


def test_an_offer_tells_what_is_known_and_nothing_that_identifies(
    bo: SignedIn, line: models.Line
) -> None:
    offer = an_offer(bo, line)
    asking.answer(offer.call_id, "for_whom", "other", timezone.now())
    page = bo.client.get("/volunteer/").content.decode()

    shown = press(bo, "duty/test", until_minutes="1").json()["offer"]

    assert "Sam" not in page
    assert str(offer.call_id) not in page
    assert shown["for_whom"] == "other"
    assert shown["language"] == "en"
    assert 0 < shown["seconds_left"] <= 25


def test_an_offer_tells_the_wishes_that_are_not_dropped(bo: SignedIn, line: models.Line) -> None:
    offer = an_offer(bo, line)
    wished = {"wish_place": "Cork", "wish_group": "Dawn", "relaxed": ["group"]}
    models.Call.objects.filter(pk=offer.call_id).update(**wished)
    assert bo.client.get("/volunteer/").context["snapshot"]["offer"]["wishes"] == "Cork"


def test_each_page_confirms_that_it_rings(bo: SignedIn, line: models.Line) -> None:
    offer = an_offer(bo, line)

    for _page in range(3):
        assert press(bo, f"offers/{offer.pk}/ringing").status_code == 200

    offer.refresh_from_db()
    assert offer.state == "ringing"
    assert offer.reached_at is not None


def test_ready_connects_and_notes_the_device(bo: SignedIn, line: models.Line) -> None:
    offer = an_offer(bo, line)

    answer = press(bo, f"offers/{offer.pk}/ready")

    assert answer.json()["screen"] == "connecting"
    assert answer.json()["call"]["device"] == str(bo.volunteer.devices.get().pk)


def test_ready_pressed_again_is_told_and_changes_nothing(bo: SignedIn, line: models.Line) -> None:
    offer = an_offer(bo, line)
    first = press(bo, f"offers/{offer.pk}/ready").json()

    again = press(bo, f"offers/{offer.pk}/ready")

    assert again.status_code == 409
    assert "Nothing is lost" in again.json()["message"]
    assert again.json()["call"]["conversation"] == first["call"]["conversation"]


def test_pass_asks_no_reason(bo: SignedIn, line: models.Line) -> None:
    offer = an_offer(bo, line)

    answer = press(bo, f"offers/{offer.pk}/pass")

    assert (answer.status_code, answer.json()["screen"]) == (200, "on_duty")
    offer.refresh_from_db()
    assert offer.outcome == "passed"


def test_off_duty_instead_passes_and_leaves(bo: SignedIn, line: models.Line) -> None:
    offer = an_offer(bo, line)

    answer = press(bo, f"offers/{offer.pk}/off-duty")

    assert answer.json()["screen"] == "off_duty"
    offer.refresh_from_db()
    assert offer.ended_at is not None


@pytest.mark.parametrize("deed", ["ringing", "ready", "pass", "off-duty"])
def test_another_s_offer_is_as_if_it_were_not_there(
    bo: SignedIn, line: models.Line, deed: str
) -> None:
    offer = an_offer(bo, line)
    cleo = sign_in(a_volunteer(line, "Cleo"), Role.VOLUNTEER)

    answers = [press(cleo, f"offers/{which}/{deed}") for which in (offer.pk, uuid4())]

    assert [answer.status_code for answer in answers] == [404, 404]
    assert answers[0].json().get("message") == answers[1].json().get("message")
    offer.refresh_from_db()
    assert offer.state == "placed"
    assert offer.ended_at is None


def test_somebody_else_took_it_is_told_kindly(bo: SignedIn, line: models.Line) -> None:
    cleo = can_be_rung(sign_in(a_volunteer(line, "Cleo"), Role.VOLUNTEER))
    mine = an_offer(bo, line)
    theirs = models.Offer.objects.get(call=mine.call_id, volunteer=cleo.volunteer)
    offers.accept_offer(theirs.pk, cleo.volunteer, None, timezone.now())
    call = models.Call.objects.get(pk=mine.call_id)
    for seat in (Seat.CALLER, Seat.RESPONDER):
        heard = e.Reports(seat, LegStep.HEARING, call.conversation)
        dispatch.handle(call.pk, heard, timezone.now())

    late = press(bo, f"offers/{mine.pk}/ready")

    assert late.status_code == 409
    assert late.json()["told"]["what"] == "taken"


# The conversation


def test_the_second_ready_waits_a_moment(bo: SignedIn, line: models.Line) -> None:
    cleo = can_be_rung(sign_in(a_volunteer(line, "Cleo"), Role.VOLUNTEER))
    mine = an_offer(bo, line)
    theirs = models.Offer.objects.get(call=mine.call_id, volunteer=cleo.volunteer)

    assert press(cleo, f"offers/{theirs.pk}/ready").json()["screen"] == "connecting"
    waiting = press(bo, f"offers/{mine.pk}/ready").json()
    assert (waiting["screen"], waiting["offer"]["id"]) == ("standby", str(mine.pk))
    assert press(bo, f"offers/{mine.pk}/pass").json()["screen"] == "on_duty"


def test_reports_lead_to_the_talk(bo: SignedIn, line: models.Line) -> None:
    offer = an_offer(bo, line)
    now = press(bo, f"offers/{offer.pk}/ready").json()["call"]["conversation"]
    dispatch.handle(
        offer.call_id, e.Reports(Seat.CALLER, LegStep.HEARING, UUID(now)), timezone.now()
    )

    for step in ("page", "microphone", "offer", "connected", "hearing"):
        assert press(bo, "call/report", step=step, conversation=now).status_code == 200

    assert press(bo, "duty/off").json()["screen"] == "talking"


@pytest.mark.parametrize(
    ("step", "named", "status"),
    [
        ("none", "", 400),
        ("shouting", "", 400),
        ("", "", 400),
        ("hearing", "not-an-id", 400),
        ("hearing", "7d444840-9dc0-11d1-b245-5ffdce74fad2", 409),
    ],
)
def test_reports_that_make_no_sense_change_nothing(
    bo: SignedIn, line: models.Line, step: str, named: str, status: int
) -> None:
    call = in_talk(bo, line)
    before = models.Call.objects.values().get(pk=call.pk)

    assert press(bo, "call/report", step=step, conversation=named).status_code == status

    assert models.Call.objects.values().get(pk=call.pk) == before


CONVERSATION = [
    "report", "signal", "alive", "end", "leave", "help", "help-cancel", "pulse", "danger", "close",
    "debrief", "sight", "dialling", "they-are-back", "taken-over", "place", "place-open", "rescue",
    "rescue-agree",
]  # fmt: skip


@pytest.mark.parametrize("deed", CONVERSATION)
def test_without_a_conversation_nothing_happens(bo: SignedIn, line: models.Line, deed: str) -> None:
    can_be_rung(bo)
    call = a_call(line)
    models.Offer.objects.all().delete()
    fields = {"step": "page", "answer": "well" if deed == "pulse" else "all_right", "to": "caller"}

    answer = press(bo, f"call/{deed}", **fields)

    assert answer.status_code == 409
    assert answer.json()["message"]
    call.refresh_from_db()
    assert call.state == "ringing"


def test_a_signal_goes_to_the_caller_of_this_call_only(bo: SignedIn, line: models.Line) -> None:
    call = in_talk(bo, line)
    hello = json.dumps({"to": None, "items": [{"round": 0, "hello": {"reply": False}}]})

    sent = press(bo, "call/signal", to="caller", session="a" * 32, body=hello)

    assert sent.status_code == 200
    signal = models.Signal.objects.get()
    assert (signal.call_id, signal.from_seat, signal.to_seat) == (call.pk, "responder", "caller")


@pytest.mark.parametrize(
    ("to", "session", "body", "status"),
    [
        ("caller", "a" * 32, "x" * (16 * 1024 + 1), 413),
        ("caller", "a" * 32, "not json", 400),
        ("caller", "", "{}", 400),
        ("responder", "a" * 32, "{}", 400),
        ("owner", "a" * 32, "{}", 400),
        ("everybody", "a" * 32, "{}", 400),
    ],
)
def test_a_signal_that_is_none_is_refused(
    bo: SignedIn, line: models.Line, to: str, session: str, body: str, status: int
) -> None:
    in_talk(bo, line)

    answer = press(bo, "call/signal", to=to, session=session, body=body)

    assert answer.status_code == status
    assert answer.json()["message"]
    assert not models.Signal.objects.exists()


def test_the_pulse_is_kept_and_brings_nobody_in(bo: SignedIn, line: models.Line) -> None:
    call = in_talk(bo, line)

    assert press(bo, "call/pulse", answer="need_help").status_code == 200
    assert press(bo, "call/pulse", answer="splendid").status_code == 400

    call.refresh_from_db()
    assert (call.pulse, call.help) == ("need_help", "none")


def test_help_tells_the_truth_of_who_is_rung(bo: SignedIn, line: models.Line) -> None:
    ana = can_be_rung(sign_in(a_volunteer(line, "Ana", is_captain=True), Role.VOLUNTEER))
    models.Duty.objects.filter(volunteer=ana.volunteer).update(on_since_at=None)
    in_talk(bo, line)

    asked = press(bo, "call/help").json()["call"]["help"]
    assert asked == {"state": "ringing", "name": "Ana"}

    again = press(bo, "call/help")
    assert again.status_code == 409

    stopped = press(bo, "call/help-cancel").json()["call"]["help"]
    assert stopped["state"] == "none"


def test_danger_is_raised_by_one_press(bo: SignedIn, line: models.Line) -> None:
    call = in_talk(bo, line)

    assert press(bo, "call/danger").json()["call"]["danger"] is True

    assert models.Notice.objects.filter(call_id=call.pk, kind="danger").exists()


def test_the_way_out_end_then_safety_then_how_are_you(bo: SignedIn, line: models.Line) -> None:
    call = in_talk(bo, line)
    assert press(bo, "call/end").json()["screen"] == "closing"
    assert press(bo, "call/close", answer="perhaps").status_code == 400

    closed = press(bo, "call/close", answer="all_right").json()
    assert closed["screen"] == "on_duty"
    assert closed["debrief"] == {"call": str(call.pk)}
    assert press(bo, "call/close", answer="all_right").status_code == 409

    assert press(bo, "duty/off").json()["screen"] == "debrief"
    assert press(bo, "call/debrief", answer="fine").status_code == 400
    assert press(bo, "call/debrief", answer="later").json()["screen"] == "off_duty"


def test_an_exit_is_told_so_that_nobody_rings_back(bo: SignedIn, line: models.Line) -> None:
    call = in_talk(bo, line)
    dispatch.handle(call.pk, e.CallerExits(), timezone.now())

    now = press(bo, "duty/off").json()

    assert (now["screen"], now["call"]["left_by"]) == ("closing", "exit")


def test_a_page_loaded_anew_joins_the_same_talk(bo: SignedIn, line: models.Line) -> None:
    call = in_talk(bo, line)
    phone = sign_in(bo.volunteer, Role.VOLUNTEER)
    press(bo, "call/away")
    call.refresh_from_db()
    assert (call.state, call.missing) == ("cut_off", "responder")

    assert press(phone, "call/back").status_code == 200

    call.refresh_from_db()
    assert call.state == "connecting"
    newest = bo.volunteer.devices.order_by("-created_at").first()
    assert newest is not None
    assert models.Offer.objects.get(call=call).device == newest.pk
    assert conversation.seat_of(bo.volunteer).call_id == call.pk


# Call backs and push


def a_call_back(line: models.Line, owner: models.Volunteer) -> models.CallBack:
    call = a_call(line)
    event = e.CallBackAsked(due_at=timezone.now() + timedelta(hours=1), owner=owner.pk)
    dispatch.handle(call.pk, event, timezone.now())
    return models.CallBack.objects.get(call=call)


def test_a_call_back_owned_is_listed_and_confirmed(bo: SignedIn, line: models.Line) -> None:
    promise = a_call_back(line, can_be_rung(bo).volunteer)

    listed = press(bo, "duty/off").json()["call_backs"]
    assert [row["id"] for row in listed] == [str(promise.pk)]
    kept = press(bo, f"call-backs/{promise.pk}/keep")

    assert (kept.status_code, kept.json()["call_backs"][0]["confirmed"]) == (200, True)


def test_a_call_back_that_can_t_be_kept_leaves_its_owner(bo: SignedIn, line: models.Line) -> None:
    promise = a_call_back(line, can_be_rung(bo).volunteer)

    assert press(bo, f"call-backs/{promise.pk}/cannot").json()["call_backs"] == []


@pytest.mark.parametrize("deed", ["keep", "cannot"])
def test_another_s_call_back_is_not_there(bo: SignedIn, line: models.Line, deed: str) -> None:
    promise = a_call_back(line, can_be_rung(bo).volunteer)
    cleo = sign_in(a_volunteer(line, "Cleo"), Role.VOLUNTEER)

    assert press(cleo, f"call-backs/{promise.pk}/{deed}").status_code == 404
    assert press(cleo, f"call-backs/{uuid4()}/{deed}").status_code == 404

    promise.refresh_from_db()
    assert promise.owner == bo.volunteer
    assert promise.confirmed_at is None


KEYS = {
    "p256dh": base64.urlsafe_b64encode(b"\x04" + bytes(64)).decode().rstrip("="),
    "auth": base64.urlsafe_b64encode(bytes(16)).decode().rstrip("="),
}
ENDPOINT = "https://fcm.googleapis.com/fcm/send/abc"


def subscribe(who: SignedIn, content: object) -> Any:
    text = content if isinstance(content, str) else json.dumps(content)
    return who.client.post("/volunteer/push", text, content_type="application/json")


def test_a_browser_s_subscription_is_kept_for_its_device(bo: SignedIn) -> None:
    sent = {"endpoint": ENDPOINT, "expirationTime": None, "keys": KEYS}

    assert subscribe(bo, sent).status_code == 200

    row = models.PushSubscription.objects.get()
    assert (row.device, row.endpoint) == (bo.volunteer.devices.get(), ENDPOINT)


@pytest.mark.parametrize(
    ("content", "status"),
    [
        ("", 400),
        ("[1]", 400),
        ("[" * 4000, 400),
        ({}, 400),
        ({"endpoint": ENDPOINT, "keys": ["p256dh"]}, 400),
        ({"endpoint": "http://169.254.169.254/latest", "keys": KEYS}, 400),
        ({"endpoint": ENDPOINT + "a" * 5000, "keys": KEYS}, 413),
    ],
)
def test_a_subscription_that_is_none_is_refused(bo: SignedIn, content: object, status: int) -> None:
    answer = subscribe(bo, content)

    assert answer.status_code == status
    assert answer.json()["message"]
    assert not models.PushSubscription.objects.exists()


# Who may press

ADDRESSES = [
    "duty/test", "duty/ringing", "duty/on", "duty/off", "push",
    f"offers/{uuid4()}/ready", f"call-backs/{uuid4()}/keep",
    *(f"call/{one}" for one in CONVERSATION),
]  # fmt: skip


@pytest.mark.parametrize("address", ADDRESSES)
def test_every_press_is_for_signed_in_volunteers(line: models.Line, address: str) -> None:
    eli = coordinating(line)
    del eli.client.cookies["stepline_volunteer"]

    for client in (Client(), eli.client):
        answer = client.post(f"/volunteer/{address}", headers={"Accept": "application/json"})
        assert answer.status_code == 403
        assert answer.json()["message"]


@pytest.mark.parametrize("address", ADDRESSES)
def test_no_press_is_made_by_following_a_link(bo: SignedIn, address: str) -> None:
    assert bo.client.get(f"/volunteer/{address}").status_code == 405


def test_no_other_site_can_press(line: models.Line) -> None:
    bo = sign_in(a_volunteer(line, "Bo"), Role.VOLUNTEER)
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = bo.client.cookies

    assert strict.post("/volunteer/duty/off").status_code == 403


def test_a_device_signed_out_presses_nothing(bo: SignedIn) -> None:
    models.Device.objects.update(revoked_at=timezone.now())

    assert press(bo, "duty/off").status_code == 403


def test_still_there_is_too_late_once_duty_has_ended_and_the_page_says_why(bo: SignedIn) -> None:
    standing = models.Duty.objects.filter(pk=on_duty(bo.volunteer).pk)
    standing.update(on_since_at=None, still_there_asked_at=timezone.now())
    late = press(bo, "duty/still-there")
    assert late.status_code == 409
    assert (late.json()["still_there"], late.json()["taken_off"]) == (False, True)
    assert late.json()["message"]


def test_the_rest_after_a_talk_is_shown_and_ends(bo: SignedIn) -> None:
    now = timezone.now()
    standing = models.Duty.objects.filter(pk=on_duty(bo.volunteer).pk)
    standing.update(resting_until_at=now + timedelta(minutes=10))
    assert snapshots.volunteer_snapshot(bo.volunteer, now)["resting_seconds"] == 600
    later = now + timedelta(minutes=10)
    assert snapshots.volunteer_snapshot(bo.volunteer, later)["resting_seconds"] is None
