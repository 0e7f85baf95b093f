"""What fails for a moment is no bad row: nobody is set aside for it, and nobody waits behind it."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import InternalError, OperationalError, connection

from stepline import models, worker
from stepline.actions import clock, dispatch
from stepline.models.statements import kept
from tests.stories.cast import Shift

pytestmark = pytest.mark.django_db(transaction=True)


def failing(kind: Callable[[str], Exception], which: models.Call, *, ends_session: bool) -> object:
    """Give a way to apply events that fails for one call."""
    apply = dispatch.apply

    def applied(row: models.Call, *more: object) -> object:
        if row.pk != which.pk:
            return apply(row, *more)  # type: ignore[arg-type]  # handed on as it came
        if ends_session:
            connection.connection.close()
        raise kind("for a moment")

    return applied


def test_a_session_that_ends_in_the_middle_sets_no_call_aside(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # PostgreSQL ends an idle transaction so after it stood still; psycopg calls it InternalError.
    shift = Shift()
    ana = shift.caller("Ana")
    ana.reaches_out()
    due_at = ana.call.deadline_at
    assert due_at
    monkeypatch.setattr(dispatch, "apply", failing(InternalError, ana.call, ends_session=True))
    with pytest.raises(OperationalError):
        clock.tick(ana.call.pk, due_at)
    connection.close()
    assert ana.call.set_aside_at is None


def test_a_call_that_waits_for_a_lock_keeps_no_other_waiting(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shift = Shift()
    ana, gil = shift.caller("Ana"), shift.caller("Gil")
    ana.reaches_out()
    gil.reaches_out()
    shift.clock.pages_speak = False
    monkeypatch.setattr(dispatch, "apply", failing(OperationalError, ana.call, ends_session=False))
    before = gil.call.deadline_at
    assert before
    later = max(before, ana.call.deadline_at or before)
    worker.work_once(later)
    assert gil.call.deadline_at != before
    assert ana.call.set_aside_at is None
    assert ana.call.deadline_at is not None
    monkeypatch.undo()
    assert clock.tick(ana.call.pk, later), "the next look handles it"


def test_who_came_last_is_looked_at_while_more_is_due_than_one_look_handles(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(clock, "MOST_AT_ONCE", 2)
    monkeypatch.setattr(clock, "longest_overdue", kept(clock.longest_overdue.build))
    shift = Shift()
    callers = [shift.caller(name) for name in ("Ana", "Gil", "Hal")]
    for caller in callers:
        caller.reaches_out()
        shift.clock.now += timedelta(seconds=1)
    now = shift.clock.now + timedelta(minutes=1)
    for caller, overdue in zip(callers, (1, 2, 30), strict=True):
        at = now - timedelta(seconds=overdue)
        models.Call.objects.filter(pk=caller.call.pk).update(deadline_at=at)
    ana, gil, hal = (caller.call.pk for caller in callers)
    assert clock.due(now) == [gil, hal], "the longest overdue, in the order of who waits longest"
    models.Call.objects.filter(pk=ana).update(danger=True)
    assert clock.due(now) == [ana, hal], "danger before all"


def test_a_call_handled_after_much_other_work_is_handled_at_its_own_time() -> None:
    shift = Shift()
    ana, gil = shift.caller("Ana"), shift.caller("Gil")
    ana.reaches_out()
    gil.reaches_out()
    began_at = max(filter(None, (ana.call.deadline_at, gil.call.deadline_at)))
    later = [began_at + timedelta(seconds=seconds) for seconds in (10, 20)]
    times = iter(later)
    worker.work_once(began_at, lambda: next(times))
    for caller, at in zip((ana, gil), later, strict=True):
        assert caller.call.look_again_at
        assert caller.call.look_again_at > at, "what is set begins when it was decided"


def test_a_clock_that_stood_still_in_the_middle_of_its_work_leaves_the_rest_for_later() -> None:
    shift = Shift()
    ana = shift.caller("Ana")
    ana.reaches_out()
    due_at = ana.call.deadline_at
    assert due_at
    worker.work_once(due_at, lambda: None)
    assert ana.call.deadline_at == due_at
