"""What holds for every page: strict headers, small requests, kind refusals, quiet logs."""

import logging
import traceback
from collections.abc import Awaitable, Callable, Mapping
from types import TracebackType
from typing import Any

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.template import loader
from django.utils.translation import gettext_lazy

Scope = dict[str, Any]
Message = Mapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

# Nothing comes from anywhere but here; nothing runs or is drawn that is not a file of ours.
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self' data:; media-src 'self' blob:; font-src 'none'; manifest-src 'self'; "
    "worker-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
# Help in danger, as long as it can be read, and whoever looks after the machine: never refused,
# never made to wait, whatever else is closed.
ALWAYS_ANSWERED = ("/danger", "/health")
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    # Not "no-referrer": with it browsers send "Origin: null" with forms and beacons, which the
    # CSRF check refuses. To other sites both send nothing.
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": (
        "microphone=(self), screen-wake-lock=(self), autoplay=(self), camera=(), geolocation=(), "
        "display-capture=(), payment=(), usb=(), serial=(), midi=(), "
        "browsing-topics=(), accelerometer=(), gyroscope=(), magnetometer=()"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
# Two years, as browsers' preload lists ask; sent only where the public address is https.
STRICT_TRANSPORT = "max-age=63072000"
MAX_BODY_BYTES = 64 * 1024
# Whoever looks for help must find the line; what is behind a sign-in nobody needs to find.
FOUND_BY_NOBODY = ("/volunteer", "/coordinator", "/i/", "/sign-", "/come-back", "/call/", "/health")


class SecurityMiddleware:
    """Puts the headers on every answer, and keeps pages out of every cache."""

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: Callable[[HttpRequest], Any]) -> None:
        self.get_response = get_response
        self.is_async = iscoroutinefunction(get_response)
        if self.is_async:
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> Any:
        """Answer in the way, sync or async, that the stack below answers."""
        if self.is_async:
            return self.answer(request)
        return with_headers(request, self.get_response(request))

    async def answer(self, request: HttpRequest) -> HttpResponseBase:
        """Answer where the whole stack is asynchronous."""
        return with_headers(request, await self.get_response(request))


def with_headers(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    """Add what every answer carries; what a view or a static file set itself stays."""
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    response.headers.setdefault("Cache-Control", "no-store")
    if request.path.startswith(FOUND_BY_NOBODY):
        response.headers["X-Robots-Tag"] = "noindex, nofollow"
    if settings.SECURE:
        response.headers.setdefault("Strict-Transport-Security", STRICT_TRANSPORT)
    return response


def page_context(_request: HttpRequest) -> dict[str, object]:
    """Offer every template `demo`, so that each page can say that nobody real answers."""
    return {"demo": settings.STEPLINE_DEMO}


class TooMuch(Exception):
    """A request's body went past the limit."""


class SmallBodies:
    """Wraps the ASGI application: a body past the limit is refused before it fills a disk."""

    def __init__(self, app: App, max_bytes: int = MAX_BODY_BYTES) -> None:
        self.app = app
        self.max_bytes = max_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on while its body stays within the limit."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
        elif announced_bytes(scope) > self.max_bytes:
            await refuse_body(send)
        else:
            try:
                await self.app(scope, counted(receive, self.max_bytes), send)
            except TooMuch:
                await refuse_body(send)


def announced_bytes(scope: Scope) -> int:
    """Give the length that a request announces; one that can't be read counts as endless."""
    for name, value in scope["headers"]:
        if name == b"content-length":
            return int(value) if value.isdigit() else MAX_BODY_BYTES + 1
    return 0


def counted(receive: Receive, max_bytes: int) -> Receive:
    """Wrap `receive` so that it raises TooMuch once more than `max_bytes` came."""
    came = 0

    async def receive_counted() -> Message:
        nonlocal came
        message = await receive()
        came += len(message.get("body", b""))
        if came > max_bytes:
            raise TooMuch
        return message

    return receive_counted


async def refuse_body(send: Send) -> None:
    """Answer 413 in words, without reading on."""
    with_type = [(b"content-type", b"text/html; charset=utf-8"), (b"connection", b"close")]
    headers = [(name.lower().encode(), value.encode()) for name, value in HEADERS.items()]
    await send({"type": "http.response.start", "status": 413, "headers": with_type + headers})
    page = loader.render_to_string("account/problem.html", problem(413))
    await send({"type": "http.response.body", "body": page.encode()})


SENTENCES = {
    400: (
        gettext_lazy("We could not read that"),
        gettext_lazy("It was not as we expected. Nothing is lost and nothing changed."),
    ),
    403: (
        gettext_lazy("This page is too old to send that"),
        gettext_lazy("Nothing is lost. Go back, load the page again, and press once more."),
    ),
    404: (
        gettext_lazy("There is nothing here"),
        gettext_lazy("The address may be old or mistyped. Nothing is lost."),
    ),
    413: (
        gettext_lazy("That was too much at once"),
        gettext_lazy("We stopped reading it. Nothing is lost and nothing changed."),
    ),
    500: (
        gettext_lazy("Something went wrong on our side"),
        gettext_lazy("That is our doing, not yours. Nothing is lost. Please try again."),
    ),
    503: (
        gettext_lazy("We can't answer this very moment"),
        gettext_lazy("Nothing is lost. Please keep this page and try again in a moment."),
    ),
}


def problem(status: int) -> dict[str, object]:
    """Give the words for an error page."""
    title, sentence = SENTENCES[status]
    return {
        "status": status,
        "problem": title,
        "sentence": sentence,
        "demo": settings.STEPLINE_DEMO,
    }


def error_page(request: HttpRequest, status: int) -> HttpResponse:
    """Answer with kind words and no detail: a page to a reader, JSON to a script."""
    if "text/html" not in request.headers.get("Accept", "text/html"):
        return JsonResponse({"message": str(SENTENCES[status][1])}, status=status)
    page = loader.render_to_string("account/problem.html", problem(status))
    return HttpResponse(page, status=status)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer what could not be read."""
    return error_page(request, getattr(exception, "status", 400))


def forbidden(request: HttpRequest, *_: object, **__: object) -> HttpResponse:
    """Answer what is not allowed, without saying what is there."""
    return error_page(request, 403)


def not_found(request: HttpRequest, *_: object, **__: object) -> HttpResponse:
    """Answer an address that leads nowhere."""
    return error_page(request, 404)


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer when we failed."""
    return error_page(request, 500)


def csrf_failure(request: HttpRequest, **_: object) -> HttpResponse:
    """Answer a form that did not come from a page of ours, or from too old a page."""
    return error_page(request, 403)


class NothingPersonal(logging.Filter):
    """Lets only our own words through to a log.

    A message of another package may quote an address, a form or a row: of those only the
    level, the place and the kind of error remain. Our own logs carry ids alone.
    """

    OURS = ("stepline", "uvicorn.error")

    def filter(self, record: logging.LogRecord) -> bool:
        """Rewrite a record in place; never drops one."""
        if record.exc_info:
            record.exc_text = told_without_words(record.exc_info)
            record.exc_info = None
        if record.name.split(".")[0] != "stepline" and record.name not in self.OURS:
            record.msg, record.args = about(record), ()
        return True


def about(record: logging.LogRecord) -> str:
    """Say what may be said of a foreign record: its place, and a request's route and status."""
    match = getattr(getattr(record, "request", None), "resolver_match", None)
    route = match.route if match else "-"
    status = getattr(record, "status_code", "-")
    return f"({record.module}:{record.lineno}) route {route} status {status}"


ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


def told_without_words(exc_info: ExcInfo) -> str:
    """Give an error's kind and places; its words and values may be somebody's."""
    kind, _error, trace = exc_info
    places = (
        f"  {frame.filename}:{frame.lineno} in {frame.name}"
        for frame in traceback.extract_tb(trace)
    )
    return "\n".join((f"{kind.__name__ if kind else 'error'}, its words left out", *places))
