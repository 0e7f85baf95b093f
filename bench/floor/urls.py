"""The floor of `bench dispatch`: the same requests, sign-in, rows and streams, and no decisions.

Each post has the transaction that the product's has: the row of its call is locked, as many
rows of about the same size are inserted and updated, and one NOTIFY leaves with the commit.
Middleware, CSRF, sign-in, presence, streams and outbox are the product's own. What a call needs
to go on is kept in this process's memory: who is rung next is whoever is free and longest
unrung.
"""

import json
import uuid
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from threading import Lock
from typing import Any

from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.urls import path
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from stepline import models
from stepline.actions import accounts, announce
from stepline.actions.presence import Present
from stepline.models.people import Role
from stepline.models.statements import insert
from stepline.web import account, live
from stepline.web.account import SignedInRequest, volunteer_required
from stepline.web.live.pages import here
from stepline.web.security import bad_request, forbidden, not_found, server_error

handler400, handler403, handler404, handler500 = bad_request, forbidden, not_found, server_error

Json = dict[str, Any]

# As the product does where somebody answers at once: so the floor is never dearer by a ring.
RUNG_AT_ONCE = 1
SIDES = 2
# About what the product's rows and snapshots hold.
CALL_BYTES, OFFER_BYTES, LOG_BYTES, LOOK_BYTES, DUTY_BYTES = 330, 260, 90, 1200, 120
CALLER_SHOWN, VOLUNTEER_SHOWN = "s" * 560, "s" * 420


@dataclass
class Seat:
    """One volunteer: which offer they have, and of which call."""

    offer: str = ""
    call: "Talk | None" = None
    taken: bool = False


@dataclass
class Talk:
    """One call: whom it rings, who took it, and how many sides hear."""

    id: uuid.UUID
    screen: str = "waiting"
    rung: list[uuid.UUID] = field(default_factory=list)
    hears: int = 0


talks: dict[uuid.UUID, Talk] = {}
by_caller: dict[bytes, Talk] = {}
seats: dict[uuid.UUID, Seat] = {}
free: deque[uuid.UUID] = deque()
lock = Lock()
outbox: list[models.Call] = []


def write(talk: Talk, inserts: list[int], updates: list[int], *topics: str) -> None:
    """Do what one event of the product does to the rows: lock, insert, update, announce."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT * FROM floor_call WHERE id = %s FOR UPDATE", [talk.id])
        cursor.fetchall()
        cursor.execute("SELECT * FROM floor_row WHERE call = %s ORDER BY id LIMIT 3", [talk.id])
        cursor.fetchall()
        for size in inserts:
            cursor.execute(
                "INSERT INTO floor_row (id, call, body) VALUES (%s, %s, %s)",
                [uuid.uuid4(), talk.id, "r" * size],
            )
        for size in updates:
            cursor.execute("UPDATE floor_call SET body = %s WHERE id = %s", ["u" * size, talk.id])
        if topics:
            announce.changed(*topics)


def ask(request: HttpRequest) -> HttpResponse:
    """Begin a call and ring two."""
    key = account.caller_key(request) or b""
    talk = Talk(uuid.uuid4())
    with lock:
        talk.rung = [free.popleft() for _ in range(min(RUNG_AT_ONCE, len(free)))]
        offers = {volunteer: str(uuid.uuid4()) for volunteer in talk.rung}
        talks[talk.id] = by_caller[key] = talk
        for volunteer, offer in offers.items():
            seats[volunteer] = Seat(offer, talk)
    now = timezone.now()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO floor_call (id, body) VALUES (%s, %s)", [talk.id, "c" * CALL_BYTES]
        )
        for volunteer, offer in offers.items():
            cursor.execute(
                "INSERT INTO floor_row (id, call, body) VALUES (%s, %s, %s)",
                [offer, talk.id, "o" * OFFER_BYTES],
            )
            insert([effect(volunteer, offer, now)])
        people = [f"volunteer:{volunteer}" for volunteer in offers]
        write(
            talk,
            [LOG_BYTES, LOOK_BYTES],
            [DUTY_BYTES] * len(offers) + [CALL_BYTES],
            f"call:{talk.id}",
            "worker",
            *people,
        )
    return JsonResponse(caller_shown(talk))


def effect(volunteer: uuid.UUID, offer: str, now: Any) -> models.Effect:
    """Give an outbox row that has nothing to send: the worker claims it and notes it as done."""
    if not outbox:
        outbox.append(models.Call.objects.filter(state="closed")[0])
    return models.Effect(
        key=f"push:{offer}", kind=models.Effect.Kind.PUSH, leg=volunteer, call=outbox[0], due_at=now
    )


def caller_shown(talk: Talk | None) -> Json:
    """Give a caller's snapshot of the usual size."""
    return {
        "read_at": timezone.now().timestamp(),
        "call": str(talk.id) if talk else None,
        "screen": talk.screen if talk else "first",
        "conversation": str(talk.id) if talk else None,
        "shown": CALLER_SHOWN,
    }


def volunteer_shown(volunteer: uuid.UUID) -> Json:
    """Give a volunteer's snapshot of the usual size."""
    seat = seats.get(volunteer) or Seat()
    call = seat.call
    screen = "on_duty" if call is None else call.screen if seat.taken else "offer"
    return {
        "read_at": timezone.now().timestamp(),
        "screen": screen,
        "reachable": True,
        "offer": {"id": seat.offer} if call and not seat.taken else None,
        "call": {"id": str(call.id), "me": "responder", "conversation": str(call.id)}
        if call and seat.taken
        else None,
        "shown": VOLUNTEER_SHOWN,
    }


def read_rows(number: uuid.UUID, times: int) -> None:
    """Read as often as a snapshot of the product does."""
    with connection.cursor() as cursor:
        for _ in range(times):
            cursor.execute("SELECT * FROM floor_call WHERE id = %s", [number])
            cursor.fetchall()


Deed = Callable[[SignedInRequest, Seat], None]


def pressed(deed: Deed, *, shown: bool) -> Callable[..., HttpResponse]:
    """Make the view of what a volunteer's page posts."""

    def view(request: SignedInRequest, **_named: Any) -> HttpResponse:
        deed(request, seats.get(request.volunteer.pk) or Seat())
        if not shown:
            return JsonResponse({})
        read_rows(request.volunteer.pk, 3)
        return JsonResponse(volunteer_shown(request.volunteer.pk))

    return require_POST(volunteer_required(view))


def people_of(talk: Talk) -> list[str]:
    return [f"call:{talk.id}", *(f"volunteer:{each}" for each in talk.rung)]


def ringing(request: SignedInRequest, seat: Seat) -> None:
    """A page rings."""
    if seat.call:
        own = f"volunteer:{request.volunteer.pk}"
        write(seat.call, [], [OFFER_BYTES, CALL_BYTES], f"call:{seat.call.id}", own)


def ready(request: SignedInRequest, seat: Seat) -> None:
    """Somebody takes the call."""
    if seat.call:
        seat.taken, seat.call.screen = True, "connecting"
        own = f"volunteer:{request.volunteer.pk}"
        updates = [OFFER_BYTES, DUTY_BYTES, CALL_BYTES, OFFER_BYTES]
        write(seat.call, [LOG_BYTES], updates, f"call:{seat.call.id}", own)


def hears(_request: SignedInRequest, seat: Seat) -> None:
    """The volunteer's side hears."""
    if seat.call:
        heard(seat.call)


def heard(talk: Talk) -> None:
    """A side hears; of two, they talk, and the other phones stop."""
    with lock:
        talk.hears += 1
        both = talk.hears == SIDES
        others = [each for each in talk.rung if not seats[each].taken] if both else []
        for each in others:
            seats[each] = Seat()
            free.append(each)
    if not both:
        write(talk, [], [CALL_BYTES])
        return
    talk.screen = "talking"
    updates = [OFFER_BYTES, OFFER_BYTES] * len(others) + [DUTY_BYTES, CALL_BYTES]
    write(talk, [LOG_BYTES], updates, "worker", *people_of(talk))
    talk.rung = [each for each in talk.rung if each not in others]


def end(_request: SignedInRequest, seat: Seat) -> None:
    """The talk is over."""
    if seat.call:
        seat.call.screen = "closing"
        write(seat.call, [LOG_BYTES], [CALL_BYTES], *people_of(seat.call))


def close(request: SignedInRequest, seat: Seat) -> None:
    """The call is closed; the volunteer is free."""
    talk = seat.call
    if talk is None:
        return
    with lock:
        seats[request.volunteer.pk] = Seat()
        free.append(request.volunteer.pk)
    updates = [OFFER_BYTES, OFFER_BYTES, DUTY_BYTES, CALL_BYTES]
    write(talk, [LOG_BYTES], updates, "worker", *people_of(talk))
    talk.screen = "thanks"
    talks.pop(talk.id, None)


@require_POST
def caller_reports(request: HttpRequest) -> HttpResponse:
    """The caller's side hears."""
    talk = by_caller[account.caller_key(request) or b""]
    read_rows(talk.id, 1)
    heard(talk)
    read_rows(talk.id, 1)
    return JsonResponse(caller_shown(talk))


@require_safe
def follow_caller(request: HttpRequest) -> HttpResponseBase:
    """Stream a call."""
    talk = by_caller.get(account.caller_key(request) or b"")

    def read() -> Json | None:
        read_rows(talk.id if talk else uuid.uuid4(), 2)
        return caller_shown(talk)

    always = (f"call:{talk.id}",) if talk else ()
    return live.stream(request, live.Source(read, always))


@require_safe
@volunteer_required
def follow_volunteer(request: SignedInRequest) -> HttpResponseBase:
    """Stream a volunteer's news."""
    volunteer = request.volunteer
    key = request.COOKIES[account.ROLE_COOKIES[Role.VOLUNTEER]]
    with lock:
        if volunteer.pk not in seats:
            seats[volunteer.pk] = Seat()
            free.append(volunteer.pk)

    def read() -> Json | None:
        device = accounts.device_for(key, Role.VOLUNTEER, timezone.now())
        if device is None:
            return None
        read_rows(volunteer.pk, 3)
        return volunteer_shown(volunteer.pk)

    present = Present(uuid.uuid4(), volunteer.pk, request.device.pk, volunteer.line_id)
    source = live.Source(read, (f"volunteer:{volunteer.pk}",), present=present)
    return live.stream(request, source)


def health(_request: HttpRequest) -> HttpResponse:
    return HttpResponse(json.dumps({"well": True}))


press = partial(pressed, shown=True)
note = partial(pressed, shown=False)
urlpatterns = [
    path("health", health),
    path("call/ask", require_POST(ask)),
    path("call/report", caller_reports),
    path("call/live", follow_caller),
    path("volunteer/live", follow_volunteer),
    path("volunteer/here", here),
    path("volunteer/offers/<uuid:offer_id>/ringing", note(ringing)),
    path("volunteer/offers/<uuid:offer_id>/ready", press(ready)),
    path("volunteer/call/report", note(hears)),
    path("volunteer/call/end", press(end)),
    path("volunteer/call/close", press(close)),
]
