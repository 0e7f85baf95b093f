"""Read the file of a simulation; whatever is wrong is said with the name of its field."""

from dataclasses import dataclass
from typing import Any, NoReturn

from stepline.core.simulation import Delays, Person, Population, Presence, WishShare
from stepline.core.simulation.population import MINUTES_A_DAY
from stepline.start.faults import CannotStart

HOURS_A_DAY = 24
MOST_CALLS = 1_000_000
ROUNDING = 1e-6


class BadFile(CannotStart):
    """The file can't be simulated; the message names the field and says what it should hold."""


@dataclass(frozen=True)
class Field:
    """One value of the file and where it stands."""

    path: str
    value: Any

    def wrong(self, should: str) -> NoReturn:
        """Raise BadFile: what this field should be, and what it is."""
        shown = repr(self.value)
        shown = shown if len(shown) <= 60 else f"{shown[:57]}..."
        raise BadFile(f"{self.path or 'The file'} {should}, and is {shown}.")

    def fields(self, needed: str, optional: str = "") -> dict[str, "Field"]:
        """Give an object's fields; unknown and missing ones are wrong."""
        if not isinstance(self.value, dict):
            self.wrong("must be an object")
        known = {*needed.split(), *optional.split()}
        prefix = f"{self.path}." if self.path else ""
        for name in self.value:
            if name not in known:
                raise BadFile(
                    f"{prefix}{name} is not known; there are: {', '.join(sorted(known))}."
                )
        for name in needed.split():
            if name not in self.value:
                raise BadFile(f"{prefix}{name} is missing.")
        return {name: Field(f"{prefix}{name}", value) for name, value in self.value.items()}

    def items(self) -> list["Field"]:
        """Give the items of a list that holds at least one."""
        if not isinstance(self.value, list) or not self.value:
            self.wrong("must be a list with at least one item")
        return [Field(f"{self.path}[{at}]", value) for at, value in enumerate(self.value)]

    def number(self, least: float, most: float = float("inf")) -> float:
        """Give a number within bounds."""
        is_number = isinstance(self.value, int | float) and not isinstance(self.value, bool)
        if not is_number or not least <= self.value <= most:
            bounds = (
                f"from {least:g} to {most:g}" if most < float("inf") else f"of {least:g} or more"
            )
            self.wrong(f"must be a number {bounds}")
        return float(self.value)

    def positive(self) -> float:
        """Give a number above 0."""
        if self.number(0) == 0:
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
        if not isinstance(self.value, str) or not self.value:
            self.wrong("must be a text")
        return self.value

    def yes_or_no(self) -> bool:
        """Give true or false."""
        if not isinstance(self.value, bool):
            self.wrong("must be true or false")
        return self.value

    def minute(self) -> int:
        """Give a time of day as minutes since midnight; 24:00 is the end of the day."""
        hours, _, minutes = str(self.value).partition(":")
        if not (isinstance(self.value, str) and hours.isdecimal() and minutes.isdecimal()):
            self.wrong("must be a time such as '07:30'")
        at = int(hours) * 60 + int(minutes)
        if int(minutes) >= 60 or at > MINUTES_A_DAY:
            self.wrong("must be a time from '00:00' to '24:00'")
        return at


def population(value: object) -> Population:
    """Give what a file describes; raises BadFile."""
    fields = Field("", value).fields(
        "seed calls ring_price_seconds ring_seconds patience_mean_seconds talk_seconds wishes"
        " volunteers",
        "limit_seconds arrivals_per_hour arrivals_by_hour",
    )
    limit = fields.get("limit_seconds")
    return Population(
        seed=fields["seed"].whole(0, 2**53),
        calls=fields["calls"].whole(1, MOST_CALLS),
        ring_price_seconds=fields["ring_price_seconds"].number(0),
        ring_seconds=fields["ring_seconds"].whole(1, 300),
        limit_seconds=None if limit is None or limit.value is None else limit.positive(),
        arrivals_by_hour=arrivals(fields),
        patience_mean_seconds=fields["patience_mean_seconds"].positive(),
        talk=delays(fields["talk_seconds"]),
        wishes=wishes(fields["wishes"]),
        people=people(fields["volunteers"]),
    )


def arrivals(fields: dict[str, Field]) -> tuple[float, ...]:
    """Give the calls per hour: one rate, or one for each hour of the day."""
    if ("arrivals_per_hour" in fields) == ("arrivals_by_hour" in fields):
        raise BadFile("arrivals_per_hour or arrivals_by_hour must be given, one of the two.")
    if "arrivals_per_hour" in fields:
        return (fields["arrivals_per_hour"].positive(),)
    rates = fields["arrivals_by_hour"].items()
    if len(rates) != HOURS_A_DAY:
        fields["arrivals_by_hour"].wrong("must hold 24 numbers, one for each hour")
    by_hour = tuple(rate.number(0) for rate in rates)
    if not any(by_hour):
        fields["arrivals_by_hour"].wrong("must have an hour with calls")
    return by_hour


def delays(field: Field) -> Delays:
    """Give a log-normal time."""
    inner = field.fields("median sigma")
    return Delays(median=inner["median"].positive(), sigma=inner["sigma"].number(0, 5))


def wishes(field: Field) -> tuple[WishShare, ...]:
    """Give the callers' wishes, whose shares are 1 together."""
    read = tuple(wish(each) for each in field.items())
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
    for each in field.items():
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
        languages=tuple(language.text() for language in inner["languages"].items()),
        duty=tuple(stretch(each) for each in inner["duty"].items()),
        ready=ready,
        passes=passes,
        answer=delays(inner["answer_seconds"]),
        presence=presence(inner["presence"]) if "presence" in inner else None,
    )


def stretch(field: Field) -> tuple[int, int]:
    """Give one stretch of duty: from and to, which may lie past midnight."""
    ends = field.items()
    if len(ends) != 2:
        field.wrong("must hold two times: from and to")
    begins, until = (end.minute() for end in ends)
    if begins == until:
        field.wrong("must be two different times; all day is '00:00' to '24:00'")
    return begins, until


def presence(field: Field) -> Presence | None:
    """Give how somebody comes and goes; nothing when they always are there."""
    if field.value is None:
        return None
    inner = field.fields("here_minutes away_minutes console_open")
    return Presence(
        here_minutes=inner["here_minutes"].positive(),
        away_minutes=inner["away_minutes"].positive(),
        console_open=inner["console_open"].yes_or_no(),
    )
