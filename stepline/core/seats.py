"""The offers of a call: who is being rung, who has which seat, and how that ends."""

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from stepline.core.calls import Call, Offer, OfferState, Outcome, Seat

WAITING = (OfferState.PLACED, OfferState.RINGING, OfferState.UNREACHED)


def live(call: Call, seat: Seat) -> tuple[Offer, ...]:
    """Give the offers of a seat that still occupy their volunteers."""
    return tuple(offer for offer in call.offers if offer.live and offer.seat is seat)


def find(call: Call, offer_id: UUID) -> Offer | None:
    """Give a live offer by its id, or None when it has ended or isn't this call's."""
    return next((o for o in call.offers if o.id == offer_id and o.live), None)


def holder(call: Call, seat: Seat = Seat.RESPONDER) -> Offer | None:
    """Give the offer that has the seat, if somebody has it."""
    return next((o for o in live(call, seat) if o.state is OfferState.ACCEPTED), None)


def on_standby(call: Call) -> Offer | None:
    """Give the volunteer who said ready first while another was connecting."""
    waiting = [o for o in live(call, Seat.RESPONDER) if o.state is OfferState.STANDBY]
    return min(waiting, key=lambda offer: offer.ends_at, default=None)


def ringing(call: Call, seat: Seat) -> tuple[Offer, ...]:
    """Give the offers that count as ringing: sent just now, or known to ring."""
    active = (OfferState.PLACED, OfferState.RINGING)
    return tuple(offer for offer in live(call, seat) if offer.state in active)


def rings_on(offer: Offer, seat: Seat, now: datetime) -> bool:
    """Say whether an offer of a seat counts as ringing beyond this instant."""
    if not offer.live or offer.seat is not seat or offer.ends_at <= now:
        return False
    placed = offer.state is OfferState.PLACED and offer.reach_by_at > now
    return placed or offer.state is OfferState.RINGING


def put(call: Call, changed: Offer) -> Call:
    """Give the call with one offer replaced by its changed self."""
    return replace(call, offers=tuple(changed if o.id == changed.id else o for o in call.offers))


def end(call: Call, offer: Offer, outcome: Outcome, now: datetime) -> Call:
    """Give the call with one offer ended: its volunteer is free again."""
    return put(call, replace(offer, ended_at=now, outcome=outcome))


def end_seat(
    call: Call, seat: Seat, outcome: Outcome, now: datetime, *, but: Offer | None = None
) -> Call:
    """End every live offer of a seat, but for one."""
    for offer in live(call, seat):
        if but is None or offer.id != but.id:
            call = end(call, offer, outcome, now)
    return call


def end_all(call: Call, outcome: Outcome, now: datetime) -> Call:
    """End every live offer of the call, whatever its seat."""
    for seat in (Seat.RESPONDER, Seat.HELPER, Seat.OWNER):
        call = end_seat(call, seat, outcome, now)
    return call


def rang(call: Call, offer: Offer, now: datetime) -> Call:
    """Note that a phone really rings: only now does its ring time begin."""
    if offer.state not in {OfferState.PLACED, OfferState.UNREACHED}:
        return call
    ringing = replace(offer, state=OfferState.RINGING, rang_at=now)
    return put(call, replace(ringing, ends_at=now + ring_time(call, offer)))


def ring_time(call: Call, offer: Offer) -> timedelta:
    """Give how long this offer rings: the volunteer's own time, else the line's."""
    usual = call.timing.help_ring if offer.seat is Seat.HELPER else call.timing.ring
    return offer.ring or usual


def accept(call: Call, offer: Offer) -> Call:
    """Give an offer its seat."""
    return put(call, replace(offer, state=OfferState.ACCEPTED))


def begin_talk(call: Call, seat: Seat, now: datetime) -> Call:
    """Note that whoever has the seat talks: once, however often the voices join anew."""
    held = holder(call, seat)
    if held is None or held.joined_at is not None:
        return call
    return put(call, replace(held, joined_at=now))


def stand_by(call: Call, offer: Offer, now: datetime) -> Call:
    """Keep a volunteer who said ready while somebody else is connecting."""
    return put(call, replace(offer, state=OfferState.STANDBY, ends_at=now))


def expire(call: Call, seat: Seat, now: datetime) -> Call:
    """End what rang out, and mark what nothing rang for as not reached."""
    for offer in live(call, seat):
        if offer.state in WAITING and offer.ends_at <= now:
            heard = offer.state is OfferState.RINGING
            call = end(call, offer, Outcome.SILENT if heard else Outcome.UNREACHED, now)
        elif offer.state is OfferState.PLACED and offer.reach_by_at <= now:
            call = put(call, replace(offer, state=OfferState.UNREACHED))
    return call


def begin_again(call: Call, now: datetime) -> Call:
    """Give every unanswered ring its full time: the clock stood still, nobody could answer."""
    for offer in call.offers:
        if offer.live and offer.state in WAITING:
            reach_by_at, ends_at = now + call.timing.reach, now + ring_time(call, offer)
            call = put(call, replace(offer, reach_by_at=reach_by_at, ends_at=ends_at))
    return call


def next_end(call: Call) -> list[datetime]:
    """Give the instants at which an offer of this call needs looking at."""
    waiting = [o for o in call.offers if o.live and o.state in WAITING]
    reach = [o.reach_by_at for o in waiting if o.state is OfferState.PLACED]
    return reach + [offer.ends_at for offer in waiting]
