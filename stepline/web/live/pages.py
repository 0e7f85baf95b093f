"""The stream of the volunteer's page, and its sign of life."""

import uuid
from functools import partial
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import path
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from stepline import models
from stepline.actions import conversation, presence
from stepline.actions.presence import Present
from stepline.models.people import Role
from stepline.web import account, snapshots
from stepline.web.account import SignedInRequest, volunteer_required
from stepline.web.live.listening import hub
from stepline.web.live.streams import Inbox, Snapshot, Source, stream

IN_VOICE = {"connecting", "talking", "cut_off", "dialling_help"}


@require_safe
@volunteer_required
def volunteer_live(request: SignedInRequest) -> HttpResponseBase:
    """Stream what concerns a volunteer; while it is open, this device counts as here."""
    key = request.COOKIES[account.ROLE_COOKIES[Role.VOLUNTEER]]
    return stream(request, volunteer_source(request.volunteer, request.device, key))


def volunteer_source(volunteer: models.Volunteer, device: models.Device, key: str) -> Source:
    """Give a volunteer's news, for as long as the device stays signed in."""
    return Source(
        read=partial(read_volunteer, device.pk, key),
        always=(f"volunteer:{volunteer.pk}",),
        topics=lambda told: frozenset({f"call:{told['call']['id']}"} if told["call"] else ()),
        inbox=volunteer_inbox,
        present=Present(uuid.uuid4(), volunteer.pk, device.pk, volunteer.line_id),
        owner=volunteer_owner,
        gone=partial(volunteer_gone, volunteer),
    )


def read_volunteer(device_id: uuid.UUID, key: str) -> Snapshot | None:
    """Read a volunteer's snapshot; None once the device isn't signed in any more."""
    return snapshots.snapshot_on_device(device_id, key, timezone.now())


def volunteer_inbox(told: Snapshot) -> Inbox | None:
    """Give the seat whose signals a volunteer gets."""
    call: dict[str, Any] | None = told["call"]
    return Inbox(uuid.UUID(call["id"]), call["me"]) if call else None


def volunteer_owner(told: Snapshot) -> str | None:
    """Give the seat whose going has to be told, while voices are joined or to be joined."""
    call: dict[str, Any] | None = told["call"]
    return f"seat:{call['id']}:{call['me']}" if call and told["screen"] in IN_VOICE else None


def volunteer_gone(volunteer: models.Volunteer, _told: Snapshot) -> None:
    """Note that the last page of a volunteer in a conversation has gone without a word."""
    conversation.page_gone(volunteer, False, timezone.now())


@require_POST
def here(request: HttpRequest) -> HttpResponse:
    """Take a page's sign of life; it names its stream, which nobody else knows. Writes no row."""
    stream_id = request.POST.get("stream", "")
    if not hub.heard_from(stream_id) and is_stream_id(stream_id):
        presence.pass_on(stream_id, hub.process_id)
    return HttpResponse(status=204)


def is_stream_id(text: str) -> bool:
    """Tell whether a text can name a stream."""
    try:
        return str(uuid.UUID(text)) == text
    except ValueError:
        return False


urlpatterns = [
    path("volunteer/live", volunteer_live, name="volunteer-live"),
    path("volunteer/here", here, name="volunteer-here"),
]
