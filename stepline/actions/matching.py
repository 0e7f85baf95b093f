"""Search for those who may be rung for a call; the rules are in core.matching."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Case, Exists, IntegerField, OuterRef, Q, QuerySet, When

from stepline import models
from stepline.actions import standings
from stepline.actions.standings import LEASE_FRESH, MOST_LOOKED_AT, Sought
from stepline.core import matching, seats
from stepline.core.calls import Fit, Offer, Outcome, Seat, State, Trait, Wish
from stepline.core.matching import Candidate, WhyNot
from stepline.models.statements import kept

# Nobody is rung twice for one call within this time, and only after all others.
RING_AGAIN_AFTER = timedelta(seconds=60)
# As many as a line may ring at once: with fewer among the first fifty, the search goes on.
ENOUGH = 20
DECLINED = (Outcome.PASSED, Outcome.OFF_DUTY)


@dataclass(frozen=True)
class Search:
    """What a search found: whom to ring in order, and whom it looked at, with what was against."""

    candidates: tuple[Fit, ...] = ()
    standby: tuple[Fit, ...] = ()
    captains: tuple[Fit, ...] = ()
    looked: tuple[tuple[UUID, tuple[WhyNot, ...]], ...] = ()
    asked_standby: bool = False


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
    return bool(ringable(volunteer.pk, now))


@kept
def ringable(volunteer_id: UUID, now: datetime) -> QuerySet[models.Volunteer, UUID]:
    """Give the volunteer's id if something can ring them now."""
    people = models.Volunteer.objects.filter(something_rings(now), pk=volunteer_id)
    return people.values_list("pk", flat=True)


def reachable(now: datetime) -> QuerySet[models.Volunteer]:
    """Give the volunteers whom something can ring, and who have no live offer."""
    people = models.Volunteer.objects.filter(stepped_back_at=None, blocked_at=None)
    return people.filter(something_rings(now), ~Q(occupied()))


def rung_lately(offers: Iterable[Offer], now: datetime) -> frozenset[UUID]:
    """Give those whose ring for this call ended only just now.

    Who passes on standby is not asked twice for one call: it is their free time.
    """
    since_at = now - RING_AGAIN_AFTER
    ended = [(offer, offer.ended_at) for offer in offers if offer.ended_at]
    lately = {offer.volunteer for offer, ended_at in ended if ended_at > since_at}
    declined = {o.volunteer for o, _ in ended if o.standby and o.outcome in DECLINED}
    return frozenset(lately | declined)


def nobody_on_duty_rings(offers: Iterable[Offer], now: datetime) -> bool:
    """Say whether no phone of somebody on duty rings on for the caller."""
    on_duty = [offer for offer in offers if not offer.standby]
    return not any(seats.rings_on(offer, Seat.RESPONDER, now) for offer in on_duty)


def wanted(call: models.Call) -> matching.Wanted:
    """Give whom a call needs."""
    return matching.Wanted(
        wish=Wish(call.wish),
        language=call.language,
        min_sober_days=call.line.min_sober_days,
        fellowship=call.wish_fellowship,
        group=call.wish_group,
        place=call.wish_place,
        relaxed=frozenset(map(Trait, call.relaxed)),
    )


def sought(call: models.Call, offers: Iterable[Offer], now: datetime) -> Sought:
    """Give what a search for this call is for."""
    return Sought(
        line=call.line,
        wanted=wanted(call),
        at=now,
        now=standings.there(call.line, now),
        rung_lately=rung_lately(offers, now),
    )


def search(call: models.Call, offers: tuple[Offer, ...], now: datetime) -> Search:
    """Look for those who may be rung for this call at this instant, in the order to ring them.

    `offers` are the call's, but for one that ends by what happens now.

    One query for most lines. A second only where more than fifty are on duty and too few of
    those who rested longest suit; a third only when nobody on duty suits.
    """
    asked = sought(call, offers, now)
    first = standings.first_on_duty(asked)
    looked = [(each, matching.why_not(asked.wanted, each, asked.now)) for each in first]
    suitable = [each for each, reasons in looked if not reasons]
    if len(first) == MOST_LOOKED_AT and len(suitable) < ENOUGH:
        suitable = weighed(asked, standings.suitable_on_duty(asked))
    needed = not suitable and nobody_on_duty_rings(offers, now)
    standby = weighed(asked, standings.suitable_on_standby(asked)) if needed else []
    wave = needed and not standby
    seen = [(each.volunteer, reasons) for each, reasons in looked]
    seen += [(each.volunteer, ()) for each in standby]
    return Search(
        candidates=matching.in_order(suitable),
        standby=matching.in_order(standby),
        captains=captains(asked) if wave or is_last_wave(call, now) else (),
        looked=tuple(seen[:MOST_LOOKED_AT]),
        asked_standby=needed,
    )


def is_last_wave(call: models.Call, now: datetime) -> bool:
    """Say whether the limit of a call is only one ring away."""
    left = call.limit_at - now
    return call.state == State.RINGING and left <= timedelta(seconds=call.line.ring_seconds)


def captains(asked: Sought) -> tuple[Fit, ...]:
    """Give the captains who suit, on duty or not: rung like those on standby, as a last wave."""
    found = [replace(each, standby=True) for each in standings.captains(asked)]
    return matching.in_order(weighed(asked, found))


def weighed(asked: Sought, people: list[Candidate]) -> list[Candidate]:
    """Give those against whom nothing speaks."""
    return [each for each in people if not matching.why_not(asked.wanted, each, asked.now)]


def helpers(call: models.Call, now: datetime) -> tuple[UUID, ...]:
    """Give whom to bring in, in turn: captain, back-up, coordinator; on duty or not (B11)."""
    return tuple(in_turn(call.line_id, now))


@kept
def in_turn(line_id: UUID, now: datetime) -> QuerySet[models.Volunteer, UUID]:
    """Give who may be brought in on a line, in turn; see helpers."""
    turn = Case(
        When(is_captain=True, then=0),
        When(is_back_up=True, then=1),
        default=2,
        output_field=IntegerField(),
    )
    some_role = Q(is_captain=True) | Q(is_back_up=True) | Q(is_coordinator=True)
    people = reachable(now).filter(some_role, line=line_id).alias(turn=turn)
    return people.order_by("turn", "pk").values_list("pk", flat=True)[:MOST_LOOKED_AT]
