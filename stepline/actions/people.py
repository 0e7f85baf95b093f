"""Who serves on a line, as its coordinator writes it."""

from dataclasses import dataclass, fields
from datetime import date, datetime

from django.db import transaction

from stepline import models
from stepline.actions import accounts, announce, duty
from stepline.models.sealed import blind_index


class LastCoordinator(Exception):
    """Without this person nobody could look after the line."""


class EmailTaken(Exception):
    """Somebody on this line has the same e-mail already."""


@dataclass(frozen=True, kw_only=True)
class Person:
    """What a coordinator writes about somebody who serves; `takes` are callers' wishes."""

    name: str
    email: str = ""
    gender: str = models.Volunteer.Gender.UNSTATED
    takes: tuple[str, ...] = ("anyone",)
    languages: tuple[str, ...] = ("en",)
    sober_on: date | None = None
    trained_on: date | None = None
    fellowships: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    takes_nights: bool = True
    most_calls_a_week: int | None = None
    ring_seconds: int | None = None
    takes_calls: bool = True
    is_captain: bool = False
    is_back_up: bool = False
    is_coordinator: bool = False


# Blocked and stepped back are decided apart: a form that was open meanwhile doesn't undo them.
SEALED = {"name": "name_sealed", "email": "email_sealed"}
WRITTEN = ("email_index", *(SEALED.get(one.name, one.name) for one in fields(Person)))


@transaction.atomic
def add(line: models.Line, person: Person, now: datetime) -> models.Volunteer:
    """Write somebody new, off duty and without a device; raises EmailTaken."""
    held = hold(line)
    volunteer = models.Volunteer(line=held, created_at=now)
    fill(volunteer, person)
    volunteer.save(force_insert=True)
    models.Duty.objects.create(volunteer=volunteer, line=held)
    announce.changed(*accounts.topics(volunteer))
    return volunteer


@transaction.atomic
def change(volunteer: models.Volunteer, person: Person) -> None:
    """Write what changed about somebody; raises EmailTaken and LastCoordinator."""
    hold(volunteer.line)
    if not person.is_coordinator:
        refuse_last_coordinator(volunteer)
    fill(volunteer, person)
    volunteer.save(update_fields=WRITTEN)
    announce.changed(*accounts.topics(volunteer))


def step_back(volunteer: models.Volunteer, now: datetime) -> None:
    """Take somebody off duty, end their devices and ring them no more; undone by `serve_again`.

    Raises LastCoordinator. What is written about them stays (domain 6.2: while serving and
    twelve months after). Several transactions: see duty.go_off_duty.
    """
    with transaction.atomic():
        hold(volunteer.line)
        refuse_last_coordinator(volunteer)
        volunteer.stepped_back_at = now
        volunteer.save(update_fields=["stepped_back_at"])
    duty.go_off_duty(volunteer, now)
    accounts.sign_out_everywhere(volunteer, now)


@transaction.atomic
def serve_again(volunteer: models.Volunteer) -> None:
    """Undo a stepping back; their devices need a new invitation."""
    volunteer.stepped_back_at = None
    volunteer.save(update_fields=["stepped_back_at"])


def block(volunteer: models.Volunteer, now: datetime) -> None:
    """Take somebody off this line's calls until it is undone; they stay signed in.

    No reason is written, and no peer is shown that it happened (domain 3.12, 3.13). Several
    transactions: see duty.go_off_duty.
    """
    volunteer.blocked_at = now
    volunteer.save(update_fields=["blocked_at"])
    duty.go_off_duty(volunteer, now)


@transaction.atomic
def unblock(volunteer: models.Volunteer) -> None:
    """Let somebody take this line's calls again."""
    volunteer.blocked_at = None
    volunteer.save(update_fields=["blocked_at"])
    announce.changed(*accounts.topics(volunteer))


def limit(volunteer: models.Volunteer, takes: tuple[str, ...], *, takes_nights: bool) -> None:
    """Write what is a volunteer's own to say: whose calls they take, and whether at night."""
    with transaction.atomic():
        volunteer.takes, volunteer.takes_nights = list(takes), takes_nights
        volunteer.save(update_fields=["takes", "takes_nights"])
        announce.changed(*accounts.topics(volunteer))


def hold(line: models.Line) -> models.Line:
    """Lock the line's row, so that two coordinators' changes come one after the other."""
    return models.Line.objects.select_for_update().get(id=line.id)


def refuse_last_coordinator(volunteer: models.Volunteer) -> None:
    """Raise LastCoordinator when nobody else looks after the line."""
    serving = models.Volunteer.objects.filter(line_id=volunteer.line_id, stepped_back_at=None)
    others = serving.filter(is_coordinator=True).exclude(id=volunteer.id)
    if volunteer.is_coordinator and not others.exists():
        raise LastCoordinator


def fill(volunteer: models.Volunteer, person: Person) -> None:
    """Put what was written into the row, unsaved."""
    volunteer.name = person.name
    volunteer.email = person.email
    volunteer.email_index = free_email_index(volunteer, person.email)
    volunteer.gender = person.gender
    volunteer.takes = list(person.takes)
    volunteer.languages = list(person.languages)
    volunteer.sober_on = person.sober_on
    volunteer.trained_on = person.trained_on
    volunteer.fellowships = list(person.fellowships)
    volunteer.groups = list(person.groups)
    volunteer.places = list(person.places)
    volunteer.takes_nights = person.takes_nights
    volunteer.most_calls_a_week = person.most_calls_a_week
    volunteer.ring_seconds = person.ring_seconds
    volunteer.takes_calls = person.takes_calls
    volunteer.is_captain = person.is_captain
    volunteer.is_back_up = person.is_back_up
    volunteer.is_coordinator = person.is_coordinator


def free_email_index(volunteer: models.Volunteer, email: str) -> bytes | None:
    """Give the fingerprint of an e-mail on this line; raises EmailTaken.

    The line is part of it: another line's coordinator can't find out who serves here.
    """
    if not email:
        return None
    index = blind_index("email", f"{volunteer.line_id}:{email.casefold()}")
    others = models.Volunteer.objects.filter(email_index=index).exclude(id=volunteer.id)
    if others.exists():
        raise EmailTaken
    return index
