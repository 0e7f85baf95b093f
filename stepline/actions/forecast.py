"""The outlook for the coming hours of a line, from its roster, habits and past calls.

The roster is who is on duty until then, and who chose those hours for standby. The rules are
those of a search; that somebody talks or rests just now says nothing of later.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection
from django.db.models import Count

from stepline import models
from stepline.actions import standings
from stepline.actions.standings import Sought
from stepline.core import forecast, matching
from stepline.core.calls import Wish
from stepline.core.forecast import Hour, Outlook, Server
from stepline.core.matching import Candidate, Wanted, WhyNot
from stepline.core.simulation import Delays

HOURS = 12
LOOKED_BACK = timedelta(days=28)
# A page can't wait for thousands of calls to be played; the chance is right to five points.
CALLS_PLAYED = 300
FEWEST_AN_HOUR = 0.5
# What callers wait and talk is not kept; these are the usual figures of helplines (domain 4).
PATIENCE_SECONDS = 180.0
TALK = Delays(median=900, sigma=0.8)
PASSING = {WhyNot.BUSY, WhyNot.RESTING, WhyNot.RUNG_LATELY}

ARRIVALS = """
    SELECT extract(hour FROM asked_at AT TIME ZONE %s)::int, count(*)
    FROM stepline_call WHERE line_id = %s AND asked_at > %s GROUP BY 1
"""


@dataclass(frozen=True)
class Coming:
    """One coming hour: when it begins there, its usual calls, who may be rung, the outlook."""

    begins_at: datetime
    calls: float
    people: int
    outlooks: tuple[Outlook, ...]


def coming(line: models.Line, now: datetime, hours: int = HOURS) -> list[Coming]:
    """Give the outlook of the coming hours, this one first, on the clock of the line's place."""
    usual, kinds = arrivals(line, now), shares(line, now)
    first = standings.there(line, now).replace(minute=0, second=0, microsecond=0)
    found = []
    for number in range(hours):
        begins_at = standings.there(line, first + timedelta(hours=number))
        calls = usual.get(begins_at.hour, FEWEST_AN_HOUR)
        servers = serving(line, begins_at, now, kinds)
        hour = Hour(
            arrivals=calls,
            kinds=kinds,
            servers=servers,
            price_seconds=float(line.ring_price_seconds),
            ring_seconds=line.ring_seconds,
            patience_mean_seconds=PATIENCE_SECONDS,
            talk=TALK,
        )
        outlooks = forecast.outlook(hour, CALLS_PLAYED)
        found.append(Coming(begins_at, calls, len(servers), outlooks))
    return found


def serving(
    line: models.Line, begins_at: datetime, now: datetime, kinds: tuple[forecast.Kind, ...]
) -> tuple[Server, ...]:
    """Give those who may be rung in the middle of an hour, and for which kinds of call."""
    middle = max(now, begins_at + timedelta(minutes=30))
    anyone = wanted(line, f"{Wish.ANYONE} {line.languages[0]}")
    sought = Sought(line, anyone, middle, standings.there(line, middle), seen_at=now)
    people = sorted(standings.everybody(sought), key=lambda each: each.volunteer)
    servers = [
        Server(id=str(each.volunteer), kinds=served(line, each, kinds), chance=each.chance)
        for each in people
        if not set(matching.rules_against(line.min_sober_days, each, sought.now)) - PASSING
    ]
    return tuple(server for server in servers if server.kinds)


def served(
    line: models.Line, person: Candidate, kinds: tuple[forecast.Kind, ...]
) -> frozenset[str]:
    """Give the kinds of call that somebody serves."""
    return frozenset(
        kind.name for kind in kinds if not matching.wishes_missed(wanted(line, kind.name), person)
    )


def wanted(line: models.Line, kind: str) -> Wanted:
    """Give whom a kind of call needs; its name is a wish and a language."""
    wish, _, language = kind.partition(" ")
    return Wanted(wish=Wish(wish), language=language, min_sober_days=line.min_sober_days)


def arrivals(line: models.Line, now: datetime) -> dict[int, float]:
    """Give the calls per hour for each hour of the day, from the last four weeks.

    An hour without calls, and one with next to none, counts as one call in two hours.
    """
    since_at = now - LOOKED_BACK
    oldest = line.calls.filter(asked_at__gt=since_at).order_by("asked_at").first()
    days = max(1.0, (now - oldest.asked_at) / timedelta(days=1)) if oldest else 1.0
    with connection.cursor() as cursor:
        cursor.execute(ARRIVALS, [line.time_zone, line.pk, since_at])
        counted = dict(cursor.fetchall())
    # Coarse enough that hours that are alike are reckoned once.
    return {hour: max(FEWEST_AN_HOUR, round(n / days * 4) / 4) for hour, n in counted.items()}


def shares(line: models.Line, now: datetime) -> tuple[forecast.Kind, ...]:
    """Give the kinds of call of a line and their shares, by wish and language."""
    past = line.calls.filter(asked_at__gt=now - LOOKED_BACK).values("wish", "language")
    counted = past.annotate(count=Count("pk")).values_list("wish", "language", "count")
    always = [f"{wish} {language}" for language in line.languages for wish in Wish]
    counts = [(f"{w} {language}", n) for w, language, n in counted if language in line.languages]
    return forecast.shares(counts, always)
