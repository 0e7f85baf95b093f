"""Meetings, and which of them come next: the one concrete step after a talk (rule D21).

A meeting begins by the clock of its own place, so its next start is reckoned there, over midnight
and over the nights on which clocks change. Closed meetings are never offered: whoever is new
doesn't know yet whether they belong.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

WEEK = timedelta(days=7)
# Who comes a little late is still welcome.
GRACE = timedelta(minutes=15)
# What begins within a few hours is a step for tonight; a day ahead is as far as anybody looks.
SOON = timedelta(hours=3)
AHEAD = timedelta(hours=24)
IN_PERSON_OFFERED = 3
ONLINE_OFFERED = 1
EARTH_RADIUS_KM = 6371.0


class For(StrEnum):
    """Whom a meeting is meant for, where it says so."""

    NEWCOMERS = "newcomers"
    WOMEN = "women"
    MEN = "men"
    YOUNG = "young"
    LGBTQ = "lgbtq"


class Access(StrEnum):
    """What makes it easier to come."""

    WHEELCHAIR = "wheelchair"
    CHILD_CARE = "child_care"
    SIGN_LANGUAGE = "sign_language"


@dataclass(frozen=True, slots=True)
class Point:
    """A place on earth, in degrees."""

    latitude: float
    longitude: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Meeting:
    """One weekly meeting: `weekday` 0 is Monday, `minute` counts from midnight, both by `zone`."""

    key: str
    name: str
    weekday: int
    minute: int
    lasts_minutes: int
    zone: str
    place: str = ""
    address: str = ""
    point: Point | None = None
    in_person: bool = False
    join_url: str = ""
    join_phone: str = ""
    says_open: bool = False
    meant_for: frozenset[For] = frozenset()
    access: frozenset[Access] = frozenset()
    languages: frozenset[str] = frozenset()

    @property
    def online(self) -> bool:
        """Say whether it can be joined from anywhere."""
        return bool(self.join_url or self.join_phone)


@dataclass(frozen=True, kw_only=True, slots=True)
class Coming:
    """A meeting with its next start, in UTC, and how far it is, where that is known."""

    meeting: Meeting
    starts_at: datetime
    distance_km: float | None = None

    @property
    def there_at(self) -> datetime:
        """Give the start by the clock of its own place."""
        return self.starts_at.astimezone(ZoneInfo(self.meeting.zone))


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What is looked for; nothing said leaves it open."""

    near: Point | None = None
    within_km: float = 50.0
    meant_for: For | None = None
    access: frozenset[Access] = frozenset()
    language: str = ""


@dataclass(frozen=True)
class Offered:
    """The meetings to offer: a few to go to, in their order, and one to join from anywhere."""

    in_person: tuple[Coming, ...] = ()
    online: tuple[Coming, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.in_person or self.online)


def next_start(meeting: Meeting, now: datetime, grace: timedelta = GRACE) -> datetime:
    """Give the first start that is not longer ago than `grace`, in UTC.

    A time that the clocks skip is an hour later on that day; one that comes twice is the first.
    """
    zone = ZoneInfo(meeting.zone)
    earliest = now - grace
    day = earliest.astimezone(zone).date() - timedelta(days=1)
    at = time(meeting.minute // 60, meeting.minute % 60)
    day += timedelta(days=(meeting.weekday - day.weekday()) % 7)
    while True:
        starts_at = datetime.combine(day, at, zone).astimezone(UTC)
        if starts_at >= earliest:
            return starts_at
        day += WEEK


def distance_km(one: Point, other: Point) -> float:
    """Give the distance on the great circle (haversine)."""
    lat, lat_other = math.radians(one.latitude), math.radians(other.latitude)
    across = math.radians(other.longitude - one.longitude)
    half = math.sin((lat_other - lat) / 2) ** 2
    half += math.cos(lat) * math.cos(lat_other) * math.sin(across / 2) ** 2
    return 2 * EARTH_RADIUS_KM * math.asin(min(1.0, math.sqrt(half)))


def around(point: Point, km: float) -> tuple[float, float]:
    """Give how many degrees of latitude and longitude hold all within a distance of a point.

    Near a pole, or further than a quarter of the way round, that is all of the longitude.
    """
    reach = km / EARTH_RADIUS_KM
    degrees = math.degrees(reach)
    ratio = math.sin(min(reach, math.pi / 2)) / max(1e-12, math.cos(math.radians(point.latitude)))
    touches_pole = abs(point.latitude) + degrees >= 90 or ratio >= 1
    return degrees, 180.0 if touches_pole else math.degrees(math.asin(ratio))


def suits(meeting: Meeting, wanted: Wanted) -> bool:
    """Say whether a meeting is one that was looked for; one for women only suits who asks."""
    gendered = meeting.meant_for & {For.WOMEN, For.MEN}
    if gendered and wanted.meant_for not in gendered:
        return False
    if wanted.meant_for is not None and wanted.meant_for not in meeting.meant_for:
        return False
    speaks = not wanted.language or wanted.language in meeting.languages
    return speaks and wanted.access <= meeting.access


def coming(meeting: Meeting, wanted: Wanted, now: datetime) -> Coming:
    """Give a meeting with its next start and how far it is."""
    near, there = wanted.near, meeting.point
    far = distance_km(near, there) if near is not None and there is not None else None
    return Coming(meeting=meeting, starts_at=next_start(meeting, now), distance_km=far)


def offer(meetings: Iterable[Meeting], wanted: Wanted, now: datetime) -> Offered:
    """Choose the next three to go to and one to join from anywhere, of the coming day.

    First what says that newcomers or everybody are welcome, soon before later, near before far.
    A meeting to go to is offered only near the place, when one is known.
    """
    found = [coming(each, wanted, now) for each in meetings if suits(each, wanted)]
    found = [each for each in found if each.starts_at <= now + AHEAD]
    to_go_to = [each for each in found if each.meeting.in_person and is_near(each, wanted)]
    to_join = [replace(each, distance_km=None) for each in found if each.meeting.online]
    return Offered(
        in_person=first_of(to_go_to, IN_PERSON_OFFERED, now),
        online=first_of(to_join, ONLINE_OFFERED, now),
    )


def is_near(each: Coming, wanted: Wanted) -> bool:
    """Say whether a meeting is within reach; without a place to start from, all are."""
    if wanted.near is None:
        return True
    return each.distance_km is not None and each.distance_km <= wanted.within_km


def first_of(found: Sequence[Coming], most: int, now: datetime) -> tuple[Coming, ...]:
    """Give the best few, then in the order in which they begin."""
    best = sorted(found, key=lambda each: rank(each, now))[:most]
    return tuple(sorted(best, key=lambda each: (each.starts_at, each.meeting.key)))


def rank(each: Coming, now: datetime) -> tuple[int, int, float, datetime, str]:
    """Order by how soon, then how welcoming, then how near; the rest by start and key."""
    later = int((each.starts_at - now) / SOON) if each.starts_at > now else 0
    meeting = each.meeting
    welcome = 0 if For.NEWCOMERS in meeting.meant_for else 1 if meeting.says_open else 2
    far = each.distance_km if each.distance_km is not None else 0.0
    return later, welcome, round(far), each.starts_at, meeting.key
