"""The volunteer's cards as the page needs them, read once from the content folder."""

from functools import cache
from pathlib import Path

from stepline.core import guide

CONTENT = Path(__file__).parent.parent / "content" / "guide.toml"


@cache
def book() -> guide.Guide:
    """Read every card; raises GuideError when one breaks the rules for cards."""
    return guide.read(CONTENT.read_text(encoding="utf-8"))


@cache
def cards(language: str) -> list[dict[str, object]]:
    """Give every card's words in a language, with the rules that it serves."""
    return [
        {
            "id": card.id,
            "title": book().stage(card.stage).title(language),
            "lines": card.lines(language),
            "rules": " ".join(card.rules),
        }
        for card in book().cards
    ]


@cache
def decks() -> dict[str, list[str]]:
    """Give the ids of the cards of each kind of call, in reading order."""
    return guide.decks(book())
