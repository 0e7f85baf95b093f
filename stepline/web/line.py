"""The coordinator's page about the line itself: what callers read, and who may be rung."""

from functools import cache
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
from stepline.web import safety
from stepline.web.account import SignedInRequest, coordinator_required
from stepline.web.person_form import RING_SECONDS, language_name, number

# The database holds the same ranges (line_waits_are_sane).
LIMIT_SECONDS = (15, 900)
AT_ONCE = (1, 20)
MOST_PRICE_SECONDS = 120
MOST_REST_MINUTES = 240
# As wide as the column, and as many as a caller can be asked to look through.
LONGEST_ENTRY = 40
MOST_ENTRIES = 24
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
WISHES = (
    ("place", _("A place")),
    ("group", _("A group")),
    ("fellowship", _("A fellowship")),
    ("language", _("A language")),
    ("gender", _("A woman or a man")),
)
TURNS = (
    *(("first", _("First")), ("second", _("Second")), ("third", _("Third"))),
    *(("fourth", _("Fourth")), ("last", _("Last"))),
)
TURN_TAKEN = _("Each wish has one turn. Nothing is saved yet: please choose another one here.")
is_telephone_number = RegexValidator(
    r"^\+?[0-9][0-9 ()./-]{2,}$", _("Write the number as callers dial it.")
)


@cache
def time_zones() -> list[tuple[str, str]]:
    """Give the places whose clock a line may go by; found once, by opening hundreds of files."""
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
    named = [(code, language_name(code)) for code in SPOKEN]
    return sorted(named, key=lambda pair: pair[1])


class Entries(forms.CharField):
    """A plain list, one entry a line: empty lines and repetitions are left out."""

    widget = forms.Textarea

    def __init__(self, label: Any) -> None:
        super().__init__(required=False, label=label, widget=forms.Textarea(attrs={"rows": 4}))

    def prepare_value(self, value: Any) -> Any:
        """Write a list as it is typed."""
        return "\n".join(value) if isinstance(value, list) else value

    def clean(self, value: Any) -> Any:
        """Give the list; raises ValidationError."""
        text = super().clean(value)
        entries = list(dict.fromkeys(" ".join(line.split()) for line in text.splitlines()))
        entries = [entry for entry in entries if entry]
        if any(len(entry) > LONGEST_ENTRY for entry in entries):
            raise forms.ValidationError(_("At most 40 letters in a line, please."))
        if len(entries) > MOST_ENTRIES:
            raise forms.ValidationError(_("At most 24 lines, please: callers look through them."))
        return entries


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
    min_sober_days = number(_("Days sober before taking calls"), 0, LONGEST_SOBER_DAYS)
    limit_seconds = number(_("Longest wait, in seconds"), *LIMIT_SECONDS)
    ring_seconds = number(_("One phone rings for, in seconds"), *RING_SECONDS)
    ring_price_seconds = number(_("Price of one more ring, in seconds"), 0, MOST_PRICE_SECONDS)
    at_once = number(_("Phones ringing at the same time, at most"), *AT_ONCE)
    rest_minutes = number(_("Rest after a talk, in minutes"), 0, MOST_REST_MINUTES)
    fellowships = Entries(_("Fellowships that a caller may wish for"))
    groups = Entries(_("Groups that a caller may wish for"))
    places = Entries(_("Places that a caller may wish for"))
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
            "ring_seconds",
            "ring_price_seconds",
            "at_once",
            "rest_minutes",
            "fellowships",
            "groups",
            "places",
            "exit_url",
        )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["main_language"], *self.initial["languages"] = self.instance.languages
        for (turn, label), wish in zip(TURNS, self.instance.relax_order, strict=True):
            self.fields[turn] = forms.ChoiceField(choices=WISHES, initial=wish, label=label)

    @property
    def turns(self) -> list[forms.BoundField]:
        """Give the fields of the order in which a caller is asked to drop wishes."""
        return [self[turn] for turn, _label in TURNS]

    def clean(self) -> dict[str, Any]:
        """Put the main language first: a caller who asks for none of them gets it."""
        written = self.cleaned_data
        self.clean_turns(written)
        main = written.get("main_language")
        further = [code for code in written.get("languages", ()) if code != main]
        written["languages"] = [main, *further] if main else further
        return written

    def clean_turns(self, written: dict[str, Any]) -> None:
        """Refuse an order that names a wish twice, and so leaves another one out."""
        order = [written[turn] for turn, _label in TURNS if turn in written]
        for number_of_turn, (turn, _label) in enumerate(TURNS):
            if turn in written and written[turn] in order[:number_of_turn]:
                self.add_error(turn, TURN_TAKEN)
                return
        self.instance.relax_order = order


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
