"""One fault of each kind, planted in the real rows of a run and taken back; needs Django set up.

A checker that finds nothing proves nothing until it was seen to find what is there.
"""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from uuid import uuid4

from django.db import transaction

from stepline import models
from stepline.core.calls import State
from stepline.start.stage.faults.records import Kind

HOUR = timedelta(hours=1)


def a_call(now: datetime, state: str = State.CLOSED, **columns: object) -> models.Call:
    """Write a call of long before the run, in which all is well."""
    line = models.Line.objects.get()
    asked_at = now - 3 * HOUR
    usual: dict[str, object] = {"limit_at": asked_at, "asked_at": asked_at}
    if state == State.CLOSED:
        usual |= {"closed_by": "talked", "closed_at": now - 2 * HOUR}
    else:
        usual |= {"deadline_at": now + HOUR}
    return models.Call.objects.create(line=line, state=state, **(usual | columns))


def an_offer(call: models.Call, volunteer: models.Volunteer, **columns: object) -> models.Offer:
    """Write an accepted offer of that call, over by its end."""
    asked_at = call.asked_at
    usual: dict[str, object] = {
        "seat": "responder",
        "state": "accepted",
        "placed_at": asked_at,
        "reach_by_at": asked_at,
        "ends_at": asked_at,
        "ended_at": asked_at + timedelta(minutes=30),
        "outcome": "done",
    }
    return models.Offer.objects.create(call=call, volunteer=volunteer, **(usual | columns))


def somebody(now: datetime) -> models.Volunteer:
    """Write a volunteer whom nobody has rung."""
    volunteer = models.Volunteer(line=models.Line.objects.get(), created_at=now)
    volunteer.name = "Planted"
    volunteer.save()
    return volunteer


def lost(now: datetime) -> None:
    """Nobody looks at an open call any more."""
    a_call(now, State.RINGING, deadline_at=now - timedelta(minutes=1))


def twice_connected(now: datetime) -> None:
    """Two have one seat at the same time."""
    call = a_call(now)
    for minute in (0, 1):
        offer = an_offer(call, somebody(now))
        models.LogLine.objects.create(
            call=call,
            at=call.asked_at + timedelta(minutes=minute),
            event="Ready",
            from_state=State.RINGING,
            to_state=State.CONNECTING,
            detail={"responder": str(offer.pk)},
        )


def in_two_calls(now: datetime) -> None:
    """A volunteer is in two calls at once."""
    volunteer = somebody(now)
    for _ in range(2):
        an_offer(a_call(now), volunteer)


def held(now: datetime) -> None:
    """A closed call still occupies somebody."""
    an_offer(a_call(now), somebody(now), ended_at=None, outcome="")


def rung_twice(now: datetime) -> None:
    """A second ring was sent for one offer."""
    offer = models.Offer.objects.filter(ended_at__isnull=False).earliest("placed_at")
    kind, key = models.Effect.Kind.PUSH, f"planted:{uuid4()}"
    sent = {"kind": kind, "leg": offer.pk, "call_id": offer.call_id, "due_at": now}
    models.Effect.objects.create(key=key, offer=offer, done_at=now, **sent)
    if models.Effect.objects.filter(offer=offer, kind=kind).count() < 2:
        models.Effect.objects.create(key=f"{key}:2", offer=offer, done_at=now, **sent)


def limit_broken(now: datetime) -> None:
    """A caller waited for minutes past the limit, and nobody asked them anything."""
    call = a_call(now)
    limit_at = call.asked_at + timedelta(seconds=20)
    for at, event, came_from, led_to in (
        (call.asked_at, "Asks", "", State.RINGING),
        (limit_at + timedelta(minutes=5), "CallerStops", State.RINGING, State.CLOSED),
    ):
        detail = {} if came_from else {"limit_at": limit_at.isoformat()}
        models.LogLine.objects.create(
            call=call, at=at, event=event, from_state=came_from, to_state=led_to, detail=detail
        )


def promise_broken(now: datetime) -> None:
    """A call back is nobody's."""
    call = a_call(now, State.PROMISED)
    models.CallBack.objects.create(call=call, due_at=now + HOUR, owner=None, created_at=now)


PLANTS: dict[Kind, Callable[[datetime], None]] = {
    Kind.LOST: lost,
    Kind.TWICE_CONNECTED: twice_connected,
    Kind.IN_TWO_CALLS: in_two_calls,
    Kind.HELD: held,
    Kind.RUNG_TWICE: rung_twice,
    Kind.LIMIT_BROKEN: limit_broken,
    Kind.PROMISE_BROKEN: promise_broken,
}


def each(now: datetime) -> Iterator[Kind]:
    """Plant each kind in turn; while it is given, it stands in the rows."""
    for kind, plant in PLANTS.items():
        with transaction.atomic():
            plant(now)
            yield kind
            transaction.set_rollback(True)
