"""Write what dispatch decided about a promised call back; called by dispatch alone."""

from datetime import datetime

from stepline import models
from stepline.actions import codes
from stepline.core.calls import Call, ClosedBy, Promise, State
from stepline.models.sealed import blind_index

CODE_GROUPS = 2


def code_index(code: str) -> bytes:
    """Give the fingerprint a call back is found by; hyphens, spaces and case don't matter."""
    return blind_index("call_back", codes.plain(code))


def write(row: models.Call, before: Promise | None, after: Call, now: datetime) -> None:
    """Write what dispatch decided about a promise; erase what identifies when it has ended."""
    promise = after.promise
    if promise is None:
        return
    if before is None:
        begin(row, promise, now)
        return
    if promise.kept or after.state is State.CLOSED:
        how = outcome(promise, after)
        note(row, outcome=how, ended_at=now, code_index=None, code_sealed=None, number_sealed=None)
    elif promise != before:
        note(
            row,
            owner_id=promise.owner,
            due_at=promise.due_at,
            tries=promise.tries,
            confirmed_at=now if promise.confirmed else None,
            unowned_told_at=now if promise.told else None,
        )


def note(row: models.Call, **columns: object) -> None:
    """Write columns of a call's promise, and on what was read of it."""
    for name, value in columns.items():
        setattr(row.call_back, name, value)
    row.call_back.save(update_fields=columns)


def begin(row: models.Call, promise: Promise, now: datetime) -> None:
    """Write a new promise with its code; an earlier one of the same call is replaced."""
    models.CallBack.objects.filter(call=row).delete()
    call_back = models.CallBack(
        call=row, due_at=promise.due_at, owner_id=promise.owner, created_at=now
    )
    call_back.code = codes.new_code(CODE_GROUPS)
    call_back.code_index = code_index(call_back.code)
    call_back.save()


def outcome(promise: Promise, call: Call) -> str:
    """Say how a promise ended."""
    outcomes = models.CallBack.Outcome
    if promise.kept:
        return outcomes.KEPT
    if call.closed_by is ClosedBy.CALL_BACK:
        return outcomes.NOT_COME if promise.owner else outcomes.HANDED
    return outcomes.STOPPED
