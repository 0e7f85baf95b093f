"""Going on duty, which is proved by a real test ring, and off again."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from stepline import models
from stepline.actions import announce, dispatch, spans, standings
from stepline.core import events as e
from stepline.core.calls import OfferState
from stepline.core.matching import sober_enough, trained
from stepline.models.statements import kept

TEST_LASTS = timedelta(seconds=30)
# What a test ring decides; all else of a standing is dispatch's to write.
PROVED = (
    *("on_since_at", "until_at", "proved_at"),
    *("push_allowed", "silent_rings", "still_there_asked_at", "test_rung_at"),
)
DEFAULT_SHIFT = timedelta(hours=3)
LONGEST_SHIFT = timedelta(hours=12)


class NotSoberLongEnough(Exception):
    """The sober date is missing or later than the line's minimum (rules B02, B06)."""


class NotTrained(Exception):
    """The training is not signed off, or by a date that is still to come (rule B04)."""


class Blocked(Exception):
    """The coordinator has taken this volunteer off this line's calls for now."""


class NoTestRing(Exception):
    """There is no test ring to answer: it was never started, or it has ended."""


@dataclass(frozen=True)
class DutyProof:
    """What the test ring showed of this device."""

    heard: bool
    microphone: bool
    awake: bool
    push: bool


def of(volunteer: models.Volunteer) -> models.Duty:
    """Give a volunteer's standing with dispatch, made when first asked for."""
    known = duties.first(volunteer.pk)
    if known is not None:
        return known
    duty, _ = models.Duty.objects.get_or_create(
        volunteer=volunteer, defaults={"line": volunteer.line}
    )
    return duty


@kept
def duties(volunteer_id: UUID) -> QuerySet[models.Duty]:
    """Give a volunteer's standing with dispatch."""
    return models.Duty.objects.filter(pk=volunteer_id)


def is_on(duty: models.Duty, now: datetime) -> bool:
    """Say whether a volunteer is on duty at an instant."""
    return duty.on_since_at is not None and (duty.until_at is None or duty.until_at > now)


@transaction.atomic
def start_test(volunteer: models.Volunteer, until_minutes: int, now: datetime) -> models.Duty:
    """Start the test ring; every open page of the volunteer rings.

    Raises NotSoberLongEnough, NotTrained and Blocked: nobody is on duty who is never rung.
    """
    refuse_unfit(volunteer, now)
    duty = of(volunteer)
    length = timedelta(minutes=until_minutes) if until_minutes > 0 else DEFAULT_SHIFT
    duty.test_rung_at, duty.test_confirmed_at = now, None
    duty.test_until_at = now + min(length, LONGEST_SHIFT)
    duty.save(update_fields=["test_rung_at", "test_confirmed_at", "test_until_at"])
    announce.changed(f"volunteer:{volunteer.pk}")
    return duty


def refuse_unfit(volunteer: models.Volunteer, now: datetime) -> None:
    """Raise what keeps somebody off duty whatever they do; see start_test."""
    today = standings.there(volunteer.line, now).date()
    if not sober_enough(volunteer.sober_on, volunteer.line.min_sober_days, today):
        raise NotSoberLongEnough
    if not trained(volunteer.trained_on, today):
        raise NotTrained
    if volunteer.blocked_at is not None:
        raise Blocked


def test_rings(volunteer: models.Volunteer, now: datetime) -> bool:
    """Note that a page rings for the test; False when no test is on."""
    running = models.Duty.objects.filter(volunteer=volunteer, test_rung_at__gt=now - TEST_LASTS)
    return running.update(test_confirmed_at=now) == 1


@transaction.atomic
def go_on_duty(volunteer: models.Volunteer, proof: DutyProof, now: datetime) -> models.Duty:
    """Go on duty after the test ring was heard and answered; raises NoTestRing.

    Calls that are searching look again at once.
    """
    duty = models.Duty.objects.select_for_update().get(volunteer=of(volunteer).volunteer_id)
    started = duty.test_rung_at is not None and duty.test_rung_at > now - TEST_LASTS
    if not (started and duty.test_confirmed_at and proof.heard):
        raise NoTestRing
    if duty.until_at is not None and duty.until_at <= now:
        spans.end(volunteer.pk, duty.until_at)  # a shift that nobody has ended yet
    spans.begin(volunteer.pk, duty.line_id, now)
    duty.on_since_at, duty.until_at, duty.proved_at = now, duty.test_until_at, now
    duty.push_allowed, duty.silent_rings, duty.test_rung_at = proof.push, 0, None
    duty.still_there_asked_at = None
    duty.save(update_fields=PROVED)
    dispatch.wake_line(duty.line_id, now)
    announce.changed(f"volunteer:{volunteer.pk}", f"line:{duty.line_id}", "worker")
    return duty


@transaction.atomic
def still_there(volunteer: models.Volunteer, now: datetime) -> bool:
    """Take the answer to 'are you still there?': they are, and silence counts from none again.

    Calls that are searching look again at once. False when it came too late: duty has ended.
    """
    on = models.Duty.objects.filter(volunteer=volunteer, on_since_at__isnull=False)
    if not on.update(silent_rings=0, still_there_asked_at=None):
        return False
    dispatch.wake_line(volunteer.line_id, now)
    announce.changed(f"volunteer:{volunteer.pk}", f"line:{volunteer.line_id}", "worker")
    return True


def go_off_duty(volunteer: models.Volunteer, now: datetime) -> None:
    """Go off duty at once; a ring that is on goes to the next, a conversation goes on.

    Two transactions, one after the other: dispatch locks a call before a standing, and must
    never wait for who locks them the other way round.
    """
    models.Duty.objects.filter(volunteer=volunteer).update(
        on_since_at=None,
        until_at=None,
        test_rung_at=None,
        silent_rings=0,
        still_there_asked_at=None,
    )
    spans.end(volunteer.pk, now)
    ringing = models.Offer.objects.filter(
        volunteer=volunteer,
        ended_at=None,
        state__in=[OfferState.PLACED, OfferState.RINGING, OfferState.UNREACHED],
    ).first()
    if ringing is not None:
        dispatch.handle(ringing.call_id, e.Passes(ringing.pk, off_duty=True), now)
    announce.changed(f"volunteer:{volunteer.pk}", f"line:{volunteer.line_id}")
