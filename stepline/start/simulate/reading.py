"""Read the file of a simulation; whatever is wrong is said with the name of its field.

docs/simulate.schema.json says the same for programs that write such files.
"""

import re
import reprlib
from dataclasses import dataclass
from typing import Any, NoReturn

from stepline.core.simulation import Delays, Person, Population, Presence, WishShare
from stepline.core.simulation.population import MINUTES_A_DAY
from stepline.start.faults import CannotStart

HOURS_A_DAY = 24
# Bounds keep a slip of the pen from being played for years; no real line comes near them.
MOST_SEED = 2**53
MOST_CALLS = 1_000_000
MOST_PEOPLE = 10_000
MOST_WISHES = 1_000
MOST_PARTS = 100  # stretches of duty, or languages, of one volunteer
MOST_LETTERS = 100
MOST_PRICE_SECONDS = 3_600
MOST_RING_SECONDS = 300
MOST_WAIT_SECONDS = 1_000_000
MOST_TALK_SECONDS = 86_400
MOST_ANSWER_SECONDS = 3_600
MOST_SIGMA = 5
MOST_CALLS_AN_HOUR = 100_000
LEAST_MINUTES, MOST_MINUTES = 0.1, 525_600
MOST_YEARS = 100
HOURS_A_YEAR = 8_766
ROUNDING = 1e-6
TIME = re.compile(r"(?:([01]?[0-9]|2[0-3]):([0-5][0-9])|24:00)")
SHORT = reprlib.Repr()
SHORT.maxlevel, SHORT.maxstring, SHORT.maxlong, SHORT.maxother = 2, 40, 40, 40


class BadFile(CannotStart):
    """The file can't be simulated; the message names the field and says what it should hold."""


def shown(value: object) -> str:
    """Give a value as a message shows it: short, and on one line."""
    short = SHORT.repr(value)
    return short if len(short) <= 60 else f"{short[:57]}..."


@dataclass(frozen=True)
class Field:
    """One value of the file and where it stands."""

    path: str
    value: Any

    def wrong(self, should: str) -> NoReturn:
        """Raise BadFile: what this field should be, and what it is."""
        raise BadFile(f"{self.path or 'The file'} {should}, and is {shown(self.value)}.")

    def fields(self, needed: str, optional: str = "") -> dict[str, "Field"]:
        """Give an object's fields; unknown and missing ones are wrong."""
        if not isinstance(self.value, dict):
            self.wrong("must be an object")
        known = {*needed.split(), *optional.split()}
        prefix = f"{self.path}." if self.path else ""
        for name in self.value:
            if name not in known:
                strange = name if str(name).isidentifier() and len(name) <= 40 else shown(name)
                there = ", ".join(sorted(known))
                raise BadFile(f"{prefix}{strange} is not known; there are: {there}.")
        for name in needed.split():
            if name not in self.value:
                raise BadFile(f"{prefix}{name} is missing.")
        return {name: Field(f"{prefix}{name}", value) for name, value in self.value.items()}

    def items(self, most: int) -> list["Field"]:
        """Give the items of a list that holds at least one."""
        if not isinstance(self.value, list) or not self.value:
            self.wrong("must be a list with at least one item")
        if len(self.value) > most:
            raise BadFile(f"{self.path} must hold at most {most} items, not {len(self.value)}.")
        return [Field(f"{self.path}[{at}]", value) for at, value in enumerate(self.value)]

    def number(self, least: float, most: float) -> float:
        """Give a number within bounds; NaN is within none."""
        is_number = isinstance(self.value, int | float) and not isinstance(self.value, bool)
        if not is_number or not least <= self.value <= most:
            self.wrong(f"must be a number from {least:g} to {most:.16g}")
        return float(self.value)

    def positive(self, most: float) -> float:
        """Give a number above 0."""
        if self.number(0, most) == 0:
            self.wrong("must be above 0")
        return float(self.value)

    def whole(self, least: int, most: int) -> int:
        """Give a whole number within bounds."""
        number = self.number(least, most)
        if number != int(number):
            self.wrong("must be a whole number")
        return int(number)

    def text(self) -> str:
        """Give a text that isn't empty."""
        is_text = isinstance(self.value, str) and self.value.isprintable()
        if not is_text or not 1 <= len(self.value) <= MOST_LETTERS:
            self.wrong(f"must be a text of 1 to {MOST_LETTERS} printable letters")
        return str(self.value)

    def yes_or_no(self) -> bool:
        """Give true or false."""
        if not isinstance(self.value, bool):
            self.wrong("must be true or false")
        return self.value

    def minute(self) -> int:
        """Give a time of day as minutes since midnight; 24:00 is the end of the day."""
        found = TIME.fullmatch(self.value) if isinstance(self.value, str) else None
        if found is None:
            self.wrong("must be a time from '00:00' to '24:00', such as '07:30'")
        hours, minutes = found.groups()
        return MINUTES_A_DAY if hours is None else int(hours) * 60 + int(minutes)


def population(value: object) -> Population:
    """Give what a file describes; raises BadFile."""
    fields = Field("", value).fields(
        "seed calls ring_price_seconds ring_seconds patience_mean_seconds talk_seconds wishes"
        " volunteers",
        "limit_seconds arrivals_per_hour arrivals_by_hour",
    )
    calls = fields["calls"].whole(1, MOST_CALLS)
    return Population(
        seed=fields["seed"].whole(0, MOST_SEED),
        calls=calls,
        ring_price_seconds=fields["ring_price_seconds"].number(0, MOST_PRICE_SECONDS),
        ring_seconds=fields["ring_seconds"].whole(1, MOST_RING_SECONDS),
        limit_seconds=limit(fields.get("limit_seconds")),
        arrivals_by_hour=arrivals(fields, calls),
        patience_mean_seconds=fields["patience_mean_seconds"].positive(MOST_WAIT_SECONDS),
        talk=delays(fields["talk_seconds"], MOST_TALK_SECONDS),
        wishes=wishes(fields["wishes"]),
        people=people(fields["volunteers"]),
    )


def limit(field: Field | None) -> float | None:
    """Give after how many seconds a call ends unanswered, if the line has such a limit."""
    if field is None or field.value is None:
        return None
    return field.positive(MOST_WAIT_SECONDS)


def arrivals(fields: dict[str, Field], calls: int) -> tuple[float, ...]:
    """Give the calls per hour: one rate, or one for each hour of the day."""
    if ("arrivals_per_hour" in fields) == ("arrivals_by_hour" in fields):
        raise BadFile("arrivals_per_hour or arrivals_by_hour must be given, one of the two.")
    by_hour = "arrivals_by_hour" in fields
    field = fields["arrivals_by_hour" if by_hour else "arrivals_per_hour"]
    rates = hourly(field) if by_hour else (field.positive(MOST_CALLS_AN_HOUR),)
    years = calls * len(rates) / sum(rates) / HOURS_A_YEAR
    if years > MOST_YEARS:
        field.wrong(f"must be enough for all calls to come within {MOST_YEARS} years")
    return rates


def hourly(field: Field) -> tuple[float, ...]:
    """Give the calls per hour for each hour of the day, some of which may have none."""
    rates = field.items(HOURS_A_DAY)
    if len(rates) != HOURS_A_DAY:
        field.wrong("must hold 24 numbers, one for each hour")
    by_hour = tuple(rate.number(0, MOST_CALLS_AN_HOUR) for rate in rates)
    if not any(by_hour):
        field.wrong("must have an hour with calls")
    return by_hour


def delays(field: Field, most_seconds: float) -> Delays:
    """Give a log-normal time."""
    inner = field.fields("median sigma")
    median, sigma = inner["median"].positive(most_seconds), inner["sigma"].number(0, MOST_SIGMA)
    return Delays(median=median, sigma=sigma)


def wishes(field: Field) -> tuple[WishShare, ...]:
    """Give the callers' wishes, whose shares are 1 together."""
    read = tuple(wish(each) for each in field.items(MOST_WISHES))
    if abs(sum(each.share for each in read) - 1) > ROUNDING:
        raise BadFile(
            f"The shares of {field.path} must be 1 together, and are"
            f" {sum(each.share for each in read):g}."
        )
    return read


def wish(field: Field) -> WishShare:
    """Give one share of the callers."""
    inner = field.fields("share", "gender language")
    named = {name: inner[name].text() for name in ("gender", "language") if name in inner}
    return WishShare(share=inner["share"].number(0, 1), **named)


def people(field: Field) -> tuple[Person, ...]:
    """Give the volunteers, each with an id of their own."""
    seen: set[str] = set()
    read = []
    for each in field.items(MOST_PEOPLE):
        read.append(person(each))
        if read[-1].id in seen:
            Field(f"{each.path}.id", read[-1].id).wrong("must be another's than those before")
        seen.add(read[-1].id)
    return tuple(read)


def person(field: Field) -> Person:
    """Give one volunteer."""
    inner = field.fields(
        "id gender languages duty answer_probability pass_probability answer_seconds", "presence"
    )
    ready, passes = (inner[f"{name}_probability"].number(0, 1) for name in ("answer", "pass"))
    if ready + passes > 1 + ROUNDING:
        inner["pass_probability"].wrong(
            "and answer_probability must be at most 1 together (the rest stays silent)"
        )
    return Person(
        id=inner["id"].text(),
        gender=inner["gender"].text(),
        languages=tuple(language.text() for language in inner["languages"].items(MOST_PARTS)),
        duty=tuple(stretch(each) for each in inner["duty"].items(MOST_PARTS)),
        ready=ready,
        passes=passes,
        answer=delays(inner["answer_seconds"], MOST_ANSWER_SECONDS),
        presence=presence(inner["presence"]) if "presence" in inner else None,
    )


def stretch(field: Field) -> tuple[int, int]:
    """Give one stretch of duty: from and to, which may lie past midnight."""
    ends = field.items(MOST_PARTS)
    if len(ends) != 2:
        field.wrong("must hold two times: from and to")
    begins, until = (end.minute() for end in ends)
    begins %= MINUTES_A_DAY
    if begins == until:
        field.wrong("must be two different times; all day is '00:00' to '24:00'")
    return begins, until


def presence(field: Field) -> Presence | None:
    """Give how somebody comes and goes; nothing when they always are there."""
    if field.value is None:
        return None
    inner = field.fields("here_minutes away_minutes console_open")
    return Presence(
        here_minutes=inner["here_minutes"].number(LEAST_MINUTES, MOST_MINUTES),
        away_minutes=inner["away_minutes"].number(LEAST_MINUTES, MOST_MINUTES),
        console_open=inner["console_open"].yes_or_no(),
    )
