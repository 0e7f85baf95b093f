"""Standby: off shift, and rung in hours they chose, only when nobody on duty suits."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from stepline import models
from stepline.actions import standby
from stepline.core.standby import beginning
from tests.stories.cast import Serving, Shift

SUNDAY = 6
NINE, TEN, SEVEN = 21 * 60, 22 * 60, 7 * 60


def on_standby(shift: Shift, name: str, from_: int = NINE, to: int = TEN) -> Serving:
    """Somebody off duty who chose hours of this Sunday."""
    serving = shift.volunteer(name)
    standby.choose(serving.person, beginning(SUNDAY, from_, to))
    return serving


def test_standby_is_rung_when_nobody_is_on_duty_and_the_coordinator_is_told_once(
    shift: Shift,
) -> None:
    ana, dee, kim = shift.caller("Ana"), on_standby(shift, "Dee"), on_standby(shift, "Kim")
    ana.reaches_out()
    assert (dee.is_rung(), kim.is_rung()) == (True, True)
    assert shift.notices() == ["standby"]
    dee.rings()
    dee.presses("2")
    kim.rings()
    shift.clock.advance(seconds=24)
    assert shift.notices().count("standby") == 1
    kim.answers(ana)
    assert ana.is_talking_to(kim)
    assert shift.notices() == ["standby"]


def test_standby_sleeps_while_somebody_on_duty_suits(shift: Shift) -> None:
    ana, bo, dee = shift.caller("Ana"), shift.on_duty("Bo"), on_standby(shift, "Dee")
    ana.reaches_out()
    bo.rings()
    assert not dee.is_rung()
    bo.presses("2")
    assert dee.is_rung()
    assert ana.sees()["screen"] == "waiting", "nobody told her that there is nobody"


def test_standby_is_rung_in_the_moment_in_which_the_last_one_on_duty_rings_out(
    shift: Shift,
) -> None:
    ana, bo, dee = shift.caller("Ana"), shift.on_duty("Bo"), on_standby(shift, "Dee")
    ana.reaches_out()
    bo.rings()
    shift.clock.advance(seconds=25)
    assert (bo.is_rung(), dee.is_rung()) == (False, True)
    assert shift.notices() == ["standby"]


def test_standby_is_rung_when_those_on_duty_do_not_suit(shift: Shift) -> None:
    ana, bo, dee = shift.caller("Ana"), shift.on_duty("Bo"), on_standby(shift, "Dee")
    models.Volunteer.objects.filter(pk=bo.person.pk).update(takes=["man", "anyone"])
    ana.reaches_out(wish="woman")
    assert (bo.is_rung(), dee.is_rung()) == (False, True)


def test_outside_the_chosen_hours_nobody_is_rung(shift: Shift) -> None:
    ana, dee = shift.caller("Ana"), on_standby(shift, "Dee", TEN, SEVEN)
    ana.reaches_out()
    assert not dee.is_rung()
    ana.chooses("wait")
    shift.clock.advance(minutes=59)
    assert not dee.is_rung()
    ana.chooses("wait")
    shift.clock.advance(minutes=1, seconds=5)
    assert dee.is_rung()


def test_hours_over_midnight_hold_on_the_next_day(shift: Shift) -> None:
    ana, dee = shift.caller("Ana"), on_standby(shift, "Dee", TEN, SEVEN)
    shift.clock.advance(minutes=9 * 60 + 59)
    ana.reaches_out()
    assert dee.is_rung()


def test_the_hours_are_those_of_the_lines_own_clock_when_it_changes(shift: Shift) -> None:
    shift.line.time_zone = "Europe/Dublin"
    shift.line.save()
    ana, gil = shift.caller("Ana"), shift.caller("Gil")
    dee = on_standby(shift, "Dee", 60, 120)
    second_one = datetime(2026, 10, 25, 1, 30, tzinfo=ZoneInfo("Europe/Dublin"), fold=1)
    shift.clock.now = second_one.astimezone(UTC)
    ana.reaches_out()
    assert dee.is_rung()
    ana.stops()
    shift.clock.advance(minutes=30)
    gil.reaches_out()
    assert not dee.is_rung(), "two o'clock in winter"


def test_the_same_rules_hold_on_standby(shift: Shift) -> None:
    ana = shift.caller("Ana")
    untrained, resting = on_standby(shift, "Kim"), on_standby(shift, "Lou")
    unreachable = on_standby(shift, "Max")
    models.Volunteer.objects.filter(pk=untrained.person.pk).update(trained_on=None)
    until_at = shift.clock.now.replace(minute=5)
    models.Duty.objects.filter(pk=resting.person.pk).update(resting_until_at=until_at)
    unreachable.loses_the_network()
    ana.reaches_out()
    assert not any(each.is_rung() for each in (untrained, resting, unreachable))
    assert ana.sees()["reason"] == "nobody"


def test_who_passes_on_standby_is_not_asked_twice_for_one_call(shift: Shift) -> None:
    ana, gil, dee = shift.caller("Ana"), shift.caller("Gil"), on_standby(shift, "Dee")
    ana.reaches_out()
    dee.rings()
    dee.presses("2")
    ana.chooses("wait")
    shift.clock.advance(seconds=100)
    assert not dee.is_rung()
    gil.reaches_out()
    assert dee.is_rung(), "another call is another question"


def test_who_chose_no_hours_any_more_is_not_rung(shift: Shift) -> None:
    ana, dee = shift.caller("Ana"), on_standby(shift, "Dee")
    assert standby.chosen(dee.person) == beginning(SUNDAY, NINE, TEN)
    standby.choose(dee.person, ())
    ana.reaches_out()
    assert not dee.is_rung()


def test_hours_that_overlap_ring_once(shift: Shift) -> None:
    ana, dee = shift.caller("Ana"), shift.volunteer("Dee")
    twice = (*beginning(SUNDAY, NINE, TEN), *beginning(SUNDAY, NINE - 60, NINE + 30))
    assert standby.choose(dee.person, twice) == beginning(SUNDAY, NINE - 60, TEN)
    ana.reaches_out()
    assert models.Offer.objects.count() == 1
