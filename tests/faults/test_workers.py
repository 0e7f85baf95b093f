"""A worker that dies or stands still costs one step's time, never a call or a ring."""

import signal
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from uuid import uuid4

import psutil
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.test import override_settings

from stepline import models
from stepline.actions import asking, push
from stepline.core.calls import OfferState, Wish
from stepline.voice.push import ANSWER_WITHIN_SECONDS
from tests.actions.test_push import b64
from tests.faults.workers import process, wait_until, workers
from tests.stories.cast import Clock, Serving, Shift

pytestmark = [pytest.mark.faults, pytest.mark.slow, pytest.mark.django_db(transaction=True)]

TAKEN_UP_WITHIN_SECONDS = 5.0


@dataclass
class SlowService:
    """A push service that lets its first request wait, and answers all later ones at once."""

    origin: str = ""
    asked: list[tuple[int, float]] = field(default_factory=list)  # the port asked from, and when
    released: threading.Event = field(default_factory=threading.Event)


@pytest.fixture
def service() -> Iterator[SlowService]:
    service = SlowService()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            service.asked.append((self.client_address[1], time.monotonic()))
            if len(service.asked) == 1:
                service.released.wait(60)
                return
            self.send_response(201)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # its signature
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    service.origin = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    with override_settings(STEPLINE_PUSH_HOSTS=[service.origin]):
        yield service
    service.released.set()
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def shift(transactional_db: None) -> Shift:
    """A shift whose clock is the real one: other processes are in it."""
    return Shift(Clock(datetime.now(UTC)))


def subscribes(who: Serving, service: SlowService) -> None:
    """Allow push on this volunteer's device, to that service."""
    point = ec.generate_private_key(ec.SECP256R1()).public_key()
    raw = point.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    subscription = push.checked(f"{service.origin}/push/one", b64(raw), b64(uuid4().bytes))
    push.keep(who.person.devices.get(), subscription, None, who.now)


def asks(shift: Shift) -> models.Call:
    """Somebody reaches out; whatever has to be sent is left to the workers."""
    return asking.ask(shift.line, uuid4().bytes * 2, Wish.ANYONE, "en", datetime.now(UTC))


def test_an_effect_of_a_killed_worker_is_sent_by_another(
    shift: Shift, service: SlowService
) -> None:
    bo = shift.on_duty("Bo")
    subscribes(bo, service)
    with workers(2, STEPLINE_PUSH_HOSTS=service.origin) as running:
        models.Process.objects.filter(kind="web").update(seen_at=datetime.now(UTC))
        call = asks(shift)
        wait_until(lambda: len(service.asked) == 1, ANSWER_WITHIN_SECONDS)
        port = service.asked[0][0]
        sending = [
            each
            for each in running
            if port in {c.laddr.port for c in psutil.Process(each.pid).net_connections("tcp")}
        ]
        assert len(sending) == 1
        sending[0].kill()
        took = wait_until(lambda: len(service.asked) == 2, TAKEN_UP_WITHIN_SECONDS)
        wait_until(lambda: call.effects.filter(done_at__isnull=False).exists(), 5)
    assert took <= TAKEN_UP_WITHIN_SECONDS
    assert call.effects.filter(kind="push").count() == 1, "it is the same ring, sent again"
    assert call.offers.count() == 1


def test_a_call_whose_row_a_stopped_process_holds_is_handled_by_another(shift: Shift) -> None:
    shift.on_duty("Bo")
    settings = {"DJANGO_SETTINGS_MODULE": "stepline.settings"}
    with workers(1), process("-m", "tests.faults.holder", **settings) as holder:
        assert holder.stdin
        assert holder.stdout
        assert holder.stdout.readline() == "ready\n"
        models.Process.objects.filter(kind="web").update(seen_at=datetime.now(UTC))
        call = asks(shift)
        holder.stdin.write(f"{call.pk}\n")
        holder.stdin.flush()
        assert holder.stdout.readline() == "holds\n"
        holder.send_signal(signal.SIGSTOP)
        deadline_at = models.Call.objects.get(pk=call.pk).deadline_at
        assert deadline_at
        unreached = call.offers.filter(state=OfferState.UNREACHED)
        wait_until(unreached.exists, TAKEN_UP_WITHIN_SECONDS)
        moved_at = models.Call.objects.get(pk=call.pk).deadline_at
        assert moved_at
        assert moved_at > deadline_at
