"""The rows that each side's page shows; each question is one query, asked often."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery

from stepline import models
from stepline.actions import conversation, duty, matching
from stepline.models.statements import kept

TOLD_FOR = timedelta(seconds=60)
CALL_BACKS_SHOWN_FOR = timedelta(hours=12)


@kept
def live_offers(call_id: UUID) -> QuerySet[models.Offer]:
    """Give a call's live offers with their volunteers, in the order in which they were placed."""
    live = models.Offer.objects.filter(call=call_id, ended_at=None)
    return live.select_related("volunteer").order_by("placed_at")


@kept
def standings(volunteer_id: UUID, now: datetime) -> QuerySet[models.Duty]:
    """Give a volunteer's standing, and whether they can be rung, owe a debrief or a call back."""
    return with_more(models.Duty.objects.filter(pk=volunteer_id), now)


@kept
def standings_of_device(device_id: UUID, key_index: bytes, now: datetime) -> QuerySet[models.Duty]:
    """Give the same with the volunteer and their line, for a device while it is signed in."""
    signed_in = models.Duty.objects.filter(
        volunteer__devices__pk=device_id,
        volunteer__devices__key_index=key_index,
        volunteer__devices__revoked_at=None,
        volunteer__devices__expires_at__gt=now,
        volunteer__stepped_back_at=None,
    )
    return with_more(signed_in.select_related("volunteer__line"), now)


def with_more(duties: QuerySet[models.Duty], now: datetime) -> QuerySet[models.Duty]:
    """Add whether somebody can be rung, owes a debrief or a call back; see standings."""
    # A duty's key is its volunteer's, so the conditions for people fit it.
    return duties.annotate(
        reachable=Q(matching.open_page(now)) | Q(matching.pushable()),
        owed=Subquery(conversation.without_debrief(OuterRef("pk")).values("call")[:1]),
        owns=Exists(due_soon(OuterRef("pk"), now)),
    )


def stands(volunteer: models.Volunteer, now: datetime) -> models.Duty:
    """Give a volunteer's standing with what else their page shows, made when first asked for."""
    known = standings.first(volunteer.pk, now)
    if known is None:
        duty.of(volunteer)
        return standings(volunteer.pk, now)[0]
    return known


def due_soon(volunteer: UUID | OuterRef, now: datetime) -> QuerySet[models.CallBack]:
    """Give the call backs that a volunteer owns and that are due soon, the next one first."""
    soon = models.CallBack.objects.filter(
        owner=volunteer, ended_at=None, due_at__lt=now + CALL_BACKS_SHOWN_FOR
    )
    return soon.order_by("due_at")


@kept
def ended_lately(volunteer_id: UUID, now: datetime) -> QuerySet[models.Offer]:
    """Give the volunteer's last ring or talk, if it ended within the minute."""
    ended = models.Offer.objects.filter(volunteer=volunteer_id, ended_at__gt=now - TOLD_FOR)
    return ended.order_by("-ended_at")[:1]
