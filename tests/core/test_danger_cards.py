"""The cards of danger: nothing medical before a clinician's name stands there."""

import re
from pathlib import Path

import pytest

from stepline.core import danger_cards
from stepline.core.danger import Sight

TEXT = (Path(danger_cards.__file__).parents[1] / "content" / "danger.toml").read_text("utf-8")
CARDS = danger_cards.read(TEXT)


def signed(**by: str) -> danger_cards.Cards:
    text = TEXT
    for name, who in by.items():
        text = re.sub(f'(?m)^{name} = ""$', f'{name} = "{who}"', text)
    return danger_cards.read(text)


def test_E08_E09_nothing_medical_is_shown_unsigned() -> None:
    assert not CARDS.is_signed
    for words in CARDS.shown("en").values():
        assert (words.do, words.never, words.ask) == ((), (), ())


@pytest.mark.parametrize("who", [{"signed_off_by": "A body"}, {"clinically_reviewed_by": "Dr A"}])
def test_E08_one_name_alone_signs_nothing(who: dict[str, str]) -> None:
    assert not signed(**who).is_signed
    assert all(not words.do for words in signed(**who).shown("en").values())


def test_signed_by_both_the_cards_say_what_to_do_and_what_not_to_do() -> None:
    cards = signed(signed_off_by="A body, 2026", clinically_reviewed_by="Dr A, 2026")
    shown = cards.shown("en")
    assert shown[Sight.WONT_WAKE].do
    assert shown[Sight.WONT_WAKE].never
    assert cards.shown("xx") == shown, "English where nobody translated it"


def test_D15_D16_the_volunteer_is_given_the_word_and_the_five_questions() -> None:
    prompts = CARDS.shown("en")[Sight.DYING].prompts
    assert "suicide" in prompts[0]
    now, *others = [line for line in prompts if "?" in line][1:]
    assert "already" in now, "what was done now comes before plans"
    assert [word for word in ("plan", "need for it", "When", "before") if word in " ".join(others)]
    assert len(others) == 4


def test_D17_no_card_offers_to_keep_it_secret_or_names_a_way() -> None:
    words = TEXT.lower()
    assert "committed" not in words
    assert not re.search(r"rope|gun|blade|bridge|hang", words)


def test_every_card_names_its_rules_and_sources() -> None:
    assert [card.sight for card in CARDS.cards] == list(Sight)
    assert all(card.rules and card.sources for card in CARDS.cards)


@pytest.mark.parametrize(
    ("was", "becomes"),
    [
        ('sight = "fit"', 'sight = "hurt"'),
        ('sources = ["NCMCO", "NANJ", "LIR"]', "sources = []"),
        ("[cards.en]", "[cards.es]"),
        ("Is somebody with them?", "x" * 91),
    ],
)
def test_a_card_that_breaks_a_rule_is_refused(was: str, becomes: str) -> None:
    with pytest.raises(danger_cards.CardsError):
        danger_cards.read(TEXT.replace(was, becomes, 1))
