"""The volunteer's cards: short, sourced, in the order of a call, danger first."""

import re
from pathlib import Path

import pytest

import stepline
from stepline.core import guide

TEXT = (Path(stepline.__file__).parent / "content" / "guide.toml").read_text(encoding="utf-8")
CARDS = guide.read(TEXT)

ONE_CARD = """
dated = 2026-11-22
signed_off_by = ""
clinically_reviewed_by = ""
[[stages]]
id = "listen"
en = "Listen"
[[cards]]
id = "listen"
stage = "listen"
rules = ["D02"]
sources = ["SEED"]
en = ["Let them talk."]
"""


def stages_of(cards: tuple[guide.Card, ...]) -> list[str]:
    return list(dict.fromkeys(card.stage for card in cards))


def ids_of(for_whom: str | None, *, seat: str = "responder", danger: bool = False) -> list[str]:
    return [card.id for card in guide.deck(CARDS, for_whom=for_whom, seat=seat, danger=danger)]


def test_a_calm_call_goes_through_every_stage_in_order() -> None:
    for for_whom in ("self", "other"):
        cards = guide.deck(CARDS, for_whom=for_whom, seat="responder", danger=False)
        assert stages_of(cards) == [
            "breath", "greet", "safe", "danger", "listen", "share", "next_step", "close",
        ]  # fmt: skip


def test_danger_comes_before_everything_else() -> None:
    first = guide.deck(CARDS, for_whom="self", seat="responder", danger=True)[0]

    assert first.id == "danger-now"
    assert first.rules == ("E01", "E02", "E04")


def test_danger_leaves_the_breath_and_the_sharing_out() -> None:
    assert {"breath", "greet", "share"}.isdisjoint(ids_of("self", danger=True))


def test_a_relative_is_listened_to_for_their_own_sake() -> None:
    relative, sufferer = ids_of("other"), ids_of("self")

    assert "listen-other" in relative
    assert "listen-other" not in sufferer
    assert "not-sober" in sufferer
    assert "not-sober" not in relative


def test_a_caller_who_hasnt_said_gets_the_cards_for_oneself() -> None:
    assert ids_of(None) == ids_of("self")


def test_a_helper_is_told_to_listen_and_not_to_greet_again() -> None:
    helper = ids_of("self", seat="helper")

    assert "join" in helper
    assert "greet" not in helper
    assert "join" not in ids_of("self")


def test_every_deck_is_listed_for_the_page() -> None:
    decks = guide.decks(CARDS)

    assert len(decks) == 8
    assert decks["helper other danger"] == ids_of("other", seat="helper", danger=True)
    assert all(decks.values())


def test_every_card_names_rules_of_the_catalogue_and_sources() -> None:
    for card in CARDS.cards:
        assert card.sources, card.id
        assert card.rules, card.id
        for rule in card.rules:
            assert re.fullmatch(r"[BCDEPXT]\d\d", rule), card.id


def test_no_card_shouts_labels_or_blames() -> None:
    forbidden = re.compile(
        r"!|addict|alcoholic|abuse|\bclean\b|\bdirty\b|\bfail|\buser|complian|\bcommit",
        re.IGNORECASE,
    )
    for card in CARDS.cards:
        assert not forbidden.search(" ".join(card.lines("en"))), card.id


def test_every_card_can_be_read_at_a_glance() -> None:
    for card in CARDS.cards:
        assert 1 <= len(card.lines("en")) <= 3
        assert all(len(line) <= guide.MOST_LETTERS for line in card.lines("en"))


def test_a_language_nobody_translated_yet_reads_english() -> None:
    assert CARDS.cards[0].lines("ga") == CARDS.cards[0].lines("en")
    assert CARDS.stages[0].title("ga") == "One calm breath"


def test_a_translation_is_read_where_there_is_one() -> None:
    translated = guide.read(ONE_CARD + 'ga = ["Lig dóibh labhairt."]\n')

    assert translated.cards[0].lines("ga") == ("Lig dóibh labhairt.",)


def test_the_guide_says_when_it_was_written_and_that_nobody_signed_it_off() -> None:
    assert CARDS.dated.year == 2026
    assert CARDS.signed_off_by == ""


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        (ONE_CARD + 'ga = ["a", "b"]\n', "2 lines"),
        (ONE_CARD.replace('["Let them talk."]', '["1", "2", "3", "4"]'), "4 lines"),
        (ONE_CARD.replace("Let them talk.", "x" * 57), "longer than"),
        (ONE_CARD.replace('stage = "listen"', 'stage = "lissen"'), "no stage 'lissen'"),
        (ONE_CARD + ONE_CARD[ONE_CARD.index("[[cards]]") :], "share an id"),
    ],
)
def test_a_card_that_breaks_the_rules_is_refused(broken: str, said: str) -> None:
    with pytest.raises(guide.GuideError, match=said):
        guide.read(broken)
