"""The times that volunteers were on duty, written down as they begin and end."""

from datetime import datetime
from uuid import UUID

from stepline import models


def begin(volunteer: UUID, line: UUID, now: datetime) -> None:
    """Write down that somebody is on duty from now on, unless that stands already."""
    about = {"line_id": line, "on_at": now}
    models.DutySpan.objects.get_or_create(volunteer_id=volunteer, off_at=None, defaults=about)


def end(volunteer: UUID, at: datetime) -> None:
    """Write down when somebody's time on duty ended."""
    models.DutySpan.objects.filter(volunteer=volunteer, off_at=None).update(off_at=at)
