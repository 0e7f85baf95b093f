"""What waits for the clock, and from when: one look at the rows, taken at every waking."""

from dataclasses import dataclass
from datetime import datetime

from django.db import connection

# An effect waits for the earlier ones of its leg (see effects), a call that was set aside for
# the coordinator. Of calls that join a caller by number, only those still open are read.
WAITING = """
SELECT
  (SELECT deadline_at FROM stepline_call
    WHERE deadline_at IS NOT NULL AND set_aside_at IS NULL ORDER BY deadline_at LIMIT 1),
  (SELECT min(greatest(one.due_at, one.leased_until_at)) FROM stepline_effect one
    WHERE one.done_at IS NULL AND one.gave_up_at IS NULL AND NOT EXISTS (
      SELECT FROM stepline_effect earlier
      WHERE earlier.leg = one.leg AND earlier.id < one.id
        AND earlier.done_at IS NULL AND earlier.gave_up_at IS NULL)),
  EXISTS (
    SELECT FROM stepline_offer o JOIN stepline_volunteer v ON v.id = o.volunteer_id
    WHERE o.ended_at IS NULL AND o.leg IS NOT NULL AND v.pretend IS NOT NULL)
  OR EXISTS (
    SELECT FROM stepline_call c JOIN stepline_callback b ON b.call_id = c.id
    WHERE c.state = 'connecting' AND b.number_sealed IS NOT NULL)
"""


@dataclass(frozen=True, slots=True)
class Agenda:
    """When the next call must be looked at, when the next effect may leave, who pretends."""

    call_at: datetime | None
    effect_at: datetime | None
    phones_pretend: bool  # some pretend phone rings or talks: nobody announces what it does

    def call_is_due(self, now: datetime) -> bool:
        """Say whether a call must be looked at."""
        return self.call_at is not None and self.call_at <= now

    def effect_is_due(self, now: datetime) -> bool:
        """Say whether something may be sent."""
        return self.effect_at is not None and self.effect_at <= now


def read() -> Agenda:
    """Give what waits now."""
    with connection.cursor() as cursor:
        cursor.execute(WAITING)
        call_at, effect_at, phones_pretend = cursor.fetchone()
    return Agenda(call_at, effect_at, phones_pretend)
