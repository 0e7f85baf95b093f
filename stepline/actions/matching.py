"""Read from the rows who may be rung; the rules are in core.matching."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Case, Exists, F, IntegerField, OuterRef, Q, QuerySet, When

from stepline import models
from stepline.core import matching
from stepline.core.calls import Fit, Wish

# A process that has not renewed its lease holds no open page.
LEASE_FRESH = timedelta(seconds=8)
# Nobody is rung twice for one call within this time, and only after all others.
RING_AGAIN_AFTER = timedelta(seconds=60)
MOST_LOOKED_AT = 50


def open_page(now: datetime) -> Exists:
    """Say whether a volunteer has a page open that some running process holds."""
    fresh = models.Presence.objects.filter(process__seen_at__gt=now - LEASE_FRESH)
    return Exists(fresh.filter(volunteer=OuterRef("pk")))


def pushable() -> Exists:
    """Say whether one of a volunteer's devices can be woken by push."""
    alive = models.PushSubscription.objects.filter(gone_at=None, device__revoked_at=None)
    return Exists(alive.filter(device__volunteer=OuterRef("pk")))


def occupied() -> Exists:
    """Say whether a volunteer has a live offer, whatever for."""
    live = models.Offer.objects.filter(ended_at=None, volunteer=OuterRef("pk"))
    return Exists(live)


def something_rings(now: datetime) -> Q:
    """Give the condition that an open page, a push or a telephone can ring a volunteer."""
    return Q(open_page(now)) | Q(pushable()) | Q(pretend__isnull=False)


def can_be_rung(volunteer: models.Volunteer, now: datetime) -> bool:
    """Say whether something can ring this volunteer now."""
    return models.Volunteer.objects.filter(something_rings(now), pk=volunteer.pk).exists()


def reachable(now: datetime) -> QuerySet[models.Volunteer]:
    """Give the volunteers whom something can ring, and who have no live offer."""
    people = models.Volunteer.objects.filter(stepped_back_at=None)
    return people.filter(something_rings(now), ~Q(occupied()))


def on_duty(line: models.Line, now: datetime) -> Q:
    """Give the condition for being on duty for a line at an instant."""
    ends = Q(duty__until_at=None) | Q(duty__until_at__gt=now)
    return Q(ends, duty__line=line, duty__on_since_at__isnull=False)


def rung_lately(call: models.Call, now: datetime) -> Exists:
    """Say whether a volunteer's ring for this call ended only just now."""
    offers = models.Offer.objects.filter(call=call, ended_at__gt=now - RING_AGAIN_AFTER)
    return Exists(offers.filter(volunteer=OuterRef("pk")))


def candidates(call: models.Call, now: datetime) -> tuple[Fit, ...]:
    """Give those who may be rung for this call at this instant, in the order to ring them."""
    people = reachable(now).filter(
        on_duty(call.line, now),
        ~Q(rung_lately(call, now)),
        takes_calls=True,
        takes__contains=[call.wish],
        languages__contains=[call.language],
    )
    is_pretend = Case(When(pretend__isnull=False, then=1), default=0)
    order = F("duty__rested_since_at").asc(nulls_first=True)
    rows = people.order_by(is_pretend, order).values_list(
        "pk", "takes", "languages", "sober_on", "duty__rested_since_at", "pretend"
    )
    found = [
        matching.Candidate(
            volunteer=pk,
            takes=frozenset(takes),
            languages=frozenset(languages),
            sober_on=sober_on,
            rested_since_at=rested_since_at,
            pretend=pretend is not None,
        )
        for pk, takes, languages, sober_on, rested_since_at, pretend in rows[:MOST_LOOKED_AT]
    ]
    ranked = matching.rank(wanted(call), found, now.date())
    return tuple(Fit(volunteer=volunteer) for volunteer in ranked)


def wanted(call: models.Call) -> matching.Wanted:
    """Give whom a call needs."""
    return matching.Wanted(
        wish=Wish(call.wish), language=call.language, min_sober_days=call.line.min_sober_days
    )


def helpers(call: models.Call, now: datetime) -> tuple[UUID, ...]:
    """Give whom to bring in, in turn: captain, back-up, coordinator; on duty or not (B11)."""
    turn = Case(
        When(is_captain=True, then=0),
        When(is_back_up=True, then=1),
        default=2,
        output_field=IntegerField(),
    )
    some_role = Q(is_captain=True) | Q(is_back_up=True) | Q(is_coordinator=True)
    people = reachable(now).filter(some_role, line=call.line).alias(turn=turn)
    return tuple(people.order_by("turn", "pk").values_list("pk", flat=True)[:MOST_LOOKED_AT])
