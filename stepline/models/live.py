"""What passes between two pages while they join voices."""

from django.db import models


class Signal(models.Model):
    """One message from a page to another; holds network addresses, so unlogged and short-lived.

    Deleted when the voices join and after 60 s at most.
    """

    id = models.BigAutoField(primary_key=True)
    call_id = models.UUIDField()
    from_seat = models.CharField(max_length=10)
    to_seat = models.CharField(max_length=10)
    session = models.CharField(max_length=40)
    body = models.TextField()
    created_at = models.DateTimeField()

    class Meta:
        indexes = (
            models.Index(fields=("call_id", "to_seat", "id"), name="signal_inbox"),
            models.Index(fields=("created_at",), name="signal_age"),
        )

    def __str__(self) -> str:
        return str(self.id)
