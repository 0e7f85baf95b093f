"""The volunteer's own page of limits: hours off shift, nights, and whose calls they take.

A plain page with forms: it is read and changed off duty, at leisure.
"""

import re
from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST

from stepline import models
from stepline.actions import people, standby
from stepline.core.standby import DAY_MINUTES, Hours, beginning
from stepline.web.account import SignedInRequest, volunteer_required
from stepline.web.person_form import TAKES, several

WEEKDAYS: tuple[Promise, ...] = (
    *(_("Monday"), _("Tuesday"), _("Wednesday"), _("Thursday")),
    *(_("Friday"), _("Saturday"), _("Sunday")),
)
ENTRY = re.compile(r"([0-6])-(\d{1,4})-(\d{1,4})")
MOST_PARTS = 42


class HoursForm(forms.Form):
    """Hours of one weekday; an end that is earlier than the beginning is on the next day."""

    weekday = forms.TypedChoiceField(
        choices=list(enumerate(WEEKDAYS)), coerce=int, label=_("Beginning on a")
    )
    begins = forms.TimeField(widget=forms.TimeInput(attrs={"type": "time"}), label=_("From"))
    ends = forms.TimeField(widget=forms.TimeInput(attrs={"type": "time"}), label=_("To"))

    def parts(self) -> tuple[Hours, ...]:
        """Give what was written, once it is valid; over midnight it is two parts."""
        begins, ends = self.cleaned_data["begins"], self.cleaned_data["ends"]
        minutes = (begins.hour * 60 + begins.minute, ends.hour * 60 + ends.minute)
        return beginning(self.cleaned_data["weekday"], *minutes)


class LimitsForm(forms.Form):
    """Whose calls a volunteer takes, as far as that is theirs to say, and nights."""

    takes_nights = forms.BooleanField(required=False, label=_("I take calls at night too"))

    def __init__(self, volunteer: models.Volunteer, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        theirs = {"anyone", volunteer.gender}
        choices = [choice for choice in TAKES if choice[0] in theirs]
        self.fields["takes"] = several(choices, _("Whose calls I take"), required=True)


def clock(minute: int) -> str:
    """Write a minute of the day as a clock shows it; the end of the day is 0:00."""
    return f"{minute // 60 % 24}:{minute % 60:02}"


def entries(hours: tuple[Hours, ...]) -> list[dict[str, object]]:
    """Give the chosen hours as a volunteer wrote them: a night is one entry, not two parts."""
    mornings = {each.weekday: each for each in hours if each.from_minute == 0}
    taken, shown = set[Hours](), []
    for part in hours:
        morning = mornings.get((part.weekday + 1) % 7)
        is_evening = part.to_minute == DAY_MINUTES and part.from_minute > 0
        if is_evening and morning is not None and morning.to_minute < DAY_MINUTES:
            taken.add(morning)
            shown.append((part, morning.to_minute))
        else:
            shown.append((part, part.to_minute % DAY_MINUTES))
    return [
        {
            "day": WEEKDAYS[part.weekday],
            "begins": clock(part.from_minute),
            "ends": clock(ends),
            "value": f"{part.weekday}-{part.from_minute}-{ends}",
        }
        for part, ends in shown
        if part not in taken
    ]


@require_http_methods(["GET", "HEAD", "POST"])
@volunteer_required
def hours(request: SignedInRequest) -> HttpResponse:
    """Show when the volunteer may be rung off shift, and add hours."""
    form = HoursForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        chosen = standby.chosen(request.volunteer)
        if len(chosen) < MOST_PARTS:
            standby.choose(request.volunteer, [*chosen, *form.parts()])
        return redirect("hours")
    return show(request, form, limits_of(request.volunteer))


def limits_of(volunteer: models.Volunteer) -> LimitsForm:
    """Give the form of limits as they are kept."""
    kept = {"takes": volunteer.takes, "takes_nights": volunteer.takes_nights}
    return LimitsForm(volunteer, initial=kept)


def show(request: SignedInRequest, form: HoursForm, limits: LimitsForm) -> HttpResponse:
    """Show the page."""
    shown = {
        "entries": entries(standby.chosen(request.volunteer)),
        "form": form,
        "limits": limits,
        "line": request.volunteer.line,
    }
    status = 400 if form.errors or limits.errors else 200
    return render(request, "volunteer/hours.html", shown, status=status)


@require_POST
@volunteer_required
def forget_hours(request: SignedInRequest) -> HttpResponse:
    """Take hours away again; hours that aren't there change nothing."""
    found = ENTRY.fullmatch(request.POST.get("hours", ""))
    if found is None:
        return show(request, HoursForm(), limits_of(request.volunteer))
    weekday, from_minute, to_minute = map(int, found.groups())
    try:
        gone = beginning(weekday, from_minute, to_minute)
    except ValueError:
        gone = ()
    kept = [each for each in standby.chosen(request.volunteer) if each not in gone]
    standby.choose(request.volunteer, kept)
    return redirect("hours")


@require_POST
@volunteer_required
def limit(request: SignedInRequest) -> HttpResponse:
    """Write whose calls the volunteer takes, and whether at night."""
    form = LimitsForm(request.volunteer, request.POST)
    if not form.is_valid():
        return show(request, HoursForm(), form)
    written = form.cleaned_data
    people.limit(request.volunteer, tuple(written["takes"]), takes_nights=written["takes_nights"])
    return redirect("hours")


urlpatterns = [
    path("volunteer/hours", hours, name="hours"),
    path("volunteer/hours/forget", forget_hours, name="forget-hours"),
    path("volunteer/limits", limit, name="limits"),
]
