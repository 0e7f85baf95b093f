"""What two pages say to each other while they join voices; kept for moments only.

A signal holds network addresses, so it is cleaned on the way in and sits in an unlogged table.
Dispatch deletes a call's signals when its voices join; the clock, all that a minute has passed.
"""

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection, transaction
from django.db.models import QuerySet

from stepline import models
from stepline.actions import announce
from stepline.models import Signal
from stepline.models.statements import kept
from stepline.voice import browser
from stepline.voice.browser import BadSignal, Mode

SIGNAL_LIFE = timedelta(seconds=60)
WAITING_MAX = 200

__all__ = ["BadSignal", "Signal", "mode", "send", "take"]


def mode() -> browser.CallsMode:
    """Give how pages are joined on this installation, and why not where they aren't."""
    return browser.calls_mode(
        settings.STEPLINE_PUBLIC_URL, settings.STEPLINE_TURN_URLS, settings.STEPLINE_TURN_SECRET
    )


@transaction.atomic
def send(
    call_id: uuid.UUID, from_seat: str, to_seat: str, session: str, body: str, now: datetime
) -> None:
    """Pass a page's signal on to a seat of the same call; tells that seat's page.

    The caller of this knows that the page holds `from_seat`. Raises BadSignal for anything
    that is no signal, for a page that signals itself, and once too many wait unread.
    """
    how = mode().mode
    if how is Mode.OFF or from_seat == to_seat or not browser.SESSION.fullmatch(session):
        raise BadSignal("not possible here")
    cleaned = browser.clean_signal(body, relay_only=how is Mode.RELAY)
    if cleaned is None:
        return
    # One at a time for each inbox: a page takes what follows the last number that it has seen.
    _lock(f"signal:{call_id}:{to_seat}")
    waiting = models.Signal.objects.filter(call_id=call_id, to_seat=to_seat)
    if waiting.filter(created_at__gt=now - SIGNAL_LIFE).count() >= WAITING_MAX:
        raise BadSignal("too many")
    models.Signal.objects.create(
        call_id=call_id,
        from_seat=from_seat,
        to_seat=to_seat,
        session=session,
        body=cleaned,
        created_at=now,
    )
    announce.changed(f"signal:{call_id}:{to_seat}")


def _lock(inbox: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [inbox])


def take(call_id: uuid.UUID, seat: str, after_id: int) -> Sequence[models.Signal]:
    """Give the signals for a seat that came after one of them, oldest first."""
    return waiting_for(call_id, seat, after_id)


@kept
def waiting_for(call_id: uuid.UUID, seat: str, after_id: int) -> QuerySet[models.Signal]:
    """Give what waits for a seat, oldest first."""
    waiting = models.Signal.objects.filter(call_id=call_id, to_seat=seat, id__gt=after_id)
    return waiting.order_by("id")
