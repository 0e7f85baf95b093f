"""The caller's whole path: one document, what it posts, and what it follows.

A caller has no account: the cookie that the page sets finds the call. Whatever doesn't fit is
refused in words and changes nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from uuid import UUID

from django.conf import settings
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseRedirect,
)
from django.shortcuts import render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation.trans_real import parse_accept_lang_header
from django.views.decorators.http import require_POST, require_safe

from stepline import models
from stepline.actions import asking, dispatch, relaxing, signals
from stepline.core import events as e
from stepline.core.calls import LegStep, Seat, State, Wish
from stepline.voice.browser import Mode
from stepline.web import account, callbacks, live, snapshots
from stepline.web.caller_posts import (
    LINE_FULL,
    NOT_UNDERSTOOD,
    Refused,
    allow_ask,
    answered,
    call_of,
    key_of,
    line_of,
    needed_call,
    no_line,
    page_context,
    posted,
    posted_id,
    posted_line,
    posting,
    with_cookie,
)


def spoken(request: HttpRequest, line: models.Line) -> str:
    """Give the first of the line's languages that the browser asks for, else the line's own."""
    wanted = parse_accept_lang_header(request.headers.get("Accept-Language", ""))
    codes = [tag.partition("-")[0] for tag, _weight in wanted]
    return next((code for code in codes if code in line.languages), line.languages[0])


@require_safe
def show_line(request: HttpRequest, slug: str = "") -> HttpResponse:
    """Show the one document of the caller's path, at the screen where their call stands."""
    line = line_of(slug)
    if line is None:
        return no_line(request)
    call = call_of(request)
    line = call.line if call else line
    snapshot = snapshots.caller_snapshot(call, line, timezone.now())
    shown = page_context(line) | {
        "snapshot": lightened(snapshot),
        "screen": snapshot["screen"],
        "in_call": snapshot["screen"] != "first",
        "picks": len(line.languages) > 1 or line.fellowships or line.places or line.groups,
        "come_back": settings.STEPLINE_PUBLIC_URL.partition("://")[2] + reverse("come-back"),
    }
    # Set before the ask: a press whose answer is lost and that is tried again finds its call.
    return with_cookie(render(request, "caller/line.html", shown), key_of(request)[1])


def lightened(snapshot: dict[str, object]) -> dict[str, object]:
    """Leave out of the first page's snapshot what only a call has: every byte waits with them."""
    if snapshot["screen"] != "first":
        return snapshot
    return {name: snapshot[name] for name in ("read_at", "call", "screen")}


@require_safe
def show_in_call(request: HttpRequest) -> HttpResponse:
    """Give the parts that only a call needs, for a page that was loaded before there was one."""
    return render(request, "caller/in_call.html")


@require_safe
def show_danger(request: HttpRequest) -> HttpResponse:
    """Show the danger card on a page of its own; needs no call and is never limited."""
    line = line_of(request.GET.get("line", ""))
    if line is None:
        return no_line(request)
    return render(request, "caller/danger.html", page_context(line))


@posting
def ask(request: HttpRequest) -> HttpResponse:
    """One press: ring now. A browser that has a call open gets that one."""
    if posted(request, "script") != "1":
        return HttpResponseRedirect(reverse("call-back") + f"?line={posted_line(request).slug}")
    line, wish = posted_line(request), posted(request, "wish")
    if wish not in set(Wish):
        raise Refused(NOT_UNDERSTOOD)
    allow_ask(request)
    key, cookie = key_of(request)
    if signals.mode().mode is Mode.OFF:
        return answered(request, line, None)
    try:
        call = asking.ask(line, key, Wish(wish), spoken(request, line), timezone.now())
    except asking.TooManyCalls as full:
        raise Refused(LINE_FULL, 409) from full
    return with_cookie(answered(request, call.line, call), cookie)


def on_call(event: Callable[[HttpRequest], e.Event]) -> Callable[..., HttpResponseBase]:
    """Make the view that tells this browser's call what happened.

    Too late is no mistake of the caller's: the snapshot shows how things stand.
    """

    @posting
    def view(request: HttpRequest) -> HttpResponse:
        call = call_of(request)
        happened = event(request)
        if call is None:
            return answered(request, posted_line(request), None)
        return answered(request, call.line, dispatch.handle(call.pk, happened, timezone.now()).call)

    return view


def reported(request: HttpRequest) -> e.Reports:
    """Read how far the caller's page has come in joining its voice."""
    step = posted(request, "step")
    if step not in set(LegStep) - {LegStep.NONE}:
        raise Refused(NOT_UNDERSTOOD)
    return e.Reports(Seat.CALLER, LegStep(step), posted_id(request, "conversation"))


def chosen(request: HttpRequest) -> e.Event:
    """Read what the caller wants when asked."""
    choice = posted(request, "choice")
    if choice == "stop":
        return e.CallerStops()
    if choice not in set(e.Choice):
        raise Refused(NOT_UNDERSTOOD)
    return e.CallerChooses(e.Choice(choice))


@require_POST
def leave(request: HttpRequest) -> HttpResponse:
    """Leave by the exit: all ringing stops, nobody rings back, this browser forgets the call."""
    call = call_of(request)
    if call is not None:
        dispatch.handle(call.pk, e.CallerExits(), timezone.now())
    response = HttpResponse(status=204)
    account.forget_caller(response)
    return response


@posting
def answer(request: HttpRequest) -> HttpResponse:
    """Take the answer to one question, or that it is skipped."""
    call = needed_call(request)
    try:
        asking.answer(
            call.pk, posted(request, "question"), posted(request, "value"), timezone.now()
        )
    except asking.BadAnswer as bad:
        raise Refused(NOT_UNDERSTOOD) from bad
    return answered(request, call.line, call_of(request))


@posting
def relax(request: HttpRequest) -> HttpResponse:
    """Drop one of the caller's wishes: their own word, one wish at a time."""
    call = needed_call(request)
    try:
        handled = relaxing.relax(call.pk, posted(request, "what"), timezone.now())
    except relaxing.NoSuchWish as unknown:
        raise Refused(NOT_UNDERSTOOD) from unknown
    return answered(request, call.line, handled.call)


@posting
def signal(request: HttpRequest) -> HttpResponse:
    """Pass on what the caller's page says to another page of the same call."""
    call = needed_call(request)
    to, session, body = (posted(request, name) for name in ("to", "session", "body"))
    try:
        signals.send(call.pk, Seat.CALLER, to, session, body, timezone.now())
    except signals.BadSignal as bad:
        raise Refused(NOT_UNDERSTOOD) from bad
    return HttpResponse(status=204)


# From a place that is kept, or a talk that was cut off, a caller comes back by a press of
# their own, when it is safe.
COMES_BACK_BY_ITSELF = {State.AWAY, State.CONNECTING}


@dataclass
class Following:
    """What one open stream of a caller's page shows: their call, to its very end."""

    key: bytes
    call_id: UUID | None = field(default=None)

    def read(self) -> live.Snapshot | None:
        """Give the snapshot of the call; None once there is nothing to follow."""
        call = asking.open_call(self.key) or (self.last(self.call_id) if self.call_id else None)
        if call is None:
            return None
        self.call_id = call.pk
        return snapshots.caller_snapshot(call, call.line, timezone.now())

    def last(self, call_id: UUID) -> models.Call | None:
        """Give the call followed so far, whose browser is forgotten once it is closed."""
        return models.Call.objects.select_related("line").filter(pk=call_id).first()

    def topics(self, snapshot: live.Snapshot) -> frozenset[str]:
        """Follow the call as soon as there is one."""
        return frozenset({f"call:{snapshot['call']}"} if snapshot["call"] else ())

    def inbox(self, snapshot: live.Snapshot) -> live.Inbox | None:
        """Take what the other pages of the call say to this one."""
        return live.Inbox(UUID(snapshot["call"]), Seat.CALLER) if snapshot["call"] else None

    def owner(self, snapshot: live.Snapshot) -> str | None:
        """Name whose going has to be told: this call's caller, until the talk is over."""
        over = snapshot["call"] is None or snapshot["screen"] == "thanks"
        return None if over else f"caller:{snapshot['call']}"

    def came(self) -> None:
        """Tell the call that the page is here again, where that needs no press of the caller's."""
        call = asking.open_call(self.key)
        if call and not call.caller_here and call.state in COMES_BACK_BY_ITSELF:
            dispatch.handle(call.pk, e.CallerReturns(), timezone.now())

    def gone(self, snapshot: live.Snapshot) -> None:
        """Tell the call that the caller's page has gone without a word."""
        dispatch.handle(UUID(snapshot["call"]), e.CallerAway(closed=False), timezone.now())


@require_safe
def follow(request: HttpRequest) -> HttpResponseBase:
    """Stream this browser's call: a whole snapshot at each change."""
    following = Following(account.caller_key(request) or b"")
    source = live.Source(
        read=following.read,
        always=(),
        topics=following.topics,
        inbox=following.inbox,
        came=following.came,
        owner=following.owner,
        gone=following.gone,
    )
    return live.stream(request, source)


urlpatterns = [
    path("", show_line, name="home"),
    path("line/<slug:slug>/", show_line, name="line"),
    path("danger", show_danger, name="danger"),
    path("call/parts", show_in_call),
    path("call/ask", ask),
    path("call/stop", on_call(lambda _request: e.CallerStops())),
    path("call/exit", leave),
    path("call/away", on_call(lambda _request: e.CallerAway(closed=True))),
    path("call/end", on_call(lambda _request: e.Ends(Seat.CALLER))),
    path("call/alive", on_call(lambda _request: e.Alive(Seat.CALLER))),
    path("call/choose", on_call(chosen)),
    path("call/relax", relax),
    path("call/report", on_call(reported)),
    path("call/answer", answer),
    path("call/signal", signal),
    path("call/live", follow),
    *callbacks.urlpatterns,
]
