"""The coming hours of a line, for its coordinator: how likely is an answer, and who is there."""

from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from stepline.actions import forecast
from stepline.core.calls import Wish
from stepline.web.account import SignedInRequest, coordinator_required
from stepline.web.person_form import language_name

WISHES: dict[str, Promise] = {
    Wish.ANYONE: gettext_lazy("Anyone"),
    Wish.WOMAN: gettext_lazy("A woman"),
    Wish.MAN: gettext_lazy("A man"),
}


@dataclass(frozen=True, kw_only=True)
class Row:
    """One coming hour as it is shown; chances in whole per cent, in the order of the kinds."""

    begins: str
    calls: str
    people: int
    chances: list[tuple[int, int]]


def per_cent(share: float) -> int:
    """Give a share in per cent, in steps of five: finer would promise more than is known."""
    return 5 * round(share * 20)


def kind_shown(name: str, languages: list[str]) -> str:
    """Name a kind of call; its language only where the line has several."""
    wish, _, language = name.partition(" ")
    spoken = f", {language_name(language)}" if len(languages) > 1 else ""
    return f"{WISHES[wish]}{spoken}"


@require_safe
@coordinator_required
def coming_hours(request: SignedInRequest) -> HttpResponse:
    """Show the outlook of the coming hours."""
    line = request.volunteer.line
    hours = forecast.coming(line, timezone.now())
    kinds = [kind_shown(each.kind, line.languages) for each in hours[0].outlooks]
    rows = [
        Row(
            begins=f"{hour.begins_at:%H:%M}",
            calls=f"{hour.calls:g}",
            people=hour.people,
            chances=[(per_cent(o.within_20_s), per_cent(o.within_60_s)) for o in hour.outlooks],
        )
        for hour in hours
    ]
    empty = not any(row.people for row in rows)
    shown = {"rows": rows, "kinds": kinds, "empty": empty, "line": line, "here": "hours"}
    return render(request, "coordinator/hours.html", shown)


urlpatterns = [path("coordinator/hours", coming_hours, name="coming-hours")]
