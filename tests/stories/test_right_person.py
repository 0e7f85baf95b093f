"""Promise 3: the right person, as the caller wishes; relaxed only with their word."""

from datetime import timedelta

from tests.stories.cast import Shift


def test_a_wish_for_a_woman_rings_only_those_who_take_it(shift: Shift) -> None:
    ana = shift.caller("Ana")
    bo = shift.on_duty("Bo", takes=["man", "anyone"])
    cleo = shift.on_duty("Cleo", takes=["woman", "anyone"])
    ana.reaches_out(wish="woman")
    assert (bo.is_rung(), cleo.is_rung()) == (False, True)


def test_a_volunteer_who_states_no_gender_is_matched_by_whom_they_take(shift: Shift) -> None:
    ana = shift.caller("Ana")
    cleo = shift.on_duty("Cleo", gender="unstated", takes=["woman"])
    ana.reaches_out(wish="woman")
    assert cleo.is_rung()


def test_the_wish_is_relaxed_only_when_the_caller_agrees(shift: Shift) -> None:
    ana = shift.caller("Ana")
    bo = shift.on_duty("Bo", takes=["man", "anyone"])
    ana.reaches_out(wish="woman")
    shift.clock.advance(minutes=3)
    assert not bo.is_rung()
    assert ana.sees()["screen"] == "choosing"
    ana.chooses("anyone")
    assert bo.is_rung()


def test_the_language_is_matched(shift: Shift) -> None:
    ana = shift.caller("Ana")
    bo, cleo = shift.on_duty("Bo"), shift.on_duty("Cleo", languages=["en", "es"])
    ana.reaches_out(language="es")
    assert (bo.is_rung(), cleo.is_rung()) == (False, True)


def test_B02_a_sober_date_later_than_the_minimum_is_not_rung(shift: Shift) -> None:
    ana, bo = shift.caller("Ana"), shift.on_duty("Bo")
    bo.person.sober_on = (shift.clock.now - timedelta(days=30)).date()
    bo.person.save()
    ana.reaches_out()
    assert not bo.is_rung()


def test_who_is_off_duty_or_unreachable_or_stepped_back_is_not_rung(shift: Shift) -> None:
    ana = shift.caller("Ana")
    dee = shift.volunteer("Dee")
    bo = shift.on_duty("Bo")
    bo.loses_the_network()
    cleo = shift.on_duty("Cleo")
    cleo.person.stepped_back_at = shift.clock.now
    cleo.person.save()
    ana.reaches_out()
    assert not any(each.is_rung() for each in (bo, cleo, dee))


def test_a_shift_that_ended_is_over(shift: Shift) -> None:
    ana, bo = shift.caller("Ana"), shift.volunteer("Bo")
    bo.goes_on_duty(minutes=60)
    shift.clock.advance(minutes=61)
    ana.reaches_out()
    assert not bo.is_rung()
