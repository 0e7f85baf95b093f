"""Who was rung for one call, who was looked at and why not, and the answer for anybody else.

It tells what the caller wished for and nothing that identifies them; of volunteers it tells
which rule spoke against a ring, in plain words and without a score.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import path
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext, gettext_lazy
from django.views.decorators.http import require_safe

from stepline import models
from stepline.actions import looks
from stepline.core.calls import Outcome, Seat, Trait
from stepline.core.matching import WhyNot
from stepline.web import board
from stepline.web.account import SignedInRequest, coordinator_required
from stepline.web.person_form import language_name

REASONS: dict[WhyNot, Promise] = {
    WhyNot.GENDER: gettext_lazy("doesn't take callers with this wish"),
    WhyNot.LANGUAGE: gettext_lazy("doesn't speak the caller's language"),
    WhyNot.FELLOWSHIP: gettext_lazy("isn't of the fellowship that the caller wished for"),
    WhyNot.GROUP: gettext_lazy("isn't of the group that the caller wished for"),
    WhyNot.PLACE: gettext_lazy("isn't from the place that the caller wished for"),
    WhyNot.SOBER: gettext_lazy("their sober date isn't known, or the line asks for more time"),
    WhyNot.TRAINED: gettext_lazy("no training was written down"),
    WhyNot.TAKES_CALLS: gettext_lazy("doesn't take calls"),
    WhyNot.STEPPED_BACK: gettext_lazy("stepped back"),
    WhyNot.BLOCKED: gettext_lazy("not rung for this line, as a coordinator decided"),
    WhyNot.OFF_DUTY: gettext_lazy("off duty, and not in hours that they chose off shift"),
    WhyNot.UNREACHABLE: gettext_lazy("couldn't be reached: no page open, no notifications"),
    WhyNot.BUSY: gettext_lazy("busy: in a talk, or being rung"),
    WhyNot.RESTING: gettext_lazy("resting after a talk"),
    WhyNot.RUNG_LATELY: gettext_lazy("rung for this call just before, or passed off shift"),
    WhyNot.WEEK: gettext_lazy("had as many calls this week as they wish to take"),
    WhyNot.NIGHT: gettext_lazy("takes no calls at night"),
    WhyNot.LATER: gettext_lazy("nothing against it: others had their turn first"),
}
OUTCOMES: dict[str, Promise] = {
    Outcome.PASSED: gettext_lazy("Passed: that costs nothing"),
    Outcome.SILENT: gettext_lazy("Rang, nobody pressed"),
    Outcome.UNREACHED: gettext_lazy("Never rang: couldn't be reached"),
    Outcome.OFF_DUTY: gettext_lazy("Went off duty"),
    Outcome.STOPPED: gettext_lazy("Ended: the caller stopped or chose something else"),
    Outcome.TAKEN: gettext_lazy("Ended: somebody else took it"),
    Outcome.FAILED: gettext_lazy("Said ready, but the voices didn't join"),
    Outcome.LEFT: gettext_lazy("Left the talk"),
    Outcome.CONFIRMED: gettext_lazy("Will keep the call back"),
    Outcome.DONE: gettext_lazy("Talked"),
}
TRAITS: dict[Trait, Promise] = {
    Trait.GENDER: gettext_lazy("a woman or a man"),
    Trait.LANGUAGE: gettext_lazy("the language"),
    Trait.FELLOWSHIP: gettext_lazy("the fellowship"),
    Trait.GROUP: gettext_lazy("the group"),
    Trait.PLACE: gettext_lazy("the place"),
}
SEATS: dict[str, Promise] = {
    Seat.RESPONDER: gettext_lazy("to talk"),
    Seat.HELPER: gettext_lazy("to help in the talk"),
    Seat.OWNER: gettext_lazy("to keep the call back"),
}


@dataclass(frozen=True, kw_only=True)
class Rung:
    """One ring of this call."""

    name: str
    at: str
    what_for: str
    off_shift: bool
    ended: str
    rang_seconds: int | None


@dataclass(frozen=True, kw_only=True)
class NotRung:
    """Somebody who was looked at for this call and not rung."""

    name: str
    reasons: str


@require_safe
@coordinator_required
def rings(request: SignedInRequest, call_id: UUID) -> HttpResponse:
    """Show one call's rings; a foreign or unknown call is not found."""
    line, now = request.volunteer.line, timezone.now()
    call = get_object_or_404(models.Call.objects.select_related("line"), line=line, id=call_id)
    people = {one.pk: one for one in models.Volunteer.objects.filter(line=line)}
    offers = list(call.offers.order_by("placed_at", "pk"))
    kept = list(call.looks.order_by("id"))
    rung = {offer.volunteer_id for offer in offers}
    seen = {UUID(who) for look in kept for who, _reasons in look.looked}
    others = [one for pk, one in people.items() if pk not in rung | seen]
    shown: dict[str, object] = {
        "asked": board.clock(line, call.asked_at, now),
        "wishes": wishes(call),
        "dropped": [str(TRAITS[Trait(trait)]) for trait in call.relaxed],
        "rung": [ring_of(offer, people, line, now) for offer in offers],
        "looked": kept,
        "not_rung": not_rung(kept, rung, people),
        "others": sorted(others, key=lambda one: one.name) if kept else [],
        "here": "board",
    }
    who = next((one for one in others if str(one.pk) == request.GET.get("who")), None)
    if who is not None:
        shown |= {"who": who, "answer": answer(call, who, now)}
    return render(request, "coordinator/rings.html", shown)


def answer(call: models.Call, who: models.Volunteer, now: datetime) -> list[tuple[str, str]]:
    """Say for each search of a call what spoke against ringing somebody it didn't look at.

    Searches one after the other with the same answer are one line, at the first one's time.
    """
    alike = groupby(looks.why_not_rung(call, who), key=lambda why: why.reasons)
    return [
        (board.clock(call.line, next(found).at, now), in_words(reasons)) for reasons, found in alike
    ]


def wishes(call: models.Call) -> list[str]:
    """Write whom the caller wished to talk with; nothing else is known of them here."""
    wished = [str(board.WISHES.get(call.wish, board.UNREADABLE)), language_name(call.language)]
    listed = (call.wish_fellowship, call.wish_place, call.wish_group)
    return [*wished, *(wish for wish in listed if wish)]


def ring_of(
    offer: models.Offer, people: dict[UUID, models.Volunteer], line: models.Line, now: datetime
) -> Rung:
    """Give one ring as it is shown."""
    rang = offer.reached_at
    ended_at = offer.ended_at or now
    return Rung(
        name=named(offer.volunteer_id, people),
        at=board.clock(line, offer.placed_at, now),
        what_for=str(SEATS.get(offer.seat, "")),
        off_shift=offer.standby,
        ended=str(OUTCOMES.get(offer.outcome, "")) if offer.ended_at else gettext("Still on"),
        rang_seconds=None if rang is None else max(0, int((ended_at - rang).total_seconds())),
    )


def named(volunteer: UUID, people: dict[UUID, models.Volunteer]) -> str:
    """Give the first name of somebody of this line; who is of it no more has none here."""
    person = people.get(volunteer)
    return person.name if person else gettext("somebody who isn't here any more")


def not_rung(
    kept: Iterable[models.Look], rung: set[UUID], people: dict[UUID, models.Volunteer]
) -> list[NotRung]:
    """Give who was looked at and never rung, with all that spoke against it at the last look."""
    last: dict[UUID, list[str]] = {}
    for look in kept:
        last |= {UUID(who): reasons for who, reasons in look.looked}
    others = [(who, reasons) for who, reasons in last.items() if who not in rung]
    found = [NotRung(name=named(who, people), reasons=in_words(why)) for who, why in others]
    return sorted(found, key=lambda one: one.name)


def in_words(reasons: Iterable[str]) -> str:
    """Write reasons as one sentence."""
    known = [WhyNot(reason) for reason in reasons if reason in set(WhyNot)]
    return ", ".join(str(REASONS[reason]) for reason in known or [WhyNot.LATER])


urlpatterns = [path("coordinator/calls/<uuid:call_id>/rings", rings, name="rings")]
