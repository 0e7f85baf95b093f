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
    still_there_asked_at = models.DateTimeField(null=True)
    resting_until_at = models.DateTimeField(null=True)
    habits = models.JSONField(default=dict)

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


class DutySpan(models.Model):
    """One time that a volunteer was on duty, from the test ring to the end."""

    id = models.BigAutoField(primary_key=True)
    volunteer = models.ForeignKey(Volunteer, on_delete=models.CASCADE, related_name="duty_spans")
    line = models.ForeignKey(Line, on_delete=models.CASCADE, related_name="+")
    on_at = models.DateTimeField()
    off_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("volunteer",),
                condition=Q(off_at__isnull=True),
                name="one_open_span_per_volunteer",
            ),
        )
        indexes = (models.Index(fields=("line", "on_at"), name="spans_of_line"),)

    def __str__(self) -> str:
        return str(self.volunteer_id)


class StandbyHours(models.Model):
    """Hours of a weekday in which a volunteer may be rung off shift, in the line's time.

    Monday is 0; minutes count from midnight, [from, to); over midnight it is two rows.
    """

    id = models.BigAutoField(primary_key=True)
    volunteer = models.ForeignKey(Volunteer, on_delete=models.CASCADE, related_name="standby_hours")
    line = models.ForeignKey(Line, on_delete=models.CASCADE, related_name="+")
    weekday = models.PositiveSmallIntegerField()
    from_minute = models.PositiveSmallIntegerField()
    to_minute = models.PositiveSmallIntegerField()

    class Meta:
        verbose_name_plural = "standby hours"
        constraints = (
            models.CheckConstraint(
                name="standby_hours_are_sane",
                condition=Q(weekday__lte=6)
                & Q(to_minute__lte=1440)
                & Q(from_minute__lt=F("to_minute")),
            ),
        )
        indexes = (models.Index(fields=("line", "weekday", "from_minute"), name="standby_of_line"),)

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
