"""The hours in which somebody may be rung off shift, on the clock of the line's own place.

They are hours of the week, not instants: when the clocks change they change with them. An hour
that comes twice in a night counts twice, one that is left out doesn't come.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

DAY_MINUTES = 24 * 60


@dataclass(frozen=True, order=True)
class Hours:
    """A part of one weekday, [from, to) in minutes from midnight; Monday is 0."""

    weekday: int
    from_minute: int
    to_minute: int

    def __post_init__(self) -> None:
        if not (0 <= self.weekday <= 6 and 0 <= self.from_minute < self.to_minute <= DAY_MINUTES):
            raise ValueError("no part of a day")


def beginning(weekday: int, from_minute: int, to_minute: int) -> tuple[Hours, ...]:
    """Give hours that begin on a weekday; those that last beyond midnight are two parts.

    The same minute at both ends means a whole day and night. Raises ValueError.
    """
    if from_minute < to_minute:
        return (Hours(weekday, from_minute, to_minute),)
    tonight = Hours(weekday, from_minute, DAY_MINUTES)
    tomorrow = (Hours((weekday + 1) % 7, 0, to_minute),) if to_minute else ()
    return (tonight, *tomorrow)


def joined(hours: Iterable[Hours]) -> tuple[Hours, ...]:
    """Give the same hours in order, with those that touch or overlap made one."""
    kept: list[Hours] = []
    for each in sorted(hours):
        last = kept[-1] if kept else None
        if last and last.weekday == each.weekday and each.from_minute <= last.to_minute:
            longer = max(last.to_minute, each.to_minute)
            kept[-1] = Hours(last.weekday, last.from_minute, longer)
        else:
            kept.append(each)
    return tuple(kept)


def are_now(hours: Iterable[Hours], now: datetime) -> bool:
    """Say whether it is one of these hours; `now` is on the clock of the line's own place."""
    minute = now.hour * 60 + now.minute
    today = (each for each in hours if each.weekday == now.weekday())
    return any(each.from_minute <= minute < each.to_minute for each in today)
