"""The outbox: claim what is due, send it after commit, note how it went. At least once.

A claim is a lease: who dies with it loses it after LEASE, and another worker sends again.
Effects of one leg leave in order of id; one slow receiver never delays another's.
"""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from stepline import models
from stepline.actions import announce
from stepline.models.statements import change, kept, update

LEASE = timedelta(seconds=4)
TRY_AGAIN_AFTER = timedelta(seconds=1)
MOST_TRIES = 4
UNSETTLED = Q(done_at=None, gave_up_at=None)


def first_of_their_legs() -> QuerySet[models.Effect]:
    """Give the unsettled effects whose earlier ones of the same leg are settled."""
    earlier = models.Effect.objects.filter(UNSETTLED, leg=OuterRef("leg"), pk__lt=OuterRef("pk"))
    return models.Effect.objects.filter(UNSETTLED, ~Exists(earlier))


@transaction.atomic
def claim(now: datetime) -> models.Effect | None:
    """Lease the oldest due effect whose earlier ones of the same leg are settled, or None."""
    effect = claimable.first(now)
    if effect is not None:
        effect.leased_until_at = now + LEASE
        effect.tries += 1
        update(effect, ("leased_until_at", "tries"))
    return effect


@kept
def claimable(now: datetime) -> QuerySet[models.Effect]:
    """Lock the oldest effect that may be sent now, and give it with what it is about."""
    free = Q(leased_until_at=None) | Q(leased_until_at__lte=now)
    due = first_of_their_legs().filter(free, due_at__lte=now)
    rows = due.select_for_update(skip_locked=True, of=("self",)).select_related(
        "offer__volunteer", "offer__call", "call__line"
    )
    return rows.order_by("pk")[:1]


@kept
def unsettled_of(leg: UUID) -> QuerySet[models.Effect, int]:
    """Give the ids of a leg's effects that are not settled."""
    return models.Effect.objects.filter(UNSETTLED, leg=leg).values_list("pk", flat=True)


@transaction.atomic
def done(effect: models.Effect, now: datetime) -> None:
    """Note that an effect was sent; wakes the clock when the leg has another one."""
    change(models.Effect, effect.pk, {"done_at": now, "leased_until_at": None})
    if unsettled_of(effect.leg):
        announce.changed("worker")


def failed(effect: models.Effect, now: datetime, for_good: bool) -> None:
    """Note that sending failed: tried again soon, or given up for good."""
    if for_good or effect.tries >= MOST_TRIES:
        models.Effect.objects.filter(pk=effect.pk).update(gave_up_at=now, leased_until_at=None)
        return
    again_at = now + TRY_AGAIN_AFTER * effect.tries
    models.Effect.objects.filter(pk=effect.pk).update(due_at=again_at, leased_until_at=None)
