"""What is pressed about danger, by callers, volunteers and coordinators; nothing here waits.

The pages hold the number and every card themselves: what is posted here is told, never asked.
"""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from stepline import models
from stepline.actions import conversation, danger
from stepline.actions.dispatch import Handled
from stepline.core.calls import Seat
from stepline.core.danger import By, Sight
from stepline.web import caller_posts
from stepline.web.account import SignedInRequest, coordinator_required, volunteer_required
from stepline.web.caller_posts import answered, call_of, posted, posted_line, posting
from stepline.web.volunteer import NOT_UNDERSTOOD, TOO_LATE, Refused, noted, pressed

NOT_ALLOWED = _("This line's policy, or the want of a second person, doesn't allow that.")
NOT_KNOWN = _("Where they are isn't known here, or not any more.")


# The caller


def of_caller(
    deed: Callable[[HttpRequest, UUID, datetime], None],
) -> Callable[..., HttpResponseBase]:
    """Make the view of what a caller's page tells; too late is no mistake of the caller's."""

    @posting
    def view(request: HttpRequest) -> HttpResponse:
        call = call_of(request)
        if call is None:
            return answered(request, posted_line(request), None)
        deed(request, call.pk, timezone.now())
        return answered(request, call.line, call_of(request))

    return view


def caller_raises(_request: HttpRequest, call_id: UUID, now: datetime) -> None:
    """Note that the caller says that somebody is in danger."""
    danger.raise_danger(call_id, By.CALLER, now)


def caller_sees(request: HttpRequest, call_id: UUID, now: datetime) -> None:
    """Note which card the caller opened."""
    sight = posted(request, "sight")
    if sight not in set(Sight):
        raise caller_posts.Refused(caller_posts.NOT_UNDERSTOOD)
    danger.sees(call_id, Sight(sight), By.CALLER, now)


def caller_dials(_request: HttpRequest, call_id: UUID, now: datetime) -> None:
    """Note that the caller tapped the number."""
    danger.dials(call_id, By.CALLER, now)


def caller_is_back(_request: HttpRequest, call_id: UUID, now: datetime) -> None:
    """Note that the caller is here again, from wherever they were."""
    danger.is_back(call_id, By.CALLER, now)


def caller_says_where(request: HttpRequest, call_id: UUID, now: datetime) -> None:
    """Keep where the caller is, sealed; saying it says that somebody is in danger."""
    place = posted(request, "place")
    danger.raise_danger(call_id, By.CALLER, now)
    try:
        danger.keep_place(call_id, place, By.CALLER, now)
    except danger.NoDanger as over:
        raise caller_posts.Refused(caller_posts.OVER, 409) from over


# The volunteer


def seated(request: SignedInRequest) -> tuple[UUID, By]:
    """Give the call in which a volunteer sits, and as whom; raises NoConversation."""
    offer = conversation.seat_of(request.volunteer)
    return offer.call_id, danger.OF_SEAT[Seat(offer.seat)]


def kindly(deed: Callable[[], None]) -> None:
    """Do it, or raise a kind refusal."""
    try:
        deed()
    except danger.NotAllowed as refused:
        raise Refused(409, NOT_ALLOWED) from refused
    except danger.NoDanger as over:
        raise Refused(409, TOO_LATE) from over


@noted
def volunteer_sees(request: SignedInRequest, now: datetime) -> Handled:
    """Note which card a volunteer opened."""
    sight = request.POST.get("sight", "")
    call_id, by = seated(request)
    if sight not in set(Sight):
        raise Refused(400, NOT_UNDERSTOOD)
    return danger.sees(call_id, Sight(sight), by, now)


@pressed
def volunteer_dials(request: SignedInRequest, now: datetime) -> Handled:
    """Note that the caller rings for help, as the volunteer says."""
    call_id, by = seated(request)
    return danger.dials(call_id, by, now)


@pressed
def volunteer_says_back(request: SignedInRequest, now: datetime) -> Handled:
    """Join the two again: the caller is back."""
    call_id, by = seated(request)
    return danger.is_back(call_id, by, now)


@pressed
def volunteer_confirms(request: SignedInRequest, now: datetime) -> None:
    """Confirm that help has taken over."""
    call_id, by = seated(request)
    kindly(lambda: danger.taken_over(call_id, by, now))


@pressed
def volunteer_keeps_place(request: SignedInRequest, now: datetime) -> None:
    """Keep where the caller said that they are."""
    call_id, by = seated(request)
    place = request.POST.get("place", "").replace("\x00", "")
    kindly(lambda: danger.keep_place(call_id, place, by, now))


@require_POST
@volunteer_required
def volunteer_opens_place(request: SignedInRequest) -> HttpResponse:
    """Read where the caller is, to tell it to help: each time is written down."""
    try:
        call_id, by = seated(request)
        place = danger.open_place(call_id, request.volunteer, by, timezone.now())
    except (conversation.NoConversation, danger.NoDanger):
        return JsonResponse({"message": str(NOT_KNOWN)}, status=409)
    return JsonResponse({"place": place})


@pressed
def volunteer_proposes(request: SignedInRequest, now: datetime) -> None:
    """Ask that help is sent although the caller doesn't agree."""
    call_id, by = seated(request)
    kindly(lambda: danger.propose_rescue(call_id, request.volunteer, by, now))


@pressed
def volunteer_agrees(request: SignedInRequest, now: datetime) -> None:
    """Agree, as a second person, that help is sent."""
    call_id, by = seated(request)
    kindly(lambda: danger.agree_rescue(call_id, request.volunteer, by, now))


# The coordinator


def on_board(
    deed: Callable[[SignedInRequest, UUID, datetime], HttpResponse | None],
) -> Callable[..., HttpResponseBase]:
    """Make the view of what a coordinator presses for a call of their own line."""

    def view(request: SignedInRequest, call_id: UUID) -> HttpResponse:
        get_object_or_404(models.Call, line=request.volunteer.line, id=call_id)
        try:
            shown = deed(request, call_id, timezone.now())
        except danger.NoDanger as over:
            raise Http404 from over
        except danger.NotAllowed:
            return render(request, "coordinator/place.html", {"sentence": NOT_ALLOWED}, status=409)
        return shown or redirect("board")

    view.__name__, view.__doc__ = deed.__name__, deed.__doc__
    return require_POST(coordinator_required(view))


@on_board
def coordinator_raises(_request: SignedInRequest, call_id: UUID, now: datetime) -> None:
    """Say that somebody is in danger."""
    danger.raise_danger(call_id, By.COORDINATOR, now)


@on_board
def coordinator_confirms(_request: SignedInRequest, call_id: UUID, now: datetime) -> None:
    """Confirm that help has taken over."""
    danger.taken_over(call_id, By.COORDINATOR, now)


@on_board
def coordinator_opens_place(request: SignedInRequest, call_id: UUID, now: datetime) -> HttpResponse:
    """Show where the caller is, once, on a page of its own: each time is written down."""
    place = danger.open_place(call_id, request.volunteer, By.COORDINATOR, now)
    return render(request, "coordinator/place.html", {"place": place})


@on_board
def coordinator_proposes(request: SignedInRequest, call_id: UUID, now: datetime) -> None:
    """Ask that help is sent although the caller doesn't agree."""
    danger.propose_rescue(call_id, request.volunteer, By.COORDINATOR, now)


@on_board
def coordinator_agrees(request: SignedInRequest, call_id: UUID, now: datetime) -> None:
    """Agree, as a second person, that help is sent."""
    danger.agree_rescue(call_id, request.volunteer, By.COORDINATOR, now)


BOARD = "coordinator/calls/<uuid:call_id>"
urlpatterns = [
    path("call/danger", of_caller(caller_raises)),
    path("call/sight", of_caller(caller_sees)),
    path("call/dialling", of_caller(caller_dials)),
    path("call/back", of_caller(caller_is_back)),
    path("call/place", of_caller(caller_says_where)),
    path("volunteer/call/sight", volunteer_sees),
    path("volunteer/call/dialling", volunteer_dials),
    path("volunteer/call/they-are-back", volunteer_says_back),
    path("volunteer/call/taken-over", volunteer_confirms),
    path("volunteer/call/place", volunteer_keeps_place),
    path("volunteer/call/place-open", volunteer_opens_place),
    path("volunteer/call/rescue", volunteer_proposes),
    path("volunteer/call/rescue-agree", volunteer_agrees),
    path(f"{BOARD}/danger", coordinator_raises, name="raise-danger"),
    path(f"{BOARD}/taken-over", coordinator_confirms, name="taken-over"),
    path(f"{BOARD}/place", coordinator_opens_place, name="open-place"),
    path(f"{BOARD}/rescue", coordinator_proposes, name="propose-rescue"),
    path(f"{BOARD}/rescue-agree", coordinator_agrees, name="agree-rescue"),
]
