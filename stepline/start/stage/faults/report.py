"""What a run was asked for, what it gave, and the verdict."""

from dataclasses import dataclass, field

from stepline.start.stage.faults.records import Loss

CALLS_AT_FULL_PACE = 50
NOTHING_LOST = "nothing was lost"


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What is asked for; `volunteers` 0 stands for two for each three calls."""

    seconds: float = 120.0
    calls: int = 300
    volunteers: int = 0
    seed: int = 1
    every: float = 6.0
    logs: str = ""

    @property
    def people(self) -> int:
        """Give how many volunteers there are."""
        return self.volunteers or max(4, self.calls * 2 // 3)

    @property
    def pace(self) -> float:
        """Give how slowly people act: a small machine has to carry all of them and their pages."""
        return max(1.0, self.calls / CALLS_AT_FULL_PACE)


@dataclass(kw_only=True)
class Figures:
    """What came of it."""

    calls_asked: int = 0
    most_in_flight: int = 0
    most_live: int = 0
    typically_in_flight: int = 0
    talks: int = 0
    rings: int = 0
    promises: int = 0
    explained_waits: int = 0
    longest_unexplained_seconds: float = 0.0
    faults: dict[str, int] = field(default_factory=dict)
    did: dict[str, int] = field(default_factory=dict)
    closed_by: dict[str, int] = field(default_factory=dict)
    did_not_end: int = 0
    planted: int = 0
    planted_found: list[str] = field(default_factory=list)
    losses: list[Loss] = field(default_factory=list)


def verdict(settings: Settings, figures: Figures) -> str:
    """Say in a sentence whether the run proves what it should."""
    if figures.losses:
        return f"{len(figures.losses)} losses"
    if figures.most_in_flight < settings.calls:
        return f"only {figures.most_in_flight} calls were in flight at once"
    if figures.did_not_end:
        return f"{figures.did_not_end} processes did not end when they were told to"
    if len(figures.planted_found) < figures.planted:
        return "the checker did not find what was planted"
    return NOTHING_LOST
