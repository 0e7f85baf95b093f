"""Delete what has been kept long enough; the times are in core.retention."""

from datetime import datetime

from django.db.models import Q

from stepline import models
from stepline.actions import danger
from stepline.core import retention
from stepline.core.calls import State


def delete_old(now: datetime) -> dict[str, int]:
    """Delete all that is past its time; gives how many rows of each kind went."""
    closed = models.Call.objects.filter(state=State.CLOSED)
    settled = Q(done_at__lt=now - retention.EFFECTS) | Q(gave_up_at__lt=now - retention.EFFECTS)
    old = now - retention.SIGN_INS
    doomed = {
        "calls": closed.filter(closed_at__lt=now - retention.CALLS),
        "effects": models.Effect.objects.filter(settled),
        "looks": models.Look.objects.filter(at__lt=now - retention.LOOKS),
        "duty_spans": models.DutySpan.objects.filter(off_at__lt=now - retention.DUTY_SPANS),
        "notices": models.Notice.objects.filter(at__lt=now - retention.NOTICES),
        "invitations": models.Invitation.objects.filter(expires_at__lt=old),
        "devices": models.Device.objects.filter(Q(expires_at__lt=old) | Q(revoked_at__lt=old)),
    }
    gone = {kind: rows.delete()[0] for kind, rows in doomed.items()}
    return gone | {"places": danger.erase_old_places(now)}
