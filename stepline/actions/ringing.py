"""Place and end offers: claim volunteers so that no two calls ring the same person."""

from dataclasses import asdict
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from django.db import connection
from django.db.models import QuerySet

from stepline import models
from stepline.actions import habits, still_there
from stepline.core.calls import Call, Fit, Offer, OfferState, Outcome, Ring, Seat
from stepline.models.statements import change, insert, kept

SAID_READY = (OfferState.ACCEPTED, OfferState.STANDBY)

# One order for all, and locked rows are left to whoever has them: two calls never wait for
# each other. NO KEY UPDATE, since placing an offer key-shares the volunteer's row.
CLAIM = """
    SELECT v.id FROM stepline_volunteer v
    WHERE v.id = ANY(%s)
      AND NOT EXISTS (
        SELECT FROM stepline_offer o WHERE o.volunteer_id = v.id AND o.ended_at IS NULL
      )
    ORDER BY array_position(%s, v.id)
    LIMIT %s
    FOR NO KEY UPDATE SKIP LOCKED
"""


# Of the outbox, what was not even begun.
WITHDRAW = """
    UPDATE stepline_effect SET gave_up_at = %s
    WHERE offer_id = %s AND done_at IS NULL AND gave_up_at IS NULL AND leased_until_at IS NULL
"""


def claim(ring: Ring) -> list[UUID]:
    """Lock up to as many free volunteers as are to be rung, in the given order."""
    order = list(ring.volunteers)
    with connection.cursor() as cursor:
        cursor.execute(CLAIM, [order, order, ring.how_many])
        return [row[0] for row in cursor.fetchall()]


def place(row: models.Call, call: Call, ring: Ring, now: datetime) -> list[models.Offer]:
    """Claim volunteers and write their offers; fewer than asked when others were quicker.

    An open page rings by its live stream; a push and a telephone leg leave by the outbox.
    """
    fits = {fit.volunteer: fit for fit in (*call.captains, *call.candidates, *call.standby)}
    wanted = [
        offer(row, call, ring.seat, fits.get(volunteer) or Fit(volunteer=volunteer), now)
        for volunteer in claim(ring)
    ]
    # A claim can be a moment old: the index decides, and who lost is simply not placed.
    insert(wanted, unless_there=True)
    ids = {offer.pk for offer in wanted}
    placed = [each for each in placed_just_now(row.pk, now) if each.pk in ids]
    for each in placed:
        change(models.Duty, each.volunteer_id, {"rested_since_at": now})
    insert([ring_effect(offer, now) for offer in placed])
    return placed


@kept
def placed_just_now(call_id: UUID, now: datetime) -> QuerySet[models.Offer]:
    """Give the offers of a call that were placed at this instant, with their volunteers."""
    placed = models.Offer.objects.filter(call=call_id, placed_at=now, state=OfferState.PLACED)
    return placed.select_related("volunteer")


def offer(row: models.Call, call: Call, seat: Seat, fit: Fit, now: datetime) -> models.Offer:
    """Give the row that asks a volunteer to take a seat, unsaved."""
    usual = call.timing.help_ring if seat is Seat.HELPER else call.timing.ring
    return models.Offer(
        id=uuid4(),
        call=row,
        volunteer_id=fit.volunteer,
        seat=seat,
        state=OfferState.PLACED,
        placed_at=now,
        reach_by_at=now + call.timing.reach,
        ends_at=now + (fit.ring or usual),
        ring_seconds=None if fit.ring is None else round(fit.ring.total_seconds()),
        standby=fit.standby,
        chance={**asdict(fit.chance), "where": fit.where},
    )


def ring_effect(offer: models.Offer, now: datetime) -> models.Effect:
    """Give the outbox row that makes a volunteer's devices or telephone ring."""
    kinds = models.Effect.Kind
    kind = kinds.PUSH if offer.volunteer.pretend is None else kinds.RING
    return models.Effect(
        key=f"{kind}:{offer.pk}",
        kind=kind,
        leg=offer.pk,
        call_id=offer.call_id,
        offer=offer,
        due_at=now,
    )


def write(row: models.Call, before: Call, after: Call, now: datetime) -> set[UUID]:
    """Write the offers that a decision changed; give the volunteers concerned."""
    old = {offer.id: offer for offer in before.offers}
    changed = [offer for offer in after.offers if offer != old[offer.id]]
    # Endings first: a seat must be empty before somebody else can have it.
    for offer in sorted(changed, key=lambda offer: offer.live):
        write_one(row.line, old[offer.id], offer, now)
    return {offer.volunteer for offer in changed}


def write_one(line: models.Line, old: Offer, new: Offer, now: datetime) -> None:
    """Write one offer, and what it means for the volunteer's rest and whether they are there."""
    columns = {
        "state": new.state,
        "reach_by_at": new.reach_by_at,
        "ends_at": new.ends_at,
        "ended_at": new.ended_at,
        "outcome": new.outcome or "",
        "joined_at": new.joined_at,
    }
    if new.state is OfferState.RINGING and old.state is not OfferState.RINGING:
        columns["reached_at"] = now
    change(models.Offer, new.id, columns)
    habits.learn(old, new, now)
    said_ready = new.state in SAID_READY and old.state not in SAID_READY
    if not new.live:
        stop_ringing(new.id, now)
    if new.outcome is Outcome.SILENT:
        still_there.note_silence(line, new.volunteer, now)
    elif new.outcome is Outcome.PASSED or said_ready:
        still_there.note_answer(new.volunteer)
    if not new.live and old.state is OfferState.ACCEPTED:
        rest(line, new, now)


@kept
def telephone_rings(offer_id: UUID) -> QuerySet[models.Effect]:
    """Give the effect that rings a telephone for an offer."""
    return models.Effect.objects.filter(offer=offer_id, kind=models.Effect.Kind.RING)


def rest(line: models.Line, offer: Offer, now: datetime) -> None:
    """Note from when somebody rests; after a conversation for as long as the line has it.

    The rest begins when they are free: a question that is still open is no rest.
    """
    rests: dict[str, object] = {"rested_since_at": now}
    if offer.joined_at is not None and line.rest_minutes:
        rests["resting_until_at"] = now + timedelta(minutes=line.rest_minutes)
    change(models.Duty, offer.volunteer, rests)


def stop_ringing(offer_id: UUID, now: datetime) -> None:
    """Withdraw an unsent ring, or send a cancel after one that may be out."""
    with connection.cursor() as cursor:
        cursor.execute(WITHDRAW, [now, offer_id])
    ring = telephone_rings.first(offer_id)
    if ring is None or (ring.tries == 0 and ring.done_at is None):
        return
    models.Effect.objects.bulk_create(
        [
            models.Effect(
                key=f"cancel:{offer_id}",
                kind=models.Effect.Kind.CANCEL,
                leg=offer_id,
                call_id=ring.call_id,
                offer_id=offer_id,
                due_at=now,
            )
        ],
        ignore_conflicts=True,
    )
