"""The coordinator's pages: the board, live, and what it links to."""

import json
from uuid import UUID

from django.conf import settings
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from stepline import models
from stepline.actions import accounts, clock, notices, push
from stepline.models.people import Role
from stepline.voice import browser
from stepline.web import board, hours, line, live, people, rings, volunteer
from stepline.web.account import ROLE_COOKIES, SignedInRequest, coordinator_required
from stepline.web.security import error_page

WHY_OFF: dict[browser.WhyOff, Promise] = {
    browser.WhyOff.NO_RELAY: gettext_lazy(
        "Calls between browsers are off: no relay is set up (STEPLINE_TURN_URLS), and without "
        "one each side would learn the other's network address. Callers read what else is open."
    ),
    browser.WhyOff.NO_KEY: gettext_lazy(
        "Calls between browsers are off: the relay's shared secret is missing "
        "(STEPLINE_TURN_SECRET). Callers read what else is open."
    ),
}


@require_safe
@coordinator_required
def show_board(request: SignedInRequest) -> HttpResponse:
    """Show the whole page."""
    shown = {**board_context(request), "push_key": push.public_key()}
    return render(request, "coordinator/board.html", shown)


@require_safe
@coordinator_required
def show_fragment(request: SignedInRequest) -> HttpResponse:
    """Show what changes on the board, to be put into the page."""
    return render(request, "coordinator/_board.html", board_context(request))


def board_context(request: SignedInRequest) -> dict[str, object]:
    """Give the board of the coordinator's own line, and of no other."""
    mode = browser.calls_mode(
        settings.STEPLINE_PUBLIC_URL, settings.STEPLINE_TURN_URLS, settings.STEPLINE_TURN_SECRET
    )
    return {
        "board": board.read(request.volunteer.line, timezone.now()),
        "why_off": WHY_OFF[mode.why_off] if mode.why_off else "",
        "here": "board",
    }


@require_POST
@coordinator_required
def see_notice(request: SignedInRequest, notice_id: UUID) -> HttpResponse:
    """Take one notice off the board; a foreign or unknown one is not found."""
    own_line = request.volunteer.line
    get_object_or_404(models.Notice, line=own_line, id=notice_id)
    notices.seen(own_line, notice_id, timezone.now())
    return as_it_is_now(request)


@require_POST
@coordinator_required
def try_again(request: SignedInRequest, call_id: UUID) -> HttpResponse:
    """Put a call that was set aside under the clock again; a foreign one is not found."""
    get_object_or_404(models.Call, line=request.volunteer.line, id=call_id)
    clock.try_again(call_id, timezone.now())
    return as_it_is_now(request)


def as_it_is_now(request: SignedInRequest) -> HttpResponse:
    """Answer a press with the board as it is now, as a part or by the whole page."""
    if "HX-Request" in request.headers:
        return render(request, "coordinator/_board.html", board_context(request))
    return redirect("board")


@require_safe
@coordinator_required
def follow_board(request: SignedInRequest) -> HttpResponseBase:
    """Say each time that something on the board changed; ends once this device may not see it."""
    key = request.COOKIES[ROLE_COOKIES[Role.COORDINATOR]]

    def read() -> dict[str, float] | None:
        now = timezone.now()
        device = accounts.device_for(key, Role.COORDINATOR, now)
        return {"read_at": now.timestamp()} if device else None

    return live.stream(request, live.Source(read, (f"line:{request.volunteer.line_id}",)))


@require_POST
@coordinator_required
def keep_subscription(request: SignedInRequest) -> HttpResponse:
    """Remember where this browser can be told that something waits on the board."""
    try:
        sent = json.loads(request.body)
        keys = sent["keys"]
        subscription = push.checked(sent["endpoint"], keys["p256dh"], keys["auth"])
    except (ValueError, KeyError, TypeError):
        return error_page(request, 400)
    push.keep(request.device, subscription, None, timezone.now())
    return HttpResponse(status=204)


urlpatterns = [
    path("coordinator/", show_board, name="board"),
    path("coordinator/board", show_fragment, name="board-fragment"),
    path("coordinator/push", keep_subscription, name="board-push"),
    path("coordinator/sw.js", volunteer.service_worker, name="board-worker"),
    path("coordinator/live", follow_board, name="board-live"),
    path("coordinator/notices/<uuid:notice_id>/seen", see_notice, name="notice-seen"),
    path("coordinator/calls/<uuid:call_id>/try-again", try_again, name="try-again"),
    *people.urlpatterns,
    *line.urlpatterns,
    *rings.urlpatterns,
    *hours.urlpatterns,
]
