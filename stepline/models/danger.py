"""A call's danger, beside the call and never in it: see core.danger."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from stepline.core.danger import State
from stepline.models.dispatch import Call
from stepline.models.people import Volunteer
from stepline.models.sealed import Sealed


class Danger(models.Model):
    """What was raised for a call, what was seen, and who took over; never a clinical story.

    `place` is where the caller is, sealed, and gone when help has taken over.
    """

    call = models.OneToOneField(Call, on_delete=models.CASCADE, primary_key=True, related_name="+")
    state = models.CharField(max_length=12)
    raised_by = models.CharField(max_length=12)
    raised_at = models.DateTimeField()
    sights = ArrayField(models.CharField(max_length=12), default=list)
    dialled_by = models.CharField(max_length=12, blank=True)
    dialled_at = models.DateTimeField(null=True)
    taken_over_by = models.CharField(max_length=12, blank=True)
    taken_over_at = models.DateTimeField(null=True)
    place_sealed = models.BinaryField(null=True)
    place = Sealed()
    place_given_at = models.DateTimeField(null=True)
    rescue_proposed_by = models.ForeignKey(
        Volunteer, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    rescue_agreed_by = models.ForeignKey(
        Volunteer, null=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        constraints = (
            models.CheckConstraint(
                name="danger_state_known", condition=Q(state__in=[s.value for s in State])
            ),
            models.CheckConstraint(
                name="place_goes_when_help_has_taken_over",
                condition=~Q(state__in=["taken_over", "closed"]) | Q(place_sealed=None),
            ),
            models.CheckConstraint(
                name="place_has_a_time",
                condition=Q(place_sealed=None) | Q(place_given_at__isnull=False),
            ),
            models.CheckConstraint(
                name="two_persons_agree_on_rescue",
                condition=Q(rescue_agreed_by=None) | ~Q(rescue_agreed_by=F("rescue_proposed_by")),
            ),
        )
        indexes = (
            models.Index(
                fields=("place_given_at",),
                condition=Q(place_sealed__isnull=False),
                name="places_kept",
            ),
        )

    def __str__(self) -> str:
        return f"{self.state} {self.call_id}"
