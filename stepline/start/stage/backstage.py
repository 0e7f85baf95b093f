"""What is arranged behind a demonstration's pages; imported once Django is set up."""

from datetime import datetime, timedelta

from django.utils import timezone

from stepline import models
from stepline.actions import accounts, dispatch, meetings, people
from stepline.core import events as e
from stepline.core.calls import Safety, State
from stepline.core.meeting_feeds import Kind
from stepline.core.meetings import For, Meeting
from stepline.models.people import Role

SOBER_FOR = timedelta(days=4 * 365)


def only_on_duty(*names: str) -> None:
    """Have these pretend volunteers on duty, and nobody else.

    A captain would be rung off duty too, when nobody else is left: here they only join talks.
    """
    now = timezone.now()
    models.Volunteer.objects.filter(is_captain=True).update(takes_calls=False)
    duties = models.Duty.objects.select_related("volunteer")
    duties.update(on_since_at=None, until_at=None)
    for duty in duties:
        if duty.volunteer.name in names:
            duty.on_since_at, duty.until_at = now, now + timedelta(days=1)
            duty.save(update_fields=["on_since_at", "until_at"])


def rang_in_vain(name: str) -> None:
    """Have it rung three times at this volunteer's, and nobody pressed."""
    duties = models.Duty.objects.select_related("volunteer")
    mine = next(duty for duty in duties if duty.volunteer.name == name)
    mine.silent_rings, mine.still_there_asked_at = 3, timezone.now()
    mine.save(update_fields=["silent_rings", "still_there_asked_at"])


def lists_places(*places: str) -> None:
    """Have callers asked for one of these places; none stops the question."""
    models.Line.objects.update(places=list(places))


def knows_meetings() -> None:
    """Have the line know three meetings of the coming hours."""
    line, now = models.Line.objects.get(), timezone.now()
    feed = meetings.add_feed(line, Kind.MEETING_GUIDE, "https://meetings.example.org/feed", now)
    models.Feed.objects.filter(pk=feed.pk).update(due_at=now + timedelta(days=1), good_at=now)
    known = (
        a_meeting("Beginners' evening", now + timedelta(hours=1), place="Parish hall"),
        a_meeting("Candlelight", now + timedelta(hours=2), place="Town library"),
        a_meeting("From home", now + timedelta(hours=1), join_url="https://meetings.example.org/j"),
    )
    meetings.write(feed, meetings.differing(feed, known, now))


def a_meeting(name: str, at: datetime, *, place: str = "", join_url: str = "") -> Meeting:
    """Give a weekly meeting that begins at this instant, to go to or to join."""
    return Meeting(
        key=name,
        name=name,
        weekday=at.weekday(),
        minute=at.hour * 60,
        lasts_minutes=60,
        zone="UTC",
        place=place,
        in_person=bool(place),
        join_url=join_url,
        says_open=True,
        meant_for=frozenset({For.NEWCOMERS}) if "Beginners" in name else frozenset(),
    )


def invited(name: str) -> str:
    """Give the path by which this volunteer signs a device in, adding them where missing."""
    line, now = models.Line.objects.get(), timezone.now()
    person = next((one for one in line.volunteers.all() if one.name == name), None)
    if person is None:
        long_ago = (now - SOBER_FOR).date()
        about = people.Person(name=name, sober_on=long_ago, trained_on=long_ago)
        person = people.add(line, about, now)
    return f"/i/{accounts.invite(person, Role.VOLUNTEER, now)}"


def end_all_calls() -> None:
    """End every open call as its people would, so that everybody is free."""
    for call in models.Call.objects.exclude(state=State.CLOSED):
        dispatch.handle(call.pk, e.CallerStops(), timezone.now())
        dispatch.handle(call.pk, e.SafetyAnswered(Safety.ALL_RIGHT), timezone.now())


def person_path(name: str) -> str:
    """Give the path of a person's page for the coordinator."""
    line = models.Line.objects.get()
    return next(f"/coordinator/people/{p.pk}" for p in line.volunteers.all() if p.name == name)
