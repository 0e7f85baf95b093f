"""Why somebody was or was not rung: kept for each search that rang or found nobody.

For those whom the search looked at, at most fifty, the reasons are stored as they were. For
anybody else they are worked out from what was logged: what the call asked for at that instant,
when the volunteer was on duty, what rang at theirs, and their row as it is now. Rows hold ids
and codes alone.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Q

from stepline import models
from stepline.actions import matching, standby, standings
from stepline.core.calls import Offer, Seat, Step, Tell, Trait, Wish
from stepline.core.matching import WEEK, Candidate, Wanted, WhyNot, why_not
from stepline.core.standby import Hours, are_now
from stepline.models.statements import insert


@dataclass(frozen=True)
class Why:
    """What one search meant for one volunteer; `stored` when it was written down then."""

    at: datetime
    rung: bool
    reasons: tuple[WhyNot, ...]
    stored: bool


def write(
    row: models.Call, search: matching.Search, step: Step, placed: Iterable[Offer], now: datetime
) -> None:
    """Keep what a search looked at, when it rang somebody or found nobody; no mere tick."""
    rung = [str(offer.volunteer) for offer in placed if offer.seat is Seat.RESPONDER]
    if rung or Tell("nobody") in step.effects:
        looked = [[str(who), list(reasons)] for who, reasons in search.looked]
        asked = facts(row) | {"standby": search.asked_standby}
        insert([models.Look(call=row, at=now, facts=asked, looked=looked, rung=rung)])


def facts(row: models.Call) -> dict[str, Any]:
    """Give what a call asks for at this instant, as it is kept."""
    return {
        "wish": row.wish,
        "language": row.language,
        "fellowship": row.wish_fellowship,
        "group": row.wish_group,
        "place": row.wish_place,
        "relaxed": sorted(row.relaxed),
        "min_sober_days": row.line.min_sober_days,
        "rest_minutes": row.line.rest_minutes,
    }


def wanted_then(kept: dict[str, Any]) -> Wanted:
    """Give whom the call needed at the time of a look."""
    return Wanted(
        wish=Wish(kept["wish"]),
        language=kept["language"],
        min_sober_days=kept["min_sober_days"],
        fellowship=kept["fellowship"],
        group=kept["group"],
        place=kept["place"],
        relaxed=frozenset(map(Trait, kept["relaxed"])),
    )


def why_not_rung(call: models.Call, volunteer: models.Volunteer) -> tuple[Why, ...]:
    """Give for each search of a call why this volunteer was rung for it, or why not."""
    found = list(call.looks.order_by("pk"))
    stored = [from_look(look, volunteer) for look in found]
    if all(stored):
        return tuple(each for each in stored if each)
    past = past_of(volunteer, found[0].at)
    return tuple(
        kept or worked_out(look, volunteer, past) for look, kept in zip(found, stored, strict=True)
    )


def from_look(look: models.Look, volunteer: models.Volunteer) -> Why | None:
    """Give what a look stored about a volunteer; None when it did not look at them."""
    who = str(volunteer.pk)
    if who in look.rung:
        return Why(look.at, rung=True, reasons=(), stored=True)
    codes = dict(look.looked).get(who)
    if codes is None:
        return None
    reasons = tuple(map(WhyNot, codes)) or (WhyNot.LATER,)
    return Why(look.at, rung=False, reasons=reasons, stored=True)


@dataclass(frozen=True)
class Past:
    """What the log knows of a volunteer around a call."""

    offers: tuple[models.Offer, ...]
    spans: tuple[models.DutySpan, ...]
    hours: tuple[Hours, ...]

    def was_on_duty(self, at: datetime) -> bool:
        """Say whether they were on duty at an instant."""
        return any(s.on_at <= at and (s.off_at is None or s.off_at > at) for s in self.spans)

    def was_busy(self, at: datetime) -> bool:
        """Say whether something rang at theirs already or they talked, whatever for."""
        return any(
            o.placed_at < at and (o.ended_at is None or o.ended_at > at) for o in self.offers
        )

    def was_rung_lately(self, call: UUID, at: datetime) -> bool:
        """Say whether their ring for this call had ended only just before."""
        ended = [o.ended_at for o in self.offers if o.call_id == call and o.ended_at]
        return any(at - matching.RING_AGAIN_AFTER < each <= at for each in ended)

    def rests_until_at(self, at: datetime, rest: timedelta) -> datetime | None:
        """Give until when they rested from their last conversation before an instant."""
        ended = [o.ended_at for o in self.offers if o.joined_at and o.ended_at]
        return max((each + rest for each in ended if each <= at), default=None)

    def calls_in_week(self, at: datetime) -> int:
        """Count the conversations that began in the seven days before."""
        begun = [o.joined_at for o in self.offers if o.joined_at]
        return sum(at - WEEK < each <= at for each in begun)


def past_of(volunteer: models.Volunteer, since_at: datetime) -> Past:
    """Read what was logged of a volunteer from a week before an instant on."""
    offers = models.Offer.objects.filter(volunteer=volunteer)
    lately = Q(ended_at=None) | Q(ended_at__gt=since_at - WEEK)
    spans = models.DutySpan.objects.filter(volunteer=volunteer)
    then = Q(off_at=None) | Q(off_at__gt=since_at)
    return Past(tuple(offers.filter(lately)), tuple(spans.filter(then)), standby.chosen(volunteer))


def worked_out(look: models.Look, volunteer: models.Volunteer, past: Past) -> Why:
    """Work out what spoke against somebody whom a search did not look at.

    Whether something could have rung them is not known any more.
    """
    at, asked = look.at, look.facts
    there = standings.there(look.call.line, at)
    then = Candidate(
        volunteer=volunteer.pk,
        takes=frozenset(volunteer.takes),
        languages=frozenset(volunteer.languages),
        sober_on=volunteer.sober_on,
        trained_on=volunteer.trained_on,
        fellowships=frozenset(volunteer.fellowships),
        groups=frozenset(volunteer.groups),
        places=frozenset(volunteer.places),
        takes_calls=volunteer.takes_calls,
        takes_nights=volunteer.takes_nights,
        most_calls_a_week=volunteer.most_calls_a_week,
        calls_this_week=past.calls_in_week(at),
        on_duty=past.was_on_duty(at),
        standby=asked["standby"] and are_now(past.hours, there),
        busy=past.was_busy(at),
        rung_lately=past.was_rung_lately(look.call_id, at),
        blocked=volunteer.blocked_at is not None and volunteer.blocked_at <= at,
        stepped_back=volunteer.stepped_back_at is not None and volunteer.stepped_back_at <= at,
        resting_until_at=past.rests_until_at(at, timedelta(minutes=asked["rest_minutes"])),
    )
    reasons = why_not(wanted_then(asked), then, there)
    return Why(at, rung=False, reasons=reasons or (WhyNot.LATER,), stored=False)
