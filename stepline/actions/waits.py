"""How long callers usually wait at this hour, told only when enough calls say so."""

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from uuid import UUID

from django.db import connection

from stepline import models

# A usual time is told only from at least this many calls at this hour.
FEWEST_CALLS = 20
LOOKED_BACK = timedelta(days=56)
KEPT_FOR = timedelta(minutes=5)

# The hour on the clock of the line's own place, so that summer time doesn't shift the night.
MEDIAN = """
    SELECT count(*), percentile_cont(0.5) WITHIN GROUP (
        ORDER BY extract(epoch FROM connected_at - asked_at)
    )
    FROM stepline_call
    WHERE line_id = %s AND connected_at IS NOT NULL AND asked_at > %s
      AND extract(hour FROM asked_at AT TIME ZONE %s) = extract(hour FROM %s AT TIME ZONE %s)
"""


def usual_wait_seconds(line: models.Line, now: datetime) -> int | None:
    """Give the median wait at this hour over eight weeks; None from fewer than twenty calls."""
    return _looked_up(line.pk, line.time_zone, int(now.timestamp() // KEPT_FOR.total_seconds()))


@lru_cache(maxsize=64)
def _looked_up(line_id: UUID, time_zone: str, five_minutes: int) -> int | None:
    now = datetime.fromtimestamp(five_minutes * KEPT_FOR.total_seconds(), tz=UTC)
    with connection.cursor() as cursor:
        cursor.execute(MEDIAN, [line_id, now - LOOKED_BACK, time_zone, now, time_zone])
        count, median = cursor.fetchone() or (0, None)
    return None if count < FEWEST_CALLS or median is None else round(median)
