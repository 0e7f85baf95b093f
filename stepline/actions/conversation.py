"""What the two sides of a conversation say to dispatch, from their pages or phones."""

from datetime import datetime
from uuid import UUID

from django.db.models import OuterRef, QuerySet

from stepline import models
from stepline.actions import announce, danger, dispatch, offers
from stepline.core import events as e
from stepline.core.calls import LegStep, OfferState, Safety, Seat
from stepline.models.statements import kept

PULSES = ("well", "unsure", "need_help")
FEELINGS = ("all_right", "shaken", "heavy", "later")


class NoConversation(Exception):
    """The volunteer is in no conversation now."""


class BadAnswer(Exception):
    """An answer that its question doesn't have."""


def seat_of(volunteer: models.Volunteer) -> models.Offer:
    """Give the offer by which a volunteer sits in a conversation; raises NoConversation."""
    offer = offers.current(volunteer)
    if offer is None or offer.state != OfferState.ACCEPTED:
        raise NoConversation
    return offer


def report(
    volunteer: models.Volunteer, step: LegStep, conversation: UUID | None, now: datetime
) -> dispatch.Handled:
    """Report how far the volunteer's page has come in joining its voice."""
    offer = seat_of(volunteer)
    return dispatch.handle(offer.call_id, e.Reports(Seat(offer.seat), step, conversation), now)


def alive(volunteer: models.Volunteer, now: datetime) -> dispatch.Handled:
    """Give a sign of life of the talk."""
    offer = seat_of(volunteer)
    return dispatch.handle(offer.call_id, e.Alive(Seat(offer.seat)), now)


def end(volunteer: models.Volunteer, now: datetime) -> dispatch.Handled:
    """End the talk; a helper only leaves it."""
    offer = seat_of(volunteer)
    if offer.seat == Seat.HELPER:
        return dispatch.handle(offer.call_id, e.Leaves(offer.pk), now)
    return dispatch.handle(offer.call_id, e.Ends(Seat.RESPONDER), now)


def ask_help(volunteer: models.Volunteer, now: datetime) -> dispatch.Handled:
    """Ask for somebody to be brought in (rule D05): rings captain, back-up, coordinator in turn."""
    return dispatch.handle(seat_of(volunteer).call_id, e.AsksHelp(), now)


def cancel_help(volunteer: models.Volunteer, now: datetime) -> dispatch.Handled:
    """Stop ringing for a helper."""
    return dispatch.handle(seat_of(volunteer).call_id, e.CancelsHelp(), now)


def raise_danger(volunteer: models.Volunteer, now: datetime) -> dispatch.Handled:
    """Say that somebody is in danger (rule E11: anybody may, nobody is blamed)."""
    offer = seat_of(volunteer)
    return danger.raise_danger(offer.call_id, danger.OF_SEAT[Seat(offer.seat)], now)


def answer_safety(volunteer: models.Volunteer, answer: str, now: datetime) -> dispatch.Handled:
    """Answer after the talk how safe the caller is; closes the call. Raises BadAnswer."""
    if answer not in set(Safety):
        raise BadAnswer
    call_id = seat_of(volunteer).call_id
    handled = dispatch.handle(call_id, e.SafetyAnswered(Safety(answer)), now)
    if handled.call.danger and answer == Safety.ALL_RIGHT:
        danger.is_over(handled.call, now)
    return handled


def page_gone(volunteer: models.Volunteer, closed: bool, now: datetime) -> None:
    """Note that the page of a volunteer in a conversation is gone."""
    offer = offers.current(volunteer)
    if offer is not None and offer.state == OfferState.ACCEPTED:
        dispatch.handle(offer.call_id, e.VolunteerAway(offer.pk, closed), now)


def page_back(volunteer: models.Volunteer, device: UUID, now: datetime) -> None:
    """Note that a page of a volunteer in a conversation talks anew: its device has the leg now."""
    offer = offers.current(volunteer)
    if offer is not None and offer.state == OfferState.ACCEPTED:
        models.Offer.objects.filter(pk=offer.pk).update(device=device)
        dispatch.handle(offer.call_id, e.VolunteerReturns(offer.pk), now)
        announce.changed(f"volunteer:{volunteer.pk}")


def say_pulse(volunteer: models.Volunteer, pulse: str) -> models.Call:
    """Keep the volunteer's own answer to 'is this going well?'; raises BadAnswer.

    'I need help' is kept too, but brings nobody in by itself: that is ask_help.
    """
    if pulse not in PULSES:
        raise BadAnswer
    call = seat_of(volunteer).call
    models.Call.objects.filter(pk=call.pk).update(pulse=pulse)
    return call


@kept
def talks_without_debrief(volunteer_id: UUID) -> QuerySet[models.Offer]:
    """Give the volunteer's newest talk whose debrief has no answer."""
    return without_debrief(volunteer_id).select_related("call")[:1]


def without_debrief(volunteer: UUID | OuterRef) -> QuerySet[models.Offer]:
    """Give the talks whose debrief a volunteer has not answered, the newest first."""
    done = models.Offer.objects.filter(
        volunteer=volunteer, seat=Seat.RESPONDER, outcome="done", call__debrief=""
    )
    return done.order_by("-ended_at")


def owed_debrief(volunteer: models.Volunteer) -> models.Call | None:
    """Give the newest talk whose debrief the volunteer has not answered; may wait for days."""
    newest = talks_without_debrief.first(volunteer.pk)
    return newest.call if newest else None


def answer_debrief(volunteer: models.Volunteer, feeling: str) -> None:
    """Keep how the volunteer is, for their coordinator's ear only; raises BadAnswer.

    Older unanswered debriefs are closed with it: nobody works through a pile.
    """
    if feeling not in FEELINGS:
        raise BadAnswer
    call = owed_debrief(volunteer)
    if call is None:
        raise NoConversation
    mine = models.Call.objects.filter(
        offers__volunteer=volunteer, offers__seat=Seat.RESPONDER, offers__outcome="done"
    )
    models.Call.objects.filter(pk__in=mine.filter(debrief="").values("pk")).update(debrief=feeling)
