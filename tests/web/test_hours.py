"""The coming hours: what a coordinator reads of them, and nobody else."""

import re
from html import unescape

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from stepline import models
from stepline.models.people import Role
from tests.web.cast import SignedIn, a_line, a_volunteer, coordinating, on_duty, sign_in

pytestmark = pytest.mark.django_db

# Two for each of twelve hours, three for the past calls, one for who is signed in.
HOURS_QUERIES = 28


@pytest.fixture
def eli() -> SignedIn:
    return coordinating(a_line(languages=["en"]))


def reachable(line: models.Line, name: str) -> models.Volunteer:
    volunteer = on_duty(a_volunteer(line, name))
    models.Volunteer.objects.filter(pk=volunteer.pk).update(pretend={"says": "ready"})
    return volunteer


def cells(client: Client) -> list[list[str]]:
    body = client.get("/coordinator/hours").content.decode()
    rows = re.findall(r"<tr><th scope=\"row\">.*?</tr>", body, re.DOTALL)
    return [re.findall(r">([^<]+)</t[hd]>", unescape(row)) for row in rows]


def test_nobody_on_duty_is_said_with_what_to_do(eli: SignedIn) -> None:
    body = eli.client.get("/coordinator/hours").content.decode()
    assert "Ask somebody to go on duty" in body
    assert len(cells(eli.client)) == 12


def test_an_hour_with_somebody_has_a_chance_and_a_later_one_has_none(eli: SignedIn) -> None:
    reachable(eli.volunteer.line, "Bo")
    first, *_, last = cells(eli.client)
    assert (first[1], last[1]) == ("1", "0")
    assert first[3] != "0 %, 0 %"
    assert last[3] == "0 %, 0 %"


def test_no_name_stands_there_and_only_a_coordinator_reads_it(eli: SignedIn) -> None:
    bo = sign_in(reachable(eli.volunteer.line, "Bo"), Role.VOLUNTEER)
    assert ">Bo<" not in eli.client.get("/coordinator/hours").content.decode()
    assert bo.client.get("/coordinator/hours").status_code in {302, 403}
    assert Client().get("/coordinator/hours").status_code in {302, 403}


@pytest.mark.parametrize("people", [1, 3])
def test_the_queries_do_not_grow_with_the_roster(eli: SignedIn, people: int) -> None:
    for number in range(people):
        reachable(eli.volunteer.line, f"Volunteer {number}")
    eli.client.get("/coordinator/hours")
    with CaptureQueriesContext(connection) as queries:
        eli.client.get("/coordinator/hours")
    assert len(queries) == HOURS_QUERIES
