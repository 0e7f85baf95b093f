"""One helpline and the settings its service body chose for it."""

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q


def usual_order() -> list[str]:
    """Give the wishes in the order in which a caller is asked to drop them."""
    return ["place", "group", "fellowship", "language", "gender"]


def english() -> list[str]:
    """Give the languages of a line that states none."""
    return ["en"]


class Line(models.Model):
    """One helpline of one service body: countries, languages, policy, wording."""

    class GenderPolicy(models.TextChoices):
        """What a caller is offered first (rule C08)."""

        WISH = "wish", "The caller's wish, anyone unless they say"
        SAME = "same", "The caller chooses a woman, a man or anyone before the ring"

    class Rescue(models.TextChoices):
        """What is done when somebody in danger doesn't agree to help (rule E06)."""

        NEVER = "never", "Nobody is sent without the caller's word"
        AGREED = "agreed", "Help is sent when two persons agree that it must be"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    slug = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=80)
    phone_shown = models.CharField(max_length=40, blank=True)
    country = models.CharField(max_length=2)
    time_zone = models.CharField(max_length=60, default="UTC")
    languages = ArrayField(models.CharField(max_length=8), default=english)
    gender_policy = models.CharField(
        max_length=8, choices=GenderPolicy.choices, default=GenderPolicy.WISH
    )
    min_sober_days = models.PositiveIntegerField(default=365)
    limit_seconds = models.PositiveIntegerField(default=120)
    ring_seconds = models.PositiveIntegerField(default=25)
    at_once = models.PositiveSmallIntegerField(default=8)
    ring_price_seconds = models.PositiveSmallIntegerField(default=5)
    rest_minutes = models.PositiveSmallIntegerField(default=10)
    fellowships = ArrayField(models.CharField(max_length=40), default=list)
    groups = ArrayField(models.CharField(max_length=40), default=list)
    places = ArrayField(models.CharField(max_length=40), default=list)
    relax_order = ArrayField(models.CharField(max_length=12), default=usual_order)
    open_calls_cap = models.PositiveIntegerField(default=200)
    exit_url = models.URLField(default="https://en.wikipedia.org/wiki/Main_Page")
    takes_numbers = models.BooleanField(default=False)
    # Empty until the service body has decided: then nobody is sent.
    rescue = models.CharField(max_length=8, choices=Rescue.choices, blank=True)
    is_demo = models.BooleanField(default=False)

    class Meta:
        constraints = (
            models.CheckConstraint(
                name="line_waits_are_sane",
                condition=Q(limit_seconds__range=(15, 900))
                & Q(ring_seconds__range=(5, 120))
                & Q(at_once__range=(1, 20))
                & Q(ring_price_seconds__lte=120)
                & Q(rest_minutes__lte=240),
            ),
        )

    def __str__(self) -> str:
        return self.slug
