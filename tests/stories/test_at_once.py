"""Promise 1: at once. One press is the ask, and nobody waits past the limit unasked."""

from tests.stories.cast import Shift


def test_one_press_rings_in_the_same_moment(shift: Shift) -> None:
    ana, bo = shift.caller("Ana"), shift.on_duty("Bo")
    ana.reaches_out()
    assert bo.is_rung()
    assert bo.offer().placed_at == shift.clock.now


def test_the_longest_rested_ring_first_and_the_next_when_they_pass(shift: Shift) -> None:
    ana = shift.caller("Ana")
    bo, cleo, dee = (shift.on_duty(name) for name in ("Bo", "Cleo", "Dee"))
    ana.reaches_out()
    assert [bo.is_rung(), cleo.is_rung(), dee.is_rung()].count(True) == 2
    first = next(each for each in (bo, cleo, dee) if each.is_rung())
    first.phone.rings()
    assert first.phone.presses("2")
    assert not first.is_rung()
    assert [bo.is_rung(), cleo.is_rung(), dee.is_rung()].count(True) == 2


def test_bo_does_not_answer_and_cleo_takes_it(shift: Shift) -> None:
    shift.line.at_once = 1
    shift.line.save()
    ana, bo = shift.caller("Ana"), shift.on_duty("Bo")
    ana.reaches_out()
    bo.phone.rings()
    cleo = shift.on_duty("Cleo")
    shift.clock.advance(seconds=25)
    assert not bo.is_rung()
    assert cleo.is_rung()
    cleo.answers(ana)
    assert ana.is_talking_to(cleo)


def test_a_page_that_does_not_ring_within_two_seconds_is_not_waited_for(shift: Shift) -> None:
    shift.line.at_once = 1
    shift.line.save()
    ana, bo, cleo = shift.caller("Ana"), shift.on_duty("Bo"), shift.on_duty("Cleo")
    ana.reaches_out()
    assert [bo.is_rung(), cleo.is_rung()].count(True) == 1
    shift.clock.advance(seconds=2)
    assert bo.is_rung()
    assert cleo.is_rung()


def test_nobody_suitable_is_said_at_once_and_the_coordinator_is_told(shift: Shift) -> None:
    ana = shift.caller("Ana")
    ana.reaches_out()
    assert ana.sees()["screen"] == "choosing"
    assert ana.sees()["reason"] == "nobody"
    assert shift.notices() == ["nobody"]


def test_at_the_limit_the_caller_is_asked_and_the_coordinator_told(shift: Shift) -> None:
    ana = shift.caller("Ana")
    people = [shift.on_duty(f"Volunteer {number}") for number in range(12)]
    shift.clock.pages_ring = True
    ana.reaches_out()
    shift.clock.advance(seconds=119)
    assert ana.sees()["screen"] == "waiting"
    shift.clock.advance(seconds=1)
    assert ana.sees()["reason"] == "limit"
    assert shift.notices() == ["unanswered"]
    assert any(each.is_rung() for each in people), "phones ring on while she chooses"


def test_who_comes_on_duty_is_rung_for_somebody_waiting(shift: Shift) -> None:
    ana = shift.caller("Ana")
    ana.reaches_out()
    ana.chooses("wait")
    bo = shift.on_duty("Bo")
    assert bo.is_rung()
    bo.answers(ana)
    assert ana.is_talking_to(bo)


def test_a_volunteer_who_comes_free_is_rung_for_who_waits_longest(shift: Shift) -> None:
    shift.line.rest_minutes = 0
    shift.line.save()
    bo = shift.on_duty("Bo")
    ana, gil, hal = shift.caller("Ana"), shift.caller("Gil"), shift.caller("Hal")
    ana.reaches_out()
    shift.clock.advance(seconds=1)
    gil.reaches_out()
    shift.clock.advance(seconds=1)
    hal.reaches_out()
    bo.answers(ana)
    ana.ends()
    bo.says_of_the_caller("all_right")
    assert bo.offer().call_id == gil.call_id
