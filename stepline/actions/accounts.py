"""Who may come in: invitations, the devices they sign in, and how both end.

Codes and device keys are kept only as keyed fingerprints, so the tables open nothing.
"""

import secrets
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet

from stepline import models
from stepline.actions import announce, codes
from stepline.models.people import Role
from stepline.models.sealed import blind_index
from stepline.models.statements import kept

INVITATION_LASTS = timedelta(days=3)
DEVICE_LASTS = timedelta(days=90)
KEY_BYTES = 32
CODE_GROUPS = 3  # 54 bits


class CodeRefused(Exception):
    """The code is wrong, used or too old, or its person has stepped back; which one is not told."""


class NeedsCountry(Exception):
    """The first line has to be made, and nobody said in which country."""


class RoleRefused(Exception):
    """The person doesn't hold the role that an invitation was asked for."""


def code_index(code: str) -> bytes:
    """Give the fingerprint a code is found by; spaces, hyphens and small letters don't matter."""
    return blind_index("invitation", codes.plain(code))


def key_index(key: str) -> bytes:
    """Give the fingerprint that a device's key is found by."""
    return blind_index("device", key)


@transaction.atomic
def invite(volunteer: models.Volunteer, role: Role, now: datetime) -> str:
    """Make the one code that signs a device of this person in, within three days; it is shown once.

    Earlier unused codes of the same person and role stop working. Raises RoleRefused.
    """
    if role == Role.COORDINATOR and not volunteer.is_coordinator:
        raise RoleRefused
    code = codes.new_code(CODE_GROUPS)
    waiting = models.Invitation.objects.filter(volunteer=volunteer, role=role, used_at=None)
    waiting.filter(expires_at__gt=now).update(expires_at=now)
    models.Invitation.objects.create(
        volunteer=volunteer,
        role=role,
        code_index=code_index(code),
        created_at=now,
        expires_at=now + INVITATION_LASTS,
    )
    return code


def waiting_invitation(code: str, now: datetime) -> models.Invitation:
    """Give the invitation of a code without using it up; raises CodeRefused."""
    rows = models.Invitation.objects.select_related("volunteer__line")
    invitation = rows.filter(code_index=code_index(code)).first()
    if invitation is None or not is_waiting(invitation, now):
        raise CodeRefused
    return invitation


def invited_to(code: str) -> Role | None:
    """Give the role that a code was made for, used up or not; None for a code never made."""
    invitation = models.Invitation.objects.filter(code_index=code_index(code)).first()
    return Role(invitation.role) if invitation else None


def is_waiting(invitation: models.Invitation, now: datetime) -> bool:
    """Tell whether a code can still be used."""
    volunteer = invitation.volunteer
    if invitation.role == Role.COORDINATOR and not volunteer.is_coordinator:
        return False
    unused = invitation.used_at is None and invitation.expires_at > now
    return unused and volunteer.stepped_back_at is None


@transaction.atomic
def redeem(code: str, now: datetime) -> tuple[models.Device, str]:
    """Use a code up and sign a device in for 90 days; give the device and its key, told only here.

    Of two at the same instant exactly one succeeds. Raises CodeRefused.
    """
    rows = models.Invitation.objects.select_for_update(of=("self",)).select_related("volunteer")
    invitation = rows.filter(code_index=code_index(code)).first()
    if invitation is None or not is_waiting(invitation, now):
        raise CodeRefused
    invitation.used_at = now
    invitation.save(update_fields=["used_at"])
    key = secrets.token_urlsafe(KEY_BYTES)
    device = models.Device.objects.create(
        volunteer=invitation.volunteer,
        role=invitation.role,
        key_index=key_index(key),
        created_at=now,
        expires_at=now + DEVICE_LASTS,
    )
    return device, key


@kept
def signed_in_devices(key_index: bytes, now: datetime) -> QuerySet[models.Device]:
    """Give the device that is found by a fingerprint, while it is signed in."""
    return models.Device.objects.select_related("volunteer__line").filter(
        key_index=key_index,
        revoked_at=None,
        expires_at__gt=now,
        volunteer__stepped_back_at=None,
    )


def device_for(key: str, role: Role, now: datetime) -> models.Device | None:
    """Give the signed-in device of a key, if it may act in this role now.

    A coordinator's device may act as a volunteer's too: coordinators are rung for help.
    """
    device = signed_in_devices.first(key_index(key), now)
    if device is None or role == Role.VOLUNTEER:
        return device
    may = device.role == Role.COORDINATOR and device.volunteer.is_coordinator
    return device if may else None


@transaction.atomic
def sign_out(device: models.Device, now: datetime) -> None:
    """End one device: its key stops working, its pages and pushes are no longer rung."""
    end_devices(models.Device.objects.filter(id=device.id), now)
    announce.changed(*topics(device.volunteer))


@transaction.atomic
def sign_out_everywhere(volunteer: models.Volunteer, now: datetime) -> int:
    """End every device and unused code of a person; give how many devices there were."""
    waiting = models.Invitation.objects.filter(volunteer=volunteer, used_at=None)
    waiting.filter(expires_at__gt=now).update(expires_at=now)
    announce.changed(*topics(volunteer))
    return end_devices(models.Device.objects.filter(volunteer=volunteer), now)


def topics(volunteer: models.Volunteer) -> tuple[str, str]:
    """Name what looks different once somebody's devices or roles changed: open pages look again."""
    return f"volunteer:{volunteer.id}", f"line:{volunteer.line_id}"


def end_devices(devices: QuerySet[models.Device], now: datetime) -> int:
    """End these devices, their open pages and their pushes; give how many were signed in."""
    alive = list(devices.filter(revoked_at=None).values_list("id", flat=True))
    models.Presence.objects.filter(device__in=alive).delete()
    subscriptions = models.PushSubscription.objects.filter(device__in=alive, gone_at=None)
    subscriptions.update(gone_at=now)
    return models.Device.objects.filter(id__in=alive).update(revoked_at=now)


@transaction.atomic
def first_coordinator(name: str, now: datetime, country: str) -> str:
    """Make a line, where there is none yet, with its first coordinator; give their code.

    Raises NeedsCountry when there is no line yet and no country is given.

    Asked again with the same name, gives that person a new code: a way back in for whoever
    holds the machine. `country` (ISO 3166) decides the emergency numbers of a new line.
    """
    line = models.Line.objects.order_by("slug").first() or first_line(country)
    coordinators = line.volunteers.filter(is_coordinator=True, stepped_back_at=None)
    known = next((person for person in coordinators if person.name == name), None)
    person = known or add_coordinator(line, name, now)
    return invite(person, Role.COORDINATOR, now)


def first_line(country: str) -> models.Line:
    """Make the first line; no country is assumed, since a wrong number costs a life (B13)."""
    if not country:
        raise NeedsCountry
    return models.Line.objects.create(slug="line", name="Stepline", country=country)


def add_coordinator(line: models.Line, name: str, now: datetime) -> models.Volunteer:
    """Write a new coordinator who is rung for help, and takes calls only when they say so."""
    person = models.Volunteer(line=line, is_coordinator=True, takes_calls=False, created_at=now)
    person.name = name
    person.save(force_insert=True)
    models.Duty.objects.create(volunteer=person, line=line)
    return person
