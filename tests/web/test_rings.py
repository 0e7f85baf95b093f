"""Why was X not rung? The answer for one call, in plain words, for its own line's coordinator."""

import re
from datetime import timedelta
from html import unescape
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from stepline import models
from stepline.core.calls import Outcome, Seat, Trait
from stepline.core.matching import WhyNot
from stepline.web import rings
from tests.web.cast import SignedIn, a_line, a_volunteer, coordinating

pytestmark = pytest.mark.django_db

# One of them is who is signed in.
RINGS_QUERIES = 5
ASKED = {
    "wish": "anyone",
    "language": "es",
    "fellowship": "",
    "group": "",
    "place": "",
    "relaxed": [],
    "min_sober_days": 365,
    "rest_minutes": 10,
    "standby": False,
}


@pytest.fixture
def line() -> models.Line:
    return a_line(languages=["en", "es"], places=["Cork"])


@pytest.fixture
def eli(line: models.Line) -> SignedIn:
    return coordinating(line)


def a_call(line: models.Line, **more: object) -> models.Call:
    now = timezone.now()
    times = {"asked_at": now, "limit_at": now, "deadline_at": now + timedelta(minutes=1)}
    call = models.Call(line=line, language="es", wish="woman", wish_place="Cork", **times, **more)
    call.name = "Bartholomew"
    call.save(force_insert=True)
    return call


def rung(call: models.Call, who: models.Volunteer, outcome: str, **more: object) -> models.Offer:
    now = timezone.now()
    times = {"placed_at": now, "reach_by_at": now, "ends_at": now, "reached_at": now}
    ended = {"ended_at": now + timedelta(seconds=12), "outcome": outcome, "state": "ringing"}
    return models.Offer.objects.create(
        call=call, volunteer=who, seat=Seat.RESPONDER, **times, **ended, **more
    )


def looked(call: models.Call, *seen: tuple[UUID, list[WhyNot]]) -> models.Look:
    pairs = [[str(who), list(reasons)] for who, reasons in seen]
    return models.Look.objects.create(call=call, at=timezone.now(), looked=pairs, facts=ASKED)


def shown(eli: SignedIn, call: models.Call, who: str = "") -> str:
    asked = {"who": who} if who else {}
    answer = eli.client.get(f"/coordinator/calls/{call.pk}/rings", asked)
    assert answer.status_code == 200
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", answer.content.decode())).split())


def test_every_reason_and_every_end_has_words() -> None:
    assert set(rings.REASONS) == set(WhyNot)
    assert set(rings.OUTCOMES) == set(Outcome)
    assert set(rings.TRAITS) == set(Trait)
    assert set(rings.SEATS) == set(Seat) - {Seat.CALLER}


def test_who_was_rung_stands_in_order_with_how_it_ended(eli: SignedIn, line: models.Line) -> None:
    call = a_call(line, relaxed=["language"])
    rung(call, a_volunteer(line, "Bo"), Outcome.SILENT)
    rung(call, a_volunteer(line, "Cleo"), Outcome.PASSED, standby=True)
    page = shown(eli, call)
    assert page.index("Rang, nobody pressed") < page.index("Passed: that costs nothing")
    assert "to talk (off shift)" in page
    assert " 12 " in page
    assert "a woman, Español, Cork" in page
    assert "Dropped, by their own word the language" in page


def test_who_was_looked_at_and_not_rung_has_every_reason(eli: SignedIn, line: models.Line) -> None:
    call = a_call(line)
    bo, cleo, dee = (a_volunteer(line, name) for name in ("Bo", "Cleo", "Dee"))
    rung(call, bo, Outcome.DONE)
    looked(call, (bo.pk, []), (cleo.pk, [WhyNot.NIGHT]), (dee.pk, []))
    looked(call, (cleo.pk, [WhyNot.LANGUAGE, WhyNot.PLACE]))
    page = shown(eli, call)
    assert "Cleo doesn't speak the caller's language, isn't from the place" in page
    assert "takes no calls at night" not in page, "the last look counts"
    assert "Dee nothing against it: others had their turn first" in page
    assert page.count("Bo ") == 1


def test_somebody_who_is_gone_and_a_reason_of_a_newer_version_break_nothing(
    eli: SignedIn, line: models.Line
) -> None:
    call = a_call(line)
    look = looked(call, (uuid4(), [WhyNot.BUSY]))
    look.looked.append([str(a_volunteer(line, "Dee").pk), ["moon"]])
    look.save()
    page = shown(eli, call)
    assert "somebody who isn't here any more busy: in a talk, or being rung" in page
    assert "Dee nothing against it" in page


def test_anybody_else_is_answered_from_what_was_written_down(
    eli: SignedIn, line: models.Line
) -> None:
    call = a_call(line)
    bo, dee = (a_volunteer(line, name) for name in ("Bo", "Dee"))
    for _search in range(3):
        looked(call, (bo.pk, [WhyNot.BUSY]))
    assert "Why was somebody else not rung? Who Dee Eli Say why" in shown(eli, call)
    page = shown(eli, call, str(dee.pk))
    spoken_against = "doesn't speak the caller's language, off duty, and not in hours"
    assert page.count(spoken_against) == 1, "three searches alike are one line"
    assert "isn't known any more" in page


@pytest.mark.parametrize("who", ["nobody", str(uuid4()), "\x00"])
def test_who_is_not_of_the_line_has_no_answer(eli: SignedIn, line: models.Line, who: str) -> None:
    call = a_call(line)
    looked(call, (a_volunteer(line, "Bo").pk, [WhyNot.BUSY]))
    assert "isn't known any more" not in shown(eli, call, who)


def test_somebody_of_another_line_has_no_answer(eli: SignedIn, line: models.Line) -> None:
    call = a_call(line)
    looked(call, (a_volunteer(line, "Bo").pk, [WhyNot.BUSY]))
    fay = a_volunteer(a_line("other"), "Fay")
    page = shown(eli, call, str(fay.pk))
    assert "Fay" not in page
    assert "isn't known any more" not in page


def test_a_caller_is_nobody_here(eli: SignedIn, line: models.Line) -> None:
    assert "Bartholomew" not in shown(eli, a_call(line))


def test_a_call_of_another_line_is_not_there(line: models.Line) -> None:
    fay = coordinating(a_line("other"), "Fay")
    call = a_call(line)
    assert fay.client.get(f"/coordinator/calls/{call.pk}/rings").status_code == 404
    assert fay.client.get(f"/coordinator/calls/{uuid4()}/rings").status_code == 404


def test_it_is_read_in_as_many_questions_for_twenty_as_for_one(
    eli: SignedIn, line: models.Line
) -> None:
    call = a_call(line)
    for number in range(20):
        rung(call, a_volunteer(line, f"Bo {number}"), Outcome.SILENT)
    with CaptureQueriesContext(connection) as asked:
        shown(eli, call)
    assert len(asked) == RINGS_QUERIES


def test_the_board_and_its_notices_lead_here(eli: SignedIn, line: models.Line) -> None:
    call = a_call(line)
    models.Notice.objects.create(line=line, kind="nobody", call_id=call.pk, at=timezone.now())
    page = eli.client.get("/coordinator/").content.decode()
    assert page.count(f'href="/coordinator/calls/{call.pk}/rings"') == 2
