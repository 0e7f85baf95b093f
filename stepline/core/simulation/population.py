"""Who calls and who serves in a simulation: what is true, which no policy is told."""

from dataclasses import dataclass
from datetime import UTC, datetime

MINUTES_A_DAY = 24 * 60
SECONDS_A_DAY = 24 * 60 * 60.0
# Midnight before the first call; only differences matter.
START_AT = datetime(2000, 1, 3, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class Delays:
    """A log-normal time: its median in seconds, and the spread of its logarithm."""

    median: float
    sigma: float


@dataclass(frozen=True, kw_only=True)
class Presence:
    """Somebody comes and goes: means of exponential times; away, they answer nothing.

    With `console_open` a page is open just while they are here, and the policy sees that.
    """

    here_minutes: float
    away_minutes: float
    console_open: bool

    @property
    def share_here(self) -> float:
        """Give the share of time spent here."""
        return self.here_minutes / (self.here_minutes + self.away_minutes)


@dataclass(frozen=True, kw_only=True)
class Person:
    """One volunteer: on duty daily in [from, to) minutes, which may wrap past midnight."""

    id: str
    gender: str
    languages: tuple[str, ...]
    duty: tuple[tuple[int, int], ...]
    ready: float
    passes: float
    answer: Delays
    presence: Presence | None = None

    def on_duty(self, minute: float) -> bool:
        """Say whether they are on duty at a minute of the day."""
        return any(
            begins <= minute < ends if begins < ends else minute >= begins or minute < ends
            for begins, ends in self.duty
        )

    @property
    def duty_minutes(self) -> int:
        """Count the minutes of a day on duty."""
        return sum(self.on_duty(minute) for minute in range(MINUTES_A_DAY))


@dataclass(frozen=True, kw_only=True)
class WishShare:
    """A share of the callers, and with whom they wish to talk: a hard wish."""

    share: float
    gender: str | None = None
    language: str | None = None

    def fits(self, person: Person) -> bool:
        """Say whether a volunteer is whom they wish for."""
        speaks = self.language is None or self.language in person.languages
        return speaks and (self.gender is None or self.gender == person.gender)


@dataclass(frozen=True, kw_only=True)
class Population:
    """All that a simulation plays; `arrivals_by_hour` holds one rate, or one for each hour."""

    seed: int
    calls: int
    ring_price_seconds: float
    ring_seconds: int
    limit_seconds: float | None
    arrivals_by_hour: tuple[float, ...]
    patience_mean_seconds: float
    talk: Delays
    wishes: tuple[WishShare, ...]
    people: tuple[Person, ...]
