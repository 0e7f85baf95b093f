"""The people of the page tests: Eli coordinates, Bo and Cleo serve, Fay is of another line."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.test import Client
from django.utils import timezone

from stepline import models
from stepline.actions import accounts, people
from stepline.models.people import Role


def a_line(slug: str = "quiet", **more: object) -> models.Line:
    return models.Line.objects.create(
        slug=slug, name=f"The {slug} line", country="IE", time_zone="Europe/Dublin", **more
    )


def a_volunteer(line: models.Line, name: str, **more: object) -> models.Volunteer:
    sober_on = datetime(2015, 3, 1, tzinfo=UTC).date()
    about = {"name": name, "sober_on": sober_on, "trained_on": sober_on, **more}
    person = people.Person(**about)  # type: ignore[arg-type]  # each test names what matters to it
    return people.add(line, person, timezone.now())


def a_coordinator(line: models.Line, name: str = "Eli") -> models.Volunteer:
    return a_volunteer(line, name, is_coordinator=True, takes_calls=False)


def on_duty(volunteer: models.Volunteer) -> models.Volunteer:
    now = timezone.now()
    times = {"on_since_at": now, "until_at": now + timedelta(hours=2)}
    models.Duty.objects.filter(volunteer=volunteer).update(**times)
    return volunteer


@dataclass(frozen=True)
class SignedIn:
    """A browser in which somebody is signed in."""

    client: Client
    volunteer: models.Volunteer


def sign_in(volunteer: models.Volunteer, role: Role, client: Client | None = None) -> SignedIn:
    code = accounts.invite(volunteer, role, timezone.now())
    browser = client or Client()
    answer = browser.post(f"/i/{code}")
    assert answer.status_code == 302
    return SignedIn(browser, volunteer)


def coordinating(line: models.Line, name: str = "Eli") -> SignedIn:
    return sign_in(a_coordinator(line, name), Role.COORDINATOR)
