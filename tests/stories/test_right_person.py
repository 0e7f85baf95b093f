"""Promise 3: the right person, as the caller wishes; relaxed only with their word."""

from datetime import timedelta

import pytest

from stepline import models
from stepline.actions import duty, people
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


def test_B04_without_training_signed_off_nobody_goes_on_duty_or_is_rung(shift: Shift) -> None:
    ana, bo, cleo = shift.caller("Ana"), shift.volunteer("Bo", trained_on=None), shift.on_duty("C")
    with pytest.raises(duty.NotTrained):
        bo.goes_on_duty()
    tomorrow = (shift.clock.now + timedelta(days=1)).date()
    models.Volunteer.objects.filter(pk=cleo.person.pk).update(trained_on=tomorrow)
    ana.reaches_out()
    assert not cleo.is_rung()


def test_B06_a_sober_date_that_is_reset_in_the_shift_ends_the_rings_at_once(shift: Shift) -> None:
    ana, bo = shift.caller("Ana"), shift.on_duty("Bo")
    models.Volunteer.objects.filter(pk=bo.person.pk).update(sober_on=shift.clock.now.date())
    ana.reaches_out()
    assert not bo.is_rung()
    bo.goes_off_duty()
    bo.person.refresh_from_db()
    with pytest.raises(duty.NotSoberLongEnough):
        bo.goes_on_duty()


def test_after_a_talk_a_volunteer_rests_as_long_as_the_line_has_it(shift: Shift) -> None:
    ana, gil, bo = shift.caller("Ana"), shift.caller("Gil"), shift.on_duty("Bo")
    ana.reaches_out()
    bo.answers(ana)
    ana.ends()
    bo.says_of_the_caller("all_right")
    gil.reaches_out()
    shift.clock.advance(minutes=9)
    assert not bo.is_rung()
    gil.chooses("wait")
    shift.clock.advance(minutes=1, seconds=5)
    assert bo.is_rung()


def test_a_pass_is_followed_by_no_rest(shift: Shift) -> None:
    ana, gil, bo = shift.caller("Ana"), shift.caller("Gil"), shift.on_duty("Bo")
    ana.reaches_out()
    bo.rings()
    bo.presses("2")
    gil.reaches_out()
    assert bo.is_rung()


def test_a_volunteers_own_limits_are_kept(shift: Shift) -> None:
    ana, bo = shift.caller("Ana"), shift.on_duty("Bo", takes_nights=False)
    cleo = shift.on_duty("Cleo", ring_seconds=60)
    shift.clock.advance(minutes=120)
    ana.reaches_out()
    assert (bo.is_rung(), cleo.is_rung()) == (False, True)
    cleo.rings()
    assert cleo.offer().ends_at - shift.clock.now == timedelta(seconds=60)


def test_who_is_blocked_for_the_line_is_not_rung(shift: Shift) -> None:
    ana, bo = shift.caller("Ana"), shift.on_duty("Bo")
    people.block(bo.person, shift.clock.now)
    ana.reaches_out()
    assert not bo.is_rung()
    with pytest.raises(duty.Blocked):
        bo.goes_on_duty()
    people.unblock(bo.person)
    bo.goes_on_duty()
    shift.clock.advance(seconds=5)
    assert bo.is_rung()
