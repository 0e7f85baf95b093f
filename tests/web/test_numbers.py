"""A number for a call back: only where the line rings it masked, seldom, and never shown again."""

import pytest
from django.test import Client

from stepline import models
from stepline.models.people import Role
from stepline.web import limits
from tests.web.cast import a_line, a_volunteer, on_duty, sign_in

pytestmark = pytest.mark.django_db
NUMBER = "087 123 4567"


@pytest.fixture(autouse=True)
def fresh_counts() -> None:
    limits.forget_counts()


@pytest.fixture
def line() -> models.Line:
    line = a_line(takes_numbers=True, is_demo=True)
    on_duty(a_volunteer(line, "Bo"))
    on_duty(a_volunteer(line, "Cleo"))
    return line


def ask(client: Client, number: str) -> int:
    """Ask for a call back in a quarter of an hour, as a page without script does."""
    sent = {"line": "quiet", "slot": "15", "number": number}
    return client.post("/call/call-back", sent).status_code


def test_the_form_asks_for_a_number_only_where_it_can_be_rung(line: models.Line) -> None:
    assert 'name="number"' in Client().get("/call-back?line=quiet").content.decode()
    line.takes_numbers = False
    line.save()
    assert 'name="number"' not in Client().get("/call-back?line=quiet").content.decode()


def test_a_number_is_kept_sealed_and_shown_to_nobody(line: models.Line) -> None:
    client = Client()
    assert ask(client, NUMBER) == 200
    row = models.CallBack.objects.get()
    assert row.number == "+353871234567"
    assert b"871234567" not in bytes(row.number_sealed or b"")
    assert row.owner
    owner = sign_in(row.owner, Role.VOLUNTEER)
    shown = owner.client.get("/volunteer/").content + client.get("/").content
    assert b"871234567" not in shown.replace(b" ", b"")


@pytest.mark.parametrize("number", ["112", "1520123456", "+14155550132", "<b>", "9" * 39])
def test_a_number_that_we_do_not_ring_is_refused_and_nothing_is_lost(
    line: models.Line, number: str
) -> None:
    client = Client()
    assert ask(client, number) == 400
    assert not models.CallBack.objects.exists()
    assert ask(client, "") == 200


def test_a_number_can_be_asked_for_three_times_a_day_however_it_is_written(
    line: models.Line,
) -> None:
    written = [NUMBER, "+353 87 123 4567", "0871234567"]
    for number in written:
        client = Client()
        ask(client, number)
        models.CallBack.objects.all().delete()
    assert ask(Client(), "00353871234567") == 429
