"""Meetings of a line's feeds, as far as somebody needs them to go there; nobody's contact."""

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from stepline.models.lines import Line
from stepline.models.sealed import Sealed


class Feed(models.Model):
    """One address that a line's meetings come from; it may hold a key, so it is sealed."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    line = models.ForeignKey(Line, on_delete=models.CASCADE, related_name="feeds")
    kind = models.CharField(max_length=14)  # core.meeting_feeds.Kind
    url_sealed = models.BinaryField(null=True)
    url = Sealed()
    host = models.CharField(max_length=255)
    zone = models.CharField(max_length=64)
    due_at = models.DateTimeField(db_index=True)
    fetched_at = models.DateTimeField(null=True)  # when it was last asked for
    good_at = models.DateTimeField(null=True)  # when the copy that is shown was last confirmed
    problem = models.CharField(max_length=80, blank=True)
    etag = models.CharField(max_length=200, blank=True)
    modified = models.CharField(max_length=60, blank=True)
    left_out = models.JSONField(default=dict)
    bad_rows = models.JSONField(default=list)

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"


class Meeting(models.Model):
    """One weekly meeting; `next_at` is its next start, moved on by the clock."""

    id = models.BigAutoField(primary_key=True)
    feed = models.ForeignKey(Feed, on_delete=models.CASCADE, related_name="meetings")
    line = models.ForeignKey(Line, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=400)
    name = models.CharField(max_length=255)
    weekday = models.PositiveSmallIntegerField()
    minute = models.PositiveSmallIntegerField()
    lasts_minutes = models.PositiveSmallIntegerField()
    zone = models.CharField(max_length=64)
    place = models.CharField(max_length=300, blank=True)
    address = models.CharField(max_length=1000, blank=True)
    latitude = models.FloatField(null=True)
    longitude = models.FloatField(null=True)
    in_person = models.BooleanField()
    online = models.BooleanField()
    join_url = models.CharField(max_length=1000, blank=True)
    join_phone = models.CharField(max_length=60, blank=True)
    says_open = models.BooleanField()
    meant_for = ArrayField(models.CharField(max_length=12), default=list)
    access = ArrayField(models.CharField(max_length=14), default=list)
    languages = ArrayField(models.CharField(max_length=8), default=list)
    next_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("feed", "key"), name="meeting_once_in_its_feed"),
        )
        indexes = (
            models.Index(
                fields=("line", "next_at"), condition=Q(in_person=True), name="meetings_to_go_to"
            ),
            models.Index(
                fields=("line", "next_at"), condition=Q(online=True), name="meetings_to_join"
            ),
            models.Index(fields=("next_at",), name="meetings_to_move_on"),
        )

    def __str__(self) -> str:
        return self.key
