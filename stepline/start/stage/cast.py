"""The people of a staged line; imported once Django is set up."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction

from stepline import models
from stepline.actions import accounts, people
from stepline.models.people import Role

SLUG = "stage"
SOBER_FOR = timedelta(days=4 * 365)


@transaction.atomic
def seat(names: Iterable[str], now: datetime) -> tuple[str, dict[str, str]]:
    """Make a line with volunteers of these names; give its slug and their one-time codes."""
    # A proof goes from one talk to the next; nobody on stage is tired.
    line = models.Line.objects.create(
        slug=SLUG, name="A line on stage", country="IE", rest_minutes=0
    )
    return SLUG, {name: invited(line, name, now) for name in names}


def invited(line: models.Line, name: str, now: datetime) -> str:
    """Add one volunteer who takes anyone's calls; give the code for a device of theirs."""
    long_ago = (now - SOBER_FOR).date()
    person = people.Person(name=name, sober_on=long_ago, trained_on=long_ago)
    return accounts.invite(people.add(line, person, now), Role.VOLUNTEER, now)
