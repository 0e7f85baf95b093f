"""The only writer of a call's state: lock, decide, write, announce, in one transaction.

No request to anything outside happens here: what must be sent leaves later by the outbox.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection, transaction
from django.db.models import QuerySet

from stepline import models
from stepline.actions import announce, calls, looks, news, notices, promises, ringing
from stepline.core import dispatch, seats
from stepline.core import events as e
from stepline.core.calls import (
    Call,
    DialCaller,
    ForgetSignals,
    HangUpCaller,
    Ring,
    Seat,
    Stale,
    State,
    Step,
    Tell,
)
from stepline.models.statements import insert, kept, update

# A step may make another one due at once (a wish relaxed, a wave that nobody could take).
MOST_STEPS_AT_ONCE = 3
LOOK_AGAIN_SOON = timedelta(milliseconds=250)
# What identifies the caller goes with the end of the call.
ERASED = ("closed_at", "name_sealed", "caller_index")
# Signs of life would drown the log; what they lead to is logged.
NOT_LOGGED = (e.Alive, e.ClockTick, e.Rings, e.CallerReturns, e.Reports)
ENGINE_COLUMNS = (*calls.COLUMNS, *calls.MAY_BE_EMPTY, "relaxed", "deadline_at", *ERASED)
SEARCHING = (State.RINGING, State.CHOOSING)
WOKEN_AT_ONCE = 5


@dataclass(frozen=True)
class Handled:
    """What came of an event: the call's row as it is now, and why nothing changed, if so."""

    call: models.Call
    stale: str = ""


@transaction.atomic
def handle(call_id: UUID, event: e.Event, now: datetime) -> Handled:
    """Apply one event to a call and do what follows from it at once.

    Raises models.Call.DoesNotExist. Writes the call, its offers, effects, notices and one log
    line; announces every page concerned.
    """
    row = locked.first(call_id)
    if row is None:
        raise models.Call.DoesNotExist
    return apply(row, event, now)


@kept
def locked(call_id: UUID) -> QuerySet[models.Call]:
    """Lock a call's row and give it with its line and its promise."""
    rows = models.Call.objects.select_for_update(of=("self",)).select_related("line", "call_back")
    return rows.filter(pk=call_id)


def apply(row: models.Call, event: e.Event, now: datetime) -> Handled:
    """Apply an event to a locked row; see handle."""
    topics: set[str] = set()
    handled = one_step(row, event, now, topics)
    for _ in range(MOST_STEPS_AT_ONCE):
        if row.deadline_at is None or row.deadline_at > now or handled.stale:
            break
        one_step(row, e.ClockTick(), now, topics)
    announce.changed(*topics)
    return handled


def one_step(row: models.Call, event: e.Event, now: datetime, topics: set[str]) -> Handled:
    """Decide once and write what was decided; gathers the topics to be announced."""
    seen = calls.see(row, event, now)
    before = seen.call
    outcome = dispatch.step(before, event, now)
    if isinstance(outcome, Stale):
        log(row, event, before.state, now, {"stale": outcome.why})
        return Handled(row, outcome.why)
    if outcome == Step(before) and row.deadline_at == dispatch.deadline(before):
        return Handled(row)
    topics |= carry_out(row, seen, outcome, now)
    log(row, event, before.state, now, what_changed(before, outcome.call))
    return Handled(row)


def carry_out(row: models.Call, seen: calls.Seen, step: Step, now: datetime) -> set[str]:
    """Write one decision: ended offers, new rings, notices, the call; give the topics."""
    before = seen.call
    concerned = ringing.write(row, before, step.call, now)
    after, rung = ring(row, step, now)
    looks.write(row, seen.search, step, after.offers[len(step.call.offers) :], now)
    for effect in step.effects:
        if isinstance(effect, Tell):
            tell(row, effect.kind, now)
        elif isinstance(effect, ForgetSignals):
            forget_signals(row.pk)
        elif isinstance(effect, DialCaller | HangUpCaller):
            caller_leg(row, step.call, effect, now)
    promises.write(row, before.promise, after, now)
    calls.write(row, after)
    was_due_at, row.deadline_at = row.deadline_at, dispatch.deadline(after)
    close(row, now)
    update(row, ENGINE_COLUMNS)
    freed = somebody_freed(before, step.call)
    if freed:
        wake_line(row.line_id, now)
    topics = news.pages(row, before, after, concerned | rung)
    if rung or step.effects or news.is_earlier(row.deadline_at, was_due_at) or freed:
        topics.add("worker")
    return topics


def ring(row: models.Call, step: Step, now: datetime) -> tuple[Call, set[UUID]]:
    """Place the offers that a decision asks for; give the call with them, and who is rung."""
    call, rung = step.call, set[UUID]()
    for effect in step.effects:
        if not isinstance(effect, Ring):
            continue
        placed = ringing.place(row, call, effect, now)
        tell_of_standby(row, call, placed, now)
        rung |= {offer.volunteer_id for offer in placed}
        call = replace(call, offers=call.offers + tuple(map(calls.offer_value, placed)))
        hoped_for = min(effect.how_many, len(effect.volunteers))
        if len(placed) < hoped_for and effect.seat is not Seat.OWNER:
            # Another call was quicker, or still holds them: look again in a moment.
            call = replace(call, look_again_at=now + LOOK_AGAIN_SOON)
    return call, rung


def tell_of_standby(
    row: models.Call, call: Call, placed: list[models.Offer], now: datetime
) -> None:
    """Tell the coordinator, once for each call, that somebody off shift had to be rung."""
    before = any(offer.standby for offer in call.offers)
    if not before and any(offer.standby for offer in placed):
        tell(row, models.Notice.Kind.STANDBY, now)


def forget_signals(call_id: UUID) -> None:
    """Delete what two pages said to each other while they joined."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM stepline_signal WHERE call_id = %s", [call_id])


def caller_leg(
    row: models.Call, call: Call, effect: DialCaller | HangUpCaller, now: datetime
) -> None:
    """Write the outbox row that rings the caller's own telephone, or ends its leg."""
    kinds = models.Effect.Kind
    kind = kinds.DIAL if isinstance(effect, DialCaller) else kinds.HANG_UP
    key = f"{kind}:{call.conversation or call.spare_id}"
    models.Effect.objects.create(key=key, kind=kind, leg=row.pk, call=row, due_at=now)


def close(row: models.Call, now: datetime) -> None:
    """Erase what identifies the caller once the call is closed (rules X06, T02)."""
    if row.state != State.CLOSED or row.closed_at is not None:
        return
    row.closed_at = now
    row.name = ""
    row.caller_index = None


def tell(row: models.Call, kind: str, now: datetime) -> None:
    """Write a notice for the coordinator and wake their devices."""
    notice = notices.tell(row.line, kind, row.pk, now)
    kind_of_effect = models.Effect.Kind.TELL
    models.Effect.objects.create(
        key=f"tell:{notice.pk}", kind=kind_of_effect, leg=notice.pk, call=row, due_at=now
    )


def somebody_freed(before: Call, after: Call) -> bool:
    """Say whether a volunteer is free now who was occupied before."""
    ended = {offer.id for offer in after.offers if not offer.live}
    return any(offer.live and offer.id in ended for offer in before.offers)


@kept
def longest_waiting(line_id: UUID, now: datetime) -> QuerySet[models.Call, UUID]:
    """Lock the calls of a line that wait longest and that nobody else handles; give their ids."""
    waiting = (
        models.Call.objects.select_for_update(skip_locked=True, no_key=True)
        .filter(line=line_id, state__in=SEARCHING, deadline_at__gt=now, set_aside_at=None)
        .order_by("-danger", "asked_at")
    )
    return waiting.values_list("pk", flat=True)[:WOKEN_AT_ONCE]


def wake_line(line_id: UUID, now: datetime) -> None:
    """Have the calls of a line that wait longest look again: somebody is free.

    Danger goes first. Never waits for a call that is being handled: its own look is near.
    """
    ids = longest_waiting(line_id, now)
    if ids:
        models.Call.objects.filter(pk__in=ids).update(deadline_at=now, look_again_at=now)


def what_changed(before: Call, after: Call) -> dict[str, str | None]:
    """Give what the log must hold so that nobody's place is lost or held twice: ids and times."""
    were, are = what_stands(before), what_stands(after)
    return {name: told for name, told in are.items() if told != were[name]}


def what_stands(call: Call) -> dict[str, str | None]:
    """Give who has which seat, the conversation, and when the caller's waiting is over."""
    held = {seat.value: seats.holder(call, seat) for seat in (Seat.RESPONDER, Seat.HELPER)}
    return {
        **{seat: str(offer.id) if offer else None for seat, offer in held.items()},
        "conversation": str(call.conversation) if call.conversation else None,
        "limit_at": call.limit_at.isoformat(),
    }


def log(
    row: models.Call,
    event: e.Event,
    came_in: State,
    now: datetime,
    detail: dict[str, str | None],
) -> None:
    """Write one line about an event; ids, times and kinds only, never words or numbers."""
    nothing_new = "stale" in detail or (row.state == came_in and not detail)
    if isinstance(event, NOT_LOGGED) and nothing_new:
        return
    line = models.LogLine(
        call=row,
        at=now,
        event=type(event).__name__,
        offer_id=getattr(event, "offer", None),
        from_state=came_in,
        to_state=row.state,
        detail=detail,
    )
    insert([line])


def open_calls(line: models.Line) -> Iterable[models.Call]:
    """Give a line's calls that are not closed, the longest waiting first."""
    return line.calls.exclude(state=State.CLOSED).order_by("asked_at")
