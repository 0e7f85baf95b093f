"""What the caller's page says of wishes: the questions with a choice, and the one to drop next."""

from typing import Any

from django.utils.functional import Promise
from django.utils.translation import get_language_info, gettext, gettext_lazy

from stepline import models
from stepline.core.calls import Trait
from stepline.web.person_form import language_name

Json = dict[str, Any]

TITLES: dict[str, Promise] = {
    "language": gettext_lazy("In which language?"),
    "fellowship": gettext_lazy("With somebody of which fellowship?"),
    "place": gettext_lazy("With somebody from where?"),
    "group": gettext_lazy("With somebody of which group?"),
}
LISTS = {"fellowship": "fellowships", "place": "places", "group": "groups"}


def pick(line: models.Line, question: str | None) -> Json | None:
    """Give a question that has a choice, with what may be chosen; None for any other."""
    if question not in TITLES:
        return None
    return {"title": str(TITLES[question]), "choices": choices(line, question)}


def choices(line: models.Line, question: str) -> list[Json]:
    """Give what may be chosen; a language by the name its speakers know, marked as theirs."""
    if question == "language":
        return [
            {"value": code, "label": language_name(code), "lang": code} for code in line.languages
        ]
    return [{"value": one, "label": one, "lang": ""} for one in getattr(line, LISTS[question])]


def named(call: models.Call) -> list[str]:
    """Give the fellowship, place and group that the caller wishes for and has not dropped."""
    wished = {
        Trait.FELLOWSHIP: call.wish_fellowship,
        Trait.PLACE: call.wish_place,
        Trait.GROUP: call.wish_group,
    }
    return [wish for trait, wish in wished.items() if wish and trait not in call.relaxed]


def asked_to_drop(call: models.Call, trait: Trait) -> str:
    """Ask whether one wish may be dropped; says nothing of anybody who could be rung then."""
    if trait is Trait.LANGUAGE:
        return another_language(call)
    if trait is Trait.GENDER:
        return a_woman_or_a_man(call)
    named = {
        Trait.PLACE: (
            gettext("Nobody from %s is free right now. May we ask somebody from elsewhere?"),
            call.wish_place,
        ),
        Trait.GROUP: (
            gettext("Nobody of %s is free right now. May we ask somebody of another group?"),
            call.wish_group,
        ),
        Trait.FELLOWSHIP: (
            gettext("Nobody of %s is free right now. May we ask somebody of another fellowship?"),
            call.wish_fellowship,
        ),
    }
    sentence, wish = named[trait]
    return sentence % wish


def read_name(code: str) -> str:
    """Give a language by its name in the language of the page; an unknown one by its code."""
    try:
        return str(get_language_info(code)["name_translated"])
    except KeyError:
        return code


def another_language(call: models.Call) -> str:
    """Ask about a language: by its name where only one other is spoken on the line."""
    spoken = read_name(call.language)
    others = [read_name(code) for code in call.line.languages if code != call.language]
    if len(others) == 1:
        return gettext(
            "Nobody who speaks %(spoken)s is free right now. May we ask somebody who speaks "
            "%(other)s?"
        ) % {"spoken": spoken, "other": others[0]}
    return gettext(
        "Nobody who speaks %(spoken)s is free right now. May we ask somebody who speaks another "
        "language?"
    ) % {"spoken": spoken}


def a_woman_or_a_man(call: models.Call) -> str:
    """Ask about the wish for a woman or a man."""
    if call.wish == "woman":
        return gettext("No woman is free right now. May we ask anyone who is?")
    return gettext("No man is free right now. May we ask anyone who is?")
