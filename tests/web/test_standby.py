"""The volunteer's own limits: hours off shift, nights, whose calls; theirs to say and no more."""

import pytest
from django.test import Client

from stepline import models
from stepline.actions import standby
from stepline.core.standby import Hours
from stepline.models.people import Role
from stepline.web.standby import entries
from tests.web.cast import SignedIn, a_line, a_volunteer, coordinating, sign_in

pytestmark = pytest.mark.django_db

MONDAY_NIGHT = {"weekday": "0", "begins": "22:00", "ends": "06:00"}


@pytest.fixture
def line() -> models.Line:
    return a_line()


@pytest.fixture
def bo(line: models.Line) -> SignedIn:
    return sign_in(a_volunteer(line, "Bo", gender="man"), Role.VOLUNTEER)


def page(who: SignedIn) -> str:
    answer = who.client.get("/volunteer/hours")
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_night_is_one_entry_and_two_rows(bo: SignedIn) -> None:
    assert "None chosen: you are rung on duty alone." in page(bo)
    assert bo.client.post("/volunteer/hours", MONDAY_NIGHT).status_code == 302
    assert standby.chosen(bo.volunteer) == (Hours(0, 1320, 1440), Hours(1, 0, 360))
    shown = page(bo)
    assert shown.count("Take away") == 1
    assert "<strong>Monday</strong> 22:00 to 6:00" in shown


def test_hours_are_taken_away_as_they_were_written(bo: SignedIn) -> None:
    bo.client.post("/volunteer/hours", MONDAY_NIGHT)
    bo.client.post("/volunteer/hours", {"weekday": "6", "begins": "9:00", "ends": "12:30"})
    bo.client.post("/volunteer/hours/forget", {"hours": "0-1320-360"})
    assert standby.chosen(bo.volunteer) == (Hours(6, 540, 750),)
    bo.client.post("/volunteer/hours/forget", {"hours": "6-540-750"})
    assert standby.chosen(bo.volunteer) == ()


def test_sunday_night_ends_on_monday(bo: SignedIn) -> None:
    bo.client.post("/volunteer/hours", {**MONDAY_NIGHT, "weekday": "6"})
    assert standby.chosen(bo.volunteer) == (Hours(0, 0, 360), Hours(6, 1320, 1440))
    assert "<strong>Sunday</strong> 22:00 to 6:00" in page(bo)
    assert page(bo).count("Take away") == 1


def test_a_whole_week_is_seven_days_and_no_night() -> None:
    week = tuple(Hours(day, 0, 1440) for day in range(7))
    assert [(entry["begins"], entry["ends"]) for entry in entries(week)] == [("0:00", "0:00")] * 7
    assert [entry["value"] for entry in entries(week)] == [f"{day}-0-0" for day in range(7)]


@pytest.mark.parametrize(
    "wrong",
    [
        {"weekday": "7"},
        {"weekday": "-1"},
        {"weekday": "monday"},
        {"begins": "25:00"},
        {"begins": ""},
        {"ends": "soon"},
        {"ends": "6\x00"},
    ],
)
def test_what_is_no_time_is_refused_beside_its_field(bo: SignedIn, wrong: dict[str, str]) -> None:
    answer = bo.client.post("/volunteer/hours", {**MONDAY_NIGHT, **wrong})
    assert answer.status_code == 400
    assert 'class="errors"' in answer.content.decode()
    assert standby.chosen(bo.volunteer) == ()


@pytest.mark.parametrize("odd", ["", "0", "9-1-2", "0-99999-1", "0-5000-1", "0-1-2-3", "²-1-2"])
def test_what_are_no_hours_takes_nothing_away(bo: SignedIn, odd: str) -> None:
    bo.client.post("/volunteer/hours", MONDAY_NIGHT)
    assert bo.client.post("/volunteer/hours/forget", {"hours": odd}).status_code in {200, 302}
    assert len(standby.chosen(bo.volunteer)) == 2


def test_nobody_fills_the_week_with_ever_more_rows(bo: SignedIn) -> None:
    for minute in range(50):
        begins, ends = f"{minute // 6:02}:{minute % 6 * 10:02}", f"{minute // 6:02}:59"
        hours = {"weekday": str(minute % 7), "begins": begins, "ends": ends}
        bo.client.post("/volunteer/hours", hours)
    assert len(standby.chosen(bo.volunteer)) <= 43


def test_nights_and_whose_calls_are_theirs_to_say(bo: SignedIn) -> None:
    assert bo.client.post("/volunteer/limits", {"takes": ["man"]}).status_code == 302
    bo.volunteer.refresh_from_db()
    assert (bo.volunteer.takes, bo.volunteer.takes_nights) == (["man"], False)
    bo.client.post("/volunteer/limits", {"takes": ["anyone", "man"], "takes_nights": "on"})
    bo.volunteer.refresh_from_db()
    assert (bo.volunteer.takes, bo.volunteer.takes_nights) == (["anyone", "man"], True)


@pytest.mark.parametrize("takes", [["woman"], [], ["everybody"]])
def test_c08_nobody_takes_what_they_have_not_said_they_are(bo: SignedIn, takes: list[str]) -> None:
    before = bo.volunteer.takes
    assert bo.client.post("/volunteer/limits", {"takes": takes}).status_code == 400
    bo.volunteer.refresh_from_db()
    assert bo.volunteer.takes == before


def test_the_coordinator_sees_the_hours(bo: SignedIn, line: models.Line) -> None:
    bo.client.post("/volunteer/hours", MONDAY_NIGHT)
    eli = coordinating(line)
    shown = eli.client.get(f"/coordinator/people/{bo.volunteer.id}").content.decode()
    assert "Monday 22:00 to 6:00" in shown


def test_the_hours_are_for_signed_in_volunteers_by_forms_of_ours(bo: SignedIn) -> None:
    stranger = Client()
    assert stranger.get("/volunteer/hours").status_code == 403
    for address in ("/volunteer/hours", "/volunteer/hours/forget", "/volunteer/limits"):
        assert stranger.post(address).status_code == 403
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = bo.client.cookies
    assert strict.post("/volunteer/hours", MONDAY_NIGHT).status_code == 403
    assert standby.chosen(bo.volunteer) == ()
