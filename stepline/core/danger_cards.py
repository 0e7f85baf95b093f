"""The cards of danger: what to do now, what not to do, and what a volunteer asks.

Until a service body and a clinician have put their names to them, a card shows only the number
and 'do what the person who answers tells you' (rules E01, E08, E09).
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from stepline.core.danger import Sight

MOST_LETTERS = 90
FALLBACK_LANGUAGE = "en"


class CardsError(ValueError):
    """The text breaks one of the rules for these cards; the message names the card."""


@dataclass(frozen=True)
class Words:
    """One card in one language.

    `prompts` are for the volunteer at any time (rules D15, D16, C06): they ask and advise
    nothing medical. The other lines are medical and need a clinician's name.
    """

    sight: str
    do: tuple[str, ...] = ()
    never: tuple[str, ...] = ()
    ask: tuple[str, ...] = ()
    prompts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Card:
    """One plain sight: what stands on its card, and where it comes from."""

    sight: Sight
    rules: tuple[str, ...]
    sources: tuple[str, ...]
    words: Mapping[str, Words]


@dataclass(frozen=True)
class Cards:
    """All four, with the day they were written and who answers for them."""

    dated: date
    signed_off_by: str
    clinically_reviewed_by: str
    cards: tuple[Card, ...]

    @property
    def is_signed(self) -> bool:
        """Say whether a service body and a named clinician both answer for the lines."""
        return bool(self.signed_off_by.strip() and self.clinically_reviewed_by.strip())

    def shown(self, language: str) -> dict[Sight, Words]:
        """Give what may be shown in a language: medical lines only once they are signed."""
        return {card.sight: self._words(card, language) for card in self.cards}

    def _words(self, card: Card, language: str) -> Words:
        words = card.words.get(language, card.words[FALLBACK_LANGUAGE])
        return words if self.is_signed else Words(sight=words.sight, prompts=words.prompts)


def read(text: str) -> Cards:
    """Build the cards from the text of danger.toml; raises CardsError or TOMLDecodeError."""
    table = tomllib.loads(text)
    cards = Cards(
        dated=table["dated"],
        signed_off_by=table["signed_off_by"],
        clinically_reviewed_by=table["clinically_reviewed_by"],
        cards=tuple(_card(row) for row in table["cards"]),
    )
    if [card.sight for card in cards.cards] != list(Sight):
        raise CardsError("each plain sight has one card, in order")
    for card in cards.cards:
        _check(card)
    return cards


def _card(row: Mapping[str, Any]) -> Card:
    plain = {"sight", "rules", "sources"}
    return Card(
        sight=Sight(row["sight"]),
        rules=tuple(row["rules"]),
        sources=tuple(row["sources"]),
        words={key: _read_words(row[key]) for key in row if key not in plain},
    )


def _read_words(row: Mapping[str, Any]) -> Words:
    lists = {key: tuple(row.get(key, ())) for key in ("do", "never", "ask", "prompts")}
    return Words(sight=row["sight"], **lists)


def _check(card: Card) -> None:
    if not card.sources or not card.rules:
        raise CardsError(f"{card.sight}: without a rule or a source")
    if FALLBACK_LANGUAGE not in card.words:
        raise CardsError(f"{card.sight}: not there in {FALLBACK_LANGUAGE!r}")
    for words in card.words.values():
        for line in (words.sight, *words.do, *words.never, *words.ask, *words.prompts):
            if not line or len(line) > MOST_LETTERS:
                raise CardsError(f"{card.sight}: {line!r} is empty or too long")
