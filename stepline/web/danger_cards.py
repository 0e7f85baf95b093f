"""The cards of danger as the pages need them, read once from the content folder."""

from functools import cache
from pathlib import Path

from stepline.core import danger_cards
from stepline.core.danger import Sight

CONTENT = Path(__file__).parent.parent / "content" / "danger.toml"


@cache
def book() -> danger_cards.Cards:
    """Read every card; raises CardsError when one breaks the rules for cards."""
    return danger_cards.read(CONTENT.read_text(encoding="utf-8"))


def shown(language: str) -> list[tuple[Sight, danger_cards.Words]]:
    """Give each plain sight with what may be shown on its card: nothing medical unsigned."""
    return list(book().shown(language).items())
