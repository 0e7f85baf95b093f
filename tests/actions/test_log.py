"""The log holds enough to prove afterwards that nobody was lost: who sat where, and the limit."""

import pytest

from tests.stories.cast import Shift

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_log_tells_who_took_and_left_the_seat_which_conversation_and_the_limit() -> None:
    shift = Shift()
    ana, bo = shift.caller("Ana"), shift.on_duty("Bo")
    ana.reaches_out()
    asked_until = ana.call.limit_at.isoformat()
    bo.answers(ana)
    conversation = str(ana.call.conversation)
    bo.ends()
    bo.says_of_the_caller("all_right")
    told = [(line.event, line.detail) for line in ana.call.log.order_by("pk")]
    assert told == [
        ("Asks", {"limit_at": asked_until}),
        ("Ready", {"responder": str(bo.offer().pk), "conversation": conversation}),
        ("Reports", {}),
        ("Ends", {"conversation": None}),
        ("SafetyAnswered", {"responder": None}),
    ]


def test_the_log_tells_of_a_change_that_leaves_the_state_as_it_is() -> None:
    shift = Shift()
    ana, bo, cleo = shift.caller("Ana"), shift.on_duty("Bo"), shift.on_duty("Cleo")
    ana.reaches_out()
    for serving in (bo, cleo):
        serving.rings()
        assert serving.presses("1")
    first, second = str(bo.offer().pk), str(cleo.offer().pk)
    shift.clock.advance(seconds=15)
    held = [
        line.detail["responder"]
        for line in ana.call.log.order_by("pk")
        if "responder" in line.detail
    ]
    assert held[:2] == [first, second]
