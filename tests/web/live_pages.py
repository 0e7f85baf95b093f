"""Addresses that exist in tests only: streams whose news the test decides."""

import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field

from django.db import connection
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

from stepline import models
from stepline.actions.presence import Present
from stepline.web import live
from stepline.web.live import pages
from stepline.web.live.streams import Inbox, Snapshot, Source


@dataclass
class Told:
    """What the test lets the pages see, and what it counts."""

    call: str | None = None
    is_over: bool = False
    reads: int = 0
    read_seconds: float = 0.0
    failing: Callable[[], None] | None = None
    came: int = 0
    gone: list[str | None] = field(default_factory=list)
    present: Present | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)


told = Told()


def read() -> Snapshot | None:
    with told.lock:
        told.reads += 1
        number = told.reads
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    time.sleep(told.read_seconds)
    if told.failing:
        told.failing()
    return None if told.is_over else {"number": number, "call": told.call}


def came() -> None:
    told.came += 1


def open_stream(request: HttpRequest) -> HttpResponseBase:
    """A stream that follows `topic:test`, and a call's signals once there is one."""
    return live.stream(
        request,
        Source(
            read=read,
            always=("topic:test",),
            topics=lambda now: frozenset({f"call:{now['call']}"} if now["call"] else ()),
            inbox=lambda now: Inbox(uuid.UUID(now["call"]), "caller") if now["call"] else None,
            came=came,
            owner=lambda now: now["call"],
            gone=lambda now: told.gone.append(now["call"]),
        ),
    )


def present_stream(request: HttpRequest) -> HttpResponseBase:
    """A stream by which a device is present."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")  # as the sign-in does
    return live.stream(request, Source(read=read, always=("topic:test",), present=told.present))


def ordinary(request: HttpRequest) -> HttpResponse:
    """Any other page, which needs a connection."""
    return HttpResponse(str(models.Line.objects.count()))


urlpatterns = [
    path("live", open_stream),
    path("present/live", present_stream),
    path("here", csrf_exempt(pages.here)),
    path("ordinary", ordinary),
]
