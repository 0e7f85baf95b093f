"""Whether this Stepline is well: figures for a monitor, nothing about anybody."""

from datetime import UTC, datetime

from django.db import DatabaseError, InterfaceError, connection
from django.http import HttpRequest, JsonResponse
from django.urls import path
from django.utils import timezone
from django.views.decorators.http import require_safe

from stepline.actions.versions import gate
from stepline.web import board

# A process whose clock differs by more claims nothing (docs/architecture.md).
SKEW_SECONDS_AT_MOST = 0.5
OVERTAKEN = (
    "The tables are those of a newer Stepline. This process takes no more work:"
    " start it again in the new version."
)


@require_safe
def health(_request: HttpRequest) -> JsonResponse:
    """Answer 200 when the database answers, clocks agree and nothing is overdue; else 503.

    A process that a newer version has overtaken says so, with the migrations it doesn't know.
    """
    try:
        if not gate.look():
            return overtaken(gate.newer)
        figures = read_figures(timezone.now())
    except (DatabaseError, InterfaceError):
        return JsonResponse({"well": False, "database": False}, status=503)
    well = figures["overdue_seconds"] == 0 and abs(figures["skew_seconds"]) <= SKEW_SECONDS_AT_MOST
    return JsonResponse({"well": well, "database": True, **figures}, status=200 if well else 503)


def overtaken(newer: tuple[str, ...]) -> JsonResponse:
    """Say why this process takes no more work, for whoever looks after the machine."""
    told = {"well": False, "database": True, "reason": OVERTAKEN, "newer_migrations": list(newer)}
    return JsonResponse(told, status=503)


def read_figures(now: datetime) -> dict[str, float]:
    """Read how late the oldest deadline is, and how far this clock is from the database's."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        (there,) = cursor.fetchone()
    return {
        "overdue_seconds": board.clock_late_seconds(now),
        "skew_seconds": round((datetime.now(UTC) - there).total_seconds(), 3),
    }


urlpatterns = [path("health", health, name="health")]
