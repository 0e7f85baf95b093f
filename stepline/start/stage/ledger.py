"""What the rows say of one call, to be held against its pages; imported once Django is set up."""

from uuid import UUID

from stepline import models
from stepline.core.seats import WAITING
from stepline.start.stage.interruptions import Standing


def standing(call_id: str) -> Standing:
    """Read where a call stands now."""
    call = models.Call.objects.get(pk=UUID(call_id))
    kinds = (models.Effect.Kind.PUSH, models.Effect.Kind.RING)
    sent: dict[UUID, int] = {offer.pk: 0 for offer in call.offers.all()}
    for effect in call.effects.filter(kind__in=kinds, offer__isnull=False):
        sent[effect.leg] += 1
    ringing = call.offers.filter(ended_at=None, state__in=WAITING).order_by("ends_at").first()
    return Standing(
        state=call.state,
        until_at=call.until_at,
        rings_until_at=ringing.ends_at if ringing else None,
        offers=frozenset(map(str, sent)),
        most_rings_sent=max(sent.values(), default=0),
    )
