"""The rows of a run as the checker's records; imported once Django is set up."""

from datetime import datetime

from django.db.models import Count, Q

from stepline import models
from stepline.start.stage.faults.records import CallRow, Evidence, LogRow, OfferRow, PromiseRow


def rows(read_at: datetime) -> Evidence:
    """Read all rows that the checker looks at."""
    return Evidence(
        read_at=read_at,
        calls=tuple(calls()),
        offers=tuple(offers()),
        log=tuple(log()),
        promises=tuple(promises()),
    )


def calls() -> list[CallRow]:
    """Read the calls."""
    return [
        CallRow(
            id=str(row.pk),
            state=row.state,
            asked_at=row.asked_at,
            deadline_at=row.deadline_at,
            closed_at=row.closed_at,
            closed_by=row.closed_by,
            set_aside=row.set_aside_at is not None,
        )
        for row in models.Call.objects.order_by("asked_at")
    ]


def offers() -> list[OfferRow]:
    """Read the offers, each with the number of rings that were sent for it."""
    kinds = models.Effect.Kind
    sent = Count("effects", filter=Q(effects__kind__in=[kinds.PUSH, kinds.RING]))
    return [
        OfferRow(
            id=str(row.pk),
            call=str(row.call_id),
            volunteer=str(row.volunteer_id),
            seat=row.seat,
            state=row.state,
            placed_at=row.placed_at,
            ended_at=row.ended_at,
            outcome=row.outcome,
            rings_sent=row.rings,
        )
        for row in models.Offer.objects.annotate(rings=sent).order_by("placed_at")
    ]


def log() -> list[LogRow]:
    """Read the log in the order in which it was written."""
    return [
        LogRow(
            number=row.pk,
            call=str(row.call_id),
            at=row.at,
            event=row.event,
            came_from=row.from_state,
            led_to=row.to_state,
            detail=row.detail,
        )
        for row in models.LogLine.objects.order_by("pk")
    ]


def promises() -> list[PromiseRow]:
    """Read the promised call backs."""
    return [
        PromiseRow(
            call=str(row.call_id),
            due_at=row.due_at,
            owner=str(row.owner_id) if row.owner_id else None,
            told=row.unowned_told_at is not None,
            outcome=row.outcome,
            ended_at=row.ended_at,
        )
        for row in models.CallBack.objects.order_by("created_at")
    ]
