"""The hours in which a volunteer may be rung off shift: chosen by themselves, as they like."""

from collections.abc import Iterable

from django.db import transaction

from stepline import models
from stepline.actions import announce
from stepline.core import standby
from stepline.core.standby import Hours


@transaction.atomic
def choose(volunteer: models.Volunteer, hours: Iterable[Hours]) -> tuple[Hours, ...]:
    """Write the hours of the week in place of those before; none means never off shift."""
    chosen = standby.joined(hours)
    models.StandbyHours.objects.filter(volunteer=volunteer).delete()
    models.StandbyHours.objects.bulk_create(
        models.StandbyHours(
            volunteer=volunteer,
            line_id=volunteer.line_id,
            weekday=each.weekday,
            from_minute=each.from_minute,
            to_minute=each.to_minute,
        )
        for each in chosen
    )
    announce.changed(f"volunteer:{volunteer.pk}", f"line:{volunteer.line_id}")
    return chosen


def chosen(volunteer: models.Volunteer) -> tuple[Hours, ...]:
    """Give the hours that a volunteer chose, in the order of the week."""
    rows = models.StandbyHours.objects.filter(volunteer=volunteer)
    found = rows.values_list("weekday", "from_minute", "to_minute")
    return tuple(sorted(Hours(*each) for each in found))
