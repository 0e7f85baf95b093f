"""The line's meetings: taken from its feeds, moved on by the clock, and the next ones found."""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Count, QuerySet

from stepline import models
from stepline.actions import feeds
from stepline.core import meeting_feeds, meeting_values
from stepline.core import meetings as core
from stepline.core.meetings import Access, For, Meeting, Offered, Point, Wanted
from stepline.models.statements import asked

log = logging.getLogger(__name__)

# As the Meeting Guide's own app does.
EVERY = timedelta(hours=12)
AGAIN_AFTER_PROBLEM = timedelta(hours=1)
# Longer than a fetch and its import may take: who dies with it loses it then.
LEASE = timedelta(minutes=10)
ROWS_AT_ONCE = 2000
MOST_MOVED_ON = 2000
# More than any place has in one class of welcome within three hours.
MOST_WEIGHED = 1000
POINT_KEPT_SECONDS = 3600

READ = """
SELECT key, name, weekday, minute, lasts_minutes, zone, place, address, latitude, longitude,
  in_person, online, join_url, join_phone, says_open, meant_for, access, languages
FROM stepline_meeting
WHERE line_id = %(line)s AND {way}
  AND next_at >= %(from)s AND next_at <= %(to)s
  AND access @> %(access)s::varchar[] AND languages @> %(languages)s::varchar[]
  AND meant_for @> %(meant_for)s::varchar[] AND NOT meant_for && %(not_for)s::varchar[]
  {near}
ORDER BY greatest(0, floor(extract(epoch FROM next_at - %(now)s) / %(soon)s)),
  CASE WHEN 'newcomers' = ANY(meant_for) THEN 0 WHEN says_open THEN 1 ELSE 2 END, next_at, key
LIMIT %(most)s
"""
NEAR = """
  AND latitude BETWEEN %(south)s AND %(north)s
  AND (longitude BETWEEN %(west)s AND %(east)s
    OR longitude BETWEEN %(west)s + 360 AND %(east)s + 360
    OR longitude BETWEEN %(west)s - 360 AND %(east)s - 360)"""
TO_GO_TO = READ.format(way="in_person", near="")
TO_GO_TO_NEAR = READ.format(way="in_person", near=NEAR)
TO_JOIN = READ.format(way="online", near="")


class BadAddress(ValueError):
    """No address that a feed can have."""


def add_feed(line: models.Line, kind: str, url: str, now: datetime) -> models.Feed:
    """Have a line's meetings come from an address, at once; raises BadAddress."""
    plain = meeting_values.url(url)
    if not plain or plain != url.strip():
        raise BadAddress
    feed = models.Feed(line=line, kind=kind, zone=line.time_zone, due_at=now)
    feed.url, feed.host = plain, urlsplit(plain).hostname or ""
    feed.save(force_insert=True)
    return feed


def due(now: datetime) -> models.Feed | None:
    """Take the feed that waits longest to be fetched; nobody else does meanwhile."""
    with transaction.atomic():
        waiting = models.Feed.objects.select_for_update(skip_locked=True, of=("self",))
        feed = waiting.filter(due_at__lte=now).order_by("due_at").first()
        if feed is not None:
            models.Feed.objects.filter(pk=feed.pk).update(due_at=now + LEASE)
        return feed


def fetch_due(now: datetime) -> int:
    """Fetch all feeds that are due, one after the other, outside of any transaction; how many."""
    count = 0
    while (feed := due(now)) is not None:
        fetch(feed, now)
        count += 1
    return count


def fetch(feed: models.Feed, now: datetime) -> None:
    """Fetch one feed and take what changed; when that fails, the last good copy stays."""
    try:
        came = feeds.fetch(feed.url, feed.etag, feed.modified)
        if came.text is not None:
            take(feed, came, now)
    except (feeds.Unreached, meeting_feeds.BadFeed) as wrong:
        note(feed, now, now + AGAIN_AFTER_PROBLEM, problem=str(wrong)[:80])
    except (ArithmeticError, LookupError, TypeError, ValueError) as unforeseen:
        log.warning("A feed could not be read: %s", type(unforeseen).__name__)
        note(feed, now, now + AGAIN_AFTER_PROBLEM, problem="It could not be read.")
    else:
        note(feed, now, now + EVERY, problem="", good_at=now)


def note(feed: models.Feed, now: datetime, due_at: datetime, **columns: object) -> None:
    """Write how a fetch went."""
    models.Feed.objects.filter(pk=feed.pk).update(fetched_at=now, due_at=due_at, **columns)


def take(feed: models.Feed, came: feeds.Fetched, now: datetime) -> None:
    """Write what a feed holds now: what is new or changed, and nothing that is gone."""
    kind = meeting_feeds.Kind(feed.kind)
    read = meeting_feeds.read(kind, came.text or "", feed.zone)
    changes = differing(feed, read.meetings, now)
    with transaction.atomic():
        write(feed, changes)
        models.Feed.objects.filter(pk=feed.pk).update(
            etag=came.etag,
            modified=came.modified,
            left_out=dict(read.left_out),
            bad_rows=[list(row) for row in read.bad_rows],
        )


@dataclass(frozen=True)
class Changes:
    """What differs between a feed and what stands of it: rows to write, and keys that are gone."""

    rows: list[models.Meeting]
    gone: list[str]


def differing(feed: models.Feed, meetings: Iterable[Meeting], now: datetime) -> Changes:
    """Compare a feed with what stands; takes its time, so it holds no transaction open."""
    standing = {key: values for key, *values in rows_of(feed.pk)}
    wanted = {each.key: each for each in meetings}
    rows = []
    for key, each in wanted.items():
        values = columns(each)
        if standing.get(key) != list(values.values()):
            next_at = core.next_start(each, now)
            rows.append(
                models.Meeting(feed=feed, line_id=feed.line_id, key=key, next_at=next_at, **values)
            )
    return Changes(rows, [key for key in standing if key not in wanted])


def write(feed: models.Feed, changes: Changes) -> None:
    """Write what differs; rows that are as they were are left alone."""
    for first in range(0, len(changes.gone), ROWS_AT_ONCE):
        gone = changes.gone[first : first + ROWS_AT_ONCE]
        models.Meeting.objects.filter(feed=feed, key__in=gone).delete()
    models.Meeting.objects.bulk_create(
        changes.rows,
        ROWS_AT_ONCE,
        update_conflicts=True,
        unique_fields=["feed", "key"],
        update_fields=[*COLUMNS, "next_at"],
    )


def rows_of(feed_id: UUID) -> list[tuple[Any, ...]]:
    """Give the rows of a feed as they stand: the key, then the columns."""
    return list(models.Meeting.objects.filter(feed=feed_id).values_list("key", *COLUMNS))


COLUMNS = (
    *("name", "weekday", "minute", "lasts_minutes", "zone", "place", "address"),
    *("latitude", "longitude", "in_person", "online", "join_url", "join_phone"),
    *("says_open", "meant_for", "access", "languages"),
)


def columns(each: Meeting) -> dict[str, Any]:
    """Give a meeting's columns, in the order of COLUMNS."""
    point = each.point
    return {
        "name": each.name,
        "weekday": each.weekday,
        "minute": each.minute,
        "lasts_minutes": each.lasts_minutes,
        "zone": each.zone,
        "place": each.place,
        "address": each.address,
        "latitude": point.latitude if point else None,
        "longitude": point.longitude if point else None,
        "in_person": each.in_person,
        "online": each.online,
        "join_url": each.join_url,
        "join_phone": each.join_phone,
        "says_open": each.says_open,
        "meant_for": sorted(each.meant_for),
        "access": sorted(each.access),
        "languages": sorted(each.languages),
    }


def meeting(key: str, values: dict[str, Any]) -> Meeting:
    """Give the meeting that columns stand for."""
    facts = {name: value for name, value in values.items() if name not in NOT_AS_THEY_STAND}
    latitude, longitude = values["latitude"], values["longitude"]
    return Meeting(
        key=key,
        point=Point(latitude, longitude) if latitude is not None else None,
        meant_for=frozenset(map(For, values["meant_for"])),
        access=frozenset(map(Access, values["access"])),
        languages=frozenset(values["languages"]),
        **facts,
    )


NOT_AS_THEY_STAND = {"latitude", "longitude", "online", "meant_for", "access", "languages"}


def move_on(now: datetime) -> int:
    """Give those meetings that have begun their start of next week; gives how many."""
    begun = models.Meeting.objects.filter(next_at__lt=now - core.GRACE).order_by("next_at")
    rows = list(begun.values_list("pk", "key", *COLUMNS)[:MOST_MOVED_ON])
    if not rows:
        return 0
    moved = [
        (pk, core.next_start(meeting(key, dict(zip(COLUMNS, values, strict=True))), now))
        for pk, key, *values in rows
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE stepline_meeting m SET next_at = moved.at"
            " FROM unnest(%s::bigint[], %s::timestamptz[]) AS moved(id, at) WHERE m.id = moved.id",
            [[pk for pk, _ in moved], [at for _, at in moved]],
        )
    return len(moved)


@dataclass(frozen=True)
class Search:
    """What a search of one line's meetings is told."""

    line: models.Line
    wanted: Wanted
    now: datetime

    def parameters(self, most: int) -> dict[str, Any]:
        """Give what the statement is told; a wish that nobody has fits all."""
        wanted = self.wanted
        gendered = {For.WOMEN, For.MEN} - {wanted.meant_for}
        return {
            "line": self.line.pk,
            "now": self.now,
            "from": self.now - core.GRACE,
            "to": self.now + core.AHEAD,
            "soon": core.SOON.total_seconds(),
            "most": most,
            "access": sorted(wanted.access),
            "languages": [wanted.language] if wanted.language else [],
            "meant_for": [wanted.meant_for] if wanted.meant_for else [],
            "not_for": sorted(gendered),
            **self.box(),
        }

    def box(self) -> dict[str, float]:
        """Give the sides of the box that holds all that is near."""
        near = self.wanted.near
        if near is None:
            return {}
        up, across = core.around(near, self.wanted.within_km)
        return {
            "south": near.latitude - up,
            "north": near.latitude + up,
            "west": near.longitude - across,
            "east": near.longitude + across,
        }


def feeds_of(line: models.Line) -> QuerySet[models.Feed]:
    """Give a line's feeds with how many meetings each has."""
    feeds_of_line = models.Feed.objects.filter(line=line)
    return feeds_of_line.annotate(count=Count("meetings")).order_by("host", "pk")


def has_any(line: models.Line) -> bool:
    """Say whether a line has meetings at all."""
    return models.Meeting.objects.filter(line=line).exists()


POINT = """
SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY latitude),
  percentile_cont(0.5) WITHIN GROUP (ORDER BY longitude)
FROM stepline_meeting
WHERE line_id = %s AND latitude IS NOT NULL AND strpos(lower(address), lower(%s)) > 0
"""


def point_of(line: models.Line, place: str, now: datetime) -> Point | None:
    """Give where a place of the line's list is, from the addresses of its meetings; or None.

    No map is asked: nobody learns where a caller is.
    """
    return _point_of(line.pk, place, int(now.timestamp() // POINT_KEPT_SECONDS))


@lru_cache(maxsize=256)
def _point_of(line_id: UUID, place: str, _hour: int) -> Point | None:
    [(latitude, longitude)] = asked(POINT, [line_id, place])
    return None if latitude is None else Point(latitude, longitude)


def coming(line: models.Line, wanted: Wanted, now: datetime) -> Offered:
    """Give the next meetings of a line for who looks for that; see core.meetings.offer."""
    search = Search(line, wanted, now)
    near = wanted.near is not None
    to_go_to = read(
        TO_GO_TO_NEAR if near else TO_GO_TO,
        search,
        MOST_WEIGHED if near else core.IN_PERSON_OFFERED,
    )
    to_join = read(TO_JOIN, search, core.ONLINE_OFFERED)
    return Offered(
        in_person=core.offer(to_go_to, wanted, now).in_person,
        online=core.offer(to_join, wanted, now).online,
    )


def read(sql: str, search: Search, most: int) -> list[Meeting]:
    """Run one of the searches."""
    rows = asked(sql, search.parameters(most))
    return [meeting(key, dict(zip(COLUMNS, values, strict=True))) for key, *values in rows]
