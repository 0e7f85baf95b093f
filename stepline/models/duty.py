"""Who is on duty and reachable: columns that only dispatch and duty actions write."""

import uuid

from django.db import models
from django.db.models import F, Q

from stepline.models.lines import Line
from stepline.models.people import Device, Volunteer


class Duty(models.Model):
    """One volunteer's standing with dispatch: on duty since when, rested since when."""

    volunteer = models.OneToOneField(
        Volunteer, on_delete=models.CASCADE, primary_key=True, related_name="duty"
    )
    line = models.ForeignKey(Line, on_delete=models.CASCADE, related_name="+")
    on_since_at = models.DateTimeField(null=True)
    until_at = models.DateTimeField(null=True)
    test_rung_at = models.DateTimeField(null=True)
    test_confirmed_at = models.DateTimeField(null=True)
    test_until_at = models.DateTimeField(null=True)
    proved_at = models.DateTimeField(null=True)
    push_allowed = models.BooleanField(default=False)
    rested_since_at = models.DateTimeField(null=True)
    silent_rings = models.PositiveSmallIntegerField(default=0)

    class Meta:
        verbose_name_plural = "duties"
        indexes = (
            models.Index(
                F("line"),
                F("rested_since_at").asc(nulls_first=True),
                condition=Q(on_since_at__isnull=False),
                name="duty_in_order",
            ),
        )

    def __str__(self) -> str:
        return str(self.volunteer_id)


class Process(models.Model):
    """The lease of one running process: what it holds in memory counts while this is fresh."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=12)
    started_at = models.DateTimeField()
    seen_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "processes"

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"


class Presence(models.Model):
    """An open live stream of a volunteer's or coordinator's page, held by one process."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    process = models.ForeignKey(Process, on_delete=models.CASCADE, related_name="presences")
    volunteer = models.ForeignKey(Volunteer, on_delete=models.CASCADE, related_name="presences")
    device = models.ForeignKey(Device, on_delete=models.CASCADE, related_name="+")

    def __str__(self) -> str:
        return str(self.id)
