"""The demonstration: pretend phones go through the same rows, and end like anybody's."""

import pytest

from stepline.core.calls import LegStep
from tests.stories.cast import Reaching, Serving, Shift

READY = {"answers_after_seconds": 3, "says": "ready"}


@pytest.fixture
def talk(shift: Shift) -> tuple[Reaching, Serving]:
    ana, bo = shift.caller("Ana"), shift.on_duty("Bo", pretend=READY)
    ana.reaches_out()
    for _ in range(40):
        shift.clock.advance(seconds=0.1)
    ana.reports(LegStep.HEARING)
    shift.clock.advance(seconds=1)
    return ana, bo


def test_a_pretend_volunteer_answers_and_talks(talk: tuple[Reaching, Serving]) -> None:
    ana, bo = talk
    assert ana.is_talking_to(bo)
    assert ana.sees()["seats"][0]["kind"] == "recording"


def test_a_caller_who_vanished_does_not_talk_to_a_file_for_ever(
    talk: tuple[Reaching, Serving],
) -> None:
    ana, bo = talk
    ana.shift.clock.advance(seconds=60)
    assert ana.call.state == "cut_off"
    ana.shift.clock.advance(minutes=10)
    ana.shift.clock.advance(seconds=6)
    assert ana.call.state == "closed"
    assert bo.sees()["call"] is None
