"""A call, its offers, what must still be sent for it, and its log: written by dispatch alone."""

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from stepline.core.calls import State
from stepline.models.lines import Line
from stepline.models.people import Volunteer
from stepline.models.sealed import Sealed

OPEN_STATES = [state.value for state in State if state is not State.CLOSED]
# A talk that is over, or only promised, doesn't hold the caller's browser.
HOLDS_BROWSER = [s.value for s in State if s not in {State.CLOSED, State.CLOSING}]


class Call(models.Model):
    """One twelfth-step call, from reaching out to closing (see core.calls.Call)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    line = models.ForeignKey(Line, on_delete=models.PROTECT, related_name="calls")
    caller_index = models.BinaryField(null=True)
    state = models.CharField(max_length=16, default=State.RINGING.value)
    asked_at = models.DateTimeField()
    limit_at = models.DateTimeField()
    until_at = models.DateTimeField(null=True)
    look_again_at = models.DateTimeField(null=True)
    heard_until_at = models.DateTimeField(null=True)
    deadline_at = models.DateTimeField(null=True)
    wish = models.CharField(max_length=8, default="anyone")
    language = models.CharField(max_length=8, default="en")
    wish_fellowship = models.CharField(max_length=40, blank=True)
    wish_group = models.CharField(max_length=40, blank=True)
    wish_place = models.CharField(max_length=40, blank=True)
    relaxed = ArrayField(models.CharField(max_length=12), default=list)
    for_whom = models.CharField(max_length=8, blank=True)
    name_sealed = models.BinaryField(null=True)
    name = Sealed()
    answered = models.CharField(max_length=80, blank=True)
    reason = models.CharField(max_length=12, blank=True)
    closed_by = models.CharField(max_length=12, blank=True)
    closed_at = models.DateTimeField(null=True)
    left_by = models.CharField(max_length=8, blank=True)
    caller_here = models.BooleanField(default=True)
    missing = models.CharField(max_length=10, blank=True)
    conversation = models.UUIDField(null=True)
    caller_step = models.CharField(max_length=12, default="none")
    responder_step = models.CharField(max_length=12, default="none")
    connected_at = models.DateTimeField(null=True)
    failures = models.PositiveSmallIntegerField(default=0)
    help = models.CharField(max_length=8, default="none")
    help_until_at = models.DateTimeField(null=True)
    safety = models.CharField(max_length=10, blank=True)
    pulse = models.CharField(max_length=10, blank=True)
    debrief = models.CharField(max_length=12, blank=True)
    danger = models.BooleanField(default=False)
    set_aside_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("caller_index",),
                condition=Q(state__in=HOLDS_BROWSER) & Q(caller_index__isnull=False),
                name="one_open_call_per_browser",
            ),
            models.CheckConstraint(
                name="open_call_has_deadline",
                condition=Q(state="closed") | Q(deadline_at__isnull=False),
            ),
            models.CheckConstraint(
                name="call_state_known", condition=Q(state__in=[s.value for s in State])
            ),
        )
        indexes = (
            models.Index(
                fields=("deadline_at",),
                condition=Q(deadline_at__isnull=False) & Q(set_aside_at__isnull=True),
                name="call_due",
            ),
            models.Index(
                fields=("line", "asked_at"), condition=~Q(state="closed"), name="call_open"
            ),
        )

    def __str__(self) -> str:
        return f"{self.state} {self.id}"


class Offer(models.Model):
    """One volunteer being asked to take one seat; while live it is their occupation."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    call = models.ForeignKey(Call, on_delete=models.CASCADE, related_name="offers")
    volunteer = models.ForeignKey(Volunteer, on_delete=models.CASCADE, related_name="offers")
    seat = models.CharField(max_length=10)
    state = models.CharField(max_length=10)
    placed_at = models.DateTimeField()
    reach_by_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    reached_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=10, blank=True)
    ring_seconds = models.PositiveSmallIntegerField(null=True)
    standby = models.BooleanField(default=False)
    joined_at = models.DateTimeField(null=True)
    chance = models.JSONField(default=dict)
    device = models.UUIDField(null=True)
    leg = models.CharField(max_length=64, null=True, unique=True)  # noqa: DJ001  # absent differs from empty: unique

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("volunteer",),
                condition=Q(ended_at__isnull=True),
                name="one_live_offer_per_volunteer",
            ),
            models.UniqueConstraint(
                fields=("call", "seat"),
                condition=Q(ended_at__isnull=True) & Q(state="accepted"),
                name="one_accepted_offer_per_seat",
            ),
        )
        indexes = (
            models.Index(fields=("call", "-placed_at"), name="offer_of_call"),
            models.Index(fields=("volunteer", "-ended_at"), name="offer_of_volunteer"),
        )

    def __str__(self) -> str:
        return f"{self.state} {self.id}"


class Effect(models.Model):
    """Something to be done in the world after commit, at least once; ids only.

    Effects of one leg (the offer, or the call for a coordinator's) leave in order of id.
    """

    class Kind(models.TextChoices):
        """What to do."""

        PUSH = "push", "Wake the volunteer's devices by web push"
        RING = "ring", "Place a telephone leg to the volunteer"
        CANCEL = "cancel", "Stop ringing that leg"
        DIAL = "dial", "Ring the caller's own telephone, masked"
        HANG_UP = "hang_up", "End the caller's telephone leg"
        TELL = "tell", "Wake the coordinators' devices by web push"

    id = models.BigAutoField(primary_key=True)
    key = models.CharField(max_length=80, unique=True)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    leg = models.UUIDField()
    call = models.ForeignKey(Call, on_delete=models.CASCADE, related_name="effects")
    offer = models.ForeignKey(Offer, null=True, on_delete=models.CASCADE, related_name="effects")
    due_at = models.DateTimeField()
    leased_until_at = models.DateTimeField(null=True)
    tries = models.PositiveSmallIntegerField(default=0)
    done_at = models.DateTimeField(null=True)
    gave_up_at = models.DateTimeField(null=True)

    class Meta:
        indexes = (
            models.Index(
                fields=("due_at",),
                condition=Q(done_at__isnull=True) & Q(gave_up_at__isnull=True),
                name="effect_unsent",
            ),
            models.Index(fields=("leg", "id"), name="effect_in_order"),
        )

    def __str__(self) -> str:
        return self.key


class LogLine(models.Model):
    """One line per event of a call: what came, what it led to; ids and kinds only."""

    id = models.BigAutoField(primary_key=True)
    call = models.ForeignKey(Call, on_delete=models.CASCADE, related_name="log")
    at = models.DateTimeField()
    event = models.CharField(max_length=24)
    offer_id = models.UUIDField(null=True)
    from_state = models.CharField(max_length=16)
    to_state = models.CharField(max_length=16)
    detail = models.JSONField(default=dict)

    class Meta:
        indexes = (models.Index(fields=("call", "id"), name="log_of_call"),)

    def __str__(self) -> str:
        return f"{self.event} {self.call_id}"


class Look(models.Model):
    """One search for a call that rang somebody or found nobody: whom it looked at, and why not.

    `facts` holds what the call asked for at that instant, `looked` pairs of a volunteer's id
    and the reasons against them, `rung` the ids of those who were rung.
    """

    id = models.BigAutoField(primary_key=True)
    call = models.ForeignKey(Call, on_delete=models.CASCADE, related_name="looks")
    at = models.DateTimeField()
    facts = models.JSONField(default=dict)
    looked = models.JSONField(default=list)
    rung = models.JSONField(default=list)

    class Meta:
        indexes = (models.Index(fields=("call", "id"), name="looks_of_call"),)

    def __str__(self) -> str:
        return f"{self.at} {self.call_id}"


class EarlyEvent(models.Model):
    """News of a telephone leg that we don't know yet, kept 30 s and applied when it appears."""

    id = models.BigAutoField(primary_key=True)
    leg = models.CharField(max_length=64)
    news = models.CharField(max_length=16)
    at = models.DateTimeField()

    class Meta:
        indexes = (models.Index(fields=("leg", "id"), name="early_of_leg"),)

    def __str__(self) -> str:
        return f"{self.news} {self.leg}"
