"""What the caller's page says of wishes: true sentences that name the wish and nobody else."""

import pytest

from stepline import models
from stepline.core.calls import Trait
from stepline.web import wishes

LINE = models.Line(languages=["en", "es"], places=["Cork"], groups=["Dawn"], fellowships=["Blue"])


def a_call(**more: object) -> models.Call:
    wished = {"wish_place": "Cork", "wish_group": "Dawn", "wish_fellowship": "Blue"}
    return models.Call(**{"line": LINE, "language": "es", "wish": "woman", **wished, **more})


@pytest.mark.parametrize(
    ("trait", "sentence"),
    [
        (Trait.PLACE, "Nobody from Cork is free right now. May we ask somebody from elsewhere?"),
        (Trait.GROUP, "Nobody of Dawn is free right now. May we ask somebody of another group?"),
        (
            Trait.FELLOWSHIP,
            "Nobody of Blue is free right now. May we ask somebody of another fellowship?",
        ),
        (
            Trait.LANGUAGE,
            "Nobody who speaks Spanish is free right now. May we ask somebody who speaks English?",
        ),
        (Trait.GENDER, "No woman is free right now. May we ask anyone who is?"),
    ],
)
def test_each_wish_is_asked_about_by_its_name(trait: Trait, sentence: str) -> None:
    assert wishes.asked_to_drop(a_call(), trait) == sentence


def test_every_wish_has_its_question() -> None:
    assert all(wishes.asked_to_drop(a_call(wish="man"), trait) for trait in Trait)


def test_of_several_other_languages_none_is_named() -> None:
    many = models.Line(languages=["en", "es", "fr"])
    sentence = wishes.asked_to_drop(a_call(line=many), Trait.LANGUAGE)
    assert sentence.endswith("May we ask somebody who speaks another language?")


def test_a_language_that_nobody_knows_is_called_by_its_code() -> None:
    odd = models.Line(languages=["en", "qq"])
    assert "who speaks qq" in wishes.asked_to_drop(a_call(line=odd, language="qq"), Trait.LANGUAGE)


def test_percent_signs_in_a_name_do_no_harm() -> None:
    assert "Nobody from 100 %s is" in wishes.asked_to_drop(a_call(wish_place="100 %s"), Trait.PLACE)


@pytest.mark.parametrize("question", [None, "name", "for_whom"])
def test_a_question_without_a_choice_has_none(question: str | None) -> None:
    assert wishes.pick(LINE, question) is None


def test_what_was_dropped_is_no_wish_any_more() -> None:
    assert wishes.named(a_call(relaxed=["place"])) == ["Blue", "Dawn"]
