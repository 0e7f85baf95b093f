"""Promise to talk again: which times somebody owns, the code, and coming back with it."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet

from stepline import models
from stepline.actions import dispatch, matching, promises, standings
from stepline.core import events as e
from stepline.core.matching import Candidate, Wanted, why_not
from stepline.models.statements import kept

OFFERED_MINUTES = (15, 30, 60, 120)
# One volunteer keeps one call back at a time: a talk has its time.
# Those who rested longest can mostly keep every time that is offered.
FEW = 6
APART = timedelta(minutes=30)


@dataclass(frozen=True)
class Slot:
    """A time at which a named volunteer can keep a call back."""

    minutes: int
    due_at: datetime
    owner: UUID


def owned(first_at: datetime, last_at: datetime) -> list[tuple[UUID | None, datetime]]:
    """Give who has promised to keep a call back near these times, and when."""
    return promised_near(first_at, last_at)


@kept
def promised_near(
    first_at: datetime, last_at: datetime
) -> QuerySet[models.CallBack, tuple[UUID | None, datetime]]:
    """Give the owners of the call backs that are due near these times, and when."""
    near = Q(due_at__gt=first_at - APART, due_at__lt=last_at + APART)
    promised = models.CallBack.objects.filter(near, ended_at=None, owner__isnull=False)
    return promised.values_list("owner", "due_at")


def can_keep(wanted: Wanted, each: Candidate, due_at: datetime) -> bool:
    """Say whether somebody on duty now will be so at that time, and suits the caller then.

    What only this moment knows says nothing of that one: a ring, a talk, a page that is closed.
    """
    then = replace(each, reachable=True, busy=False, rung_lately=False)
    lasts = each.until_at is not None and each.until_at >= due_at
    return lasts and not why_not(wanted, replace(then, on_duty=True), due_at)


def slots(call: models.Call, now: datetime) -> list[Slot]:
    """Give the times that somebody owns; none means that no time can be promised.

    Its owner is who rested longest of those who own nothing near it.
    """
    sought = matching.sought(call, (), now)
    few = standings.serving(sought, FEW)
    found = slots_of(sought, few)
    if len(found) == len(OFFERED_MINUTES) or len(few) < FEW:
        return found
    return slots_of(sought, standings.serving(sought))


def slots_of(sought: standings.Sought, serving: list[Candidate]) -> list[Slot]:
    """Give the times that one of these can keep."""
    times = {minutes: sought.at + timedelta(minutes=minutes) for minutes in OFFERED_MINUTES}
    promised = owned(min(times.values()), max(times.values())) if serving else []
    found = []
    for minutes, due_at in times.items():
        taken = {who for who, at in promised if abs(at - due_at) < APART}
        then = standings.there(sought.line, due_at)
        able = (each for each in serving if can_keep(sought.wanted, each, then))
        owner = next((each.volunteer for each in able if each.volunteer not in taken), None)
        if owner is not None:
            found.append(Slot(minutes, due_at, owner))
    return found


def slot(call: models.Call, minutes: int, now: datetime) -> Slot | None:
    """Give one of the offered times, if somebody still owns it."""
    return next((each for each in slots(call, now) if each.minutes == minutes), None)


def label(due_at: datetime, line: models.Line) -> str:
    """Write a time as the clock on the caller's wall shows it."""
    return due_at.astimezone(ZoneInfo(line.time_zone)).strftime("%H:%M")


def find(code: str) -> models.CallBack | None:
    """Give the open call back of a code, or None."""
    waiting = models.CallBack.objects.select_related("call__line")
    return waiting.filter(code_index=promises.code_index(code), ended_at=None).first()


class NotYours(Exception):
    """The call back is somebody else's, or over."""


def keep(call_back_id: UUID, volunteer: models.Volunteer, now: datetime) -> None:
    """Say, unasked, that its owner will keep it; raises NotYours."""
    answer(call_back_id, volunteer, True, now)


def cannot(call_back_id: UUID, volunteer: models.Volunteer, now: datetime) -> None:
    """Say that its owner can't keep it after all: the next is asked. Raises NotYours."""
    answer(call_back_id, volunteer, False, now)


def answer(
    call_back_id: UUID, volunteer: models.Volunteer, keeps: bool, now: datetime
) -> dispatch.Handled:
    """Hand an owner's answer to dispatch."""
    mine = models.CallBack.objects.filter(pk=call_back_id, owner=volunteer, ended_at=None).first()
    if mine is None:
        raise NotYours
    return dispatch.handle(mine.call_id, e.CallBackAnswered(volunteer.pk, keeps), now)
