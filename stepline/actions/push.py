"""Wake a volunteer's browsers by web push (RFC 8030, 8291, 8292).

A message says only that it rings, and for which offer: nothing about anybody. The addresses of
browsers are sealed, and lead only to push services that we know, so that nobody can make this
server knock on other doors.
"""

import base64
import json
import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet

from stepline import models
from stepline.models.people import Role
from stepline.models.sealed import blind_index
from stepline.models.statements import kept

log = logging.getLogger("stepline.push")

# The browsers' own services. Others, one's own for instance, are named in STEPLINE_PUSH_HOSTS.
SERVICES = (
    "https://fcm.googleapis.com",
    "https://jmt17.google.com",
    "https://updates.push.services.mozilla.com",
    "https://web.push.apple.com",
)
SERVICE_FAMILIES = (".push.services.mozilla.com", ".push.apple.com", ".notify.windows.com")
MOST_PER_DEVICE = 5
LONGEST_ENDPOINT = 1024
POINT_BYTES = 65  # an uncompressed P-256 point
AUTH_BYTES = 16
GONE = {404, 410}
NOTICE_WAITS = timedelta(hours=1)


class BadSubscription(ValueError):
    """What a browser sent can't be a subscription of a push service that we know."""


class PushDelayed(Exception):
    """A push service could not be reached or asked to wait: the effect should be tried again."""


@dataclass(frozen=True, slots=True)
class Subscription:
    """Where and with which keys one browser can be pushed to."""

    endpoint: str
    p256dh: str
    auth: str


def checked(endpoint: object, p256dh: object, auth: object) -> Subscription:
    """Give a subscription that can be used; raises BadSubscription."""
    if not (isinstance(endpoint, str) and isinstance(p256dh, str) and isinstance(auth, str)):
        raise BadSubscription("not a subscription")
    if len(endpoint) > LONGEST_ENDPOINT or not is_known_service(endpoint):
        raise BadSubscription("not a push service that we know")
    if len(decoded(p256dh)) != POINT_BYTES or len(decoded(auth)) != AUTH_BYTES:
        raise BadSubscription("not the keys of a subscription")
    return Subscription(endpoint, p256dh, auth)


def decoded(text: str) -> bytes:
    """Read unpadded base64url; raises BadSubscription."""
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except ValueError as wrong:
        raise BadSubscription("not base64url") from wrong


def is_known_service(endpoint: str) -> bool:
    """Tell whether an address belongs to a push service, over https and without a port."""
    try:
        parts = urlsplit(endpoint)
    except ValueError:
        return False
    origin = f"{parts.scheme}://{parts.netloc}"
    if origin in settings.STEPLINE_PUSH_HOSTS:
        return True
    family = parts.scheme == "https" and parts.netloc.endswith(SERVICE_FAMILIES)
    return origin in SERVICES or (family and "@" not in parts.netloc)


@transaction.atomic
def keep(
    device: models.Device, subscription: Subscription, instead_of: str | None, now: datetime
) -> None:
    """Remember where a device can be woken, in place of an older address it names.

    A device keeps its newest five. An address that another device registered moves here: it is
    the same browser, signed in anew.
    """
    alive = models.PushSubscription.objects.filter(device=device)
    if instead_of:
        alive.filter(endpoint_index=index_of(instead_of)).delete()
    index = index_of(subscription.endpoint)
    models.PushSubscription.objects.filter(endpoint_index=index).delete()
    row = models.PushSubscription(device=device, endpoint_index=index, created_at=now)
    row.endpoint = subscription.endpoint
    row.keys = json.dumps({"p256dh": subscription.p256dh, "auth": subscription.auth})
    row.save(force_insert=True)
    kept = alive.order_by("-created_at", "pk").values_list("pk", flat=True)[:MOST_PER_DEVICE]
    alive.exclude(pk__in=list(kept)).delete()


def index_of(endpoint: str) -> bytes:
    """Give the fingerprint by which an address is found again."""
    return blind_index("push", endpoint)


def ring(offer_id: UUID, now: datetime) -> int:
    """Push to every browser of the offer's volunteer that it rings; gives how many took it.

    Nothing is sent for an offer that is over. Browsers that are gone are marked so. Raises
    PushDelayed when a service could not take it now: pushing again shows no second ring, since
    the page and the notification go by the offer. Must run outside of a transaction.
    """
    offer = still_live.first(offer_id)
    if offer is None:
        return 0
    left = max(timedelta(), offer.ends_at - now)
    message = Message({"kind": "ring", "offer": str(offer.pk)}, offer.pk, left)
    return _push_all(browsers_of(offer.volunteer_id, now), message, now)


@kept
def still_live(offer_id: UUID) -> QuerySet[models.Offer]:
    """Give an offer, unless it is over."""
    return models.Offer.objects.filter(pk=offer_id, ended_at=None)


@kept
def browsers_of(volunteer_id: UUID, now: datetime) -> QuerySet[models.PushSubscription]:
    """Give where a volunteer's signed-in devices can be woken."""
    return _browsers(Q(device__volunteer=volunteer_id), now)


def tell(line_id: UUID, notice_id: UUID, now: datetime) -> int:
    """Push to a line's coordinators that something waits on the board; see ring."""
    message = Message({"kind": "look"}, notice_id, NOTICE_WAITS)
    coordinators = Q(device__volunteer__line=line_id, device__role=Role.COORDINATOR)
    return _push_all(_browsers(coordinators, now), message, now)


@dataclass(frozen=True, slots=True)
class Message:
    """What is pushed, about what, and for how long it is worth delivering."""

    content: dict[str, str]
    about: UUID
    left: timedelta


def _browsers(whose: Q, now: datetime) -> QuerySet[models.PushSubscription]:
    signed_in = Q(device__revoked_at=None, device__expires_at__gt=now)
    return models.PushSubscription.objects.filter(whose, signed_in, gone_at=None)


def _push_all(rows: Iterable[models.PushSubscription], message: Message, now: datetime) -> int:
    statuses = [_push(row, message, now) for row in rows]
    if any(not _took(status) and status not in GONE for status in statuses):
        raise PushDelayed
    return sum(_took(status) for status in statuses)


def _took(status: int | None) -> bool:
    return status is not None and status < 300  # RFC 9110: 2xx is success


def _push(row: models.PushSubscription, message: Message, now: datetime) -> int | None:
    """Push to one browser; gives the service's status, None when it could not be reached."""
    status = _post(row, message)
    if status in GONE:
        models.PushSubscription.objects.filter(pk=row.pk).update(gone_at=now)
    elif not _took(status):
        log.warning("a push service did not take a message, status %s", status or "none")
    return status


def _post(row: models.PushSubscription, message: Message) -> int | None:
    from stepline.voice import push  # noqa: PLC0415  # 38 MB that a line without push never pays

    sealed = push.Message(
        text=json.dumps(message.content),
        topic=message.about.hex,
        ttl_seconds=int(message.left.total_seconds()),
    )
    sender = push.Sender(settings.STEPLINE_VAPID_PRIVATE_KEY, _contact())
    return push.send(sender, row.endpoint, json.loads(row.keys), sealed)


def _contact() -> str:
    """Give the address under which a push service may complain: the line's own."""
    public = settings.STEPLINE_PUBLIC_URL
    return public if public.startswith("https://") else "mailto:line@localhost"


def public_key() -> str:
    """Give the key that a browser subscribes with, or nothing where no push is set up."""
    kept = settings.STEPLINE_VAPID_PRIVATE_KEY
    if not kept:
        return ""
    key = ec.derive_private_key(int.from_bytes(decoded(kept)), ec.SECP256R1()).public_key()
    point = key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return base64.urlsafe_b64encode(point).rstrip(b"=").decode()
