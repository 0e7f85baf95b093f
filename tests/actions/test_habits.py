"""What a ring teaches of its volunteer: written once, from what really rang, and shown nowhere."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from stepline import models
from stepline.actions import asking, dispatch, habits
from stepline.core import events as e
from stepline.core import habits as rules
from stepline.core.calls import Chance, OfferState
from stepline.core.habits import START, Counts
from stepline.web import snapshots
from tests.stories.cast import Serving, Shift
from tests.web.cast import coordinating

pytestmark = pytest.mark.django_db(transaction=True)

HERE = "here day"


@pytest.fixture
def shift() -> Shift:
    return Shift()


def kept(serving: Serving) -> dict[str, Any]:
    """What stands in the row."""
    row: dict[str, Any] = models.Duty.objects.get(volunteer=serving.person).habits
    return row


def counts(serving: Serving, where: str = HERE) -> Counts:
    return habits.read(kept(serving)).counts.get(where, Counts())


def rang_for(shift: Shift, serving: Serving, seconds: float) -> None:
    """Ring, and let some seconds pass."""
    serving.rings()
    shift.clock.advance(seconds=seconds)


def test_ready_is_learned_once_with_the_time_since_it_really_rang(shift: Shift) -> None:
    ana, bo = shift.caller("Ana"), shift.on_duty("Bo")
    ana.reaches_out()
    shift.clock.advance(seconds=1)
    rang_for(shift, bo, 6)
    assert kept(bo) == {}, "a ring that goes on has taught nothing yet"
    bo.presses("1")
    learned = counts(bo)
    assert (learned.ready, learned.passes, learned.silent) == (1, 0, 0)
    assert learned.log_seconds == pytest.approx(1.7918, abs=1e-3), "six seconds, not seven"
    written = kept(bo)
    bo.hears_a_voice()
    ana.hears_a_voice()
    shift.clock.advance(minutes=5)
    bo.ends()
    bo.says_of_the_caller("all_right")
    assert kept(bo) == written, "the talk and its end teach nothing"


def test_a_pass_is_an_answer_and_so_is_going_off_duty_instead(shift: Shift) -> None:
    ana, bo, cleo = shift.caller("Ana"), shift.on_duty("Bo"), shift.on_duty("Cleo")
    ana.reaches_out()
    rang_for(shift, bo, 3)
    bo.presses("2")
    rang_for(shift, cleo, 3)
    cleo.presses("9")
    for serving in (bo, cleo):
        learned = counts(serving)
        assert (learned.ready, learned.passes, learned.silent) == (0, 1, 0)
        assert habits.chance_in(json.dumps(kept(serving)["chances"]), HERE).passes > START.passes


def test_silence_is_learned_when_the_phone_has_rung_out(shift: Shift) -> None:
    ana, bo = shift.caller("Ana"), shift.on_duty("Bo")
    ana.reaches_out()
    bo.rings()
    shift.clock.advance(seconds=24)
    assert kept(bo) == {}
    shift.clock.advance(seconds=2)
    assert counts(bo) == Counts(silent=1)


def test_what_never_rang_teaches_nothing(shift: Shift) -> None:
    ana, bo = shift.caller("Ana"), shift.on_duty("Bo")
    ana.reaches_out()
    shift.clock.advance(seconds=30)
    ended = models.Offer.objects.filter(volunteer=bo.person, ended_at__isnull=False)
    assert {offer.outcome for offer in ended} == {"unreached"}
    assert kept(bo) == {}


def test_a_ring_that_somebody_elses_ready_stopped_teaches_as_much_as_it_lasted(
    shift: Shift,
) -> None:
    ana, bo, cleo = shift.caller("Ana"), shift.on_duty("Bo"), shift.on_duty("Cleo")
    ana.reaches_out()
    bo.rings()
    rang_for(shift, cleo, 8)
    bo.presses("1")
    assert kept(cleo) == {}, "her phone rings on while the voices join"
    bo.hears_a_voice()
    ana.hears_a_voice()
    assert ana.is_talking_to(bo)
    learned = counts(cleo)
    assert learned.rings == pytest.approx(0.5, abs=0.01), "half of all answers come by the median"
    assert learned.silent > learned.passes > 0
    assert learned.ready < 0.25


def test_a_ring_that_the_callers_stop_ended_teaches_likewise(shift: Shift) -> None:
    ana, bo = shift.caller("Ana"), shift.on_duty("Bo")
    ana.reaches_out()
    rang_for(shift, bo, 20)
    ana.stops()
    assert 0.85 < counts(bo).rings < 1
    assert counts(bo).silent > 0.6


def test_a_ring_that_was_stopped_at_once_teaches_nothing(shift: Shift) -> None:
    ana, bo = shift.caller("Ana"), shift.on_duty("Bo")
    ana.reaches_out()
    bo.rings()
    ana.stops()
    assert counts(bo) == Counts()


def test_whoever_says_ready_while_another_connects_has_answered_once(shift: Shift) -> None:
    ana, bo, cleo = shift.caller("Ana"), shift.on_duty("Bo"), shift.on_duty("Cleo")
    ana.reaches_out()
    bo.rings()
    rang_for(shift, cleo, 4)
    bo.presses("1")
    cleo.presses("1")
    bo.hears_a_voice()
    ana.hears_a_voice()
    assert [counts(serving).ready for serving in (bo, cleo)] == [1, 1]
    assert counts(cleo).rings == 1, "that it was not needed in the end is no silence"


def test_ready_that_is_followed_by_silence_in_the_line_is_still_one_answer(shift: Shift) -> None:
    ana, bo = shift.caller("Ana"), shift.on_duty("Bo")
    ana.reaches_out()
    rang_for(shift, bo, 4)
    bo.presses("1")
    shift.clock.advance(seconds=20)
    assert models.Offer.objects.filter(volunteer=bo.person, outcome="failed").exists()
    assert (counts(bo).ready, counts(bo).silent) == (1, 0)


def test_the_helpers_seat_teaches_nothing(shift: Shift) -> None:
    ana, bo = shift.caller("Ana"), shift.on_duty("Bo")
    ana.reaches_out()
    bo.answers(ana)
    eli = shift.volunteer("Eli", is_captain=True)
    bo.asks_for_help()
    assert eli.offer().seat == "helper"
    rang_for(shift, eli, 5)
    eli.presses("2")
    assert kept(eli) == {}


@pytest.mark.parametrize("key", ["1", "2"])
def test_the_owners_seat_teaches_nothing(shift: Shift, key: str) -> None:
    ana, bo = shift.caller("Ana"), shift.on_duty("Bo")
    ana.reaches_out(wish="woman")
    ana.takes_a_call_back(30)
    shift.clock.advance(minutes=20)
    assert bo.offer().seat == "owner"
    rang_for(shift, bo, 5)
    bo.presses(key)
    assert kept(bo) == {}


def test_a_ring_is_learned_for_the_situation_in_which_it_rang(shift: Shift) -> None:
    ana, bo = shift.caller("Ana"), shift.on_duty("Bo")
    shift.clock.advance(minutes=119)  # a minute before eleven in the evening
    ana.reaches_out()
    bo.rings()
    shift.clock.advance(minutes=1)
    assert set(kept(bo)["counts"]) == {HERE}, "it is night when it is over, but it rang by day"


def test_by_night_it_is_night_where_the_line_is(shift: Shift) -> None:
    ana, bo = shift.caller("Ana"), shift.on_duty("Bo", takes_nights=True)
    shift.clock.advance(minutes=121)
    ana.reaches_out()
    rang_for(shift, bo, 5)
    bo.presses("2")
    assert set(kept(bo)["counts"]) == {"here night"}


def test_what_was_learned_is_what_the_next_ring_believes(shift: Shift) -> None:
    bo = shift.on_duty("Bo")
    for name in ("Ana", "Amy", "Una"):
        caller = shift.caller(name)
        caller.reaches_out()
        bo.rings()
        shift.clock.advance(seconds=26)
        caller.stops()
        shift.clock.advance(minutes=2)
    assert counts(bo).silent > 2.9
    shift.caller("Eve").reaches_out()
    believed = habits.chance_of(bo.offer().chance)
    assert believed == Chance(**kept(bo)["chances"][HERE])
    assert believed.ready < START.ready
    assert bo.offer().chance["where"] == HERE


def test_what_was_written_is_read_back_as_it_was(shift: Shift) -> None:
    now = shift.clock.now
    learned = habits.read({})
    for lesson in (Counts(ready=1, log_seconds=1.5, log_squares=2.25), Counts(silent=0.25)):
        learned = rules.learn(learned, HERE, lesson, now)
    written = json.loads(json.dumps(habits.written(learned, now), allow_nan=False))
    again = habits.read(written)
    assert again.at == learned.at
    for name, value in vars(learned.counts[HERE]).items():
        assert getattr(again.counts[HERE], name) == pytest.approx(value, abs=1e-4)
    assert set(written["chances"]) == set(habits.SITUATIONS)
    assert habits.chance_in(json.dumps(written["chances"]), "here night").ready > START.ready
    assert habits.chance_in(None, HERE) == START
    assert habits.chance_in("{}", HERE) == START


def test_a_volunteer_whose_duty_row_is_gone_stops_nothing(shift: Shift) -> None:
    ana, bo = shift.caller("Ana"), shift.on_duty("Bo")
    ana.reaches_out()
    rang_for(shift, bo, 5)
    models.Duty.objects.filter(volunteer=bo.person).delete()
    offer = bo.offer()
    handled = dispatch.handle(offer.call_id, e.Passes(offer.pk), shift.clock.now)
    assert not handled.stale
    offer.refresh_from_db()
    assert (offer.outcome, offer.state) == ("passed", OfferState.RINGING)


# Nobody reads it (rule X08: no score of anybody).

TELLTALE = 0.4321987


def marked(shift: Shift, serving: Serving) -> None:
    """Write habits that would be recognised wherever they come out."""
    chance = {"ready": TELLTALE, "passes": 0.1, "median_seconds": 7.654321, "sigma": 0.6}
    told = {
        "at": shift.clock.now.isoformat(),
        "counts": {HERE: [12.3456789, 3.0, 98.7654321, 4.0, 5.0]},
        "chances": dict.fromkeys(habits.SITUATIONS, chance),
    }
    models.Duty.objects.filter(volunteer=serving.person).update(habits=told)


TELLS = ("0.4321987", "7.654321", "12.3456789", "98.7654321", "habits", "chances", HERE)


def test_X08_what_is_learned_of_a_volunteer_stands_in_no_snapshot(shift: Shift) -> None:
    ana, bo = shift.caller("Ana"), shift.on_duty("Bo")
    marked(shift, bo)
    ana.reaches_out()
    assert bo.offer().chance["ready"] == TELLTALE, "it is in use"
    seen = [ana.sees(), bo.sees()]
    bo.answers(ana)
    seen += [ana.sees(), bo.sees()]
    row = asking.open_call(ana.key)
    seen.append(snapshots.caller_snapshot(row, shift.line, shift.clock.now + timedelta(seconds=1)))
    text = json.dumps(seen, default=str)
    assert [tell for tell in TELLS if tell in text] == []


def test_X08_what_is_learned_of_a_volunteer_stands_on_no_page(shift: Shift) -> None:
    ana, bo = shift.caller("Ana"), shift.on_duty("Bo")
    client: Client = coordinating(shift.line, "Eli").client
    marked(shift, bo)
    ana.reaches_out()
    assert bo.offer().chance["ready"] == TELLTALE, "it is in use"
    people = ("/coordinator/people", f"/coordinator/people/{bo.person.pk}")
    calls = ("/coordinator/", f"/coordinator/calls/{ana.call_id}/rings")
    for address in (*people, *calls, "/coordinator/line", "/health"):
        answer = client.get(address, headers={"Accept": "text/html"})
        text = answer.content.decode()
        assert answer.status_code in {200, 503}, address
        assert [tell for tell in TELLS if tell in text] == [], address


def test_X08_what_is_learned_of_a_volunteer_is_not_logged(shift: Shift) -> None:
    ana, bo = shift.caller("Ana"), shift.on_duty("Bo")
    marked(shift, bo)
    ana.reaches_out()
    bo.answers(ana)
    lines = json.dumps(list(models.LogLine.objects.values("event", "detail")), default=str)
    assert "Ready" in lines
    assert [tell for tell in TELLS if tell in lines] == []
