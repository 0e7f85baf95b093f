"""Who is at the other end of a request, and the pages to sign a device in and out.

Each role has a cookie of its own, so that one browser can be a caller, a volunteer and a
coordinator. The tables keep only keyed fingerprints of what the cookies hold.
"""

import base64
import secrets
from collections.abc import Callable, Coroutine
from datetime import datetime
from functools import wraps
from inspect import iscoroutinefunction
from typing import Any, TypeVar, cast

from asgiref.sync import sync_to_async
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from stepline import models
from stepline.actions import accounts
from stepline.models.people import Role
from stepline.web import limits

CALLER_COOKIE = "stepline_caller"
ROLE_COOKIES = {Role.VOLUNTEER: "stepline_volunteer", Role.COORDINATOR: "stepline_coordinator"}
HOMES = {Role.VOLUNTEER: "/volunteer/", Role.COORDINATOR: "/coordinator/"}
CALLER_KEY_BYTES = 32

Answer = TypeVar("Answer")


class SignedInRequest(HttpRequest):
    """A request that a role decorator let through."""

    volunteer: models.Volunteer
    device: models.Device


def caller_key(request: HttpRequest) -> bytes | None:
    """Give the secret of the caller's browser, or None for one that has not asked yet."""
    return key_of(request.COOKIES.get(CALLER_COOKIE, ""))


def key_of(kept: str) -> bytes | None:
    """Read a caller's cookie; None for one that we can't have given."""
    try:
        key = base64.b64decode(kept + "=", altchars=b"-_", validate=True)
    except ValueError:
        return None
    return key if len(key) == CALLER_KEY_BYTES else None


def new_caller() -> tuple[str, bytes]:
    """Give a fresh cookie for a caller's browser, and the secret in it."""
    key = secrets.token_bytes(CALLER_KEY_BYTES)
    return base64.urlsafe_b64encode(key).rstrip(b"=").decode(), key


def remember_caller(response: HttpResponseBase, kept: str) -> None:
    """Set the caller's cookie, which ends with the browser's session."""
    set_cookie(response, CALLER_COOKIE, kept, None)


def forget_caller(response: HttpResponseBase) -> None:
    """Remove the caller's cookie from this browser."""
    response.delete_cookie(CALLER_COOKIE, samesite="Lax")


def set_cookie(response: HttpResponseBase, name: str, kept: str, seconds: int | None) -> None:
    """Set a cookie that no script reads and no other site sends."""
    response.set_cookie(
        name, kept, max_age=seconds, httponly=True, samesite="Lax", secure=settings.SECURE
    )


def signed_in(request: HttpRequest, role: Role, now: datetime) -> models.Device | None:
    """Give the device that this browser is signed in as in a role."""
    key = request.COOKIES.get(ROLE_COOKIES[role])
    return accounts.device_for(key, role, now) if key else None


def volunteer_required(view: Callable[..., Answer]) -> Callable[..., Answer]:
    """Let only signed-in volunteers in, and set request.volunteer and request.device."""
    return required(view, Role.VOLUNTEER)


def coordinator_required(view: Callable[..., Answer]) -> Callable[..., Answer]:
    """Let only signed-in coordinators in, and set request.volunteer and request.device."""
    return required(view, Role.COORDINATOR)


def required(view: Callable[..., Answer], role: Role) -> Callable[..., Answer]:
    """Wrap a sync or async view so that it is reached in this role only."""
    asynchronous = cast("Callable[..., Coroutine[Any, Any, Any]]", view)

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        if not admit(request, role):
            return turned_away(request)
        return view(request, *args, **kwargs)

    @wraps(view)
    async def guarded_async(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        if not await sync_to_async(admit)(request, role):
            return turned_away(request)
        return await asynchronous(request, *args, **kwargs)

    return cast("Callable[..., Answer]", guarded_async if iscoroutinefunction(view) else guarded)


def admit(request: HttpRequest, role: Role) -> bool:
    """Set who is signed in on the request; tell whether somebody is."""
    device = signed_in(request, role, timezone.now())
    if device is None:
        return False
    known = cast("SignedInRequest", request)
    known.device, known.volunteer = device, device.volunteer
    return True


def turned_away(request: HttpRequest) -> HttpResponse:
    """Send a page to the sign-in, and tell a script why it gets nothing."""
    if "text/html" in request.headers.get("Accept", ""):
        return redirect("sign-in")
    sentence = _("This device is not signed in any more. Nothing is lost. Please sign in again.")
    return JsonResponse({"message": sentence}, status=403)


@require_http_methods(["GET", "HEAD", "POST"])
def invitation(request: HttpRequest, code: str) -> HttpResponse:
    """Show to what a code invites; only the button uses it up, so a link preview can't."""
    if request.method == "POST":
        return use_code(request, code)
    if not limits.allow_code_try(request):
        return too_many_tries(request)
    try:
        waiting = accounts.waiting_invitation(code, timezone.now())
    except accounts.CodeRefused:
        return home_again(request, code) or ask_for_code(request, code_refused=True)
    limits.forgive_code_tries(request)
    shown = {"line": waiting.volunteer.line, "role": waiting.role, "code": code}
    return render(request, "account/invitation.html", shown)


def home_again(request: HttpRequest, code: str) -> HttpResponse | None:
    """Send who opens their old invitation on a device that it signed in to their own page."""
    role = accounts.invited_to(code)
    if role is None or signed_in(request, role, timezone.now()) is None:
        return None
    limits.forgive_code_tries(request)
    return redirect(HOMES[role])


@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """Take a typed code."""
    if request.method == "POST":
        return use_code(request, request.POST.get("code", ""))
    return render(request, "account/sign_in.html")


def use_code(request: HttpRequest, code: str) -> HttpResponse:
    """Sign this browser in with a code, or say kindly why not."""
    if not limits.allow_code_try(request):
        return too_many_tries(request)
    try:
        device, key = accounts.redeem(code, timezone.now())
    except accounts.CodeRefused:
        return ask_for_code(request, code_refused=True)
    limits.forgive_code_tries(request)
    response = redirect(HOMES[Role(device.role)])
    remember_device(request, response, device, key)
    return response


def remember_device(
    request: HttpRequest, response: HttpResponse, device: models.Device, key: str
) -> None:
    """Set the cookies of a device just signed in.

    A coordinator is also rung for help, so theirs is a volunteer's device too, unless somebody
    is signed in as a volunteer in this browser already.
    """
    seconds = int(accounts.DEVICE_LASTS.total_seconds())
    set_cookie(response, ROLE_COOKIES[Role(device.role)], key, seconds)
    if device.role == Role.COORDINATOR and not signed_in(request, Role.VOLUNTEER, timezone.now()):
        set_cookie(response, ROLE_COOKIES[Role.VOLUNTEER], key, seconds)


def ask_for_code(request: HttpRequest, *, code_refused: bool) -> HttpResponse:
    """Show the field for the code, with a kind word when one was refused."""
    return render(request, "account/sign_in.html", {"code_refused": code_refused}, status=400)


def too_many_tries(request: HttpRequest) -> HttpResponse:
    """Say that codes rest for a while."""
    return render(request, "account/sign_in.html", {"too_many": True}, status=429)


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End this browser's device in one role (field `role`), or in both."""
    named = request.POST.get("role")
    response = redirect("sign-in")
    for role, cookie in ROLE_COOKIES.items():
        if named in (None, "", role):
            device = signed_in(request, role, timezone.now())
            if device:
                accounts.sign_out(device, timezone.now())
            response.delete_cookie(cookie, samesite="Lax")
    return response


urlpatterns = [
    path("i/<str:code>", invitation, name="invitation"),
    path("sign-in", sign_in, name="sign-in"),
    path("sign-out", sign_out, name="sign-out"),
]
