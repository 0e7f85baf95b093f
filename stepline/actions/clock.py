"""What falls due: deadlines of calls, old signals, early news, shifts that ended."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

from django.db import OperationalError, connection, transaction
from django.db.models import QuerySet

from stepline import models
from stepline.actions import announce, dispatch, notices, spans, versions
from stepline.core import events as e
from stepline.core.calls import State
from stepline.models.statements import kept

log = logging.getLogger(__name__)

MOST_AT_ONCE = 50
# So long without a look means that the clock stood still.
GAP = timedelta(seconds=5)
# Every running clock holds a lock of this kind for its own process; any number that no other
# program takes.
ALIVE = 0x53544551
HOLD = "SELECT pg_advisory_lock_shared(%s, %s)"
HELD = (
    "SELECT l.objid FROM pg_locks l JOIN pg_database d ON d.oid = l.database"
    " WHERE d.datname = current_database() AND l.locktype = 'advisory' AND l.granted"
    " AND l.classid = %s AND l.objsubid = 2"
)
# With the worker's look every 5 s, none is older than 60 s.
SIGNALS_KEPT = timedelta(seconds=50)
EARLY_KEPT = timedelta(seconds=30)


def due(now: datetime) -> list[UUID]:
    """Give the calls whose deadline has passed, danger first, then the longest waiting.

    When more are due than one look handles, those overdue longest are among them: else callers
    who came last would never be looked at while the clock has more to do than it can.
    """
    rows = longest_overdue(now)
    return [pk for pk, _, _ in sorted(rows, key=lambda row: (not row[1], row[2]))]


@kept
def longest_overdue(now: datetime) -> QuerySet[models.Call, tuple[UUID, bool, datetime]]:
    """Give as many due calls as one look handles, danger first, then the longest overdue."""
    calls = models.Call.objects.filter(deadline_at__lte=now, set_aside_at=None)
    first = calls.order_by("-danger", "deadline_at")[:MOST_AT_ONCE]
    return first.values_list("pk", "danger", "asked_at")


def tick(call_id: UUID, now: datetime) -> bool:
    """Look at one due call, unless another worker has it; True when this one did.

    A row that can't be handled is set aside and shown; it never stops the clock.
    """
    take = partial(free_and_due.first, call_id, now)
    return step_or_set_aside(take, call_id, e.ClockTick(), now)


@kept
def free_and_due(call_id: UUID, now: datetime) -> QuerySet[models.Call]:
    """Lock a call that is due, unless somebody has it or it was set aside."""
    free = models.Call.objects.select_for_update(skip_locked=True, of=("self",))
    due_now = free.filter(pk=call_id, deadline_at__lte=now, set_aside_at=None)
    return due_now.select_related("line", "call_back")


def wait_for(call_id: UUID) -> models.Call | None:
    """Lock a call, waiting for whoever has it, unless it was set aside."""
    rows = models.Call.objects.select_for_update(of=("self",)).select_related("line", "call_back")
    return rows.filter(pk=call_id, set_aside_at=None).first()


def step_or_set_aside(
    take: Callable[[], models.Call | None], call_id: UUID, event: e.Event, now: datetime
) -> bool:
    """Apply the clock's event to the call that `take` locks; True when there was one."""
    connection.ensure_connection()
    session = connection.connection
    try:
        with transaction.atomic():
            row = take()
            if row is not None:
                dispatch.apply(row, event, now)
            return row is not None
    except Exception as error:
        if connection.connection is not session or not connection.is_usable():
            # The session ended under it, whatever the error's kind: the database, not this row.
            raise OperationalError("the database went away") from error
        if isinstance(error, OperationalError):
            log.warning("A call has to wait for the next look: %s", type(error.__cause__).__name__)
            return False  # a lock or a statement took too long; other calls don't wait for it
        # Tables that a newer version changed make every row look bad: it is not the row then.
        if not versions.gate.look():
            raise versions.Outdated from error
        log.error("A call was set aside: %s", type(error).__name__)  # noqa: TRY400  # a traceback's message may hold a row's values
        set_aside(call_id, now)
        return False


def set_aside(call_id: UUID, now: datetime) -> None:
    """Take a call out of the clock's sight and tell the coordinator."""
    with transaction.atomic():
        row = models.Call.objects.select_related("line").get(pk=call_id)
        models.Call.objects.filter(pk=call_id).update(set_aside_at=now)
        notices.tell(row.line, models.Notice.Kind.SET_ASIDE, call_id, now)
        announce.changed(f"line:{row.line_id}")


def try_again(call_id: UUID, now: datetime) -> bool:
    """Put a call that was set aside under the clock again; True when it goes on.

    What waits for a sign of life begins again in full. A call that fails again is set aside
    again, and told again.
    """
    with transaction.atomic():
        waiting = models.Call.objects.filter(pk=call_id, set_aside_at__isnull=False)
        if not waiting.update(set_aside_at=None):
            return False
        line_id = models.Call.objects.values_list("line_id", flat=True).get(pk=call_id)
        announce.changed(f"call:{call_id}", f"line:{line_id}", "worker")
    return step_or_set_aside(partial(wait_for, call_id), call_id, e.ClockResumed(), now)


def another_went_on(process_id: UUID, since: datetime, now: datetime) -> bool:
    """Say whether another clock ran all the time since an instant, so that nothing stood still.

    A lease alone can be a dead process's; a held lock alone, one's that stands still. So one
    process must have both.
    """
    leases = models.Process.objects.exclude(pk=process_id).filter(
        kind="worker", started_at__lte=since, seen_at__gt=now - GAP
    )
    alive = clocks_alive()
    return any(lock_of(pk) in alive for pk in leases.values_list("pk", flat=True))


def lock_of(process_id: UUID) -> int:
    """Give the number under which a process holds its lock."""
    return process_id.int % 2**31


def clocks_alive() -> set[int]:
    """Give the locks of the processes whose clock holds its connection."""
    with connection.cursor() as cursor:
        cursor.execute(HELD, [ALIVE])
        return {row[0] for row in cursor.fetchall()}


def resume_all(now: datetime, instant: Callable[[], datetime] | None = None) -> int:
    """After a start or a gap: what waits for a sign of life begins again in full.

    Waits for rows that are being handled; a row that can't be handled is set aside, as in tick.
    """
    calls = models.Call.objects.exclude(state=State.CLOSED).filter(set_aside_at=None)
    ids = list(calls.values_list("pk", flat=True))
    return sum(
        step_or_set_aside(
            partial(wait_for, call_id), call_id, e.ClockResumed(), instant() if instant else now
        )
        for call_id in ids
    )


def forget_old(now: datetime) -> None:
    """Delete signals (they hold network addresses) and news of legs that never appeared."""
    models.Signal.objects.filter(created_at__lte=now - SIGNALS_KEPT).delete()
    models.EarlyEvent.objects.filter(at__lte=now - EARLY_KEPT).delete()


@transaction.atomic
def end_shifts(now: datetime) -> int:
    """Take off duty those whose time is over; their pages are told.

    A standing that dispatch is writing is left for the next look: nobody waits for it.
    """
    over = models.Duty.objects.filter(on_since_at__isnull=False, until_at__lte=now)
    free = over.select_for_update(skip_locked=True)
    ended = list(free.values_list("volunteer_id", "line_id", "until_at"))
    for volunteer, _, until_at in ended:
        spans.end(volunteer, until_at or now)
    if ended:
        ids = [volunteer for volunteer, _, _ in ended]
        models.Duty.objects.filter(volunteer__in=ids).update(
            on_since_at=None, until_at=None, silent_rings=0, still_there_asked_at=None
        )
        topics = {f"volunteer:{v}" for v, _, _ in ended}
        topics |= {f"line:{line}" for _, line, _ in ended}
        announce.changed(*topics)
    return len(ended)
