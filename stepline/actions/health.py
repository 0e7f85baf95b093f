"""Is the clock well? Overdue deadlines, and a clock that differs from the database's."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db import connection

from stepline import models

LARGEST_SKEW = timedelta(seconds=0.5)
WORRYING = timedelta(seconds=5)
WORKER_SEEN_WITHIN = timedelta(seconds=10)


@dataclass(frozen=True)
class Health:
    """How the line's clock is; holds counts and seconds only."""

    overdue: timedelta
    skew: timedelta
    workers: int
    set_aside: int

    @property
    def good(self) -> bool:
        """Say whether calls are being looked after."""
        return self.overdue < WORRYING and self.skew <= LARGEST_SKEW and self.workers > 0


def skew() -> timedelta:
    """Give by how much this process's clock differs from the database's, without its sign."""
    before = datetime.now(UTC)
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        row = cursor.fetchone()
    after = datetime.now(UTC)
    theirs: datetime = row[0] if row else before
    return max(before - theirs, theirs - after, timedelta())


def health(now: datetime) -> Health:
    """Measure it: the oldest overdue deadline, the skew, the workers seen lately."""
    waiting = models.Call.objects.filter(deadline_at__lt=now, set_aside_at=None)
    oldest = waiting.order_by("deadline_at").values_list("deadline_at", flat=True).first()
    seen = models.Process.objects.filter(kind="worker", seen_at__gt=now - WORKER_SEEN_WITHIN)
    return Health(
        overdue=now - oldest if oldest else timedelta(),
        skew=skew(),
        workers=seen.count(),
        set_aside=models.Call.objects.filter(set_aside_at__isnull=False).count(),
    )
