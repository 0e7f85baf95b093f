"""The coordinator's page about the line itself: what callers read, and who may be rung."""

from typing import TYPE_CHECKING, Any
from zoneinfo import available_timezones

from django import forms
from django.core.validators import RegexValidator
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from stepline import models
from stepline.actions import announce
from stepline.web import people, safety
from stepline.web.account import SignedInRequest, coordinator_required

# The database holds the same range (line_waits_are_sane).
LIMIT_SECONDS = (15, 900)
LONGEST_SOBER_DAYS = 3650
SPOKEN = (
    *("ar", "bg", "bn", "ca", "cs", "cy", "da", "de", "el", "en", "es", "et", "fa", "fi", "fr"),
    *("ga", "he", "hi", "hr", "hu", "id", "is", "it", "ja", "ko", "lt", "lv", "nb", "nl", "pl"),
    *("pt", "ro", "ru", "sk", "sl", "sq", "sr", "sv", "sw", "ta", "th", "tr", "uk", "ur", "vi"),
)
POLICIES = (
    ("wish", _("Anyone, unless they wish for a woman or a man")),
    ("same", _("They choose a woman, a man or anyone before it rings")),
)
is_telephone_number = RegexValidator(
    r"^\+?[0-9][0-9 ()./-]{2,}$", _("Write the number as callers dial it.")
)


def time_zones() -> list[tuple[str, str]]:
    """Give the places whose clock a line may go by."""
    places = sorted(zone for zone in available_timezones() if "/" in zone)
    return [(zone, zone.replace("_", " ")) for zone in ("UTC", *places)]


def known_countries() -> list[tuple[str, str]]:
    """Give the countries whose emergency numbers we know."""
    known = safety.countries().values()
    return sorted(((one.code, one.name) for one in known), key=lambda pair: pair[1])


if TYPE_CHECKING:
    FormOfLine = forms.ModelForm[models.Line]
else:
    FormOfLine = forms.ModelForm  # says only to the checker what it is a form of


def spoken() -> list[tuple[str, str]]:
    """Give the languages that a line may offer talks in, each by its own name."""
    named = [(code, people.language_name(code)) for code in SPOKEN]
    return sorted(named, key=lambda pair: pair[1])


class LineForm(FormOfLine):
    """What a coordinator decides about their line."""

    name = forms.CharField(max_length=80, label=_("Name of the line"))
    phone_shown = forms.CharField(
        max_length=40,
        required=False,
        validators=[is_telephone_number],
        label=_("Telephone number that callers read"),
    )
    country = forms.ChoiceField(choices=known_countries, label=_("Country"))
    time_zone = forms.ChoiceField(choices=time_zones, label=_("Clock"))
    main_language = forms.ChoiceField(choices=spoken, label=_("Main language"))
    languages = forms.MultipleChoiceField(
        choices=spoken,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        label=_("Further languages in which somebody can talk"),
    )
    gender_policy = forms.ChoiceField(
        choices=POLICIES, widget=forms.RadioSelect, label=_("With whom callers talk")
    )
    min_sober_days = forms.IntegerField(
        min_value=0, max_value=LONGEST_SOBER_DAYS, label=_("Days sober before taking calls")
    )
    limit_seconds = forms.IntegerField(
        min_value=LIMIT_SECONDS[0], max_value=LIMIT_SECONDS[1], label=_("Longest wait, in seconds")
    )
    exit_url = forms.URLField(assume_scheme="https", label=_("Where the exit leads"))

    class Meta:
        model = models.Line
        fields = (
            "name",
            "phone_shown",
            "country",
            "time_zone",
            "languages",
            "gender_policy",
            "min_sober_days",
            "limit_seconds",
            "exit_url",
        )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["main_language"], *self.initial["languages"] = self.instance.languages
        self.fields["limit_seconds"].widget.attrs["inputmode"] = "numeric"
        self.fields["min_sober_days"].widget.attrs["inputmode"] = "numeric"

    def clean(self) -> dict[str, Any]:
        """Put the main language first: a caller who asks for none of them gets it."""
        written = self.cleaned_data
        main = written.get("main_language")
        further = [code for code in written.get("languages", ()) if code != main]
        written["languages"] = [main, *further] if main else further
        return written


@require_http_methods(["GET", "HEAD", "POST"])
@coordinator_required
def change_line(request: SignedInRequest) -> HttpResponse:
    """Show the line, and write what changed; open boards are told."""
    line = models.Line.objects.get(id=request.volunteer.line_id)
    form = LineForm(request.POST or None, instance=line)
    if request.method == "POST" and form.is_valid():
        with transaction.atomic():
            form.save()
            announce.changed(f"line:{line.id}")
        return redirect("change-line")
    shown = {"form": form, "here": "line", "line_address": f"/line/{line.slug}/"}
    return render(request, "coordinator/line.html", shown, status=400 if form.errors else 200)


urlpatterns = [path("coordinator/line", change_line, name="change-line")]
