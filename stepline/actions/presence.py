"""Which volunteers' pages are open, held by which process's lease."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction

from stepline import models
from stepline.actions import announce

HERE = "here"
FORGOTTEN_AFTER = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Present:
    """One open stream of one signed-in device."""

    stream_id: uuid.UUID
    volunteer_id: uuid.UUID
    device_id: uuid.UUID
    line_id: uuid.UUID


def renew(process_id: uuid.UUID, now: datetime) -> bool:
    """Renew a process's lease; False when its row is gone and it must begin anew."""
    return bool(models.Process.objects.filter(pk=process_id).update(seen_at=now))


@transaction.atomic
def begin(process_id: uuid.UUID, kind: str, present: Iterable[Present], now: datetime) -> None:
    """Begin a process's lease with what it holds, and clear away those that ended long ago."""
    models.Process.objects.filter(seen_at__lt=now - FORGOTTEN_AFTER).delete()
    models.Process.objects.update_or_create(
        pk=process_id, defaults={"kind": kind, "started_at": now, "seen_at": now}
    )
    for one in present:
        arrive(process_id, one)


@transaction.atomic
def arrive(process_id: uuid.UUID, present: Present) -> None:
    """Write down that a page is open; tells the volunteer's pages, the board and the worker."""
    models.Presence.objects.get_or_create(
        pk=present.stream_id,
        defaults={
            "process_id": process_id,
            "volunteer_id": present.volunteer_id,
            "device_id": present.device_id,
        },
    )
    _tell(present)


@transaction.atomic
def depart(present: Present) -> None:
    """Take a page's presence away; tells the volunteer's pages, the board and the worker."""
    models.Presence.objects.filter(pk=present.stream_id).delete()
    _tell(present)


def _tell(present: Present) -> None:
    announce.changed(f"volunteer:{present.volunteer_id}", f"line:{present.line_id}", "worker")


def pass_on(stream_id: str, process_id: uuid.UUID) -> None:
    """Tell the other processes of a page's sign of life that came to this one."""
    say(f"{HERE}/{stream_id}/{process_id}")


def say(word: str) -> None:
    """Send one word to every process at once; it writes no row."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify('stepline', %s)", [word])
