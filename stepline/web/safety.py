"""The emergency numbers as the pages need them, read once from the content folder."""

import tomllib
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from stepline.core import safety

CONTENT = Path(__file__).parent.parent / "content" / "emergency.toml"


@cache
def countries() -> dict[str, safety.Country]:
    """Read every country's numbers; raises BadNumbers when a row would mislead somebody."""
    with CONTENT.open("rb") as file:
        content = tomllib.load(file)
    return safety.checked(
        _country(code, row, content["seen_on"], content["check_again_on"])
        for code, row in content["countries"].items()
    )


def card(code: str, today: date) -> safety.Card:
    """Give the danger card of a line's country."""
    return safety.card(countries(), code, today)


def _country(code: str, row: dict[str, Any], seen_on: date, check_again_on: date) -> safety.Country:
    return safety.Country(
        code=code,
        name=row["name"],
        numbers=tuple(
            safety.Number(
                shown=number["number"],
                answers=safety.Answers(number["kind"]),
                name=number.get("name", ""),
            )
            for number in row["numbers"]
        ),
        seen_on=seen_on,
        check_again_on=check_again_on,
        signed_off_by=row["signed_off_by"],
        sources=tuple(row["sources"]),
    )
