"""A line with as many volunteers as wanted, written by rows; imported once Django is set up."""

import secrets
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from stepline import models
from stepline.actions import accounts
from stepline.models.people import Role

SLUG = "stage"
SOBER_FOR = timedelta(days=4 * 365)
ON_DUTY_FOR = timedelta(hours=12)
ROWS_AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class Signed:
    """A volunteer, and the key of a device of theirs: what its cookie holds."""

    volunteer: UUID
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """What the volunteers of one crowd have in common, told as the columns are named."""

    gender: str = "unstated"
    takes: list[str] = field(default_factory=lambda: ["anyone"])
    languages: list[str] = field(default_factory=lambda: ["en"])
    is_captain: bool = False
    is_back_up: bool = False


def line(slug: str = SLUG, **columns: object) -> models.Line:
    """Make a line; columns not given are as usual."""
    name, country = "A line on stage", "IE"
    return models.Line.objects.create(slug=slug, name=name, country=country, **columns)


@transaction.atomic
def seat(
    line: models.Line, count: int, now: datetime, *, on_duty: bool, kind: Kind | None = None
) -> list[Signed]:
    """Add volunteers to a line, each with a signed-in device; on duty as if just proved.

    Nobody can be rung before a page of theirs is open.
    """
    people = [person(line, kind or Kind(), now) for _ in range(count)]
    models.Volunteer.objects.bulk_create(people, ROWS_AT_ONCE)
    since_at, until_at = (now, now + ON_DUTY_FOR) if on_duty else (None, None)
    models.Duty.objects.bulk_create(
        [
            models.Duty(
                volunteer=each,
                line=line,
                on_since_at=since_at,
                until_at=until_at,
                proved_at=since_at,
            )
            for each in people
        ],
        ROWS_AT_ONCE,
    )
    return signed_in(people, now)


def person(line: models.Line, kind: Kind, now: datetime) -> models.Volunteer:
    """Describe one volunteer, unsaved."""
    long_ago = (now - SOBER_FOR).date()
    volunteer = models.Volunteer(
        line=line, created_at=now, sober_on=long_ago, trained_on=long_ago, **asdict(kind)
    )
    volunteer.name = f"V{str(volunteer.pk)[:8]}"
    return volunteer


def signed_in(people: list[models.Volunteer], now: datetime) -> list[Signed]:
    """Sign a device of each in, as the use of an invitation does."""
    signed = [Signed(each.pk, secrets.token_urlsafe(accounts.KEY_BYTES)) for each in people]
    models.Device.objects.bulk_create(
        [
            models.Device(
                volunteer_id=each.volunteer,
                role=Role.VOLUNTEER,
                key_index=accounts.key_index(each.key),
                created_at=now,
                expires_at=now + accounts.DEVICE_LASTS,
            )
            for each in signed
        ],
        ROWS_AT_ONCE,
    )
    return signed
