"""What a caller's page posts: read with care, refused in words, answered with a snapshot."""

from collections.abc import Callable
from functools import wraps
from uuid import UUID

from django.db.models import QuerySet
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseRedirect,
    JsonResponse,
)
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from stepline import models
from stepline.actions import asking, meetings, numbers
from stepline.models.statements import kept
from stepline.web import account, danger_cards, limits, safety, snapshots

IN_WORDS = "application/json"
LONGEST_FIELD = 16 * 1024
OVER = _("This call is over already. Nothing is lost: you can press again.")
NOT_UNDERSTOOD = _("We could not read that. Nothing is lost and nothing changed.")
TOO_OFTEN = _(
    "That was many presses in a short time. Please wait a few minutes. "
    "If somebody is in danger, ring the emergency number now."
)
LINE_FULL = _(
    "So many people are calling that we can't ring anybody for you right now. "
    "That is our doing, not yours. Please try again in a few minutes."
)


class Refused(Exception):
    """Something that a caller's page sent and that we don't do; the sentence says why."""

    def __init__(self, sentence: str | Promise, status: int = 400) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.status = status


def line_of(slug: str) -> models.Line | None:
    """Give the line of a slug; without one, the first line of this installation."""
    return lines_named.first(slug.replace("\x00", "")) if slug else first_lines.first()


@kept
def lines_named(slug: str) -> QuerySet[models.Line]:
    """Give the line of a slug."""
    return models.Line.objects.filter(slug=slug)


@kept
def first_lines() -> QuerySet[models.Line]:
    """Give the first line of this installation."""
    return models.Line.objects.order_by("slug")[:1]


def no_line(request: HttpRequest) -> HttpResponse:
    """Say that there is no such line, with the way to the one that there is, if there is."""
    shown = {"other": line_of("")}
    return render(request, "caller/no_line.html", shown, status=404)


def call_of(request: HttpRequest) -> models.Call | None:
    """Give the call that this browser has open, or that is just closing."""
    key = account.caller_key(request)
    return asking.open_call(key) if key else None


def posted(request: HttpRequest, name: str) -> str:
    """Give a field of a post; raises Refused for one that is too long or can't be stored."""
    text = request.POST.get(name, "")
    if len(text) > LONGEST_FIELD or "\x00" in text:
        raise Refused(NOT_UNDERSTOOD)
    return text


def posted_id(request: HttpRequest, name: str) -> UUID | None:
    """Give a posted id, None when it is empty; raises Refused."""
    text = posted(request, name)
    try:
        return UUID(text) if text else None
    except ValueError as wrong:
        raise Refused(NOT_UNDERSTOOD) from wrong


def answered(
    request: HttpRequest,
    line: models.Line,
    call: models.Call | None,
    refusal: Refused | None = None,
) -> HttpResponse:
    """Answer a post with the caller's snapshot, or send a page without script to the line."""
    if request.headers.get("Accept", "") != IN_WORDS:
        return render_refusal(request, line, refusal) if refusal else to_line(line)
    content = snapshots.caller_snapshot(call, line, timezone.now())
    if refusal is None:
        return JsonResponse(content)
    return JsonResponse(content | {"message": str(refusal.sentence)}, status=refusal.status)


def to_line(line: models.Line) -> HttpResponseRedirect:
    """Send the browser to a line's document."""
    response = HttpResponseRedirect(reverse("line", args=[line.slug]))
    response.status_code = 303
    return response


def render_refusal(request: HttpRequest, line: models.Line, refusal: Refused) -> HttpResponse:
    """Say on a page of its own why something was not done, and what is open instead."""
    shown = page_context(line) | {"sentence": refusal.sentence}
    return render(request, "caller/refused.html", shown, status=refusal.status)


def page_context(line: models.Line) -> dict[str, object]:
    """Give what each of the caller's pages shows of its line."""
    return {
        "line": line,
        "phone": "".join(each for each in line.phone_shown if each in "+0123456789"),
        "sights": danger_cards.shown(get_language() or "en"),
        "card": safety.card(line.country, timezone.now().date()),
        "takes_number": numbers.line_dials(line),
        "meetings": meetings.has_any(line),
        "same": line.gender_policy == models.Line.GenderPolicy.SAME,
    }


def posting(view: Callable[[HttpRequest], HttpResponse]) -> Callable[..., HttpResponseBase]:
    """Take posts only, and answer a refusal with the snapshot as it stands."""

    @require_POST
    @wraps(view)
    def guarded(request: HttpRequest) -> HttpResponse:
        try:
            return view(request)
        except Refused as refusal:
            call = call_of(request)
            return answered(request, call.line if call else posted_line(request), call, refusal)

    return guarded


def posted_line(request: HttpRequest) -> models.Line:
    """Give the line that a post names; an unknown one is not found."""
    line = line_of(request.POST.get("line", ""))
    if line is None:
        raise Http404
    return line


def key_of(request: HttpRequest) -> tuple[bytes, str]:
    """Give the fingerprint of this browser, and the cookie it must get where it has none."""
    key = account.caller_key(request)
    if key is not None:
        return key, ""
    cookie, key = account.new_caller()
    return key, cookie


def with_cookie(response: HttpResponse, cookie: str) -> HttpResponse:
    """Give the response with the caller's cookie, unless this browser had it already."""
    if cookie:
        account.remember_caller(response, cookie)
    return response


def allow_ask(request: HttpRequest) -> None:
    """Raise Refused for a device or network that asks too often."""
    if not limits.allow_ask(request):
        raise Refused(TOO_OFTEN, 429)


def needed_call(request: HttpRequest) -> models.Call:
    """Give this browser's call; raises Refused when it has none."""
    call = call_of(request)
    if call is None:
        raise Refused(OVER, 409)
    return call
