"""Somebody is in danger: help first, nobody dropped, and where they are goes when it is over."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from stepline import models
from stepline.actions import danger, retention
from stepline.core.danger import By, Sight
from tests.stories.cast import Reaching, Serving, Shift

WHERE = "the blue house behind the chapel"


@pytest.fixture
def talk(shift: Shift) -> tuple[Reaching, Serving]:
    ana, bo = shift.caller("Ana"), shift.on_duty("Bo")
    ana.reaches_out()
    bo.answers(ana)
    return ana, bo


def the_danger() -> models.Danger:
    return models.Danger.objects.get()


def test_E01_danger_rings_the_second_seat_unasked_and_the_coordinator_knows(
    shift: Shift,
) -> None:
    ana, bo = shift.caller("Ana"), shift.on_duty("Bo")
    iva = shift.volunteer("Iva", is_captain=True)
    ana.reaches_out()
    bo.answers(ana)
    danger.raise_danger(ana.call.pk, By.CALLER, shift.clock.now)
    assert iva.is_rung()
    assert shift.notices() == ["danger"]
    assert (the_danger().state, the_danger().raised_by) == ("raised", "caller")


@pytest.mark.parametrize("by", list(By))
def test_E11_anybody_raises_it_and_nobody_is_asked_why(shift: Shift, by: By) -> None:
    ana = shift.caller("Ana")
    ana.reaches_out()
    assert not danger.raise_danger(ana.call.pk, by, shift.clock.now).stale
    assert the_danger().raised_by == by
    assert ana.call.danger


def test_E01_a_card_that_is_open_stops_no_phone(shift: Shift) -> None:
    ana, bo = shift.caller("Ana"), shift.on_duty("Bo")
    ana.reaches_out()
    danger.sees(ana.call.pk, Sight.WONT_WAKE, By.CALLER, shift.clock.now)
    assert bo.is_rung()
    assert (the_danger().state, the_danger().sights) == ("card_open", ["wont_wake"])


def test_E02_the_caller_rings_for_help_comes_back_and_is_with_the_same_person(
    shift: Shift, talk: tuple[Reaching, Serving]
) -> None:
    ana, bo = talk
    danger.dials(ana.call.pk, By.CALLER, shift.clock.now)
    assert (ana.sees()["screen"], bo.sees()["screen"]) == ("dialling_help", "dialling_help")
    ana.closes_the_page()
    gil = shift.caller("Gil")
    gil.reaches_out()
    shift.clock.advance(minutes=19)
    assert bo.offer().call_id == ana.call.pk, "nothing else rings at Bo's"
    assert "danger" in shift.notices()
    danger.is_back(ana.call.pk, By.CALLER, shift.clock.now)
    ana.hears_a_voice()
    bo.hears_a_voice()
    assert ana.is_talking_to(bo)
    assert the_danger().state == "back"


def test_E07_nobody_says_that_help_is_there_so_both_are_asked_then_it_is_told(
    shift: Shift, talk: tuple[Reaching, Serving]
) -> None:
    ana, bo = talk
    danger.dials(ana.call.pk, By.VOLUNTEER, shift.clock.now)
    assert not bo.sees()["call"]["asked"]
    shift.clock.advance(minutes=20)
    assert bo.sees()["call"]["asked"]
    assert ana.sees()["asked"]
    shift.clock.advance(minutes=10)
    assert ana.call.state == "closing"
    assert "help_unconfirmed" in shift.notices()
    assert the_danger().state == "dialling", "nobody made up that help had come"


def test_E07_whoever_confirms_that_help_took_over_erases_where_they_are(
    shift: Shift, talk: tuple[Reaching, Serving]
) -> None:
    ana, bo = talk
    now = shift.clock.now
    danger.raise_danger(ana.call.pk, By.VOLUNTEER, now)
    danger.keep_place(ana.call.pk, WHERE, By.CALLER, now)
    assert danger.open_place(ana.call.pk, bo.person, By.VOLUNTEER, now) == WHERE
    danger.taken_over(ana.call.pk, By.VOLUNTEER, now)
    assert the_danger().place_sealed is None
    with pytest.raises(danger.NoDanger):
        danger.open_place(ana.call.pk, bo.person, By.VOLUNTEER, now)
    assert (the_danger().taken_over_by, ana.call.state) == ("volunteer", "talking")


def test_E03_where_they_are_is_sealed_and_each_look_is_written_down(
    shift: Shift, talk: tuple[Reaching, Serving]
) -> None:
    ana, bo = talk
    now = shift.clock.now
    danger.raise_danger(ana.call.pk, By.CALLER, now)
    danger.keep_place(ana.call.pk, WHERE, By.CALLER, now)
    assert WHERE.encode() not in bytes(the_danger().place_sealed or b"")
    danger.open_place(ana.call.pk, bo.person, By.VOLUNTEER, now)
    lines = models.LogLine.objects.filter(event="PlaceOpened")
    assert [line.detail for line in lines] == [{"by": "volunteer", "volunteer": str(bo.person.pk)}]
    everything = str(list(models.LogLine.objects.values())) + str(ana.sees()) + str(bo.sees())
    assert WHERE not in everything


def test_E03_a_place_is_kept_a_day_at_most(shift: Shift, talk: tuple[Reaching, Serving]) -> None:
    ana, bo = talk
    now = shift.clock.now
    danger.raise_danger(ana.call.pk, By.CALLER, now)
    danger.keep_place(ana.call.pk, WHERE, By.CALLER, now)
    day = timedelta(hours=24)
    assert retention.delete_old(now + day - timedelta(seconds=1))["places"] == 0
    with pytest.raises(danger.NoDanger):
        danger.open_place(ana.call.pk, bo.person, By.VOLUNTEER, now + day)
    assert retention.delete_old(now + day)["places"] == 1
    assert the_danger().place_sealed is None


def test_E07_the_database_itself_keeps_no_place_once_help_took_over(
    shift: Shift, talk: tuple[Reaching, Serving]
) -> None:
    ana, _ = talk
    danger.raise_danger(ana.call.pk, By.CALLER, shift.clock.now)
    danger.keep_place(ana.call.pk, WHERE, By.CALLER, shift.clock.now)
    with pytest.raises(IntegrityError), transaction.atomic():
        models.Danger.objects.update(state="taken_over")


def test_all_right_at_the_end_erases_where_they_were(
    shift: Shift, talk: tuple[Reaching, Serving]
) -> None:
    ana, bo = talk
    danger.raise_danger(ana.call.pk, By.CALLER, shift.clock.now)
    danger.keep_place(ana.call.pk, WHERE, By.CALLER, shift.clock.now)
    ana.ends()
    assert the_danger().place_sealed is not None, "help may still have to be sent"
    bo.says_of_the_caller("all_right")
    assert (the_danger().state, the_danger().place_sealed) == ("closed", None)


def test_E06_help_without_the_callers_word_needs_the_policy_and_two_persons(
    shift: Shift, talk: tuple[Reaching, Serving]
) -> None:
    ana, bo = talk
    eli = shift.volunteer("Eli", is_coordinator=True, takes_calls=False)
    now, call = shift.clock.now, ana.call.pk
    danger.raise_danger(call, By.VOLUNTEER, now)
    for policy in ("", "never"):
        models.Line.objects.update(rescue=policy)
        with pytest.raises(danger.NotAllowed):
            danger.propose_rescue(call, bo.person, By.VOLUNTEER, now)
    models.Line.objects.update(rescue="agreed")
    danger.propose_rescue(call, bo.person, By.VOLUNTEER, now)
    with pytest.raises(danger.NotAllowed):
        danger.agree_rescue(call, bo.person, By.VOLUNTEER, now)
    danger.agree_rescue(call, eli.person, By.COORDINATOR, now)
    assert the_danger().rescue_agreed_by == eli.person
    kinds = models.LogLine.objects.values_list("event", flat=True)
    assert {"ProposesRescue", "AgreesRescue"} <= set(kinds)


def test_a_call_that_is_over_raises_nothing(shift: Shift) -> None:
    ana = shift.caller("Ana")
    ana.reaches_out()
    ana.stops()
    assert danger.raise_danger(ana.call.pk, By.CALLER, shift.clock.now).stale
    assert not models.Danger.objects.exists()
    with pytest.raises(danger.NoDanger):
        danger.taken_over(ana.call.pk, By.VOLUNTEER, shift.clock.now)
