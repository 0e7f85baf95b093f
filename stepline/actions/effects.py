"""The outbox: claim what is due, send it after commit, note how it went. At least once.

A claim is a lease: who dies with it loses it after LEASE, and another worker sends again.
Effects of one leg leave in order of id; one slow receiver never delays another's.
"""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, Min, OuterRef, Q, QuerySet
from django.db.models.functions import Greatest

from stepline import models
from stepline.actions import announce

LEASE = timedelta(seconds=4)
TRY_AGAIN_AFTER = timedelta(seconds=1)
MOST_TRIES = 4
UNSETTLED = Q(done_at=None, gave_up_at=None)


def first_of_their_legs() -> QuerySet[models.Effect]:
    """Give the unsettled effects whose earlier ones of the same leg are settled."""
    earlier = models.Effect.objects.filter(UNSETTLED, leg=OuterRef("leg"), pk__lt=OuterRef("pk"))
    return models.Effect.objects.filter(UNSETTLED, ~Exists(earlier))


def next_due() -> datetime | None:
    """Give the instant at which one can be claimed: when it is due, or its lease has ended."""
    at = first_of_their_legs().aggregate(at=Min(Greatest("due_at", "leased_until_at")))["at"]
    return at if isinstance(at, datetime) else None


@transaction.atomic
def claim(now: datetime) -> models.Effect | None:
    """Lease the oldest due effect whose earlier ones of the same leg are settled, or None."""
    free = Q(leased_until_at=None) | Q(leased_until_at__lte=now)
    due = first_of_their_legs().filter(free, due_at__lte=now)
    rows = due.select_for_update(skip_locked=True, of=("self",)).select_related(
        "offer__volunteer", "offer__call", "call__line"
    )
    effect = rows.order_by("pk").first()
    if effect is not None:
        effect.leased_until_at = now + LEASE
        effect.tries += 1
        effect.save(update_fields=["leased_until_at", "tries"])
    return effect


@transaction.atomic
def done(effect: models.Effect, now: datetime) -> None:
    """Note that an effect was sent; wakes the clock when the leg has another one."""
    models.Effect.objects.filter(pk=effect.pk).update(done_at=now, leased_until_at=None)
    if models.Effect.objects.filter(UNSETTLED, leg=effect.leg).exists():
        announce.changed("worker")


def failed(effect: models.Effect, now: datetime, for_good: bool) -> None:
    """Note that sending failed: tried again soon, or given up for good."""
    if for_good or effect.tries >= MOST_TRIES:
        models.Effect.objects.filter(pk=effect.pk).update(gave_up_at=now, leased_until_at=None)
        return
    again_at = now + TRY_AGAIN_AFTER * effect.tries
    models.Effect.objects.filter(pk=effect.pk).update(due_at=again_at, leased_until_at=None)
