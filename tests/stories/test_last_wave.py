"""The captain is rung as the last wave before the limit (design: section 6)."""

from tests.stories.cast import Shift


def test_the_captain_is_the_last_wave_before_the_limit_though_off_duty(shift: Shift) -> None:
    ana, people = shift.caller("Ana"), [shift.on_duty(f"Volunteer {n}") for n in range(12)]
    dee = shift.volunteer("Dee", is_captain=True)
    shift.clock.pages_ring = True
    ana.reaches_out()
    shift.clock.advance(seconds=94)
    assert not dee.is_rung()
    shift.clock.advance(seconds=1)
    assert dee.is_rung()
    dee.answers(ana)
    assert ana.is_talking_to(dee)
    assert not any(each.is_rung() for each in people)


def test_the_captain_covers_when_nobody_else_is_left(shift: Shift) -> None:
    ana, bo = shift.caller("Ana"), shift.on_duty("Bo")
    dee = shift.volunteer("Dee", is_captain=True)
    ana.reaches_out()
    bo.rings()
    assert not dee.is_rung()
    assert bo.presses("2")
    assert dee.is_rung()
    assert ana.sees()["screen"] == "waiting"


def test_a_captain_who_does_not_suit_the_wish_is_left_in_peace(shift: Shift) -> None:
    ana = shift.caller("Ana")
    shift.on_duty("Bo", takes=["woman"])
    dee = shift.volunteer("Dee", is_captain=True, takes=["man"])
    shift.clock.pages_ring = True
    ana.reaches_out(wish="woman")
    shift.clock.advance(seconds=100)
    assert not dee.is_rung()
