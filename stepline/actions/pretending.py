"""Pretend phones of the demonstration and of tests: what they do, told from the rows alone.

They go through the same offers, effects and events as any phone; nothing is kept in memory,
so a restart changes nothing.
"""

from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import QuerySet

from stepline import models
from stepline.actions import dispatch, legs
from stepline.core import events as e
from stepline.core.calls import LegStep, OfferState, Safety, Seat, State, Timing
from stepline.models.statements import kept
from stepline.voice import pretend

ANSWERS_SAFETY_AFTER = timedelta(seconds=5)
CALLER_ANSWERS_AFTER = timedelta(seconds=2)
RINGS_OUT_AFTER = timedelta(seconds=20)
NEVER_ANSWERS = "0"
CONNECT = Timing().connect
DIAL = Timing().dial


def place(offer: models.Offer, now: datetime) -> None:
    """Ring a pretend phone: its leg is named after the offer, so a repeat is the same ring."""
    legs.placed(offer.pk, f"{pretend.NAME}:{offer.pk}", now)


def live_offers() -> list[models.Offer]:
    """Give the offers that pretend phones have now."""
    return held_by_pretend()


@kept
def held_by_pretend() -> QuerySet[models.Offer]:
    """Give the live offers of pretend volunteers whose phones were rung."""
    offers = models.Offer.objects.filter(
        ended_at=None,
        leg__isnull=False,
        volunteer__pretend__isnull=False,
        call__set_aside_at=None,
    )
    return offers.select_related("volunteer", "call")


def act(now: datetime) -> int:
    """Do all that pretend phones would have done by now; give how much that was."""
    volunteers = sum(act_one(offer, now) for offer in live_offers())
    return volunteers + sum(act_caller(call, now) for call in dialled())


def dialled() -> list[models.Call]:
    """Give the calls for which a caller's own pretend telephone was rung."""
    return joining_by_number()


@kept
def joining_by_number() -> QuerySet[models.Call]:
    """Give the calls that join a caller by the number that they left."""
    connecting = models.Call.objects.filter(
        state=State.CONNECTING,
        call_back__number_sealed__isnull=False,
        caller_here=False,
        set_aside_at=None,
    )
    return connecting.select_related("call_back")


def act_caller(call: models.Call, now: datetime) -> int:
    """Let a caller's pretend telephone answer, or ring out when its number ends in 0."""
    rung = models.Effect.objects.filter(leg=call.pk, kind=models.Effect.Kind.DIAL)
    newest = rung.order_by("-pk").first()
    if newest is None or newest.done_at is None:
        return 0
    silent = call.call_back.number.endswith(NEVER_ANSWERS)
    if now - newest.done_at < (RINGS_OUT_AFTER if silent else CALLER_ANSWERS_AFTER):
        return 0
    heard = e.Reports(Seat.CALLER, LegStep.HEARING, call.conversation)
    handled = dispatch.handle(call.pk, e.CallerUnreached() if silent else heard, now)
    return 0 if handled.stale or call.caller_step == LegStep.HEARING else 1


def act_one(offer: models.Offer, now: datetime) -> int:
    """Do what is due for one pretend phone, by where its offer stands."""
    if offer.state in {OfferState.PLACED, OfferState.RINGING, OfferState.UNREACHED}:
        return answer(offer, now)
    if offer.state == OfferState.ACCEPTED:
        return talk(offer, now)
    return 0


def answer(offer: models.Offer, now: datetime) -> int:
    """Ring, then say ready or pass as the habit has it."""
    habit = pretend.read_habit(offer.volunteer.pretend or {})
    count = 0
    for happening in pretend.when_rung(habit, offer.placed_at):
        rang = happening.does is pretend.Does.RINGS and offer.state == OfferState.RINGING
        if happening.at <= now and not rang and offer.leg:
            handled = legs.heard(offer.leg, happening.does.value, now)
            count += handled is not None and not handled.stale
    return count


def talk(offer: models.Offer, now: datetime) -> int:
    """Join the voice, and say afterwards that all is right."""
    event = next_word(offer, now)
    if event is None:
        return 0
    return 0 if dispatch.handle(offer.call_id, event, now).stale else 1


def next_word(offer: models.Offer, now: datetime) -> e.Event | None:
    """Give what a pretend volunteer in a conversation says next, if anything is due.

    It gives no sign of life: a file hears nobody, so the caller's own page keeps the talk.
    """
    call, seat = offer.call, Seat(offer.seat)
    if call.state == State.CONNECTING or joining_as_helper(call, seat):
        return next_report(call, seat, now)
    if call.state == State.CLOSING and call.until_at and seat is Seat.RESPONDER:
        since_at = call.until_at - Timing().closing
        return e.SafetyAnswered(Safety.ALL_RIGHT) if now - since_at > ANSWERS_SAFETY_AFTER else None
    return None


def joining_as_helper(call: models.Call, seat: Seat) -> bool:
    """Say whether this is a helper whose voice joins a talk."""
    return seat is Seat.HELPER and call.help == "joining"


def next_report(call: models.Call, seat: Seat, now: datetime) -> e.Event | None:
    """Give the furthest step of joining the voice that is due and not reported yet."""
    since_at = connecting_since(call)
    if since_at is None:
        return None
    due = [LegStep(h.step) for h in pretend.when_connecting(since_at) if h.at <= now and h.step]
    told = call.responder_step if seat is Seat.RESPONDER else LegStep.NONE
    if not due or due[-1] == told or (seat is Seat.HELPER and due[-1] is not LegStep.HEARING):
        return None
    conversation: UUID | None = call.conversation
    return e.Reports(seat, due[-1], conversation)


def connecting_since(call: models.Call) -> datetime | None:
    """Give the instant at which the joining began, from its deadline."""
    if call.help == "joining":
        return call.help_until_at - CONNECT if call.help_until_at else None
    rung = models.Effect.objects.filter(leg=call.pk, kind=models.Effect.Kind.DIAL)
    length = DIAL if rung.exists() and not call.caller_here else CONNECT
    return call.until_at - length if call.until_at else None
