"""The volunteers of a simulation while it runs: what they do, and what is learned of them."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID, uuid5

from stepline.core import habits, matching
from stepline.core.calls import Chance, Fit
from stepline.core.habits import Counts, Habits
from stepline.core.simulation import luck
from stepline.core.simulation.population import START_AT, Person, Population

SPACE = UUID("3f3c1bd0-6d0f-4a4f-9c3f-0d7f6d1c9b10")


def instant(seconds: float) -> datetime:
    """Give the instant some seconds after the first midnight."""
    return START_AT + timedelta(seconds=seconds)


@dataclass
class Comings:
    """When somebody is here: drawn as far as was asked, in order of time."""

    person: Person
    seed: int
    here: bool = True
    until: float = 0.0
    number: int = 0

    def is_here(self, now: float) -> bool:
        """Say whether they are here; instants are asked in order."""
        presence = self.person.presence
        if presence is None:
            return True
        if self.number == 0:
            first = luck.draw(self.seed, "first", self.person.id)
            self.here = first >= presence.share_here  # turned at once below
        while self.until <= now:
            self.here = not self.here
            minutes = presence.here_minutes if self.here else presence.away_minutes
            self.until += luck.exponential(
                minutes * 60, self.seed, "stay", self.person.id, self.number
            )
            self.number += 1
        return self.here


@dataclass
class Member:
    """One volunteer: free or not, rested since when, rung how often, and the habits learned."""

    place: int
    person: Person
    comings: Comings
    id: UUID
    occupied: bool = False
    rested_since: float | None = None
    rings: int = 0
    conversations: int = 0
    habits: Habits = field(default_factory=Habits)
    chances: dict[str, Chance] = field(default_factory=dict)

    def sees_page(self, now: float) -> bool:
        """Say what production sees: is a page open. Who comes and goes unseen has none."""
        presence = self.person.presence
        if presence is None:
            return True
        return presence.console_open and self.comings.is_here(now)

    def situation(self, now: float) -> str:
        """Name the situation of a ring as production would."""
        return habits.situation(self.sees_page(now), matching.is_night(instant(now)))

    def believed(self, now: float) -> Chance:
        """Give the chance as production would know it."""
        where = self.situation(now)
        if where not in self.chances:
            self.chances[where] = habits.chance(self.habits, where, instant(now))
        return self.chances[where]

    def true_chance(self, now: float) -> Chance:
        """Give the true chance, as far as it could be seen."""
        person, presence = self.person, self.person.presence
        share = 1.0 if presence is None else presence.share_here
        if presence is not None and presence.console_open:
            share = float(self.comings.is_here(now))
        return Chance(
            ready=person.ready * share,
            passes=person.passes * share,
            median_seconds=person.answer.median,
            sigma=person.answer.sigma,
        )

    def learns(self, taught: Counts, where: str, now: float) -> None:
        """Take in what a ring taught."""
        self.habits = habits.learn(self.habits, where, taught, instant(now))
        self.chances = {}

    def fit(self, now: float, truth: bool) -> Fit:
        """Give them as the policy sees them."""
        return Fit(
            volunteer=self.id,
            chance=self.true_chance(now) if truth else self.believed(now),
            rested_since_at=None if self.rested_since is None else instant(self.rested_since),
        )


def staff(population: Population) -> list[Member]:
    """Give everybody, never rung yet."""
    return [
        Member(place, person, Comings(person, population.seed), uuid5(SPACE, person.id))
        for place, person in enumerate(population.people)
    ]
