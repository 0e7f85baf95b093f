"""Tell the coordinator."""

from datetime import datetime
from uuid import UUID

from stepline import models
from stepline.actions import announce


def tell(line: models.Line, kind: str, call_id: UUID | None, now: datetime) -> models.Notice:
    """Write a notice for the line's board; whoever calls announces `line:<id>`."""
    return models.Notice.objects.create(line=line, kind=kind, call_id=call_id, at=now)


def seen(line: models.Line, notice_id: UUID, now: datetime) -> bool:
    """Note that a coordinator of the line has seen a notice; False when it isn't the line's."""
    notices = models.Notice.objects.filter(pk=notice_id, line=line, seen_at=None)
    changed = notices.update(seen_at=now) == 1
    announce.changed(f"line:{line.pk}")
    return changed
