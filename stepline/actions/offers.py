"""What a volunteer does with an offer, and where they stand."""

from datetime import datetime
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet

from stepline import models
from stepline.actions import dispatch, duty
from stepline.core import events as e
from stepline.models.statements import kept


class NotYours(Exception):
    """The offer is not this volunteer's, or there is none."""


@kept
def own_offers(offer_id: UUID, volunteer_id: UUID) -> QuerySet[models.Offer]:
    """Give an offer, if it is this volunteer's."""
    return models.Offer.objects.filter(pk=offer_id, volunteer=volunteer_id)


@kept
def live_offers(volunteer_id: UUID) -> QuerySet[models.Offer]:
    """Give the live offer of a volunteer, with its call.

    With it: whether they were rung for the call before, and whether its caller is reached by
    telephone.
    """
    live = models.Offer.objects.filter(volunteer=volunteer_id, ended_at=None)
    of_call = models.Offer.objects.filter(call=OuterRef("call"), volunteer=OuterRef("volunteer"))
    numbered = models.CallBack.objects.filter(call=OuterRef("call"), number_sealed__isnull=False)
    dialled = models.Effect.objects.filter(call=OuterRef("call"), kind=models.Effect.Kind.DIAL)
    return live.select_related("call__line").annotate(
        rung_before=Exists(of_call.filter(ended_at__isnull=False)),
        by_phone=Exists(numbered) | Exists(dialled),
    )


def mine(offer_id: UUID, volunteer: models.Volunteer) -> models.Offer:
    """Give the volunteer's own offer; raises NotYours for any other, as if it did not exist."""
    offer = own_offers.first(offer_id, volunteer.pk)
    if offer is None:
        raise NotYours
    return offer


def current(volunteer: models.Volunteer) -> models.Offer | None:
    """Give the one live offer that occupies a volunteer, if any."""
    return live_offers.first(volunteer.pk)


def confirm_ringing(offer_id: UUID, volunteer: models.Volunteer, now: datetime) -> dispatch.Handled:
    """Note that the page really rings; any number of pages may say so."""
    offer = mine(offer_id, volunteer)
    return dispatch.handle(offer.call_id, e.Rings(offer.pk), now)


def accept_offer(
    offer_id: UUID, volunteer: models.Volunteer, device: UUID | None, now: datetime
) -> dispatch.Handled:
    """Say ready: sober, alone, undistracted, with time. The device that says so owns the leg."""
    offer = mine(offer_id, volunteer)
    handled = dispatch.handle(offer.call_id, e.Ready(offer.pk), now)
    if not handled.stale:
        models.Offer.objects.filter(pk=offer.pk).update(device=device)
    return handled


def pass_offer(offer_id: UUID, volunteer: models.Volunteer, now: datetime) -> dispatch.Handled:
    """Pass: no reason is asked and it costs nothing."""
    offer = mine(offer_id, volunteer)
    return dispatch.handle(offer.call_id, e.Passes(offer.pk), now)


def off_duty_instead(
    offer_id: UUID, volunteer: models.Volunteer, now: datetime
) -> dispatch.Handled:
    """Step off duty with the ring still on: it goes to the next at once."""
    offer = mine(offer_id, volunteer)
    handled = dispatch.handle(offer.call_id, e.Passes(offer.pk, off_duty=True), now)
    duty.go_off_duty(volunteer, now)
    return handled
