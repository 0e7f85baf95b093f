"""The call back to the page: the times that somebody owns, the code, and coming back with it."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from stepline import models
from stepline.actions import asking, callbacks, numbers
from stepline.core.calls import Wish
from stepline.web import limits, snapshots
from stepline.web.caller_posts import (
    IN_WORDS,
    LINE_FULL,
    NOT_UNDERSTOOD,
    TOO_OFTEN,
    Refused,
    allow_ask,
    answered,
    call_of,
    key_of,
    line_of,
    no_line,
    page_context,
    posted,
    posted_line,
    posting,
    with_cookie,
)

NUMBER_REFUSED = _(
    "We can't ring that number. Please write a number of this country, or leave it empty and "
    "come back to this page. Nothing is lost."
)
NUMBER_TOO_OFTEN = _("We have been asked to ring this number often today. Please try tomorrow.")
TIME_GONE = _("That time is taken now. Nothing is lost: please choose again.")
NO_SUCH_CODE = _("We don't know this code. It may have been used. You can still press and talk.")
OTHER_CALL = _("This browser has another call open. Please end that one first.")


@posting
def ask_for_call_back(request: HttpRequest) -> HttpResponse:
    """Promise a call back at a time that somebody owns, with or without an open call."""
    call, now = call_of(request), timezone.now()
    slot = posted(request, "slot")
    if slot not in {str(minutes) for minutes in callbacks.OFFERED_MINUTES}:
        raise Refused(NOT_UNDERSTOOD)
    number = posted(request, "number")
    if call is None:
        allow_ask(request)
    if number and not limits.allow_number(number):
        raise Refused(NUMBER_TOO_OFTEN, 429)
    key, cookie = key_of(request)
    try:
        if call is not None:
            call = asking.take_call_back(call.pk, int(slot), now, number)
        else:
            call = asking.ask_for_call_back(posted_line(request), key, int(slot), now, number)
    except numbers.BadNumber as bad:
        raise Refused(NUMBER_REFUSED) from bad
    except asking.NoSuchTime as gone:
        raise Refused(TIME_GONE, 409) from gone
    except asking.TooManyCalls as full:
        raise Refused(LINE_FULL, 409) from full
    if request.headers.get("Accept", "") == IN_WORDS:
        return answered(request, call.line, call)
    return with_cookie(show_promise(request, call), cookie)


def show_promise(request: HttpRequest, call: models.Call) -> HttpResponse:
    """Show the code and the time on a page that needs no script."""
    snapshot = snapshots.caller_snapshot(call, call.line, timezone.now())
    shown = page_context(call.line) | {
        "promised": snapshot["call_back"]["promised"],
        "come_back": settings.STEPLINE_PUBLIC_URL.partition("://")[2] + reverse("come-back"),
    }
    return render(request, "caller/promise.html", shown)


@require_safe
def show_call_back(request: HttpRequest) -> HttpResponse:
    """Show the times that somebody owns, as a form that needs no script."""
    line = line_of(request.GET.get("line", ""))
    if line is None:
        return no_line(request)
    call = call_of(request)
    now = timezone.now()
    wanted = call or models.Call(line=line, wish=Wish.ANYONE, language=line.languages[0])
    slots = [
        (slot.minutes, callbacks.label(slot.due_at, line)) for slot in callbacks.slots(wanted, now)
    ]
    return render(request, "caller/call_back.html", page_context(line) | {"slots": slots})


@require_http_methods(["GET", "HEAD", "POST"])
def come_back(request: HttpRequest) -> HttpResponseBase:
    """Come back with the code of a call back: its owner's phone rings."""
    if request.method == "POST":
        return come_back_with(request)
    line = line_of(request.GET.get("line", ""))
    if line is None:
        return no_line(request)
    shown = page_context(line)
    return with_cookie(render(request, "caller/come_back.html", shown), key_of(request)[1])


@posting
def come_back_with(request: HttpRequest) -> HttpResponse:
    """Take the code; tries of wrong ones are limited."""
    if not limits.allow_code_try(request):
        raise Refused(TOO_OFTEN, 429)
    key, cookie = key_of(request)
    try:
        call = asking.come_back(posted(request, "code"), key, timezone.now())
    except asking.AlreadyCalling as other:
        raise Refused(OTHER_CALL, 409) from other
    if call is None:
        raise Refused(NO_SUCH_CODE, 404)
    limits.forgive_code_tries(request)
    return with_cookie(answered(request, call.line, call), cookie)


urlpatterns = [
    path("call/call-back", ask_for_call_back),
    path("call-back", show_call_back, name="call-back"),
    path("come-back", come_back, name="come-back"),
]
