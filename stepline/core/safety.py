"""What the danger card says in the caller's country: which number, which first three steps.

Only the number and three plain steps are said until a service body has signed the country's
row off; nothing medical is said before that (rules B13, E01, E02, E04).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class Answers(StrEnum):
    """Who answers a number."""

    ALL = "all"
    AMBULANCE = "ambulance"
    POLICE = "police"
    CRISIS = "crisis"


class Step(StrEnum):
    """One of the first three steps; the words are the page's."""

    RING = "ring"
    DO_AS_TOLD = "do_as_told"
    STAY = "stay"


FIRST_STEPS = (Step.RING, Step.DO_AS_TOLD, Step.STAY)
COUNTRY_CODE_LETTERS = 2


@dataclass(frozen=True, kw_only=True)
class Number:
    """One number as people write it, and who answers it; `name` only where it has one."""

    shown: str
    answers: Answers
    name: str = ""

    @property
    def dial(self) -> str:
        """The number for a tel: link, without spaces or dashes."""
        return "".join(character for character in self.shown if character in "+0123456789")


@dataclass(frozen=True, kw_only=True)
class Country:
    """What is known of one country's numbers, the first being the one to ring."""

    code: str
    name: str
    numbers: tuple[Number, ...]
    seen_on: date
    check_again_on: date
    signed_off_by: str
    sources: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Card:
    """The danger card of one country; `first` is None where we know no number."""

    country: str
    name: str
    first: Number | None
    others: tuple[Number, ...]
    crisis: tuple[Number, ...]
    steps: tuple[Step, ...]
    seen_on: date | None
    signed_off: bool
    is_old: bool


class BadNumbers(ValueError):
    """A country's row can't be used, and says why."""


def card(countries: Mapping[str, Country], code: str, today: date) -> Card:
    """Give the danger card for the caller's country, never the volunteer's (rule E04).

    A country we know nothing of still gets a card: its steps, and no number made up.
    """
    country = countries.get(code.upper())
    if country is None:
        return Card(
            country=code.upper(),
            name="",
            first=None,
            others=(),
            crisis=(),
            steps=FIRST_STEPS,
            seen_on=None,
            signed_off=False,
            is_old=False,
        )
    return Card(
        country=country.code,
        name=country.name,
        first=country.numbers[0],
        others=tuple(n for n in country.numbers[1:] if n.answers is not Answers.CRISIS),
        crisis=tuple(n for n in country.numbers if n.answers is Answers.CRISIS),
        steps=FIRST_STEPS,
        seen_on=country.seen_on,
        signed_off=bool(country.signed_off_by),
        is_old=today >= country.check_again_on,
    )


def checked(countries: Iterable[Country]) -> dict[str, Country]:
    """Give the countries by code; raises BadNumbers on a row that would mislead somebody."""
    book: dict[str, Country] = {}
    for country in countries:
        _check(country)
        if country.code in book:
            raise BadNumbers(f"{country.code} is there twice.")
        book[country.code] = country
    return book


def _check(country: Country) -> None:
    code = country.code
    if len(code) != COUNTRY_CODE_LETTERS or not code.isupper():
        raise BadNumbers(f"{code!r} is not a country code of two capitals.")
    if not country.numbers or country.numbers[0].answers is Answers.CRISIS:
        raise BadNumbers(f"{code} must begin with an emergency number.")
    if any(not number.dial for number in country.numbers):
        raise BadNumbers(f"{code} has a number without digits.")
    if not country.sources:
        raise BadNumbers(f"{code} has no source.")
