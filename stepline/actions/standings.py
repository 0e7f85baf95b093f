"""Read from the rows how volunteers stand, as matching weighs them: one query for each search.

Written in SQL by hand, since a call's seconds hang on it: each begins at an index with the few
who can be meant (the duty rows of a line in the order of rest, the standby hours of this
minute), and none reads the roster. The filters only spare reading many rows; what decides is
core.matching.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from stepline import models
from stepline.actions import habits
from stepline.core import matching
from stepline.core.calls import Trait, Wish
from stepline.core.habits import situation
from stepline.core.matching import Candidate, Wanted
from stepline.models.statements import asked

# A process that has not renewed its lease holds no open page.
LEASE_FRESH = timedelta(seconds=8)
MOST_LOOKED_AT = 50
MOST_LOOKED_AT_AHEAD = 200

# OFFSET 0 keeps the planner from making one join over a whole table of what is meant to be
# looked up for each of a few: its guess at which is cheaper turns with the size of the roster.
COLUMNS = """
SELECT v.id, v.takes, v.languages, v.sober_on, v.trained_on,
  v.fellowships, v.groups, v.places, v.takes_calls, v.takes_nights,
  v.most_calls_a_week, v.ring_seconds,
  v.blocked_at IS NOT NULL AS blocked,
  v.stepped_back_at IS NOT NULL AS stepped_back,
  v.pretend IS NOT NULL AS pretend,
  d.resting_until_at, d.rested_since_at, d.until_at, d.habits ->> 'chances',
  (d.on_since_at IS NOT NULL AND (d.until_at IS NULL OR d.until_at > %(now)s)) AS on_duty,
"""
BUSY = """
  EXISTS (
    SELECT FROM stepline_offer o
    WHERE o.volunteer_id = v.id AND o.ended_at IS NULL OFFSET 0)"""
HERE = """
  EXISTS (
    SELECT FROM stepline_presence p JOIN stepline_process r ON r.id = p.process_id
    WHERE p.volunteer_id = v.id AND r.seen_at > %(fresh)s OFFSET 0)"""
REACHABLE = f"""
  (v.pretend IS NOT NULL
    OR {HERE}
    OR EXISTS (
      SELECT FROM stepline_device e JOIN stepline_pushsubscription s ON s.device_id = e.id
      WHERE e.volunteer_id = v.id AND e.revoked_at IS NULL AND s.gone_at IS NULL OFFSET 0))"""
CALLS_THIS_WEEK = """
  CASE WHEN v.most_calls_a_week IS NULL THEN 0 ELSE (
    SELECT count(*) FROM stepline_offer o
    WHERE o.volunteer_id = v.id AND o.ended_at > %(week)s AND o.joined_at > %(week)s) END"""
FIRST_ON_DUTY = """
FROM (
  SELECT * FROM stepline_duty
  WHERE line_id = %(line)s AND on_since_at IS NOT NULL
  ORDER BY rested_since_at NULLS FIRST
  LIMIT %(most)s
) d
CROSS JOIN LATERAL (
  SELECT * FROM stepline_volunteer one WHERE one.id = d.volunteer_id OFFSET 0
) v
"""
ON_DUTY = """
FROM stepline_duty d
CROSS JOIN LATERAL (
  SELECT * FROM stepline_volunteer one WHERE one.id = d.volunteer_id OFFSET 0
) v
WHERE d.line_id = %(line)s AND d.on_since_at IS NOT NULL
  AND (d.until_at IS NULL OR d.until_at > %(now)s)"""
# Who is on duty is looked for there; the hours of standby begin when duty has ended.
ON_STANDBY = """
FROM stepline_standbyhours h
CROSS JOIN LATERAL (
  SELECT * FROM stepline_volunteer one WHERE one.id = h.volunteer_id OFFSET 0
) v
LEFT JOIN LATERAL (
  SELECT * FROM stepline_duty one WHERE one.volunteer_id = h.volunteer_id OFFSET 0
) d ON true
WHERE h.line_id = %(line)s AND h.weekday = %(weekday)s
  AND h.from_minute <= %(minute)s AND h.to_minute > %(minute)s
  AND (d.on_since_at IS NULL OR d.until_at <= %(now)s)"""
CAPTAINS = """
FROM stepline_volunteer v
LEFT JOIN stepline_duty d ON d.volunteer_id = v.id
WHERE v.line_id = %(line)s AND v.is_captain"""
SERVES_SUCH_CALLS = """
  AND v.takes_calls AND v.blocked_at IS NULL AND v.stepped_back_at IS NULL
  AND v.sober_on <= %(sober_by)s AND v.trained_on <= %(today)s
  AND v.takes @> %(takes)s::varchar[] AND v.languages @> %(languages)s::varchar[]
  AND v.fellowships @> %(fellowships)s::varchar[] AND v.groups @> %(groups)s::varchar[]
  AND v.places @> %(places)s::varchar[]"""
IS_FREE = f"""
  AND (d.resting_until_at IS NULL OR d.resting_until_at <= %(now)s)
  AND (v.takes_nights OR NOT %(night)s)
  AND v.id <> ALL(%(lately)s::uuid[])
  AND NOT {BUSY}
  AND {REACHABLE}"""
IN_ORDER = """
ORDER BY d.rested_since_at NULLS FIRST
LIMIT %(most)s
"""
WHO = (
    f"{COLUMNS}{HERE} AS here, {BUSY} AS busy, {REACHABLE} AS reachable,"
    f" {CALLS_THIS_WEEK} AS calls_this_week"
)
LOOK_AT_FIRST = f"{WHO}{FIRST_ON_DUTY}"
LOOK_FURTHER = f"{WHO}{ON_DUTY}{SERVES_SUCH_CALLS}{IS_FREE}{IN_ORDER}"
LOOK_AT_STANDBY = f"{WHO}{ON_STANDBY}{SERVES_SUCH_CALLS}{IS_FREE}{IN_ORDER}"
ALL_ON_DUTY = f"{WHO}{ON_DUTY}"
ALL_ON_STANDBY = f"{WHO}{ON_STANDBY}"
LOOK_AHEAD = f"{WHO}{ON_DUTY}{SERVES_SUCH_CALLS}{IN_ORDER}"


@dataclass(frozen=True)
class Sought:
    """What a search is for: whom, on which line, when, and who was rung for it just now."""

    line: models.Line
    wanted: Wanted
    at: datetime  # in UTC: by a place's own clock an hour may come twice
    now: datetime  # the same instant on the clock of the line's own place
    rung_lately: frozenset[UUID] = frozenset()
    seen_at: datetime | None = None  # when pages are open; None: at that instant
    wishes_aside: bool = False  # to find whom dropping them would let be rung


def there(line: models.Line, now: datetime) -> datetime:
    """Give an instant on the clock of the line's own place; a place we don't know goes by UTC.

    A wrong hour can be put right tomorrow; a call that rings nobody can't.
    """
    try:
        return now.astimezone(ZoneInfo(line.time_zone))
    except (KeyError, ValueError):
        return now.astimezone(UTC)


def first_on_duty(sought: Sought) -> list[Candidate]:
    """Give the first fifty on duty in the order of rest, whether they suit or not."""
    return read(LOOK_AT_FIRST, sought, MOST_LOOKED_AT)


def suitable_on_duty(sought: Sought, most: int = MOST_LOOKED_AT) -> list[Candidate]:
    """Give those on duty who may suit, in the order of rest, however many rest before them."""
    return read(LOOK_FURTHER, sought, most)


def suitable_on_standby(sought: Sought, most: int = MOST_LOOKED_AT) -> list[Candidate]:
    """Give those who may suit, are off duty, and chose this hour to be rung all the same."""
    found = read(LOOK_AT_STANDBY, sought, most)
    return list({each.volunteer: replace(each, standby=True) for each in found}.values())


def whatever_the_wishes(sought: Sought, most: int) -> list[Candidate]:
    """Give those on duty or standby who could be rung now if the caller had no wishes."""
    aside = replace(sought, wishes_aside=True)
    return suitable_on_duty(aside, most) + suitable_on_standby(aside, most)


def captains(sought: Sought) -> list[Candidate]:
    """Give the captains of the line, on duty or not."""
    return read(f"{WHO}{CAPTAINS}", sought, MOST_LOOKED_AT)


def serving(sought: Sought, most: int = MOST_LOOKED_AT_AHEAD) -> list[Candidate]:
    """Give those on duty who serve such callers, in the order of rest, busy or not just now."""
    return read(LOOK_AHEAD, sought, most)


def everybody(sought: Sought) -> list[Candidate]:
    """Give all who are on duty or on standby at an instant, whether they suit or not."""
    on_duty = read(ALL_ON_DUTY, sought, MOST_LOOKED_AT)
    standby = [replace(each, standby=True) for each in read(ALL_ON_STANDBY, sought, MOST_LOOKED_AT)]
    return list({each.volunteer: each for each in (*standby, *on_duty)}.values())


def read(sql: str, sought: Sought, most: int) -> list[Candidate]:
    """Run one of the searches."""
    return [candidate(row, sought) for row in asked(sql, parameters(sought, most))]


def parameters(sought: Sought, most: int) -> dict[str, Any]:
    """Give what the searches are told; an array without a wish holds nothing and fits all."""
    wanted, now = sought.wanted, sought.now
    held = frozenset() if sought.wishes_aside else matching.wishes(wanted)
    takes = [wanted.wish if Trait.GENDER in held else Wish.ANYONE]
    return {
        "line": sought.line.pk,
        "most": most,
        "now": sought.at,
        "fresh": (sought.seen_at or sought.at) - LEASE_FRESH,
        "week": sought.at - matching.WEEK,
        "today": now.date(),
        "sober_by": now.date() - timedelta(days=wanted.min_sober_days),
        "night": matching.is_night(now),
        "weekday": now.weekday(),
        "minute": now.hour * 60 + now.minute,
        "takes": [] if sought.wishes_aside else takes,
        "languages": [wanted.language] if Trait.LANGUAGE in held else [],
        "fellowships": [wanted.fellowship] if Trait.FELLOWSHIP in held else [],
        "groups": [wanted.group] if Trait.GROUP in held else [],
        "places": [wanted.place] if Trait.PLACE in held else [],
        "lately": list(sought.rung_lately),
    }


def candidate(row: tuple[Any, ...], sought: Sought) -> Candidate:
    """Give one row as matching weighs it; the order is that of COLUMNS."""
    (pk, takes, languages, sober_on, trained_on, fellowships, groups, places, *rest) = row
    (takes_calls, takes_nights, most_calls, ring_seconds, blocked, stepped_back, *rest) = rest
    (pretend, resting_until_at, rested_since_at, until_at, chances, *rest) = rest
    (on_duty, here, busy, reachable, this_week) = rest
    where = situation(here, matching.is_night(sought.now))
    return Candidate(
        volunteer=pk,
        takes=frozenset(takes),
        languages=frozenset(languages),
        sober_on=sober_on,
        trained_on=trained_on,
        fellowships=frozenset(fellowships),
        groups=frozenset(groups),
        places=frozenset(places),
        takes_calls=takes_calls,
        takes_nights=takes_nights,
        most_calls_a_week=most_calls,
        calls_this_week=this_week,
        on_duty=on_duty,
        until_at=until_at,
        reachable=reachable,
        busy=busy,
        rung_lately=pk in sought.rung_lately,
        blocked=blocked,
        stepped_back=stepped_back,
        resting_until_at=resting_until_at,
        rested_since_at=rested_since_at,
        pretend=pretend,
        ring=timedelta(seconds=ring_seconds) if ring_seconds else None,
        chance=habits.chance_in(chances, where),
        where=where,
    )
