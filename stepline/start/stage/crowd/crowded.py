"""A line with many volunteers and many open calls; imported once Django is set up."""

import json
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.utils import timezone

from stepline import models
from stepline.actions import matching, standings
from stepline.core.calls import State
from stepline.start.stage.crowd import roster

ROSTER = {"stepline_volunteer", "stepline_duty"}
LATER = timedelta(days=1)
ROWS_AT_ONCE = 1000


def make_ready(open_calls: int) -> None:
    """Let nobody need rest, and open as many calls, which keep their place for hours."""
    models.Line.objects.update(rest_minutes=0, open_calls_cap=100_000)
    now = timezone.now()
    line = models.Line.objects.get()
    models.Call.objects.bulk_create(
        [
            models.Call(
                line=line,
                state=State.KEPT,
                caller_here=False,
                asked_at=now,
                limit_at=now,
                until_at=now + LATER,
                deadline_at=now + LATER,
            )
            for _ in range(open_calls)
        ],
        ROWS_AT_ONCE,
    )


def roster_of(size: int, with_pages: int) -> list[str]:
    """Make the line's roster this large, all on duty; give the keys of those who open a page.

    The others can be rung by push alone, and have rested least: nobody needs to ring them.
    """
    now = timezone.now()
    line = models.Line.objects.get()
    models.Volunteer.objects.filter(line=line).update(stepped_back_at=now)
    models.Duty.objects.filter(line=line).update(on_since_at=None)
    seated = roster.seat(line, with_pages, now, on_duty=True)
    others = roster.seat(line, max(0, size - with_pages), now, on_duty=True)
    rested = models.Duty.objects.filter(volunteer__in=[each.volunteer for each in others])
    rested.update(rested_since_at=now + LATER)
    subscribe([each.volunteer for each in others], now)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return [each.key for each in seated]


def subscribe(people: list[Any], now: datetime) -> None:
    """Give each a browser that can be woken; nobody ever does."""
    devices = models.Device.objects.filter(volunteer__in=people).values_list("pk", flat=True)
    models.PushSubscription.objects.bulk_create(
        [
            models.PushSubscription(device_id=pk, endpoint_index=pk.bytes, created_at=now)
            for pk in devices
        ],
        ROWS_AT_ONCE,
    )


def plan() -> dict[str, Any]:
    """Give PostgreSQL's own account of the search for one new call, and the rows that it read."""
    now = timezone.now()
    line = models.Line.objects.get()
    call = models.Call(line=line, wish="anyone", language="en", asked_at=now, limit_at=now)
    told = standings.parameters(matching.sought(call, (), now), standings.MOST_LOOKED_AT)
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {standings.LOOK_AT_FIRST}", told)
        ((answer,),) = cursor.fetchall()
        cursor.execute(f"EXPLAIN (ANALYZE) {standings.LOOK_AT_FIRST}", told)
        lines = [row[0] for row in cursor.fetchall()]
    (top,) = json.loads(answer) if isinstance(answer, str) else answer
    return {
        "volunteers": models.Volunteer.objects.filter(stepped_back_at=None).count(),
        "most_rows_read": max(rows_read(top["Plan"])),
        "lines": lines,
    }


def rows_read(node: dict[str, Any]) -> list[int]:
    """Give how many rows each part of a plan read of the roster, over all its rounds."""
    read = node["Actual Rows"] + node.get("Rows Removed by Filter", 0)
    own = int(read * node["Actual Loops"]) if node.get("Relation Name") in ROSTER else 0
    return [own, *(count for part in node.get("Plans", []) for count in rows_read(part))]
