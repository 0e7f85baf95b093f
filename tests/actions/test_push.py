"""Web push, as a push service and a browser see it: sealed, signed, and about nobody."""

import base64
import json
import os
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from uuid import uuid4

import http_ece
import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.test import override_settings

from stepline import models
from stepline.actions import push
from stepline.models.people import Role

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)


def b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def unb64(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


@dataclass
class Taken:
    """One message as the push service got it."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class PushService:
    """A push service on this machine; answers 201 unless told otherwise for a path."""

    origin: str = ""
    taken: list[Taken] = field(default_factory=list)
    answers: dict[str, tuple[int, dict[str, str]]] = field(default_factory=dict)


class Browser:
    """A browser that subscribed: its keys, and its mailbox at the push service."""

    def __init__(self, service: PushService, name: str = "one") -> None:
        self.service = service
        self.path = f"/push/{name}"
        self.endpoint = service.origin + self.path
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.auth = os.urandom(16)

    @property
    def point(self) -> bytes:
        return self.key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)

    def subscription(self) -> push.Subscription:
        return push.checked(self.endpoint, b64(self.point), b64(self.auth))

    def messages(self) -> list[object]:
        """Decrypt what arrived here (RFC 8188, 8291)."""
        return [
            json.loads(
                http_ece.decrypt(
                    taken.body, private_key=self.key, auth_secret=self.auth, version="aes128gcm"
                )
            )
            for taken in self.service.taken
            if taken.path == self.path
        ]


@pytest.fixture
def service() -> Iterator[PushService]:
    service = PushService()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            service.taken.append(Taken(self.path, dict(self.headers), body))
            status, headers = service.answers.get(self.path, (201, {}))
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # its signature
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    service.origin = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    with override_settings(STEPLINE_PUSH_HOSTS=[service.origin]):
        yield service
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def device(db: None) -> models.Device:
    line = models.Line.objects.create(slug="test", name="Test line", country="IE")
    volunteer = models.Volunteer.objects.create(line=line, created_at=NOW)
    return a_device(volunteer)


def a_device(volunteer: models.Volunteer, role: Role = Role.VOLUNTEER) -> models.Device:
    return models.Device.objects.create(
        volunteer=volunteer,
        role=role,
        key_index=os.urandom(32),
        created_at=NOW,
        expires_at=NOW + timedelta(days=90),
    )


def an_offer(device: models.Device, **changes: object) -> models.Offer:
    call = models.Call.objects.create(
        line=device.volunteer.line,
        asked_at=NOW,
        limit_at=NOW + timedelta(seconds=120),
        deadline_at=NOW + timedelta(seconds=2),
    )
    row = {
        "call": call,
        "volunteer": device.volunteer,
        "seat": "responder",
        "state": "placed",
        "placed_at": NOW,
        "reach_by_at": NOW + timedelta(seconds=2),
        "ends_at": NOW + timedelta(seconds=25),
    }
    return models.Offer.objects.create(**(row | changes))


def test_the_browser_reads_that_it_rings_and_nothing_about_anybody(
    service: PushService, device: models.Device
) -> None:
    browser, offer = Browser(service), an_offer(device)
    push.keep(device, browser.subscription(), None, NOW)

    assert push.ring(offer.pk, NOW) == 1

    assert browser.messages() == [{"kind": "ring", "offer": str(offer.pk)}]


def test_the_push_service_sees_how_urgent_and_how_long_and_that_it_is_us(
    service: PushService, device: models.Device
) -> None:
    offer = an_offer(device)
    push.keep(device, Browser(service).subscription(), None, NOW)

    push.ring(offer.pk, NOW + timedelta(seconds=5))

    headers = {name.lower(): value for name, value in service.taken[0].headers.items()}
    assert headers["ttl"] == "20"
    assert headers["urgency"] == "high"
    assert headers["topic"] == offer.pk.hex
    assert headers["content-encoding"] == "aes128gcm"
    claims = verified_claims(headers["authorization"], push.public_key())
    assert claims["aud"] == service.origin
    assert claims["sub"] == "mailto:line@localhost"
    expires = claims["exp"]
    assert isinstance(expires, int)
    assert time.time() < expires <= time.time() + 24 * 60 * 60


def test_a_token_under_another_key_would_not_be_believed(
    service: PushService, device: models.Device
) -> None:
    push.keep(device, Browser(service).subscription(), None, NOW)
    push.ring(an_offer(device).pk, NOW)
    stranger = ec.generate_private_key(ec.SECP256R1()).public_key()
    point = stranger.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)

    with pytest.raises(InvalidSignature):
        verified_claims(service.taken[0].headers["authorization"], b64(point))


def verified_claims(header: str, public_key: str) -> dict[str, object]:
    """Check the ES256 token of a VAPID header (RFC 8292) and give what it claims."""
    scheme, _, rest = header.partition(" ")
    fields = dict(part.strip().split("=", 1) for part in rest.split(","))
    assert scheme == "vapid"
    signed, _, signature = fields["t"].rpartition(".")
    raw = unb64(signature)
    r, s = int.from_bytes(raw[:32]), int.from_bytes(raw[32:])
    key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), unb64(public_key))
    key.verify(encode_dss_signature(r, s), signed.encode(), ec.ECDSA(SHA256()))
    claims = json.loads(unb64(signed.split(".")[1]))
    assert isinstance(claims, dict)
    return claims


def test_every_browser_of_the_volunteer_is_woken(
    service: PushService, device: models.Device
) -> None:
    phone, laptop = Browser(service, "phone"), Browser(service, "laptop")
    push.keep(device, phone.subscription(), None, NOW)
    push.keep(a_device(device.volunteer), laptop.subscription(), None, NOW)

    assert push.ring(an_offer(device).pk, NOW) == 2

    assert len(phone.messages()) == len(laptop.messages()) == 1


def test_a_device_signed_out_or_run_out_is_left_alone(
    service: PushService, device: models.Device
) -> None:
    push.keep(device, Browser(service, "out").subscription(), None, NOW)
    old = a_device(device.volunteer)
    push.keep(old, Browser(service, "old").subscription(), None, NOW)
    models.Device.objects.filter(pk=device.pk).update(revoked_at=NOW)
    models.Device.objects.filter(pk=old.pk).update(expires_at=NOW)

    assert push.ring(an_offer(device).pk, NOW) == 0
    assert service.taken == []


def test_nothing_is_sent_for_an_offer_that_is_over_or_unknown(
    service: PushService, device: models.Device
) -> None:
    push.keep(device, Browser(service).subscription(), None, NOW)

    assert push.ring(an_offer(device, ended_at=NOW).pk, NOW) == 0
    assert push.ring(uuid4(), NOW) == 0
    assert service.taken == []


@pytest.mark.parametrize("status", [404, 410])
def test_a_browser_that_is_gone_is_not_pushed_to_again(
    service: PushService, device: models.Device, status: int
) -> None:
    browser, offer = Browser(service), an_offer(device)
    service.answers[browser.path] = (status, {})
    push.keep(device, browser.subscription(), None, NOW)

    assert push.ring(offer.pk, NOW) == 0
    assert push.ring(offer.pk, NOW) == 0

    assert len(service.taken) == 1
    assert models.PushSubscription.objects.get().gone_at == NOW


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_push_service_that_asks_to_wait_is_tried_again_later(
    service: PushService, device: models.Device, status: int
) -> None:
    waits, takes = Browser(service, "waits"), Browser(service, "takes")
    service.answers[waits.path] = (status, {})
    push.keep(device, waits.subscription(), None, NOW)
    push.keep(a_device(device.volunteer), takes.subscription(), None, NOW)

    with pytest.raises(push.PushDelayed):
        push.ring(an_offer(device).pk, NOW)

    assert len(takes.messages()) == 1
    assert models.PushSubscription.objects.filter(gone_at=None).count() == 2


def test_a_push_service_out_of_reach_is_tried_again_later(
    service: PushService, device: models.Device
) -> None:
    nowhere = "http://127.0.0.1:9"
    with override_settings(STEPLINE_PUSH_HOSTS=[nowhere]):
        browser = Browser(PushService(origin=nowhere))
        push.keep(device, browser.subscription(), None, NOW)
        with pytest.raises(push.PushDelayed):
            push.ring(an_offer(device).pk, NOW)


def test_no_push_service_sends_us_elsewhere(service: PushService, device: models.Device) -> None:
    browser = Browser(service)
    service.answers[browser.path] = (307, {"Location": f"{service.origin}/elsewhere"})
    push.keep(device, browser.subscription(), None, NOW)

    with pytest.raises(push.PushDelayed):
        push.ring(an_offer(device).pk, NOW)

    assert [taken.path for taken in service.taken] == [browser.path]


def test_a_browsers_address_and_keys_are_sealed(
    service: PushService, device: models.Device
) -> None:
    browser = Browser(service)
    push.keep(device, browser.subscription(), None, NOW)

    row = models.PushSubscription.objects.get()
    stored = bytes(row.endpoint_sealed or b"") + bytes(row.keys_sealed or b"")
    assert browser.endpoint.encode() not in stored
    assert b64(browser.auth).encode() not in stored
    assert row.endpoint == browser.endpoint


def test_the_same_browser_is_kept_once_and_a_new_address_replaces_the_old(
    service: PushService, device: models.Device
) -> None:
    first, second = Browser(service, "first"), Browser(service, "second")
    push.keep(device, first.subscription(), None, NOW)
    push.keep(device, first.subscription(), None, NOW)
    push.keep(device, second.subscription(), first.endpoint, NOW)

    assert [row.endpoint for row in models.PushSubscription.objects.all()] == [second.endpoint]


def test_nobody_takes_another_device_s_address_away_by_naming_it(
    service: PushService, device: models.Device
) -> None:
    theirs, mine = Browser(service, "theirs"), Browser(service, "mine")
    push.keep(a_device(device.volunteer), theirs.subscription(), None, NOW)
    push.keep(device, mine.subscription(), theirs.endpoint, NOW)

    assert models.PushSubscription.objects.count() == 2


def test_a_browser_signed_in_anew_rings_for_its_new_volunteer(
    service: PushService, device: models.Device
) -> None:
    browser = Browser(service)
    push.keep(device, browser.subscription(), None, NOW)
    other = models.Volunteer.objects.create(line=device.volunteer.line, created_at=NOW)
    push.keep(a_device(other), browser.subscription(), None, NOW)

    assert models.PushSubscription.objects.get().device.volunteer == other


def test_a_device_keeps_its_newest_five_addresses(
    service: PushService, device: models.Device
) -> None:
    for number in range(7):
        browser = Browser(service, str(number))
        push.keep(device, browser.subscription(), None, NOW + timedelta(seconds=number))

    kept = {row.endpoint[-1] for row in models.PushSubscription.objects.all()}
    assert kept == {"2", "3", "4", "5", "6"}


def test_the_coordinators_of_the_line_are_told_that_something_waits(
    service: PushService, device: models.Device
) -> None:
    volunteer, robin = Browser(service, "volunteer"), Browser(service, "coordinator")
    push.keep(device, volunteer.subscription(), None, NOW)
    coordinator = models.Volunteer.objects.create(line=device.volunteer.line, created_at=NOW)
    push.keep(a_device(coordinator, Role.COORDINATOR), robin.subscription(), None, NOW)
    notice = uuid4()

    assert push.tell(device.volunteer.line_id, notice, NOW) == 1

    assert robin.messages() == [{"kind": "look"}]
    assert volunteer.messages() == []
    assert service.taken[0].headers["topic"] == notice.hex


def test_coordinators_of_another_line_hear_nothing(
    service: PushService, device: models.Device
) -> None:
    other = models.Line.objects.create(slug="other", name="Other line", country="IE")
    stranger = models.Volunteer.objects.create(line=other, created_at=NOW)
    push.keep(a_device(stranger, Role.COORDINATOR), Browser(service).subscription(), None, NOW)

    assert push.tell(device.volunteer.line_id, uuid4(), NOW) == 0
    assert service.taken == []


GOOD = b64(b"\x04" + bytes(64))
SECRET = b64(bytes(16))


@pytest.mark.parametrize(
    "endpoint",
    [
        "https://fcm.googleapis.com/fcm/send/abc",
        "https://updates.push.services.mozilla.com/wpush/v2/abc",
        "https://wns2-par02p.notify.windows.com/w/?token=abc",
        "https://web.push.apple.com/abc",
    ],
)
def test_the_services_of_the_browsers_are_known(endpoint: str) -> None:
    assert push.checked(endpoint, GOOD, SECRET).endpoint == endpoint


@pytest.mark.parametrize(
    ("endpoint", "p256dh", "auth"),
    [
        ("http://fcm.googleapis.com/fcm/send/abc", GOOD, SECRET),
        ("https://fcm.googleapis.com:8443/abc", GOOD, SECRET),
        ("https://fcm.googleapis.com@127.0.0.1/abc", GOOD, SECRET),
        ("https://me@a.push.apple.com/abc", GOOD, SECRET),
        ("https://fcm.googleapis.com.example.org/abc", GOOD, SECRET),
        ("https://127.0.0.1/abc", GOOD, SECRET),
        ("file:///etc/passwd", GOOD, SECRET),
        ("https://[broken", GOOD, SECRET),
        ("https://web.push.apple.com/" + "a" * 1024, GOOD, SECRET),
        ("https://web.push.apple.com/abc", b64(bytes(64)), SECRET),
        ("https://web.push.apple.com/abc", GOOD, b64(bytes(15))),
        ("https://web.push.apple.com/abc", "not base64 at all!", SECRET),
        ("https://web.push.apple.com/abc", "é", SECRET),
        (None, GOOD, SECRET),
        ("https://web.push.apple.com/abc", ["a"], SECRET),
    ],
)
def test_anything_else_is_refused(endpoint: object, p256dh: object, auth: object) -> None:
    with pytest.raises(push.BadSubscription):
        push.checked(endpoint, p256dh, auth)


@override_settings(STEPLINE_PUBLIC_URL="https://line.example.org")
def test_a_push_service_may_write_to_the_line(service: PushService, device: models.Device) -> None:
    push.keep(device, Browser(service).subscription(), None, NOW)
    push.ring(an_offer(device).pk, NOW)

    claims = verified_claims(service.taken[0].headers["authorization"], push.public_key())
    assert claims["sub"] == "https://line.example.org"


@override_settings(STEPLINE_VAPID_PRIVATE_KEY="")
def test_a_line_without_a_key_offers_no_push() -> None:
    assert push.public_key() == ""
