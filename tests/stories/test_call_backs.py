"""A promised call back has an owner and a due time until it is kept, or the caller says stop."""

import pytest

from stepline import models
from stepline.actions import asking, callbacks, numbers
from tests.stories.cast import Reaching, Serving, Shift


def a_promise(shift: Shift, caller: Reaching, minutes: int = 30) -> str:
    """Reach out while everybody passes, and take a call back; gives the code."""
    caller.reaches_out(wish="woman")
    caller.takes_a_call_back(minutes)
    promised = caller.sees()["call_back"]["promised"]
    assert caller.sees()["screen"] == "promised"
    return str(promised["code"])


def test_a_time_is_offered_only_where_somebody_owns_it(shift: Shift) -> None:
    ana = shift.caller("Ana")
    ana.reaches_out()
    assert ana.sees()["call_back"]["slots"] == []
    with pytest.raises(asking.NoSuchTime):
        ana.takes_a_call_back(30)
    shift.volunteer("Bo").goes_on_duty(minutes=45)
    assert [slot["minutes"] for slot in ana.sees()["call_back"]["slots"]] == [15, 30]


def test_the_owner_is_rung_ten_minutes_before_and_again_when_the_caller_comes(
    shift: Shift,
) -> None:
    ana, bo = shift.caller("Ana"), shift.on_duty("Bo")
    code = a_promise(shift, ana)
    assert not bo.is_rung()
    shift.clock.advance(minutes=20)
    assert bo.is_rung()
    assert bo.sees()["offer"]["seat"] == "owner"
    bo.phone.rings()
    bo.phone.presses("1")
    assert bo.sees()["call_backs"][0]["confirmed"]
    shift.clock.advance(minutes=10)
    another_browser = shift.caller("Ana")
    came = asking.come_back(code.lower().replace("-", " "), another_browser.key, shift.clock.now)
    assert came is not None
    another_browser.call_id = came.pk
    bo.answers(another_browser)
    assert another_browser.is_talking_to(bo)
    row = models.CallBack.objects.get()
    assert (row.outcome, row.code_index, row.code_sealed) == ("kept", None, None)


def test_an_owner_who_does_not_confirm_is_followed_by_the_next(shift: Shift) -> None:
    ana, bo = shift.caller("Ana"), shift.on_duty("Bo")
    a_promise(shift, ana)
    cleo = shift.on_duty("Cleo")
    shift.clock.advance(minutes=20)
    bo.phone.rings()
    shift.clock.advance(seconds=25)
    assert cleo.is_rung()
    cleo.phone.rings()
    cleo.phone.presses("1")
    assert models.CallBack.objects.get().owner_id == cleo.person.pk


def test_with_nobody_left_the_coordinator_has_it(shift: Shift) -> None:
    ana, bo = shift.caller("Ana"), shift.on_duty("Bo")
    a_promise(shift, ana)
    bo.goes_off_duty()
    shift.clock.advance(minutes=20)
    bo.phone.rings()
    bo.phone.presses("2")
    assert "call_back_unowned" in shift.notices()


def test_an_owner_can_say_early_that_they_cannot(shift: Shift) -> None:
    ana, bo = shift.caller("Ana"), shift.on_duty("Bo")
    a_promise(shift, ana)
    cleo = shift.on_duty("Cleo")
    row = models.CallBack.objects.get()
    callbacks.cannot(row.pk, bo.person, shift.clock.now)
    shift.clock.advance(minutes=20)
    assert cleo.is_rung() or bo.is_rung()


def test_stop_ends_it_and_erases_the_code(shift: Shift) -> None:
    ana = shift.caller("Ana")
    shift.on_duty("Bo")
    code = a_promise(shift, ana)
    ana.stops()
    assert models.CallBack.objects.get().outcome == "stopped"
    assert asking.come_back(code, ana.key, shift.clock.now) is None


def test_a_caller_who_does_not_come_is_not_chased(shift: Shift) -> None:
    ana, bo = shift.caller("Ana"), shift.on_duty("Bo")
    code = a_promise(shift, ana)
    shift.clock.advance(minutes=20)
    bo.phone.rings()
    bo.phone.presses("1")
    shift.clock.advance(minutes=41)
    assert models.CallBack.objects.get().outcome == "not_come"
    assert asking.come_back(code, ana.key, shift.clock.now) is None


def a_demo_with_numbers(shift: Shift) -> None:
    shift.line.takes_numbers, shift.line.is_demo = True, True
    shift.line.save()


def asks_to_be_rung(shift: Shift, caller: Reaching, number: str) -> None:
    caller.reaches_out(wish="woman")
    asking.take_call_back(caller.call.pk, 15, shift.clock.now, number)
    caller.closes_the_page()


def confirms(volunteer: Serving) -> None:
    volunteer.phone.rings()
    assert volunteer.phone.presses("1")


def test_by_telephone_the_volunteer_is_rung_first_and_then_the_caller(shift: Shift) -> None:
    a_demo_with_numbers(shift)
    ana, bo = shift.caller("Ana"), shift.on_duty("Bo")
    asks_to_be_rung(shift, ana, "087 123 4567")
    shift.clock.advance(minutes=5)
    confirms(bo)
    shift.clock.advance(minutes=10)
    assert bo.sees()["offer"]["seat"] == "responder"
    bo.phone.rings()
    bo.phone.presses("1")
    bo.hears_a_voice()
    shift.clock.advance(seconds=3)
    assert ana.is_talking_to(bo)
    row = models.CallBack.objects.get()
    assert (row.outcome, row.number_sealed) == ("kept", None)


def test_a_caller_who_does_not_answer_is_rung_three_times_and_the_number_goes(
    shift: Shift,
) -> None:
    a_demo_with_numbers(shift)
    ana, bo = shift.caller("Ana"), shift.on_duty("Bo")
    asks_to_be_rung(shift, ana, "087 123 4560")
    shift.clock.advance(minutes=5)
    confirms(bo)
    shift.clock.advance(minutes=10)
    for _ in range(3):
        confirms(bo)
        bo.hears_a_voice()
        shift.clock.advance(seconds=25)
        shift.clock.advance(minutes=15)
    assert ana.call.state == "closed"
    assert models.CallBack.objects.get().number_sealed is None
    assert shift.notices().count("call_back_missed") == 3


@pytest.mark.parametrize(
    "number",
    ["112", "999", "50808", "1520 123 456", "+1 415 555 0132", "hello", "", "0" * 400],
)
def test_a_number_that_we_do_not_ring_is_refused(shift: Shift, number: str) -> None:
    a_demo_with_numbers(shift)
    with pytest.raises(numbers.BadNumber):
        numbers.checked(number, shift.line)


def test_no_number_is_taken_where_no_provider_rings_it_masked(shift: Shift) -> None:
    ana = shift.caller("Ana")
    shift.on_duty("Bo")
    ana.reaches_out(wish="woman")
    assert ana.sees()["call_back"]["takes_number"] is False
    with pytest.raises(numbers.BadNumber):
        asking.take_call_back(ana.call.pk, 15, shift.clock.now, "087 123 4567")
    assert ana.call.state == "ringing", "nothing changed"
