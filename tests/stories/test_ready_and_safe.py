"""Promises 4, 5 and 9: ready, safe, nobody's fault."""

import pytest

from stepline import models
from stepline.actions import conversation, duty, offers
from stepline.core import events as e
from stepline.core.calls import Seat
from tests.stories.cast import Shift


def test_off_duty_with_the_same_key_passes_the_ring_on(shift: Shift) -> None:
    ana, bo = shift.caller("Ana"), shift.on_duty("Bo")
    ana.reaches_out()
    cleo = shift.on_duty("Cleo")
    bo.phone.rings()
    bo.phone.presses("9")
    assert bo.sees()["screen"] == "off_duty"
    assert cleo.is_rung()


def test_B05_no_duty_without_a_test_ring_that_was_heard(shift: Shift) -> None:
    bo = shift.volunteer("Bo")
    proof = duty.DutyProof(heard=True, microphone=True, awake=True, push=False)
    with pytest.raises(duty.NoTestRing):
        duty.go_on_duty(bo.person, proof, shift.clock.now)
    duty.start_test(bo.person, 60, shift.clock.now)
    with pytest.raises(duty.NoTestRing):  # no page has said that it rings
        duty.go_on_duty(bo.person, proof, shift.clock.now)


def test_B06_a_sober_date_that_was_reset_ends_eligibility(shift: Shift) -> None:
    bo = shift.volunteer("Bo", sober_on=shift.clock.now.date())
    with pytest.raises(duty.NotSoberLongEnough):
        duty.start_test(bo.person, 60, shift.clock.now)


def test_silence_is_counted_for_the_volunteer_and_a_pass_costs_nothing(shift: Shift) -> None:
    ana, bo = shift.caller("Ana"), shift.on_duty("Bo")
    ana.reaches_out()
    bo.phone.rings()
    bo.phone.presses("2")
    assert bo.sees()["silent_rings"] == 0
    ana.stops()
    gil = shift.caller("Gil")
    gil.reaches_out()
    bo.phone.rings()
    shift.clock.advance(seconds=25)
    assert bo.sees()["silent_rings"] == 1


def test_D05_help_rings_the_captain_first_and_the_volunteer_sees_the_truth(shift: Shift) -> None:
    ana, bo = shift.caller("Ana"), shift.on_duty("Bo")
    eli = shift.volunteer("Eli", is_coordinator=True, takes_calls=False)
    iva = shift.volunteer("Iva", is_captain=True)
    ana.reaches_out()
    bo.answers(ana)
    bo.asks_for_help()
    assert (iva.is_rung(), eli.is_rung()) == (True, False)
    assert bo.sees()["call"]["help"] == {"state": "ringing", "name": "Iva"}
    iva.phone.rings()
    iva.phone.presses("2")
    assert bo.sees()["call"]["help"] == {"state": "ringing", "name": "Eli"}
    eli.phone.rings()
    eli.phone.presses("1")
    assert bo.sees()["call"]["help"] == {"state": "joining", "name": "Eli"}
    eli.hears_a_voice()
    assert bo.sees()["call"]["help"] == {"state": "joined", "name": "Eli"}
    assert ana.sees()["help"] == "joined"
    assert [seat["name"] for seat in ana.sees()["seats"]].count("Eli") == 1


def test_nobody_to_bring_in_is_said_at_once(shift: Shift) -> None:
    ana, bo = shift.caller("Ana"), shift.on_duty("Bo")
    ana.reaches_out()
    bo.answers(ana)
    bo.asks_for_help()
    assert bo.sees()["call"]["help"]["state"] == "nobody"
    assert shift.notices() == ["help_nobody", "help_wanted"]


def test_the_exit_is_told_to_the_volunteer(shift: Shift) -> None:
    ana, bo = shift.caller("Ana"), shift.on_duty("Bo")
    ana.reaches_out()
    bo.answers(ana)
    ana.exits()
    assert bo.sees()["call"]["left_by"] == "exit"
    assert bo.sees()["screen"] == "closing"


def test_after_ten_minutes_nobody_is_held_and_the_coordinator_sees_it(shift: Shift) -> None:
    ana, bo = shift.caller("Ana"), shift.on_duty("Bo")
    ana.reaches_out()
    bo.answers(ana)
    ana.ends()
    shift.clock.advance(minutes=10)
    assert ana.call.safety == "unknown"
    assert "safety_unknown" in shift.notices()
    assert bo.sees()["screen"] == "on_duty"


def test_a_worry_reaches_the_coordinator_and_the_debrief_may_wait(shift: Shift) -> None:
    ana, bo = shift.caller("Ana"), shift.on_duty("Bo")
    ana.reaches_out()
    bo.answers(ana)
    bo.ends()
    bo.says_of_the_caller("worried")
    assert shift.notices() == ["safety_worry"]
    bo.goes_off_duty()
    assert bo.sees()["screen"] == "debrief"
    conversation.answer_debrief(bo.person, "heavy")
    assert bo.sees()["screen"] == "off_duty"


def test_not_knowing_is_an_answer_and_holds_nobody(shift: Shift) -> None:
    ana, bo = shift.caller("Ana"), shift.on_duty("Bo")
    ana.reaches_out()
    bo.answers(ana)
    ana.ends()
    bo.says_of_the_caller("unknown")
    assert bo.sees()["screen"] == "on_duty"
    assert shift.notices() == ["safety_unknown"]


def test_danger_rings_more_phones_and_is_told_at_once(shift: Shift) -> None:
    shift.line.at_once = 1
    shift.line.save()
    ana, people = shift.caller("Ana"), [shift.on_duty(name) for name in ("Bo", "Cleo", "Dee")]
    ana.reaches_out()
    assert [each.is_rung() for each in people].count(True) == 1
    ana.does(e.DangerRaised(Seat.CALLER))
    assert all(each.is_rung() for each in people)
    assert shift.notices() == ["danger"]


def test_an_offer_of_somebody_else_does_not_exist(shift: Shift) -> None:
    ana, bo = shift.caller("Ana"), shift.on_duty("Bo")
    cleo = shift.volunteer("Cleo")
    ana.reaches_out()
    with pytest.raises(offers.NotYours):
        offers.accept_offer(bo.offer().pk, cleo.person, None, shift.clock.now)


def test_X06_what_identifies_the_caller_is_erased_when_the_call_closes(shift: Shift) -> None:
    ana, bo = shift.caller("Ana"), shift.on_duty("Bo")
    ana.reaches_out()
    from_page = ana.call_id
    assert from_page is not None
    models.Call.objects.filter(pk=from_page).update(answered="")
    bo.answers(ana)
    ana.ends()
    bo.says_of_the_caller("all_right")
    row = models.Call.objects.get(pk=from_page)
    assert (row.caller_index, row.name_sealed) == (None, None)
