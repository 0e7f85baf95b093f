"""What a coordinator writes about somebody who serves, read with care."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import get_language_info
from django.utils.translation import gettext_lazy as _

from stepline import models
from stepline.actions import people as actions

GENDERS = (
    ("woman", _("A woman")),
    ("man", _("A man")),
    ("nonbinary", _("Non-binary")),
    ("unstated", _("Not said")),
)
TAKES = (
    ("anyone", _("Callers who wish for anyone")),
    ("woman", _("Callers who wish for a woman")),
    ("man", _("Callers who wish for a man")),
)
TAKES_AS_STATED = _(
    "Who wishes for a woman is joined with somebody who says she is one, and so with a man. "
    "Change one of the two answers."
)
NOT_COME = _("This day has not come yet.")
ROLES = ("takes_calls", "is_captain", "is_back_up", "is_coordinator")
# What a line may list, and somebody may be of.
LISTED = {
    "fellowships": _("Fellowships they are of"),
    "groups": _("Groups they are of"),
    "places": _("Places they know"),
}
MANY = ("takes", "languages", *LISTED)
KEPT = (
    *("name", "email", "gender", *MANY, "sober_on", "trained_on", *ROLES),
    *("takes_nights", "most_calls_a_week", "ring_seconds"),
)
MOST_CALLS_A_WEEK = 99
# The line's own ring time has the same range (line_waits_are_sane).
RING_SECONDS = (5, 120)


def language_name(code: str) -> str:
    """Give a language by the name its speakers know it by; an unknown one by its code."""
    try:
        return str(get_language_info(code)["name_local"]).capitalize()
    except KeyError:
        return code


def day(label: Any) -> forms.DateField:
    """Give a field for a day that may be left empty."""
    return forms.DateField(
        required=False, widget=forms.DateInput(attrs={"type": "date"}), label=label
    )


def number(label: Any, least: int, most: int, *, required: bool = True) -> forms.IntegerField:
    """Give a field for a whole number, with the keys for one on a telephone."""
    return forms.IntegerField(
        min_value=least,
        max_value=most,
        required=required,
        label=label,
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
    )


def several(choices: Iterable[tuple[str, Any]], label: Any, *, required: bool) -> Any:
    """Give a field in which any of some choices may be ticked."""
    return forms.MultipleChoiceField(
        choices=list(choices), required=required, widget=forms.CheckboxSelectMultiple, label=label
    )


class PersonForm(forms.Form):
    """What a coordinator writes about somebody who serves."""

    name = forms.CharField(max_length=60, label=_("First name"))
    email = forms.EmailField(required=False, label=_("E-mail"))
    gender = forms.ChoiceField(
        choices=GENDERS, widget=forms.RadioSelect, label=_("They say they are")
    )
    takes = several(TAKES, _("Whom they take"), required=True)
    sober_on = day(_("Sober since"))
    trained_on = day(_("Trained on"))
    takes_calls = forms.BooleanField(required=False, label=_("Takes calls"))
    is_captain = forms.BooleanField(required=False, label=_("Captain: asked first to join a talk"))
    is_back_up = forms.BooleanField(required=False, label=_("Back-up: asked next to join a talk"))
    is_coordinator = forms.BooleanField(
        required=False, label=_("Coordinator: looks after the line")
    )
    takes_nights = forms.BooleanField(required=False, label=_("Takes calls at night too"))
    most_calls_a_week = number(_("Most calls a week"), 1, MOST_CALLS_A_WEEK, required=False)
    ring_seconds = number(_("Their own ring time, in seconds"), *RING_SECONDS, required=False)

    def __init__(self, line: models.Line, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        spoken = [(code, language_name(code)) for code in line.languages]
        self.fields["languages"] = several(spoken, _("Languages they speak"), required=True)
        for name, label in LISTED.items():
            choices = [(one, one) for one in getattr(line, name)]
            self.fields[name] = several(choices, label, required=False)

    @property
    def listed(self) -> list[forms.BoundField]:
        """Give what the line lists something for; for the others there is nothing to ask."""
        lists: dict[str, Any] = {name: self.fields[name] for name in LISTED}
        return [self[name] for name, field in lists.items() if field.choices]

    def clean_sober_on(self) -> date | None:
        """Refuse a day that has not come yet."""
        return self.day_that_came("sober_on")

    def clean_trained_on(self) -> date | None:
        """Refuse a day that has not come yet."""
        return self.day_that_came("trained_on")

    def day_that_came(self, name: str) -> date | None:
        """Give a day, if it isn't one still to come."""
        found: date | None = self.cleaned_data[name]
        if found and found > timezone.now().date():
            raise forms.ValidationError(NOT_COME)
        return found

    def clean(self) -> dict[str, Any]:
        """Refuse a wish that this person's own word doesn't meet: nobody is guessed (rule C08)."""
        written = self.cleaned_data
        for wish in {"woman", "man"} & set(written.get("takes", ())):
            if written.get("gender") != wish:
                self.add_error("takes", TAKES_AS_STATED)
                break
        return written

    def person(self) -> actions.Person:
        """Give what was written, once it is valid."""
        written = self.cleaned_data
        return actions.Person(**{**written, **{name: tuple(written[name]) for name in MANY}})


def written(volunteer: models.Volunteer) -> dict[str, object]:
    """Give the form what is kept about somebody."""
    return {name: getattr(volunteer, name) for name in KEPT}
