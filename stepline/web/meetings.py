"""The next meetings, for whoever has just talked or is waiting, and the coordinator's feeds."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from stepline import models
from stepline.actions import announce, meetings
from stepline.core.meeting_feeds import Kind
from stepline.core.meetings import Access, Coming, For, Wanted
from stepline.web import caller_posts
from stepline.web.account import SignedInRequest, coordinator_required, volunteer_required

WHOM: dict[str, Promise] = {
    For.NEWCOMERS: _("Newcomers expected"),
    For.WOMEN: _("Women only"),
    For.MEN: _("Men only"),
    For.YOUNG: _("Young people"),
    For.LGBTQ: _("LGBTQ"),
}
EASE: dict[str, Promise] = {
    Access.WHEELCHAIR: _("Wheelchair access"),
    Access.CHILD_CARE: _("Child care"),
    Access.SIGN_LANGUAGE: _("Sign language"),
}
KINDS = (
    (Kind.MEETING_GUIDE, _("Meeting Guide JSON")),
    (Kind.BMLT, _("BMLT, the answer of GetSearchResults as JSON")),
)
NO_ADDRESS = _("Write a whole web address, beginning with https://. Nothing is saved yet.")
MOST_FEEDS = 20
TOO_MANY = _("Twenty feeds are as many as a line may have. Nothing is saved yet.")


@dataclass(frozen=True)
class Shown:
    """One meeting as it is written on a page."""

    name: str
    day: str
    at: str
    where: str
    kilometres: int | None
    tags: tuple[str, ...]
    join_url: str
    join_phone: str

    @property
    def dial(self) -> str:
        """Give the number for a tel: link; a code to enter after it is typed by hand."""
        number = self.join_phone.partition(",")[0].partition("#")[0].partition("*")[0]
        return "".join(each for each in number if each in "+0123456789")


def shown(each: Coming, now: datetime) -> Shown:
    """Write a meeting by the clock of its own place."""
    meeting, there = each.meeting, each.there_at
    return Shown(
        name=meeting.name,
        day=day(there, now),
        at=f"{there:%H:%M}",
        where=", ".join(part for part in (meeting.place, meeting.address) if part),
        kilometres=None if each.distance_km is None else max(1, round(each.distance_km)),
        tags=tuple(str(WHOM[tag]) for tag in WHOM if tag in meeting.meant_for)
        + tuple(str(EASE[tag]) for tag in EASE if tag in meeting.access),
        join_url=meeting.join_url,
        join_phone=meeting.join_phone,
    )


def day(there: datetime, now: datetime) -> str:
    """Name the day of a start as people there say it."""
    away = (there.date() - now.astimezone(there.tzinfo).date()).days
    if away == 0:
        return gettext("Today")
    return gettext("Tomorrow") if away == 1 else date_format(there, "l")


class WantedForm(forms.Form):
    """What is looked for; all of it may be left open, and what makes no sense is."""

    meant_for = forms.ChoiceField(
        choices=[("", _("Anyone")), (For.WOMEN, _("Women only")), (For.MEN, _("Men only"))],
        required=False,
        label=_("For whom"),
    )
    wheelchair = forms.BooleanField(required=False, label=_("Wheelchair access"))

    def __init__(self, line: models.Line, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if line.places:
            choices = [("", _("Anywhere")), *((place, place) for place in line.places)]
            self.fields["near"] = forms.ChoiceField(
                choices=choices, required=False, label=_("Near")
            )

    def wanted(self, line: models.Line, now: datetime) -> Wanted:
        """Give what is looked for; a place that no meeting names leaves it open."""
        self.is_valid()
        said = self.cleaned_data
        near = said.get("near")
        eased = {Access.WHEELCHAIR} if said.get("wheelchair") else set()
        return Wanted(
            near=meetings.point_of(line, near, now) if near else None,
            meant_for=For(said["meant_for"]) if said.get("meant_for") else None,
            access=frozenset(eased),
        )


def next_of(line: models.Line, wanted: Wanted, now: datetime) -> dict[str, list[Shown]]:
    """Give the next meetings of a line as a page shows them."""
    found = meetings.coming(line, wanted, now)
    return {
        "in_person": [shown(each, now) for each in found.in_person],
        "online": [shown(each, now) for each in found.online],
    }


@require_safe
def show_meetings(request: HttpRequest, slug: str) -> HttpResponse:
    """Show the next meetings of a line, to whoever asks; the exit and danger stay in reach."""
    line = caller_posts.line_of(slug)
    if line is None:
        raise Http404
    now = timezone.now()
    form = WantedForm(line, request.GET)
    context = caller_posts.page_context(line)
    context |= {"form": form, **next_of(line, form.wanted(line, now), now)}
    return render(request, "caller/meetings.html", context)


@require_safe
@volunteer_required
def show_next(request: SignedInRequest) -> HttpResponse:
    """Give the next meetings as a part of the volunteer's page, to be read out at the end."""
    line = request.volunteer.line
    return render(request, "volunteer/_meetings.html", next_of(line, Wanted(), timezone.now()))


class FeedForm(forms.Form):
    """A new feed."""

    kind = forms.ChoiceField(choices=KINDS, widget=forms.RadioSelect, label=_("Format"))
    url = forms.CharField(max_length=1000, widget=forms.URLInput, label=_("Address of the feed"))


@require_http_methods(["GET", "HEAD", "POST"])
@coordinator_required
def show_feeds(request: SignedInRequest) -> HttpResponse:
    """Show where the line's meetings come from and how that went; add one."""
    line, now = request.volunteer.line, timezone.now()
    posted = request.POST if request.method == "POST" else None
    form = FeedForm(posted, initial={"kind": Kind.MEETING_GUIDE})
    if form.is_bound and form.is_valid() and add(line, form, now):
        return redirect("feeds")
    context = {
        "form": form,
        "feeds": list(meetings.feeds_of(line)),
        "here": "meetings",
        "address": f"/line/{line.slug}/meetings",
    }
    status = 400 if form.errors else 200
    return render(request, "coordinator/meetings.html", context, status=status)


def add(line: models.Line, form: FeedForm, now: datetime) -> bool:
    """Add a feed; on False the form says why not."""
    if models.Feed.objects.filter(line=line).count() >= MOST_FEEDS:
        form.add_error("url", TOO_MANY)
        return False
    try:
        meetings.add_feed(line, form.cleaned_data["kind"], form.cleaned_data["url"], now)
    except meetings.BadAddress:
        form.add_error("url", NO_ADDRESS)
        return False
    announce.changed("worker")
    return True


@require_POST
@coordinator_required
def change_feed(request: SignedInRequest, feed_id: UUID) -> HttpResponse:
    """Fetch a feed soon, or remove it with its meetings."""
    mine = models.Feed.objects.filter(line=request.volunteer.line_id, pk=feed_id)
    if request.POST.get("what") == "remove":
        mine.delete()
    elif request.POST.get("what") == "fetch":
        mine.update(due_at=timezone.now())
    return redirect("feeds")


urlpatterns = [
    path("line/<slug:slug>/meetings", show_meetings, name="meetings"),
    path("volunteer/meetings", show_next, name="next-meetings"),
    path("coordinator/meetings", show_feeds, name="feeds"),
    path("coordinator/meetings/<uuid:feed_id>", change_feed, name="change-feed"),
]
