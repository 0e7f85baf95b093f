from datetime import timedelta

import pytest
from asgiref.sync import async_to_sync
from django.http import HttpRequest, HttpResponse
from django.test import AsyncRequestFactory, Client, RequestFactory
from django.utils import timezone
from pytest_django import Settings

from stepline import models
from stepline.actions import accounts, people
from stepline.models.people import Role
from stepline.web import account, limits
from stepline.web.account import SignedInRequest, coordinator_required, volunteer_required
from tests.web.cast import a_coordinator, a_line, a_volunteer, coordinating, sign_in

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _fresh_counts() -> None:
    limits.forget_counts()


def invited(role: Role = Role.VOLUNTEER) -> str:
    line = a_line()
    person = a_coordinator(line) if role == Role.COORDINATOR else a_volunteer(line, "Bo")
    return accounts.invite(person, role, timezone.now())


def test_a_link_preview_does_not_use_the_invitation_up(client: Client) -> None:
    code = invited()
    for _ in range(3):
        assert client.get(f"/i/{code}").status_code == 200
        assert client.head(f"/i/{code}").status_code == 200
    assert client.post(f"/i/{code}").headers["Location"] == "/volunteer/"


def test_an_invitation_says_from_whom_to_what_and_names_nobody(client: Client) -> None:
    page = client.get(f"/i/{invited()}").content.decode()
    assert "The quiet line asks you to talk with people who reach out." in page
    assert "Bo" not in page


def test_a_signed_in_device_has_a_cookie_of_its_role_that_no_script_reads(client: Client) -> None:
    client.post(f"/i/{invited()}")
    cookie = client.cookies["stepline_volunteer"]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    assert cookie["max-age"] == 90 * 24 * 3600
    assert "stepline_coordinator" not in client.cookies


def test_cookies_are_secure_where_the_line_is_reached_by_https(
    client: Client, settings: Settings
) -> None:
    settings.SECURE = True
    client.post(f"/i/{invited()}")
    assert client.cookies["stepline_volunteer"]["secure"]


def test_a_coordinator_is_signed_in_as_volunteer_too(client: Client) -> None:
    assert client.post(f"/i/{invited(Role.COORDINATOR)}").headers["Location"] == "/coordinator/"
    assert {"stepline_volunteer", "stepline_coordinator"} <= set(client.cookies)


def test_a_browser_can_be_a_volunteer_and_another_coordinator() -> None:
    line = a_line()
    bo = sign_in(a_volunteer(line, "Bo"), Role.VOLUNTEER)
    kept = bo.client.cookies["stepline_volunteer"].value
    sign_in(a_coordinator(line), Role.COORDINATOR, bo.client)
    assert bo.client.cookies["stepline_volunteer"].value == kept
    assert bo.client.get("/coordinator/").status_code == 200


def test_a_used_code_is_told_kindly_and_changes_nothing(client: Client) -> None:
    code = invited()
    client.post(f"/i/{code}")
    answer = Client().post(f"/i/{code}")
    assert answer.status_code == 400
    assert "your coordinator can give you a new one" in answer.content.decode()
    assert models.Device.objects.count() == 1


def test_an_old_link_leads_home_on_the_device_that_it_signed_in(client: Client) -> None:
    code = invited()
    client.post(f"/i/{code}")
    assert client.get(f"/i/{code}").headers["Location"] == "/volunteer/"
    assert Client().get(f"/i/{code}").status_code == 400


def test_a_code_can_be_typed(client: Client) -> None:
    code = invited()
    answer = client.post("/sign-in", {"code": f" {code.lower().replace('-', ' ')}"})
    assert answer.headers["Location"] == "/volunteer/"


def test_a_wrong_typed_code_is_told_kindly_and_not_repeated(client: Client) -> None:
    answer = client.post("/sign-in", {"code": "XXXX-YYYY-3333"})
    assert answer.status_code == 400
    assert "XXXX" not in answer.content.decode()


def test_guessing_codes_stops_after_ten(client: Client) -> None:
    code = invited()
    answers = [client.post("/sign-in", {"code": "XXXX-YYYY-3333"}).status_code for _ in range(11)]
    assert answers == [400] * 10 + [429]
    assert client.post(f"/i/{code}").status_code == 429
    assert client.get(f"/i/{code}").status_code == 429
    limits.forget_counts()
    assert client.post(f"/i/{code}").status_code == 302


def test_right_codes_do_not_count_as_tries(client: Client) -> None:
    line = a_line()
    for number in range(12):
        code = accounts.invite(a_volunteer(line, f"V{number}"), Role.VOLUNTEER, timezone.now())
        assert client.post("/sign-in", {"code": code}).status_code == 302


def test_signing_in_needs_a_form_of_ours() -> None:
    strict = Client(enforce_csrf_checks=True)
    answer = strict.post(f"/i/{invited()}")
    assert answer.status_code == 403
    assert not models.Device.objects.exists()


def test_signing_out_ends_the_device_not_only_the_cookie() -> None:
    bo = sign_in(a_volunteer(a_line(), "Bo"), Role.VOLUNTEER)
    key = bo.client.cookies["stepline_volunteer"].value
    bo.client.post("/sign-out")
    assert bo.client.cookies["stepline_volunteer"].value == ""
    assert accounts.device_for(key, Role.VOLUNTEER, timezone.now()) is None


def test_signing_out_of_one_role_leaves_the_other_signed_in() -> None:
    line = a_line()
    bo = sign_in(a_volunteer(line, "Bo"), Role.VOLUNTEER)
    sign_in(a_coordinator(line), Role.COORDINATOR, bo.client)
    bo.client.post("/sign-out", {"role": "coordinator"})
    assert bo.client.get("/coordinator/").status_code == 403
    assert accounts.device_for(
        bo.client.cookies["stepline_volunteer"].value, Role.VOLUNTEER, timezone.now()
    )


def test_signing_out_by_a_link_does_nothing(client: Client) -> None:
    assert client.get("/sign-out").status_code == 405


def test_a_page_sends_who_is_not_signed_in_to_the_sign_in(client: Client) -> None:
    answer = client.get("/coordinator/", headers={"Accept": "text/html"})
    assert answer.status_code == 302
    assert answer.headers["Location"] == "/sign-in"


@pytest.mark.parametrize("accepts", ["application/json", "text/event-stream", "*/*"])
def test_a_script_is_told_why_it_gets_nothing(client: Client, accepts: str) -> None:
    answer = client.get("/coordinator/board", headers={"Accept": accepts})
    assert answer.status_code == 403
    assert "Nothing is lost" in answer.json()["message"]


@pytest.mark.parametrize("made_up", ["", "x", "é" * 40, "A" * 43, "A" * 5000])
def test_a_made_up_cookie_is_nobody(client: Client, made_up: str) -> None:
    client.cookies["stepline_coordinator"] = made_up
    client.cookies["stepline_volunteer"] = made_up
    assert client.get("/coordinator/").status_code == 403


def test_a_volunteers_key_opens_nothing_of_a_coordinators() -> None:
    bo = sign_in(a_volunteer(a_line(), "Bo"), Role.VOLUNTEER)
    bo.client.cookies["stepline_coordinator"] = bo.client.cookies["stepline_volunteer"].value
    assert bo.client.get("/coordinator/").status_code == 403


def test_a_device_ends_after_90_days() -> None:
    eli = coordinating(a_line())
    models.Device.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert eli.client.get("/coordinator/").status_code == 403


def test_who_stepped_back_is_out_at_once() -> None:
    line = a_line()
    eli = coordinating(line)
    a_coordinator(line, "Ada")
    people.step_back(eli.volunteer, timezone.now())
    assert eli.client.get("/coordinator/").status_code == 403


def test_a_view_knows_who_is_signed_in() -> None:
    bo = sign_in(a_volunteer(a_line(), "Bo"), Role.VOLUNTEER)

    @volunteer_required
    def view(request: SignedInRequest) -> HttpResponse:
        return HttpResponse(f"{request.volunteer.name} {request.device.role}")

    request = RequestFactory().get("/")
    request.COOKIES["stepline_volunteer"] = bo.client.cookies["stepline_volunteer"].value
    assert view(request).content == b"Bo volunteer"


async def called(request: HttpRequest) -> HttpResponse:
    @coordinator_required
    async def view(request: SignedInRequest) -> HttpResponse:
        return HttpResponse(str(request.volunteer.id))

    answer: HttpResponse = await view(request)
    return answer


@pytest.mark.django_db(transaction=True)
def test_an_asynchronous_view_is_guarded_too() -> None:
    eli = coordinating(a_line())
    request = AsyncRequestFactory().get("/")
    assert async_to_sync(called)(request).status_code == 403
    request.COOKIES["stepline_coordinator"] = eli.client.cookies["stepline_coordinator"].value
    assert async_to_sync(called)(request).content.decode() == str(eli.volunteer.id)


def test_a_callers_cookie_is_read_back_as_the_secret_in_it() -> None:
    kept, key = account.new_caller()
    request = RequestFactory().get("/")
    assert account.caller_key(request) is None
    request.COOKIES["stepline_caller"] = kept
    assert account.caller_key(request) == key
    assert len(key) == 32


@pytest.mark.parametrize("made_up", ["x", "A" * 44, "é" * 43, "A" * 10_000, "=" * 43])
def test_a_made_up_callers_cookie_is_no_caller(made_up: str) -> None:
    request = RequestFactory().get("/")
    request.COOKIES["stepline_caller"] = made_up
    assert account.caller_key(request) is None


def test_the_callers_cookie_ends_with_the_browsers_session() -> None:
    response = HttpResponse()
    account.remember_caller(response, account.new_caller()[0])
    cookie = response.cookies["stepline_caller"]
    assert cookie["max-age"] == ""
    assert cookie["expires"] == ""
    assert cookie["httponly"]
