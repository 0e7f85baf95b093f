"""News of telephone legs: matched to their offers, kept a while when it comes too early.

A provider may report that a phone rings before it has answered our request to ring it. Such
news is kept 30 s and applied when the leg appears; only an older one is stale.
"""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from stepline import models
from stepline.actions import dispatch
from stepline.core import events as e

KEPT = timedelta(seconds=30)


def event_of(news: str, offer_id: UUID) -> e.Event:
    """Give the event that a leg's news means for its offer; raises KeyError for unknown news."""
    events: dict[str, e.Event] = {
        "rings": e.Rings(offer_id),
        "ready": e.Ready(offer_id),
        "passes": e.Passes(offer_id),
    }
    return events[news]


@transaction.atomic
def placed(offer_id: UUID, leg: str, now: datetime) -> None:
    """Note which leg an offer has, and apply what was heard of that leg before."""
    models.Offer.objects.filter(pk=offer_id).update(leg=leg)
    early = models.EarlyEvent.objects.select_for_update().filter(leg=leg, at__gt=now - KEPT)
    for each in early.order_by("pk"):
        heard(leg, each.news, now)
    models.EarlyEvent.objects.filter(leg=leg).delete()


@transaction.atomic
def heard(leg: str, news: str, now: datetime) -> dispatch.Handled | None:
    """Apply a leg's news to its call, or keep it when the leg isn't known yet (None)."""
    offer = models.Offer.objects.filter(leg=leg).first()
    if offer is None:
        models.EarlyEvent.objects.create(leg=leg, news=news, at=now)
        return None
    return dispatch.handle(offer.call_id, event_of(news, offer.pk), now)
