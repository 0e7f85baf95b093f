"""Ask somebody on duty whether they are still there, after three silent rings in a row.

Nobody is blamed: a phone lies in another room. Whoever says yes, says ready or passes has
answered; who doesn't within five minutes goes off duty, and their page tells them so.
"""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import F

from stepline import models
from stepline.actions import announce, notices, spans
from stepline.models.statements import change

ASKED_AFTER_RINGS = 3
ANSWERED_WITHIN = timedelta(minutes=5)


def note_silence(line: models.Line, volunteer: UUID, now: datetime) -> None:
    """Count a ring that stayed silent; at the third in a row ask, and tell the coordinator."""
    standing = models.Duty.objects.filter(volunteer=volunteer)
    standing.update(silent_rings=F("silent_rings") + 1)
    quiet = standing.filter(
        on_since_at__isnull=False, silent_rings__gte=ASKED_AFTER_RINGS, still_there_asked_at=None
    )
    if quiet.update(still_there_asked_at=now):
        notices.tell(line, models.Notice.Kind.STILL_THERE, None, now)


def note_answer(volunteer: UUID) -> None:
    """Note that somebody is there: the row of silent rings is broken."""
    change(models.Duty, volunteer, {"silent_rings": 0, "still_there_asked_at": None})


@transaction.atomic
def end_unanswered(now: datetime) -> int:
    """Take off duty those who did not answer; what rings at theirs rings on to its end.

    That they were asked stays written, so that their page can say why. A standing that
    dispatch is writing is left for the next look.
    """
    silent = models.Duty.objects.filter(
        on_since_at__isnull=False, still_there_asked_at__lte=now - ANSWERED_WITHIN
    )
    free = silent.select_for_update(skip_locked=True)
    ended = list(free.values_list("volunteer_id", "line_id"))
    for volunteer, _ in ended:
        models.Duty.objects.filter(pk=volunteer).update(on_since_at=None, until_at=None)
        spans.end(volunteer, now)
    topics = {f"volunteer:{v}" for v, _ in ended} | {f"line:{line}" for _, line in ended}
    announce.changed(*topics)
    return len(ended)
