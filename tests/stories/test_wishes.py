"""Wishes are kept, asked for while it rings, and dropped one at a time by the caller's word."""

import pytest

from stepline import models
from stepline.actions import asking, relaxing, standby
from stepline.core.standby import beginning
from tests.stories.cast import Reaching, Shift


@pytest.fixture(autouse=True)
def _the_line_has_lists(shift: Shift) -> None:
    shift.line.fellowships = ["north", "south"]
    shift.line.places = ["Cork", "Dublin"]
    shift.line.groups = ["young"]
    shift.line.save()


def says(caller: Reaching, question: str, value: str) -> None:
    asking.answer(caller.call.pk, question, value, caller.now)


def drops(caller: Reaching, what: str) -> bool:
    return not relaxing.relax(caller.call.pk, what, caller.now).stale


def is_asked_to_drop(caller: Reaching) -> str | None:
    shown = caller.sees()["relax"]
    return str(shown["what"]) if shown else None


def wishes_for(caller: Reaching, **wishes: str) -> None:
    """Reach out while nobody is there, and say what one wishes for."""
    caller.reaches_out(wishes.pop("wish", "anyone"))
    for question, value in wishes.items():
        says(caller, question, value)
    caller.chooses("wait")


def test_an_answer_counts_for_whom_is_rung_next_and_what_rings_rings_on(shift: Shift) -> None:
    ana, bo = shift.caller("Ana"), shift.on_duty("Bo", places=["Dublin"])
    ana.reaches_out()
    bo.rings()
    says(ana, "place", "Cork")
    assert bo.is_rung(), "whoever answers first is welcome"
    dee, cleo = shift.on_duty("Dee"), shift.on_duty("Cleo", places=["Cork"])
    assert (dee.is_rung(), cleo.is_rung()) == (False, True)
    bo.presses("1")
    bo.hears_a_voice()
    ana.hears_a_voice()
    assert ana.is_talking_to(bo)


def test_a_phone_whose_owner_would_not_understand_stops_and_the_next_rings(shift: Shift) -> None:
    shift.line.at_once = 1
    shift.line.save()
    ana, bo = shift.caller("Ana"), shift.on_duty("Bo")
    ana.reaches_out()
    bo.rings()
    cleo = shift.on_duty("Cleo", languages=["en", "es"])
    says(ana, "language", "es")
    assert (bo.is_rung(), cleo.is_rung()) == (False, True)
    assert bo.sees()["told"]["what"] == "stopped"
    assert bo.person.duty.silent_rings == 0


def test_the_same_language_once_more_stops_nobody(shift: Shift) -> None:
    ana, bo = shift.caller("Ana"), shift.on_duty("Bo")
    ana.reaches_out()
    says(ana, "language", "en")
    assert bo.is_rung()


def test_the_first_wish_in_the_lines_order_that_gains_somebody_is_asked(shift: Shift) -> None:
    ana = shift.caller("Ana")
    wishes_for(ana, wish="woman", place="Cork", fellowship="north")
    assert is_asked_to_drop(ana) is None, "there is nobody to gain"
    shift.on_duty("Bo", places=["Cork"], fellowships=["north"], takes=["anyone"])
    assert is_asked_to_drop(ana) == "gender"
    shift.on_duty("Cleo", places=["Dublin"], fellowships=["north"])
    assert is_asked_to_drop(ana) == "place"


def test_nothing_is_dropped_without_the_callers_word(shift: Shift) -> None:
    ana, bo = shift.caller("Ana"), shift.on_duty("Bo")
    models.Duty.objects.update(on_since_at=None)
    wishes_for(ana, place="Cork")
    bo.goes_on_duty()
    shift.clock.advance(minutes=5)
    assert not bo.is_rung()
    assert is_asked_to_drop(ana) == "place"
    assert drops(ana, "place")
    shift.clock.advance()
    assert bo.is_rung()
    assert ana.call.relaxed == ["place"]
    assert not drops(ana, "place"), "it is gone already"


def test_one_wish_after_the_other_is_dropped_and_the_others_are_kept(shift: Shift) -> None:
    ana = shift.caller("Ana")
    wishes_for(ana, wish="woman", place="Cork", group="young")
    bo = shift.on_duty("Bo", takes=["woman", "anyone"])
    assert is_asked_to_drop(ana) is None, "no single wish would gain Bo"
    assert drops(ana, "group")
    shift.clock.advance()
    assert is_asked_to_drop(ana) == "place"
    assert not bo.is_rung()
    assert drops(ana, "place")
    shift.clock.advance()
    assert bo.is_rung()
    assert (ana.call.wish, sorted(ana.call.relaxed)) == ("woman", ["group", "place"])


def test_anyone_drops_all_but_that_they_understand_each_other(shift: Shift) -> None:
    ana = shift.caller("Ana")
    wishes_for(ana, wish="woman", place="Cork", fellowship="north", group="young")
    bo = shift.on_duty("Bo", takes=["anyone"], languages=["es"])
    cleo = shift.on_duty("Cleo", takes=["anyone"])
    shift.clock.advance(minutes=2)
    ana.chooses("anyone")
    shift.clock.advance()
    assert (bo.is_rung(), cleo.is_rung()) == (False, True)


def test_the_language_is_dropped_by_a_word_of_its_own(shift: Shift) -> None:
    ana, bo = shift.caller("Ana"), shift.on_duty("Bo", languages=["es"])
    ana.reaches_out()
    assert is_asked_to_drop(ana) == "language"
    assert drops(ana, "language")
    shift.clock.advance()
    assert bo.is_rung()


def test_somebody_on_standby_is_worth_asking_for_too(shift: Shift) -> None:
    ana, dee = shift.caller("Ana"), shift.volunteer("Dee", places=["Dublin"])
    wishes_for(ana, place="Cork")
    assert is_asked_to_drop(ana) is None
    standby.choose(dee.person, beginning(6, 0, 1440))
    assert is_asked_to_drop(ana) == "place"
    assert drops(ana, "place")
    shift.clock.advance()
    assert dee.is_rung()


def test_a_volunteer_who_lists_none_is_not_rung_for_a_wish(shift: Shift) -> None:
    ana, bo = shift.caller("Ana"), shift.volunteer("Bo", fellowships=[])
    wishes_for(ana, fellowship="north")
    bo.goes_on_duty()
    assert not bo.is_rung()
    assert is_asked_to_drop(ana) == "fellowship"


def test_nobody_suitable_is_said_within_two_seconds_whatever_the_rule(shift: Shift) -> None:
    ana, gil = shift.caller("Ana"), shift.caller("Gil")
    bo = shift.on_duty("Bo", takes=["anyone"])
    gil.reaches_out(wish="woman")
    assert gil.sees()["reason"] == "nobody", "in the same moment"
    models.Volunteer.objects.filter(pk=bo.person.pk).update(trained_on=None)
    ana.reaches_out()
    shift.clock.advance(seconds=2)
    assert ana.sees()["reason"] == "nobody"
    assert shift.notices() == ["nobody", "nobody"]
