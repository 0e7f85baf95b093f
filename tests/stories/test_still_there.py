"""Silence three times in a row: a kind question, and rest for a phone that nobody hears."""

from stepline import models
from stepline.actions import duty
from tests.stories.cast import Serving, Shift


def rings_out(shift: Shift, serving: Serving) -> None:
    """A caller's ring that stays silent; they stop afterwards."""
    caller = shift.caller("Ana")
    caller.reaches_out()
    serving.rings()
    shift.clock.advance(seconds=25)
    caller.stops()


def standing(serving: Serving) -> models.Duty:
    return models.Duty.objects.get(pk=serving.person.pk)


def test_one_silent_ring_shows_and_asks_nothing(shift: Shift) -> None:
    bo = shift.on_duty("Bo")
    rings_out(shift, bo)
    assert (bo.sees()["silent_rings"], bo.sees()["still_there"]) == (1, False)
    assert "still_there" not in shift.notices()


def test_at_the_third_in_a_row_they_are_asked_and_the_coordinator_is_told_once(
    shift: Shift,
) -> None:
    bo = shift.on_duty("Bo")
    for _ in range(3):
        assert bo.sees()["still_there"] is False
        rings_out(shift, bo)
    assert bo.sees()["still_there"] is True
    rings_out(shift, bo)
    assert shift.notices().count("still_there") == 1


def test_yes_begins_the_count_anew(shift: Shift) -> None:
    bo = shift.on_duty("Bo")
    for _ in range(3):
        rings_out(shift, bo)
    assert duty.still_there(bo.person, bo.now)
    assert (bo.sees()["silent_rings"], bo.sees()["still_there"]) == (0, False)
    shift.clock.advance(minutes=6)
    shift.end_of_shifts()
    assert bo.sees()["screen"] == "on_duty"


def test_unanswered_for_five_minutes_they_go_off_duty_and_their_page_says_why(
    shift: Shift,
) -> None:
    ana, bo = shift.caller("Ana"), shift.on_duty("Bo")
    for _ in range(3):
        rings_out(shift, bo)
    shift.clock.advance(minutes=4, seconds=59)
    shift.end_of_shifts()
    assert bo.sees()["screen"] == "on_duty"
    shift.clock.advance(seconds=1)
    shift.end_of_shifts()
    assert bo.sees()["screen"] == "off_duty"
    assert (bo.sees()["still_there"], bo.sees()["taken_off"]) == (False, True)
    assert not duty.still_there(bo.person, bo.now), "too late: duty begins with a test ring"
    ana.reaches_out()
    assert not bo.is_rung()
    span = models.DutySpan.objects.get()
    assert span.off_at == shift.clock.now
    bo.goes_on_duty()
    assert (bo.sees()["silent_rings"], bo.sees()["still_there"]) == (0, False)


def test_a_pass_costs_nothing_and_shows_that_somebody_is_there(shift: Shift) -> None:
    bo = shift.on_duty("Bo")
    rings_out(shift, bo)
    rings_out(shift, bo)
    ana = shift.caller("Ana")
    ana.reaches_out()
    bo.rings()
    bo.presses("2")
    ana.stops()
    assert standing(bo).silent_rings == 0
    rings_out(shift, bo)
    assert bo.sees()["still_there"] is False


def test_ready_answers_the_question(shift: Shift) -> None:
    ana, bo = shift.caller("Ana"), shift.on_duty("Bo")
    for _ in range(3):
        rings_out(shift, bo)
    ana.reaches_out()
    bo.answers(ana)
    assert standing(bo).still_there_asked_at is None


def test_going_off_duty_by_oneself_leaves_no_question(shift: Shift) -> None:
    bo = shift.on_duty("Bo")
    for _ in range(3):
        rings_out(shift, bo)
    bo.goes_off_duty()
    assert bo.sees()["still_there"] is False


def test_a_ring_that_never_rang_or_was_called_off_is_no_silence(shift: Shift) -> None:
    bo = shift.on_duty("Bo")
    for _ in range(3):
        ana = shift.caller("Ana")
        ana.reaches_out()
        shift.clock.advance(seconds=30)
        ana.stops()
        gil = shift.caller("Gil")
        gil.reaches_out()
        bo.rings()
        gil.stops()
    assert standing(bo).silent_rings == 0


def test_silence_on_standby_asks_nobody_whether_they_are_on_duty(shift: Shift) -> None:
    dee = shift.volunteer("Dee")
    models.StandbyHours.objects.create(
        volunteer=dee.person, line=shift.line, weekday=6, from_minute=0, to_minute=1440
    )
    for _ in range(3):
        rings_out(shift, dee)
    assert (standing(dee).silent_rings, standing(dee).still_there_asked_at) == (3, None)
    assert dee.sees()["still_there"] is False
