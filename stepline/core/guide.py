"""Which cards a volunteer reads in a call, and in which order."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from itertools import product
from typing import Any

MOST_LINES = 3
MOST_LETTERS = 56
FALLBACK_LANGUAGE = "en"
CALLERS = ("self", "other")
SEATS = ("responder", "helper")
MOMENTS = ("calm", "danger")


class GuideError(ValueError):
    """The guide's text breaks one of its own rules; the message names the card."""


@dataclass(frozen=True, slots=True)
class Stage:
    """One part of a call: its id and its title in each language."""

    id: str
    titles: Mapping[str, str]

    def title(self, language: str) -> str:
        """Give the title in `language`, or in English where nobody translated it yet."""
        return self.titles.get(language, self.titles[FALLBACK_LANGUAGE])


@dataclass(frozen=True, slots=True)
class Card:
    """One card: at most three lines, and the rules that it serves."""

    id: str
    stage: str
    callers: tuple[str, ...]
    seats: tuple[str, ...]
    moments: tuple[str, ...]
    rules: tuple[str, ...]
    sources: tuple[str, ...]
    clinical: bool
    words: Mapping[str, tuple[str, ...]]

    def lines(self, language: str) -> tuple[str, ...]:
        """Give the lines in `language`, or in English where nobody translated them yet."""
        return self.words.get(language, self.words[FALLBACK_LANGUAGE])

    def suits(self, for_whom: str | None, seat: str, *, danger: bool) -> bool:
        """Tell whether this card belongs to such a call; an unknown caller gets the self cards."""
        moment = "danger" if danger else "calm"
        return (
            (for_whom or "self") in self.callers and seat in self.seats and moment in self.moments
        )


@dataclass(frozen=True, slots=True)
class Guide:
    """All cards, in the order of a call, with the day they were written."""

    dated: date
    signed_off_by: str
    clinically_reviewed_by: str
    stages: tuple[Stage, ...]
    cards: tuple[Card, ...]

    def stage(self, stage_id: str) -> Stage:
        """Find a stage; raises GuideError for one that isn't there."""
        for stage in self.stages:
            if stage.id == stage_id:
                return stage
        raise GuideError(f"no stage {stage_id!r}")


def read(text: str) -> Guide:
    """Build the guide from the text of guide.toml; raises GuideError or TOMLDecodeError."""
    table = tomllib.loads(text)
    stages = tuple(Stage(row["id"], _titles(row)) for row in table["stages"])
    guide = Guide(
        dated=table["dated"],
        signed_off_by=table["signed_off_by"],
        clinically_reviewed_by=table["clinically_reviewed_by"],
        stages=stages,
        cards=tuple(_card(row) for row in table["cards"]),
    )
    _check(guide)
    return guide


def deck(guide: Guide, *, for_whom: str | None, seat: str, danger: bool) -> tuple[Card, ...]:
    """List the cards for such a call in reading order.

    Danger outranks everything (design section 1.5): its cards come first then.
    """
    order = {stage.id: place for place, stage in enumerate(guide.stages)}
    if danger:
        order["danger"] = -1
    suiting = [card for card in guide.cards if card.suits(for_whom, seat, danger=danger)]
    return tuple(sorted(suiting, key=lambda card: (order[card.stage], _urgency(card, danger))))


def decks(guide: Guide) -> dict[str, list[str]]:
    """List the card ids of every deck under 'seat self|other calm|danger', for the page."""
    return {
        f"{seat} {for_whom} {moment}": [
            card.id for card in deck(guide, for_whom=for_whom, seat=seat, danger=moment == "danger")
        ]
        for seat, for_whom, moment in product(SEATS, CALLERS, MOMENTS)
    }


def _urgency(card: Card, danger: bool) -> int:
    """Within a stage, put the cards written for danger before those written for any moment."""
    return 0 if not danger or card.moments == ("danger",) else 1


def _titles(row: Mapping[str, Any]) -> dict[str, str]:
    return {key: value for key, value in row.items() if key != "id"}


def _card(row: Mapping[str, Any]) -> Card:
    return Card(
        id=row["id"],
        stage=row["stage"],
        callers=tuple(row.get("callers", CALLERS)),
        seats=tuple(row.get("seats", SEATS)),
        moments=(row["when"],) if "when" in row else MOMENTS,
        rules=tuple(row["rules"]),
        sources=tuple(row["sources"]),
        clinical=row.get("clinical", False),
        words={key: tuple(row[key]) for key in row if key not in _FIELDS},
    )


_FIELDS = {"id", "stage", "callers", "seats", "when", "rules", "sources", "clinical"}


def _check(guide: Guide) -> None:
    ids = [card.id for card in guide.cards]
    if len(set(ids)) != len(ids):
        raise GuideError("two cards share an id")
    for card in guide.cards:
        guide.stage(card.stage)
        for language in card.words:
            _check_words(card, language)


def _check_words(card: Card, language: str) -> None:
    lines = card.words[language]
    if not 1 <= len(lines) <= MOST_LINES or len(lines) != len(card.lines(FALLBACK_LANGUAGE)):
        raise GuideError(f"{card.id}: {len(lines)} lines in {language!r}")
    for line in lines:
        if not line or len(line) > MOST_LETTERS:
            raise GuideError(f"{card.id}: {line!r} is longer than {MOST_LETTERS} letters")
