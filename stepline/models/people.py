"""Members who serve, the devices they signed in, and how a device is woken."""

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from stepline.models.lines import Line, english
from stepline.models.sealed import Sealed


def both_wishes() -> list[str]:
    """Give whom a volunteer takes who has said nothing: callers who wish for anyone."""
    return ["anyone"]


class Role(models.TextChoices):
    """What a signed-in device may see."""

    VOLUNTEER = "volunteer", "Volunteer"
    COORDINATOR = "coordinator", "Coordinator"


class Volunteer(models.Model):
    """A member who serves on one line; what people edit, never what dispatch writes."""

    class Gender(models.TextChoices):
        """As the member states it; never inferred (domain 2h.1)."""

        WOMAN = "woman", "Woman"
        MAN = "man", "Man"
        NONBINARY = "nonbinary", "Non-binary"
        UNSTATED = "unstated", "Not said"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    line = models.ForeignKey(Line, on_delete=models.PROTECT, related_name="volunteers")
    name_sealed = models.BinaryField(null=True)
    name = Sealed()
    email_sealed = models.BinaryField(null=True)
    email = Sealed()
    email_index = models.BinaryField(null=True, unique=True)
    gender = models.CharField(max_length=12, choices=Gender.choices, default=Gender.UNSTATED)
    takes = ArrayField(models.CharField(max_length=8), default=both_wishes)
    languages = ArrayField(models.CharField(max_length=8), default=english)
    sober_on = models.DateField(null=True)
    fellowships = ArrayField(models.CharField(max_length=40), default=list)
    groups = ArrayField(models.CharField(max_length=40), default=list)
    places = ArrayField(models.CharField(max_length=40), default=list)
    trained_on = models.DateField(null=True)
    takes_calls = models.BooleanField(default=True)
    takes_nights = models.BooleanField(default=True)
    most_calls_a_week = models.PositiveSmallIntegerField(null=True)
    ring_seconds = models.PositiveSmallIntegerField(null=True)
    blocked_at = models.DateTimeField(null=True)
    is_captain = models.BooleanField(default=False)
    is_back_up = models.BooleanField(default=False)
    is_coordinator = models.BooleanField(default=False)
    pretend = models.JSONField(null=True)
    stepped_back_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        indexes = (
            models.Index(fields=("line",), condition=Q(is_captain=True), name="captains_of_line"),
        )

    def __str__(self) -> str:
        return str(self.id)


class Device(models.Model):
    """One browser that somebody signed in, for 90 days; its key is kept only as a fingerprint."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    volunteer = models.ForeignKey(Volunteer, on_delete=models.CASCADE, related_name="devices")
    role = models.CharField(max_length=12, choices=Role.choices)
    key_index = models.BinaryField(unique=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return str(self.id)


class Invitation(models.Model):
    """A one-time code that signs one device in; kept only as a fingerprint."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    volunteer = models.ForeignKey(Volunteer, on_delete=models.CASCADE, related_name="invitations")
    role = models.CharField(max_length=12, choices=Role.choices)
    code_index = models.BinaryField(unique=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return str(self.id)


class PushSubscription(models.Model):
    """Where a device is woken by push (RFC 8030); the address identifies, so it is sealed."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    device = models.ForeignKey(Device, on_delete=models.CASCADE, related_name="subscriptions")
    endpoint_sealed = models.BinaryField(null=True)
    endpoint = Sealed()
    endpoint_index = models.BinaryField(unique=True)
    keys_sealed = models.BinaryField(null=True)
    keys = Sealed()
    created_at = models.DateTimeField()
    gone_at = models.DateTimeField(null=True)

    class Meta:
        indexes = (models.Index(fields=("device",), condition=Q(gone_at=None), name="push_alive"),)

    def __str__(self) -> str:
        return str(self.id)
