"""The volunteer's one page and all that is pressed on it; each press answers with the snapshot."""

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import path
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from stepline import models
from stepline.actions import callbacks, conversation, duty, offers, push, signals
from stepline.actions.dispatch import Handled
from stepline.core.calls import LegStep, Seat
from stepline.web import danger_cards, guide, safety, snapshots
from stepline.web.account import SignedInRequest, volunteer_required

WORKER = Path(__file__).parent / "service_worker" / "sw.js"
LONGEST_SIGNAL = 16 * 1024
LONGEST_SUBSCRIPTION = 4 * 1024
SHORTEST_DUTY_MINUTES = 15
LONGEST_DUTY_MINUTES = 12 * 60

NOTIFICATIONS = {
    "ring": _("Someone is reaching out"),
    "ring_body": _("Open the page to answer."),
    "look": _("Your line"),
    "look_body": _("Something waits for you on the board."),
}
TOO_LATE = _("That was a moment too late. Nothing is lost: this page shows how it stands now.")
NOT_YOURS = _("That isn't here for you, or not any more. Nothing changed.")
NOT_UNDERSTOOD = _("We could not read that. Nothing is lost and nothing changed.")
TOO_LONG = _("That was too much at once. Nothing is lost and nothing changed.")
TEST_IS_OVER = _("The test ring has ended. Nothing is lost: press “Go on duty” to ring once more.")
NO_MICROPHONE = _(
    "Without a microphone nobody could hear you, so you aren't on duty. Allow it in this site's "
    "settings, or use another device."
)
NOT_YET = _(
    "You can't go on duty yet: your sober date isn't known here, or this line asks for more time. "
    "Your coordinator can tell you. Nothing else changed."
)
NOT_TRAINED = _(
    "You can't go on duty yet: the day on which your training was signed off isn't known here, "
    "or is still to come. Your coordinator can tell you. Nothing else changed."
)
BLOCKED = _(
    "You can't go on duty for now. Please talk with your coordinator. Nothing else changed."
)


class Refused(Exception):
    """A press that can't be taken: the status, and a kind sentence that says why."""

    def __init__(self, status: int, sentence: str | Promise) -> None:
        super().__init__(str(sentence))
        self.status, self.sentence = status, sentence


REFUSALS: dict[type[Exception], tuple[int, Promise]] = {
    offers.NotYours: (404, NOT_YOURS),
    callbacks.NotYours: (404, NOT_YOURS),
    conversation.NoConversation: (409, TOO_LATE),
    conversation.BadAnswer: (400, NOT_UNDERSTOOD),
    duty.NoTestRing: (409, TEST_IS_OVER),
    duty.NotSoberLongEnough: (409, NOT_YET),
    duty.NotTrained: (409, NOT_TRAINED),
    duty.Blocked: (409, BLOCKED),
    signals.BadSignal: (400, NOT_UNDERSTOOD),
    push.BadSubscription: (400, NOT_UNDERSTOOD),
}


def pressed(deed: Callable[..., Handled | None]) -> Callable[..., HttpResponse]:
    """Make a view of a press: by POST, for volunteers, answered kindly and with the snapshot."""
    return view_of(deed, with_snapshot=True)


def noted(deed: Callable[..., Handled | None]) -> Callable[..., HttpResponse]:
    """Make a view of what a page says by itself: what changes comes to it by the live stream."""
    return view_of(deed, with_snapshot=False)


def view_of(
    deed: Callable[..., Handled | None], *, with_snapshot: bool
) -> Callable[..., HttpResponse]:
    """Make a view of a deed, which may refuse, or find that it came too late."""

    def view(request: SignedInRequest, **named: Any) -> HttpResponse:
        status, sentence = done(deed, request, named)
        content = shown_now(request) if with_snapshot else {}
        if sentence:
            content = {**content, "message": str(sentence)}
        return JsonResponse(content, status=status)

    view.__name__, view.__doc__ = deed.__name__, deed.__doc__
    return require_POST(volunteer_required(view))


def done(
    deed: Callable[..., Handled | None], request: SignedInRequest, named: Mapping[str, Any]
) -> tuple[int, str | Promise]:
    """Do it; gives the status, and the sentence to say when it couldn't be done."""
    try:
        handled = deed(request, timezone.now(), **named)
    except Refused as refused:
        return refused.status, refused.sentence
    except tuple(REFUSALS) as refusal:
        return REFUSALS[type(refusal)]
    return (409, TOO_LATE) if handled is not None and handled.stale else (200, "")


def shown_now(request: SignedInRequest) -> Mapping[str, Any]:
    """Give the volunteer's whole snapshot as it is now."""
    return snapshots.volunteer_snapshot(request.volunteer, timezone.now())


@require_safe
@volunteer_required
def show(request: SignedInRequest) -> HttpResponse:
    """Show the one document that holds every screen of the volunteer's path."""
    now = timezone.now()
    volunteer = request.volunteer
    shown = {
        "snapshot": snapshots.volunteer_snapshot(volunteer, now),
        "cards": guide.cards(get_language() or "en"),
        "decks": guide.decks(),
        "sights": danger_cards.shown(get_language() or "en"),
        "vapid_public_key": push.public_key(),
        "emergency": safety.card(volunteer.line.country, now.date()).first,
        "device": request.device,
        "names_to_ring": names_to_ring(volunteer),
    }
    return render(request, "volunteer/page.html", shown)


def names_to_ring(volunteer: models.Volunteer) -> list[str]:
    """Give the names of those whom a volunteer may ring after a talk: captains, else back-ups."""
    serving = models.Volunteer.objects.filter(line=volunteer.line_id, stepped_back_at=None)
    others = serving.exclude(pk=volunteer.pk)
    people = others.filter(is_captain=True) or others.filter(is_back_up=True)
    return [person.name for person in people]


@require_safe
def service_worker(_request: HttpRequest) -> HttpResponse:
    """Give the worker that shows a ring when the page isn't open, with its words."""
    words = json.dumps({name: str(sentence) for name, sentence in NOTIFICATIONS.items()})
    script = f"self.words = {words};\n{WORKER.read_text(encoding='utf-8')}"
    return HttpResponse(script, content_type="text/javascript; charset=utf-8")


# Duty


@pressed
def start_test(request: SignedInRequest, now: datetime) -> None:
    """Start the test ring on every open page of the volunteer."""
    minutes = request.POST.get("until_minutes", "")
    if not minutes.isdecimal() or not minutes.isascii() or len(minutes) > len("720"):
        raise Refused(400, NOT_UNDERSTOOD)
    if not SHORTEST_DUTY_MINUTES <= int(minutes) <= LONGEST_DUTY_MINUTES:
        raise Refused(400, NOT_UNDERSTOOD)
    duty.start_test(request.volunteer, int(minutes), now)


@noted
def test_rings(request: SignedInRequest, now: datetime) -> None:
    """Note that a page really rings for the test."""
    if not duty.test_rings(request.volunteer, now):
        raise Refused(409, TEST_IS_OVER)


@pressed
def go_on_duty(request: SignedInRequest, now: datetime) -> None:
    """Go on duty: the test was heard here, with what this device granted."""
    granted = {name: request.POST.get(name) == "1" for name in ("sound", "microphone")}
    awake, pushed = request.POST.get("awake") == "1", request.POST.get("push") == "1"
    if not granted["microphone"]:
        raise Refused(409, NO_MICROPHONE)
    proof = duty.DutyProof(
        heard=granted["sound"], microphone=granted["microphone"], awake=awake, push=pushed
    )
    duty.go_on_duty(request.volunteer, proof, now)


@pressed
def go_off_duty(request: SignedInRequest, now: datetime) -> None:
    """Go off duty at once."""
    duty.go_off_duty(request.volunteer, now)


@pressed
def still_there(request: SignedInRequest, now: datetime) -> None:
    """Say that somebody is there after all; too late once duty has ended."""
    if not duty.still_there(request.volunteer, now):
        raise Refused(409, TOO_LATE)


# Offers


@noted
def confirm_ringing(request: SignedInRequest, now: datetime, offer_id: UUID) -> Handled:
    """Note that a page or notification really rings for the offer."""
    return offers.confirm_ringing(offer_id, request.volunteer, now)


@pressed
def say_ready(request: SignedInRequest, now: datetime, offer_id: UUID) -> Handled:
    """Take the offer; this device owns the leg."""
    return offers.accept_offer(offer_id, request.volunteer, request.device.pk, now)


@pressed
def say_pass(request: SignedInRequest, now: datetime, offer_id: UUID) -> Handled:
    """Pass: no reason is asked."""
    return offers.pass_offer(offer_id, request.volunteer, now)


@pressed
def off_duty_instead(request: SignedInRequest, now: datetime, offer_id: UUID) -> Handled:
    """Go off duty while it rings."""
    return offers.off_duty_instead(offer_id, request.volunteer, now)


# The conversation


@noted
def report(request: SignedInRequest, now: datetime) -> Handled:
    """Report how far this page has come in joining its voice."""
    step, named = request.POST.get("step", ""), request.POST.get("conversation", "")
    if step not in set(LegStep) - {LegStep.NONE}:
        raise Refused(400, NOT_UNDERSTOOD)
    return conversation.report(request.volunteer, LegStep(step), uuid_or_none(named), now)


def uuid_or_none(text: str) -> UUID | None:
    """Read an id; anything else names no conversation. Raises Refused for what isn't an id."""
    try:
        return UUID(text) if text else None
    except ValueError as wrong:
        raise Refused(400, NOT_UNDERSTOOD) from wrong


@noted
def send_signal(request: SignedInRequest, now: datetime) -> None:
    """Pass a signal on to another seat of the volunteer's conversation."""
    seat = conversation.seat_of(request.volunteer)
    to, session, body = (request.POST.get(name, "") for name in ("to", "session", "body"))
    if len(body) > LONGEST_SIGNAL:
        raise Refused(413, TOO_LONG)
    if to not in {Seat.CALLER, Seat.RESPONDER, Seat.HELPER}:
        raise Refused(400, NOT_UNDERSTOOD)
    signals.send(seat.call_id, seat.seat, to, session, body, now)


@noted
def say_alive(request: SignedInRequest, now: datetime) -> Handled:
    """Give a sign of life of the talk."""
    return conversation.alive(request.volunteer, now)


@noted
def page_gone(request: SignedInRequest, now: datetime) -> None:
    """Note that the page that talks is closing or loading anew."""
    conversation.page_gone(request.volunteer, closed=True, now=now)


@pressed
def page_back(request: SignedInRequest, now: datetime) -> None:
    """Note that this device's page talks from now on."""
    conversation.page_back(request.volunteer, request.device.pk, now)


@pressed
def end(request: SignedInRequest, now: datetime) -> Handled:
    """End the talk; a helper only leaves it."""
    return conversation.end(request.volunteer, now)


@pressed
def ask_help(request: SignedInRequest, now: datetime) -> Handled:
    """Ask for somebody to be brought in."""
    return conversation.ask_help(request.volunteer, now)


@pressed
def cancel_help(request: SignedInRequest, now: datetime) -> Handled:
    """Stop ringing for a helper."""
    return conversation.cancel_help(request.volunteer, now)


@pressed
def say_pulse(request: SignedInRequest, _now: datetime) -> None:
    """Keep how the talk goes for the volunteer; nobody else is shown it."""
    conversation.say_pulse(request.volunteer, request.POST.get("answer", ""))


@pressed
def raise_danger(request: SignedInRequest, now: datetime) -> Handled:
    """Say that somebody is in danger."""
    return conversation.raise_danger(request.volunteer, now)


@pressed
def answer_safety(request: SignedInRequest, now: datetime) -> Handled:
    """Answer after the talk how safe the caller is."""
    return conversation.answer_safety(request.volunteer, request.POST.get("answer", ""), now)


@pressed
def answer_debrief(request: SignedInRequest, _now: datetime) -> None:
    """Keep how the volunteer is."""
    conversation.answer_debrief(request.volunteer, request.POST.get("answer", ""))


# Call backs and push


@pressed
def keep_call_back(request: SignedInRequest, now: datetime, call_back_id: UUID) -> None:
    """Confirm a call back that the volunteer owns."""
    callbacks.keep(call_back_id, request.volunteer, now)


@pressed
def cannot_call_back(request: SignedInRequest, now: datetime, call_back_id: UUID) -> None:
    """Hand a call back on: somebody else is asked."""
    callbacks.cannot(call_back_id, request.volunteer, now)


@noted
def keep_subscription(request: SignedInRequest, now: datetime) -> None:
    """Remember where this browser can be woken."""
    if len(request.body) > LONGEST_SUBSCRIPTION:
        raise Refused(413, TOO_LONG)
    sent = parsed(request.body)
    keys = sent.get("keys")
    keys = keys if isinstance(keys, dict) else {}
    subscription = push.checked(sent.get("endpoint"), keys.get("p256dh"), keys.get("auth"))
    instead_of = sent.get("instead_of")
    push.keep(
        request.device, subscription, instead_of if isinstance(instead_of, str) else None, now
    )


def parsed(body: bytes) -> dict[str, Any]:
    """Read a JSON object; raises Refused."""
    try:
        content = json.loads(body)
    except (ValueError, RecursionError) as wrong:
        raise Refused(400, NOT_UNDERSTOOD) from wrong
    if not isinstance(content, dict):
        raise Refused(400, NOT_UNDERSTOOD)
    return content


urlpatterns = [
    path("volunteer/", show, name="volunteer"),
    path("volunteer/sw.js", service_worker, name="volunteer-worker"),
    path("volunteer/duty/test", start_test),
    path("volunteer/duty/ringing", test_rings),
    path("volunteer/duty/on", go_on_duty),
    path("volunteer/duty/off", go_off_duty),
    path("volunteer/duty/still-there", still_there),
    path("volunteer/offers/<uuid:offer_id>/ringing", confirm_ringing),
    path("volunteer/offers/<uuid:offer_id>/ready", say_ready),
    path("volunteer/offers/<uuid:offer_id>/pass", say_pass),
    path("volunteer/offers/<uuid:offer_id>/off-duty", off_duty_instead),
    path("volunteer/call/report", report),
    path("volunteer/call/signal", send_signal),
    path("volunteer/call/alive", say_alive),
    path("volunteer/call/away", page_gone),
    path("volunteer/call/back", page_back),
    path("volunteer/call/end", end),
    path("volunteer/call/leave", end),
    path("volunteer/call/help", ask_help),
    path("volunteer/call/help-cancel", cancel_help),
    path("volunteer/call/pulse", say_pulse),
    path("volunteer/call/danger", raise_danger),
    path("volunteer/call/close", answer_safety),
    path("volunteer/call/debrief", answer_debrief),
    path("volunteer/call-backs/<uuid:call_back_id>/keep", keep_call_back),
    path("volunteer/call-backs/<uuid:call_back_id>/cannot", cannot_call_back),
    path("volunteer/push", keep_subscription),
]
