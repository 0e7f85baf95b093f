"""The diagram in the documentation is the table's own."""

from pathlib import Path

from stepline.core import drawing
from stepline.core.calls import State

PAGE = Path(__file__).parents[2] / "docs" / "states.md"


def test_the_page_is_drawn_from_the_table() -> None:
    assert PAGE.read_text(encoding="utf-8") == drawing.page(), "run ./run draw"


def test_every_state_is_in_the_picture() -> None:
    drawn = {state for pair in drawing.arrows() for state in pair}
    assert drawn == set(State)
