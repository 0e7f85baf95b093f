"""Every choice can be explained afterwards: who was looked at, and why somebody was not rung."""

from datetime import timedelta

from stepline import models
from stepline.actions import looks, standby
from stepline.core.matching import WhyNot
from stepline.core.standby import beginning
from tests.stories.cast import Reaching, Serving, Shift


def why(caller: Reaching, serving: Serving) -> list[tuple[bool, tuple[str, ...], bool]]:
    """For each search: rung or not, the reasons, and whether they were stored."""
    person = models.Volunteer.objects.get(pk=serving.person.pk)
    found = looks.why_not_rung(caller.call, person)
    return [(each.rung, each.reasons, each.stored) for each in found]


def test_who_was_rung_and_who_was_looked_at_stand_as_they_were(shift: Shift) -> None:
    shift.line.at_once = 1
    shift.line.save()
    ana, bo = shift.caller("Ana"), shift.on_duty("Bo")
    cleo, dee = shift.on_duty("Cleo"), shift.on_duty("Dee", takes=["man"])
    models.Duty.objects.filter(pk=bo.person.pk).update(rested_since_at=None)
    models.Duty.objects.exclude(pk=bo.person.pk).update(rested_since_at=shift.clock.now)
    ana.reaches_out()
    assert why(ana, bo) == [(True, (), True)]
    assert why(ana, cleo) == [(False, (WhyNot.LATER,), True)]
    assert why(ana, dee) == [(False, (WhyNot.GENDER,), True)]
    models.Volunteer.objects.update(takes=["woman", "anyone"])
    assert why(ana, dee) == [(False, (WhyNot.GENDER,), True)], "as it was, not as it is"


def test_a_search_that_found_nobody_is_kept_and_a_mere_tick_is_not(shift: Shift) -> None:
    ana, bo = shift.caller("Ana"), shift.volunteer("Bo")
    ana.reaches_out()
    ana.chooses("wait")
    shift.clock.advance(seconds=100)
    assert models.Look.objects.count() == 1
    assert why(ana, bo) == [(False, (WhyNot.OFF_DUTY,), False)]
    bo.goes_on_duty()
    assert bo.is_rung()
    assert [each[0] for each in why(ana, bo)] == [False, True]


def test_no_look_holds_more_than_fifty(shift: Shift) -> None:
    ana = shift.caller("Ana")
    people = [shift.on_duty(f"Volunteer {number}") for number in range(52)]
    ana.reaches_out()
    look = models.Look.objects.get()
    assert len(look.looked) == 50
    told = [why(ana, each) for each in people]
    assert sum(not stored for ((_, _, stored),) in told) == 2
    unseen = [reasons for ((_, reasons, stored),) in told if not stored]
    assert unseen == [(WhyNot.LATER,)] * 2


def test_rows_hold_ids_and_codes_alone(shift: Shift) -> None:
    ana, bo = shift.caller("Ana"), shift.on_duty("Bo")
    ana.reaches_out()
    look = models.Look.objects.get()
    assert look.rung == [str(bo.person.pk)]
    assert look.looked == [[str(bo.person.pk), []]]
    assert "Bo" not in str((look.facts, look.looked)), "no name"


# Worked out from the log


def test_who_was_off_duty_then_is_told_so_whatever_they_are_now(shift: Shift) -> None:
    ana, dee = shift.caller("Ana"), shift.on_duty("Dee")
    dee.goes_off_duty()
    shift.clock.advance(minutes=1)
    ana.reaches_out()
    shift.clock.advance(minutes=1)
    ana.stops()
    dee.goes_on_duty()
    assert why(ana, dee) == [(False, (WhyNot.OFF_DUTY,), False)]


def test_the_hours_of_duty_are_written_from_the_test_ring_to_the_end(shift: Shift) -> None:
    begun_at, dee = shift.clock.now, shift.on_duty("Dee")
    shift.clock.advance(minutes=200)
    shift.end_of_shifts()
    dee.goes_on_duty(minutes=60)
    shift.clock.advance(minutes=10)
    dee.goes_off_duty()
    spans = models.DutySpan.objects.order_by("on_at").values_list("on_at", "off_at")
    again_at = begun_at + timedelta(minutes=200)
    assert list(spans) == [
        (begun_at, begun_at + timedelta(minutes=180)),
        (again_at, again_at + timedelta(minutes=10)),
    ]


def test_what_rang_or_talked_rested_or_was_enough_for_the_week_is_worked_out(shift: Shift) -> None:
    """The look is emptied: as if somebody had not been among those looked at."""
    ana, gil, hal, ines = (shift.caller(name) for name in ("Ana", "Gil", "Hal", "Ines"))
    bo = shift.on_duty("Bo", most_calls_a_week=1)
    ana.reaches_out()
    shift.clock.advance(seconds=1)
    gil.reaches_out()
    shift.clock.advance(seconds=1)
    bo.answers(ana)
    ana.ends()
    bo.says_of_the_caller("all_right")
    shift.clock.advance(seconds=1)
    hal.reaches_out()
    shift.clock.advance(minutes=11)
    ines.reaches_out()
    stored = [why(each, bo)[-1][1] for each in (gil, hal, ines)]
    models.Look.objects.update(looked=[], rung=[])
    worked_out = [why(each, bo)[-1][1] for each in (gil, hal, ines)]
    assert worked_out == stored
    assert worked_out == [
        (WhyNot.BUSY,),
        (WhyNot.RESTING, WhyNot.WEEK),
        (WhyNot.WEEK,),
    ]


def test_a_wish_of_that_time_counts_not_the_one_of_now(shift: Shift) -> None:
    ana, bo = shift.caller("Ana"), shift.on_duty("Bo", takes=["man", "anyone"])
    ana.reaches_out(wish="woman")
    ana.chooses("anyone")
    shift.clock.advance()
    assert bo.is_rung()
    models.Look.objects.update(looked=[], rung=[])
    assert [reasons for _, reasons, _ in why(ana, bo)] == [(WhyNot.GENDER,), (WhyNot.LATER,)]


def test_the_hours_of_standby_are_worked_out_too(shift: Shift) -> None:
    ana, dee, kim = shift.caller("Ana"), shift.volunteer("Dee"), shift.volunteer("Kim")
    standby.choose(dee.person, beginning(6, 21 * 60, 22 * 60))
    standby.choose(kim.person, beginning(6, 22 * 60, 23 * 60))
    ana.reaches_out()
    assert why(ana, dee) == [(True, (), True)]
    models.Look.objects.update(looked=[], rung=[])
    assert why(ana, dee) == [(False, (WhyNot.LATER,), False)], "they could have been rung"
    assert why(ana, kim) == [(False, (WhyNot.OFF_DUTY,), False)]
