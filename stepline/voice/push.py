"""One web push message to one browser, through the push service that its maker runs.

Import this module only where a message is sent: its libraries take 38 MB, which a line whose
volunteers allow no push never pays.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

import requests
from pywebpush import WebPushException, webpush

ANSWER_WITHIN_SECONDS = 3.0
TOKEN_LASTS_SECONDS = 12 * 60 * 60  # RFC 8292 allows 24 hours


@dataclass(frozen=True, slots=True)
class Sender:
    """Who pushes (VAPID, RFC 8292): our private key in base64url, and whom to write to."""

    private_key: str
    contact: str


@dataclass(frozen=True, slots=True)
class Message:
    """What is pushed: a newer one of the same topic replaces an unread one."""

    text: str
    topic: str
    ttl_seconds: int


def send(sender: Sender, endpoint: str, keys: Mapping[str, str], message: Message) -> int | None:
    """Encrypt and post a message; gives the service's status, None when it was not reached."""
    try:
        with _session() as session:
            answer = webpush(
                {"endpoint": endpoint, "keys": keys},
                data=message.text,
                vapid_private_key=sender.private_key,
                vapid_claims=_claims(sender, endpoint),
                ttl=message.ttl_seconds,
                headers={"Urgency": "high", "Topic": message.topic},
                timeout=ANSWER_WITHIN_SECONDS,
                requests_session=session,
            )
    except WebPushException as refused:
        return None if refused.response is None else int(refused.response.status_code)
    except requests.RequestException:
        return None
    return int(answer.status_code)


def _session() -> requests.Session:
    """Open a session that goes nowhere else than asked: no redirect, no proxy of the machine."""
    session = requests.Session()
    session.max_redirects = 0
    session.trust_env = False
    return session


def _claims(sender: Sender, endpoint: str) -> dict[str, str | int]:
    parts = urlsplit(endpoint)
    # The token's own clock: a push service judges it by the real time, whatever a test says.
    expires = int(time.time()) + TOKEN_LASTS_SECONDS
    return {"aud": f"{parts.scheme}://{parts.netloc}", "exp": expires, "sub": sender.contact}
