"""Promise 2: nobody dropped. Whatever vanishes costs one step's time, never a person."""

from stepline import models
from stepline.actions import clock
from stepline.core.calls import LegStep
from tests.stories.cast import Shift


def test_a_volunteer_who_vanishes_after_ready_is_replaced(shift: Shift) -> None:
    ana, bo = shift.caller("Ana"), shift.on_duty("Bo")
    ana.reaches_out()
    cleo = shift.on_duty("Cleo")
    bo.phone.rings()
    bo.phone.presses("1")
    ana.reports(LegStep.MICROPHONE)
    shift.clock.advance(seconds=15)
    cleo.answers(ana)
    assert ana.is_talking_to(cleo)
    assert bo.sees()["told"] == {"what": "no_voice", "at_seconds_ago": 0}


def test_a_second_ready_waits_and_takes_over(shift: Shift) -> None:
    ana, bo, cleo = shift.caller("Ana"), shift.on_duty("Bo"), shift.on_duty("Cleo")
    ana.reaches_out()
    bo.phone.rings()
    cleo.phone.rings()
    bo.phone.presses("1")
    cleo.phone.presses("1")
    assert cleo.sees()["screen"] == "standby"
    shift.clock.advance(seconds=15)
    assert cleo.sees()["screen"] == "connecting"
    cleo.hears_a_voice()
    ana.hears_a_voice()
    assert ana.is_talking_to(cleo)


def test_the_others_are_told_kindly_only_once_the_voices_joined(shift: Shift) -> None:
    ana, bo, cleo = shift.caller("Ana"), shift.on_duty("Bo"), shift.on_duty("Cleo")
    ana.reaches_out()
    cleo.phone.rings()
    bo.phone.rings()
    bo.phone.presses("1")
    assert cleo.is_rung()
    bo.hears_a_voice()
    ana.hears_a_voice()
    assert not cleo.is_rung()
    assert cleo.sees()["told"]["what"] == "taken"
    assert not cleo.phone.presses("1")


def test_a_reload_while_it_rings_finds_the_same_call(shift: Shift) -> None:
    ana, bo = shift.caller("Ana"), shift.on_duty("Bo")
    ana.reaches_out()
    bo.phone.rings()
    ana.closes_the_page()
    cleo = shift.on_duty("Cleo")
    assert not cleo.is_rung(), "no new phone rings for a page that is gone"
    shift.clock.advance(seconds=5)
    ana.comes_back()
    assert cleo.is_rung()
    assert models.Call.objects.count() == 1
    bo.phone.presses("1")
    bo.hears_a_voice()
    ana.hears_a_voice()
    assert ana.is_talking_to(bo)


def test_a_lost_page_stops_all_phones_after_twenty_seconds_and_keeps_the_place(
    shift: Shift,
) -> None:
    ana, bo = shift.caller("Ana"), shift.on_duty("Bo")
    ana.reaches_out()
    bo.phone.rings()
    ana.closes_the_page()
    shift.clock.advance(seconds=20)
    assert not bo.is_rung()
    assert ana.sees()["screen"] == "kept"
    shift.clock.advance(minutes=9)
    ana.comes_back()
    assert bo.is_rung()


def test_nobody_rings_for_a_page_that_was_left_at_once(shift: Shift) -> None:
    ana, bo = shift.caller("Ana"), shift.on_duty("Bo")
    shift.clock.pages_speak = False
    ana.reaches_out()
    bo.phone.rings()
    shift.clock.advance(seconds=65)
    assert not bo.is_rung()
    assert ana.sees()["screen"] == "kept"
    shift.clock.advance(minutes=10)
    assert ana.call.state == "closed"


def test_nobody_is_rung_back_unasked(shift: Shift) -> None:
    ana, bo = shift.caller("Ana"), shift.on_duty("Bo")
    ana.reaches_out()
    ana.closes_the_page()
    shift.clock.advance(minutes=10, seconds=20)
    assert ana.call.state == "closed"
    assert not bo.is_rung()


def test_cut_off_in_the_talk_the_same_two_come_back_together(shift: Shift) -> None:
    ana, bo = shift.caller("Ana"), shift.on_duty("Bo")
    ana.reaches_out()
    bo.answers(ana)
    ana.closes_the_page()
    assert bo.sees()["screen"] == "cut_off"
    assert bo.sees()["call"]["place_kept"]
    gil = shift.caller("Gil")
    gil.reaches_out()
    assert not bo.is_rung(), "bo is kept for ana"
    shift.clock.advance(minutes=5)
    ana.comes_back()
    bo.hears_a_voice()
    ana.hears_a_voice()
    assert ana.is_talking_to(bo)


def test_the_volunteers_page_vanishes_in_the_talk_and_somebody_else_is_found(
    shift: Shift,
) -> None:
    ana, bo = shift.caller("Ana"), shift.on_duty("Bo")
    ana.reaches_out()
    bo.answers(ana)
    cleo = shift.on_duty("Cleo")
    bo.closes_the_page()
    assert ana.sees()["screen"] == "cut_off"
    shift.clock.advance(seconds=20)
    cleo.answers(ana)
    assert ana.is_talking_to(cleo)


def test_one_browser_has_one_open_call_and_may_ask_again_after_a_talk(shift: Shift) -> None:
    ana, bo = shift.caller("Ana"), shift.on_duty("Bo")
    ana.reaches_out()
    first = ana.call_id
    ana.reaches_out()
    assert ana.call_id == first
    bo.answers(ana)
    ana.ends()
    ana.reaches_out()
    assert ana.call_id != first


def test_a_bad_row_at_a_start_does_not_keep_the_clock_from_starting(shift: Shift) -> None:
    ana, gil, bo = shift.caller("Ana"), shift.caller("Gil"), shift.on_duty("Bo")
    ana.reaches_out()
    gil.reaches_out()
    models.Call.objects.filter(pk=ana.call.pk).update(wish="nonsense")
    assert clock.resume_all(shift.clock.now) == 1
    assert ana.call.set_aside_at == shift.clock.now
    assert gil.call.set_aside_at is None
    assert bo.is_rung()


def test_a_call_that_was_set_aside_rings_again_once_it_is_mended_and_tried(shift: Shift) -> None:
    ana, bo = shift.caller("Ana"), shift.on_duty("Bo")
    ana.reaches_out()
    bo.loses_the_network()
    shift.clock.pages_speak = False
    models.Call.objects.filter(pk=ana.call.pk).update(wish="nonsense")
    shift.clock.advance(seconds=5)
    assert ana.call.set_aside_at is not None
    assert not clock.try_again(ana.call.pk, shift.clock.now), "it fails as before"
    assert shift.notices().count("set_aside") == 2
    models.Call.objects.filter(pk=ana.call.pk).update(wish="anyone")
    assert clock.try_again(ana.call.pk, shift.clock.now)
    assert not clock.try_again(ana.call.pk, shift.clock.now), "it isn't set aside any more"
    cleo = shift.on_duty("Cleo")
    shift.clock.advance(seconds=5)
    assert cleo.is_rung()


def test_a_bad_row_is_set_aside_and_the_clock_goes_on(shift: Shift) -> None:
    ana, gil = shift.caller("Ana"), shift.caller("Gil")
    bo = shift.on_duty("Bo")
    ana.reaches_out()
    shift.clock.pages_speak = False
    models.Call.objects.filter(pk=ana.call.pk).update(wish="nonsense")
    gil.reaches_out()
    shift.clock.advance(seconds=30)
    assert ana.call.set_aside_at is not None
    assert "set_aside" in shift.notices()
    assert models.Offer.objects.filter(call=gil.call_id).exists() or bo.is_rung()
