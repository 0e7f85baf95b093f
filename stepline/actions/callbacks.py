"""Promise to talk again: which times somebody owns, the code, and coming back with it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Q

from stepline import models
from stepline.actions import dispatch, promises
from stepline.core import events as e
from stepline.core.matching import sober_enough

OFFERED_MINUTES = (15, 30, 60, 120)
# One volunteer keeps one call back at a time: a talk has its time.
APART = timedelta(minutes=30)


@dataclass(frozen=True)
class Slot:
    """A time at which a named volunteer can keep a call back."""

    minutes: int
    due_at: datetime
    owner: UUID


def owners_at(call: models.Call, due_at: datetime, now: datetime) -> list[UUID]:
    """Give those who will be on duty at that time, suit the caller, and own nothing near it."""
    near = Q(due_at__gt=due_at - APART, due_at__lt=due_at + APART, ended_at=None)
    taken = models.CallBack.objects.filter(near, owner__isnull=False).values("owner")
    people = models.Volunteer.objects.filter(
        duty__line=call.line,
        duty__on_since_at__isnull=False,
        duty__until_at__gte=due_at,
        stepped_back_at=None,
        takes_calls=True,
        takes__contains=[call.wish],
        languages__contains=[call.language],
    ).exclude(pk__in=taken)
    rows = people.order_by("duty__rested_since_at", "pk").values_list("pk", "sober_on")
    minimum = call.line.min_sober_days
    return [pk for pk, sober_on in rows if sober_enough(sober_on, minimum, now.date())]


def slots(call: models.Call, now: datetime) -> list[Slot]:
    """Give the times that somebody owns; none means that no time can be promised."""
    found = []
    for minutes in OFFERED_MINUTES:
        due_at = now + timedelta(minutes=minutes)
        owners = owners_at(call, due_at, now)
        if owners:
            found.append(Slot(minutes, due_at, owners[0]))
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
