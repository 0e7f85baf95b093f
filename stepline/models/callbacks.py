"""A promise to talk again: what identifies goes when it is kept or stopped."""

import uuid

from django.db import models

from stepline.models.dispatch import Call
from stepline.models.people import Volunteer
from stepline.models.sealed import Sealed


class CallBack(models.Model):
    """One promised call back of one call; its times are moved only with the call (see Call)."""

    class Outcome(models.TextChoices):
        """How the promise ended."""

        KEPT = "kept", "The two talked"
        STOPPED = "stopped", "The caller said stop"
        NOT_COME = "not_come", "The caller did not come back"
        HANDED = "handed", "The coordinator took it"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    call = models.OneToOneField(Call, on_delete=models.CASCADE, related_name="call_back")
    code_index = models.BinaryField(null=True, unique=True)
    code_sealed = models.BinaryField(null=True)
    code = Sealed()
    number_sealed = models.BinaryField(null=True)
    number = Sealed()
    tries = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField()
    owner = models.ForeignKey(Volunteer, null=True, on_delete=models.SET_NULL, related_name="+")
    confirmed_at = models.DateTimeField(null=True)
    unowned_told_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=10, blank=True, choices=Outcome.choices)
    ended_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return str(self.id)
