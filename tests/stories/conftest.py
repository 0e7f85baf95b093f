"""A shift to tell a story in."""

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.stories.cast import Shift


@pytest.fixture
def shift(transactional_db: None) -> "Shift":
    """Give an empty shift of one line at nine in the evening."""
    from tests.stories.cast import Shift  # noqa: PLC0415  # conftest is read before Django is set up

    return Shift()
