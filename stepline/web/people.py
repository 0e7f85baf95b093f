"""The coordinator's pages about who serves on the line."""

from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db.models import Count, Max, Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from stepline import models
from stepline.actions import accounts
from stepline.actions import people as actions
from stepline.actions import standby as standby_actions
from stepline.models.people import Role
from stepline.web import standby
from stepline.web.account import SignedInRequest, coordinator_required
from stepline.web.person_form import PersonForm, written

EMAIL_TAKEN = _("Somebody on this line has this e-mail already.")
LAST_COORDINATOR = _(
    "Nobody else looks after this line. Make somebody else a coordinator first. Nothing changed."
)


def serving(line: models.Line, now: datetime) -> QuerySet[models.Volunteer]:
    """Read everybody of a line, with how many devices and which open invitation each has."""
    alive = Q(devices__revoked_at=None, devices__expires_at__gt=now)
    waiting = Q(invitations__used_at=None, invitations__expires_at__gt=now)
    return models.Volunteer.objects.filter(line=line).annotate(
        signed_in=Count("devices", filter=alive, distinct=True),
        invited_until_at=Max("invitations__expires_at", filter=waiting),
    )


def own_person(request: SignedInRequest, person_id: UUID) -> models.Volunteer:
    """Give somebody of the coordinator's own line; anybody else is not found."""
    rows = serving(request.volunteer.line, timezone.now()).select_related("line")
    return get_object_or_404(rows, id=person_id)


@require_safe
@coordinator_required
def people(request: SignedInRequest) -> HttpResponse:
    """List who serves, and who stepped back."""
    rows = sorted(serving(request.volunteer.line, timezone.now()), key=lambda row: row.name)
    shown = {
        "serving": [row for row in rows if row.stepped_back_at is None],
        "stepped_back": [row for row in rows if row.stepped_back_at is not None],
        "line": request.volunteer.line,
    }
    return render(request, "coordinator/people.html", {**shown, "here": "people"})


@require_http_methods(["GET", "HEAD", "POST"])
@coordinator_required
def add_person(request: SignedInRequest) -> HttpResponse:
    """Write somebody new."""
    line = request.volunteer.line
    first = {"takes": ["anyone"], "languages": line.languages[:1], "gender": "unstated"}
    ticked = {"takes_calls": True, "takes_nights": True}
    form = PersonForm(line, request.POST or None, initial={**first, **ticked})
    if request.method == "POST" and form.is_valid():
        try:
            person = actions.add(line, form.person(), timezone.now())
        except actions.EmailTaken:
            form.add_error("email", EMAIL_TAKEN)
        else:
            return redirect("person", person.id)
    status = 400 if form.errors else 200
    return render(
        request, "coordinator/add_person.html", {"form": form, "line": line}, status=status
    )


@require_http_methods(["GET", "HEAD", "POST"])
@coordinator_required
def person(request: SignedInRequest, person_id: UUID) -> HttpResponse:
    """Show somebody, and write what changed."""
    volunteer = own_person(request, person_id)
    form = PersonForm(volunteer.line, request.POST or None, initial=written(volunteer))
    if request.method == "POST" and form.is_valid() and change(volunteer, form):
        return redirect("person", volunteer.id)
    return show_person(request, volunteer, form)


def change(volunteer: models.Volunteer, form: PersonForm) -> bool:
    """Write a valid form; tell whether it could be written, else say why in the form."""
    try:
        actions.change(volunteer, form.person())
    except actions.EmailTaken:
        form.add_error("email", EMAIL_TAKEN)
    except actions.LastCoordinator:
        form.add_error("is_coordinator", LAST_COORDINATOR)
    return not form.errors


def show_person(
    request: SignedInRequest, volunteer: models.Volunteer, form: PersonForm, **more: object
) -> HttpResponse:
    """Show somebody's page."""
    off_shift = standby.entries(standby_actions.chosen(volunteer))
    shown = {"form": form, "person": volunteer, "line": volunteer.line, "off_shift": off_shift}
    status = 400 if form.errors or "refused" in more else 200
    return render(request, "coordinator/person.html", {**shown, **more}, status=status)


@require_POST
@coordinator_required
def invite(request: SignedInRequest, person_id: UUID) -> HttpResponse:
    """Make an invitation and show its code and link, this one time."""
    volunteer = own_person(request, person_id)
    wished = request.POST.get("role", "")
    if wished not in Role.values or volunteer.stepped_back_at:
        return refused(request, volunteer, _("There is no such invitation. Nothing changed."))
    try:
        code = accounts.invite(volunteer, Role(wished), timezone.now())
    except accounts.RoleRefused:
        return refused(request, volunteer, _("They are not a coordinator. Nothing changed."))
    link = settings.STEPLINE_PUBLIC_URL + reverse("invitation", args=[code])
    shown = {"person": volunteer, "code": code, "link": link, "role": wished}
    return render(request, "coordinator/invited.html", shown)


def refused(request: SignedInRequest, volunteer: models.Volunteer, why: object) -> HttpResponse:
    """Show somebody's page with the reason why nothing was done."""
    form = PersonForm(volunteer.line, initial=written(volunteer))
    return show_person(request, volunteer, form, refused=why)


@require_POST
@coordinator_required
def sign_out_devices(request: SignedInRequest, person_id: UUID) -> HttpResponse:
    """End every device of somebody."""
    volunteer = own_person(request, person_id)
    accounts.sign_out_everywhere(volunteer, timezone.now())
    return redirect("person", volunteer.id)


@require_POST
@coordinator_required
def step_back(request: SignedInRequest, person_id: UUID) -> HttpResponse:
    """Stop ringing somebody; `serve_again` undoes it."""
    volunteer = own_person(request, person_id)
    try:
        actions.step_back(volunteer, timezone.now())
    except actions.LastCoordinator:
        return refused(request, volunteer, LAST_COORDINATOR)
    return redirect("person", volunteer.id)


@require_POST
@coordinator_required
def serve_again(request: SignedInRequest, person_id: UUID) -> HttpResponse:
    """Undo a stepping back."""
    volunteer = own_person(request, person_id)
    actions.serve_again(volunteer)
    return redirect("person", volunteer.id)


@require_POST
@coordinator_required
def block(request: SignedInRequest, person_id: UUID) -> HttpResponse:
    """Have somebody not rung for this line; `unblock` undoes it."""
    volunteer = own_person(request, person_id)
    actions.block(volunteer, timezone.now())
    return redirect("person", volunteer.id)


@require_POST
@coordinator_required
def unblock(request: SignedInRequest, person_id: UUID) -> HttpResponse:
    """Have somebody rung for this line again."""
    volunteer = own_person(request, person_id)
    actions.unblock(volunteer)
    return redirect("person", volunteer.id)


urlpatterns = [
    path("coordinator/people", people, name="people"),
    path("coordinator/people/add", add_person, name="add-person"),
    path("coordinator/people/<uuid:person_id>", person, name="person"),
    path("coordinator/people/<uuid:person_id>/invite", invite, name="invite"),
    path("coordinator/people/<uuid:person_id>/sign-out", sign_out_devices, name="sign-out-devices"),
    path("coordinator/people/<uuid:person_id>/step-back", step_back, name="step-back"),
    path("coordinator/people/<uuid:person_id>/serve-again", serve_again, name="serve-again"),
    path("coordinator/people/<uuid:person_id>/block", block, name="block"),
    path("coordinator/people/<uuid:person_id>/unblock", unblock, name="unblock"),
]
