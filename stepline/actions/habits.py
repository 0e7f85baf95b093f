"""What a ring taught of its volunteer, kept with their standing; the rules are in core.habits.

Kept as counts and as the chances that follow from them, so that a search only reads. Nothing
here is ever shown: it is no score.
"""

import json
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from stepline import models
from stepline.core import habits
from stepline.core.calls import Chance, Offer, OfferState, Outcome, Seat
from stepline.core.habits import Counts, Habits
from stepline.models.statements import change, kept

SITUATIONS = [habits.situation(here, night) for here in (True, False) for night in (True, False)]
ANSWERED = {OfferState.ACCEPTED, OfferState.STANDBY}
PASSED = {Outcome.PASSED, Outcome.OFF_DUTY}
STOPPED = {Outcome.STOPPED, Outcome.TAKEN}


def chance_of(kept: dict[str, Any]) -> Chance:
    """Give a chance as it is kept with an offer."""
    return Chance(**{name: value for name, value in kept.items() if name != "where"})


def chance_in(kept: str | None, where: str) -> Chance:
    """Give the chance that is known for a situation, from the JSON of `chances`; else the start."""
    known = json.loads(kept).get(where) if kept else None
    return Chance(**known) if known else habits.START


def learn(old: Offer, new: Offer, now: datetime) -> None:
    """Write what the change of one offer teaches, if anything; one writer at a time.

    A volunteer has one live offer at most, so nobody else writes their habits meanwhile.
    """
    taught = lesson(old, new, now)
    if taught is None or new.seat is not Seat.RESPONDER or not new.where:
        return
    known = habits_of.first(new.volunteer)
    if known is None:
        return
    learned = habits.learn(read(known), new.where, taught, now)
    change(models.Duty, new.volunteer, {"habits": written(learned, now)})


@kept
def habits_of(volunteer: UUID) -> QuerySet[models.Duty, dict[str, Any]]:
    """Give what is kept of a volunteer's habits."""
    return models.Duty.objects.filter(volunteer=volunteer).values_list("habits", flat=True)


def lesson(old: Offer, new: Offer, now: datetime) -> Counts | None:
    """Give what a ring taught: only what really rang teaches, and each ring once."""
    if new.rang_at is None or old.state in ANSWERED:
        return None
    seconds = (now - new.rang_at).total_seconds()
    if new.state in ANSWERED:
        return habits.of_answer(ready=True, seconds=seconds)
    if new.outcome in PASSED:
        return habits.of_answer(ready=False, seconds=seconds)
    if new.outcome is Outcome.SILENT:
        return habits.of_silence()
    if new.outcome in STOPPED:
        ring_seconds = (new.ends_at - new.rang_at).total_seconds()
        return habits.of_stopped(new.chance, seconds, ring_seconds)
    return None


def read(kept: dict[str, Any]) -> Habits:
    """Give habits from what is kept."""
    counts = {where: Counts(*values) for where, values in kept.get("counts", {}).items()}
    at = kept.get("at")
    return Habits(counts, datetime.fromisoformat(at) if at else None)


def written(learned: Habits, now: datetime) -> dict[str, Any]:
    """Give what is kept of habits: counts, when they were last added to, and the chances."""
    return {
        "at": learned.at.isoformat() if learned.at else None,
        "counts": {
            where: [round(value, 4) for value in asdict(counts).values()]
            for where, counts in learned.counts.items()
        },
        "chances": {where: asdict(habits.chance(learned, where, now)) for where in SITUATIONS},
    }
