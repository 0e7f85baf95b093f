"""The outlook for the coming hours, from the rows of a line."""

from datetime import datetime, timedelta
from uuid import uuid4

import pytest

from stepline import models
from stepline.actions import forecast, standby
from stepline.core.standby import Hours
from tests.stories.cast import Shift

pytestmark = pytest.mark.django_db


@pytest.fixture
def shift() -> Shift:
    shift = Shift()
    shift.line.languages = ["en"]
    shift.line.save()
    return shift


def past_calls(line: models.Line, at: datetime, count: int, wish: str = "anyone") -> None:
    models.Call.objects.bulk_create(
        models.Call(id=uuid4(), line=line, state="closed", asked_at=at, limit_at=at, wish=wish)
        for _ in range(count)
    )


def test_the_outlook_goes_with_who_is_on_duty_until_when(shift: Shift) -> None:
    bo = shift.volunteer("Bo")
    bo.goes_on_duty(minutes=120)
    hours = forecast.coming(shift.line, shift.clock.now, hours=4)
    assert [hour.people for hour in hours] == [1, 1, 0, 0]
    by_kind = {each.kind: each for each in hours[0].outlooks}
    assert by_kind["anyone en"].within_60_s > by_kind["man en"].within_60_s == 0
    assert all(each.within_60_s == 0 for each in hours[3].outlooks)


def test_standby_hours_count_in_the_lines_own_time(shift: Shift) -> None:
    bo = shift.volunteer("Bo")
    now = shift.clock.now
    standby.choose(bo.person, [Hours(now.weekday(), (now.hour + 1) * 60, (now.hour + 2) * 60)])
    assert [hour.people for hour in forecast.coming(shift.line, now, hours=3)] == [0, 1, 0]


def test_who_is_not_sober_long_enough_or_blocked_is_not_counted_on(shift: Shift) -> None:
    bo, cleo = shift.on_duty("Bo"), shift.on_duty("Cleo")
    bo.person.sober_on = shift.clock.now.date()
    bo.person.save()
    cleo.person.blocked_at = shift.clock.now
    cleo.person.save()
    assert forecast.coming(shift.line, shift.clock.now, hours=1)[0].people == 0


def test_who_talks_just_now_is_counted_on_later(shift: Shift) -> None:
    ana, bo = shift.caller("Ana"), shift.on_duty("Bo")
    ana.reaches_out()
    bo.answers(ana)
    assert forecast.coming(shift.line, shift.clock.now, hours=1)[0].people == 1


def test_usual_calls_are_those_of_the_hour_in_the_last_four_weeks(shift: Shift) -> None:
    now = shift.clock.now
    shift.on_duty("Bo")
    for days in range(1, 11):
        past_calls(shift.line, now - timedelta(days=days), 3, wish="woman")
    past_calls(shift.line, now - timedelta(days=60), 500)
    first, second = forecast.coming(shift.line, now, hours=2)
    assert (first.calls, second.calls) == (3.0, forecast.FEWEST_AN_HOUR)
    shares = {kind.name: kind.share for kind in forecast.shares(shift.line, now)}
    assert shares["woman en"] > shares["anyone en"] > 0
