"""The demonstration's line and people: six pretend volunteers, and two parts for yourself."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.urls import reverse

from stepline import models
from stepline.actions import accounts, people, spans
from stepline.models.people import Role
from stepline.voice import pretend

SLUG = "quiet"
VOLUNTEER = "Alex"
COORDINATOR = "Robin"
# Call backs are promised only for hours in which somebody will be on duty.
DUTY_LASTS = timedelta(days=30)
SOBER_FOR = timedelta(days=4 * 365)


@dataclass(frozen=True, kw_only=True)
class Pretend:
    """One pretend volunteer: who they say they are, and what their phone does."""

    name: str
    gender: str
    says: str
    answers_after_seconds: int = 0
    rings: bool = True
    languages: tuple[str, ...] = ("en",)
    is_captain: bool = False
    is_back_up: bool = False
    voice: str = "demo/voice-1.wav"

    @property
    def habit(self) -> dict[str, object]:
        """Give the habit as it is kept with the volunteer."""
        return {
            "answers_after_seconds": self.answers_after_seconds,
            "says": self.says,
            "rings": self.rings,
            "voice": self.voice,
        }


# Each wish finds somebody who answers, and somebody who doesn't.
PRETEND = (
    Pretend(
        name="Bo",
        gender="man",
        says="ready",
        answers_after_seconds=6,
        languages=("en", "es"),
        voice="demo/voice-2.wav",
    ),
    Pretend(name="Cleo", gender="woman", says="ready", answers_after_seconds=14),
    Pretend(name="Dee", gender="woman", says="silent"),
    Pretend(name="Gus", gender="man", says="pass", answers_after_seconds=4),
    Pretend(
        name="Ines",
        gender="woman",
        says="ready",
        answers_after_seconds=8,
        languages=("en", "es"),
        is_back_up=True,
        voice="demo/voice-3.wav",
    ),
    Pretend(
        name="Jun",
        gender="man",
        says="ready",
        answers_after_seconds=10,
        is_captain=True,
        voice="demo/voice-2.wav",
    ),
)


@transaction.atomic
def seed_demo(now: datetime) -> dict[str, str]:
    """Make the demonstration's line and people where they are missing; give the paths to open.

    Everybody pretend is on duty afterwards. The invitations are new at each start: their codes
    are kept nowhere.
    """
    line = demo_line()
    known = {person.name: person for person in line.volunteers.all()}
    for habit in PRETEND:
        put_on_duty(known.get(habit.name) or add_pretend(line, habit, now), now)
    volunteer = known.get(VOLUNTEER) or people.add(line, yourself(VOLUNTEER, now), now)
    coordinator = known.get(COORDINATOR) or people.add(
        line, yourself(COORDINATOR, now, coordinates=True), now
    )
    invited = {
        "volunteer": accounts.invite(volunteer, Role.VOLUNTEER, now),
        "coordinator": accounts.invite(coordinator, Role.COORDINATOR, now),
    }
    links = {name: reverse("invitation", args=[code]) for name, code in invited.items()}
    return {"caller": f"/line/{SLUG}/", **links}


def demo_line() -> models.Line:
    """Give the demonstration's line; making it where it is missing."""
    line, _ = models.Line.objects.get_or_create(
        slug=SLUG,
        defaults={
            "name": "A quiet line",
            "country": "IE",
            "time_zone": "Europe/Dublin",
            "languages": ["en", "es"],
            "takes_numbers": True,
            "is_demo": True,
            # Who tries call after call must not run out of pretend people who rest.
            "rest_minutes": 0,
        },
    )
    return line


def add_pretend(line: models.Line, habit: Pretend, now: datetime) -> models.Volunteer:
    """Write one pretend volunteer; raises ValueError for a habit that no phone has."""
    pretend.read_habit(habit.habit)
    person = people.Person(
        name=habit.name,
        gender=habit.gender,
        takes=("anyone", habit.gender),
        languages=habit.languages,
        sober_on=(now - SOBER_FOR).date(),
        trained_on=(now - SOBER_FOR).date(),
        is_captain=habit.is_captain,
        is_back_up=habit.is_back_up,
    )
    volunteer = people.add(line, person, now)
    models.Volunteer.objects.filter(id=volunteer.id).update(pretend=habit.habit)
    return volunteer


def put_on_duty(volunteer: models.Volunteer, now: datetime) -> None:
    """Put a pretend volunteer on duty; their phone needs no test ring."""
    models.Duty.objects.filter(volunteer=volunteer).update(
        on_since_at=now, until_at=now + DUTY_LASTS, proved_at=now, silent_rings=0
    )
    spans.begin(volunteer.pk, volunteer.line_id, now)


def yourself(name: str, now: datetime, *, coordinates: bool = False) -> people.Person:
    """Describe a part for whoever tries the demonstration."""
    return people.Person(
        name=name,
        languages=("en", "es"),
        sober_on=(now - SOBER_FOR).date(),
        trained_on=(now - SOBER_FOR).date(),
        takes_calls=not coordinates,
        is_coordinator=coordinates,
    )
