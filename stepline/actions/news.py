"""Whose pages look different after a step, so that no other page reads anew."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from stepline import models
from stepline.core.calls import Call, LegStep, OfferState


def pages(row: models.Call, before: Call, after: Call, concerned: set[UUID]) -> set[str]:
    """Give the topics of the pages that show what this step changed.

    `concerned` are those whose own offer changed or is new; whoever sits in the conversation is
    shown all of the call, whoever is being rung only what the caller wishes and danger.
    """
    if not concerned and shown(before) == shown(after):
        return set()
    told_to_rung = asked_for(before) != asked_for(after)
    shown_too = {
        offer.volunteer
        for offer in after.offers
        if offer.live and (told_to_rung or offer.state is OfferState.ACCEPTED)
    }
    people = {f"volunteer:{volunteer}" for volunteer in concerned | shown_too}
    return people | {f"call:{row.pk}", f"line:{row.line_id}"}


def shown(call: Call) -> Call:
    """Give a call without what no page shows, as how far each side came in joining."""
    return replace(
        call,
        caller_step=LegStep.NONE,
        responder_step=LegStep.NONE,
        heard_until_at=None,
        look_again_at=None,
        offers=(),
    )


def asked_for(call: Call) -> tuple[object, ...]:
    """Give what whoever is rung is told of a call by dispatch."""
    return call.wish, call.relaxed, call.wishes, call.danger


def is_earlier(due_at: datetime | None, was_due_at: datetime | None) -> bool:
    """Say whether a deadline comes sooner than the clock knows."""
    return due_at is not None and (was_due_at is None or due_at < was_due_at)
