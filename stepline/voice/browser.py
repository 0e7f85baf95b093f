"""Voices between two pages: whether they may be joined, through which relay, by which signals.

The conversation goes from page to page (WebRTC); this server only passes the signals on. With
a relay configured neither page may learn the other's network address, so what could tell it
is taken out here as well, whatever a page was made to send.
"""

import base64
import hashlib
import hmac
import json
import re
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

from stepline.voice.provider import Capabilities

NAME = "browser"
CAPABILITIES = Capabilities(rings_pages=True, connects_with=frozenset({NAME, "pretend"}))

CREDENTIAL_LIFE = timedelta(hours=1)
SIGNAL_MAX_BYTES = 16 * 1024
ITEMS_MAX = 40
MID_MAX = 16
FRAGMENT_MAX = 256
SESSION = re.compile(r"[A-Za-z0-9_-]{8,40}")
CANDIDATE = re.compile(
    r"candidate:(?P<foundation>[\w+/]{1,32}) (?P<component>[1-9]\d{0,2}) "
    r"(?P<transport>udp|tcp) (?P<priority>\d{1,10}) (?P<address>[\w.:%-]{1,255}) "
    r"(?P<port>\d{1,5}) typ (?P<type>host|srflx|prflx|relay)"
    r"(?P<related> raddr [\w.:%-]{1,255} rport \d{1,5})?(?P<rest>(?: [\w+/.:-]{1,255}){0,20})",
    re.IGNORECASE,
)
ADDRESS_LINES = (
    (re.compile(r"^c=IN IP[46] .*$"), "c=IN IP4 0.0.0.0"),
    (re.compile(r"^a=rtcp:.*$"), "a=rtcp:9 IN IP4 0.0.0.0"),
    (re.compile(r"^(o=\S+ \d+ \d+) IN IP[46] .*$"), r"\1 IN IP4 0.0.0.0"),
)
SDP_LINE = re.compile(r"[a-z]=[\x20-\x7e]{0,2000}")
# What follows a candidate may tell the kind of network; only these are needed to join.
HARMLESS = re.compile(r" (?:generation \d{1,5}|ufrag [\w+/]{1,256}|tcptype \w{1,10})")


class Mode(StrEnum):
    """How two pages may be joined here."""

    DIRECT = "direct"
    RELAY = "relay"
    OFF = "off"


class WhyOff(StrEnum):
    """What stands in the way of calls between pages; told to the coordinator."""

    NO_RELAY = "no_relay"
    NO_KEY = "no_key"


@dataclass(frozen=True, slots=True)
class CallsMode:
    """The decision, with the reason when it is `off`."""

    mode: Mode
    why_off: WhyOff | None = None


class BadSignal(ValueError):
    """A page sent something that is no signal; nothing of it is kept."""


def calls_mode(public_url: str, turn_urls: Collection[str], turn_secret: str) -> CallsMode:
    """Decide how pages may be joined, by the configured public address alone.

    A relay always wins. Without one only a server that is reached as localhost joins pages
    directly, because there both sides sit at the same machine; anywhere else each side would
    learn the other's address, so calls between pages stay off.
    """
    if turn_urls:
        if not turn_secret:
            return CallsMode(Mode.OFF, WhyOff.NO_KEY)
        return CallsMode(Mode.RELAY)
    if urlsplit(public_url).hostname in {"localhost", "127.0.0.1", "::1"}:
        return CallsMode(Mode.DIRECT)
    return CallsMode(Mode.OFF, WhyOff.NO_RELAY)


def ice_servers(
    turn_urls: Collection[str], turn_secret: str, now: datetime
) -> list[dict[str, str | list[str]]]:
    """Give the relays with a password that ends after an hour (the TURN REST convention).

    The name holds the end and random letters, so the relay's own log tells nothing about who
    spoke. Gives an empty list when no relay is configured.
    """
    if not turn_urls:
        return []
    ends_at = int((now + CREDENTIAL_LIFE).timestamp())
    name = f"{ends_at}:{secrets.token_hex(8)}"
    digest = hmac.new(turn_secret.encode(), name.encode(), hashlib.sha1).digest()
    return [
        {
            "urls": list(turn_urls),
            "username": name,
            "credential": base64.b64encode(digest).decode(),
        }
    ]


def clean_signal(body: str, *, relay_only: bool) -> str | None:
    """Check a page's signal and give what may be passed on; None when nothing of it may.

    The text is `{"to": session or null, "items": [...]}`; each item has a `round` (the number
    of the connection it belongs to) and one of `hello`, `description`, `candidate`. With
    `relay_only`, candidates that aren't the relay's are left out and addresses that a
    description or candidate tells beside them are blanked. Raises BadSignal.
    """
    signal = _parsed(body)
    items = [_item(item, relay_only=relay_only) for item in signal["items"]]
    kept = [item for item in items if item is not None]
    if not kept:
        return None
    return json.dumps({"to": signal.get("to"), "items": kept}, separators=(",", ":"))


def _parsed(body: str) -> dict[str, Any]:
    if len(body.encode(errors="replace")) > SIGNAL_MAX_BYTES:
        raise BadSignal("too long")
    try:
        signal = json.loads(body)
    except (ValueError, RecursionError) as wrong:
        raise BadSignal("not JSON") from wrong
    if not isinstance(signal, dict) or not signal.keys() <= {"to", "items"}:
        raise BadSignal("not a signal")
    to = signal.get("to")
    if to is not None and not (isinstance(to, str) and SESSION.fullmatch(to)):
        raise BadSignal("not a session")
    items = signal.get("items")
    if not isinstance(items, list) or not 1 <= len(items) <= ITEMS_MAX:
        raise BadSignal("no items, or too many")
    return signal


def _item(item: object, *, relay_only: bool) -> dict[str, Any] | None:
    match item:
        case {"round": int(number), **rest} if 0 <= number < 10**6 and len(rest) == 1:
            kind, value = next(iter(rest.items()))
        case _:
            raise BadSignal("an item of no known shape")
    if kind == "hello":
        cleaned: object = _hello(value)
    elif kind == "description":
        cleaned = _description(value, relay_only=relay_only)
    elif kind == "candidate":
        cleaned = _candidate(value, relay_only=relay_only)
        if cleaned is None:
            return None
    else:
        raise BadSignal("an item of no known kind")
    return {"round": number, kind: cleaned}


def _hello(value: object) -> dict[str, bool]:
    match value:
        case {"reply": bool(reply), **rest} if not rest:
            return {"reply": reply}
    raise BadSignal("not a hello")


def _description(value: object, *, relay_only: bool) -> dict[str, str]:
    match value:
        case {"type": "offer" | "answer" as kind, "sdp": str(sdp), **rest} if not rest:
            return {"type": kind, "sdp": _sdp(sdp, relay_only=relay_only)}
    raise BadSignal("not a description")


def _sdp(sdp: str, *, relay_only: bool) -> str:
    lines = sdp.removesuffix("\r\n").split("\r\n")
    if lines[0] != "v=0" or not all(SDP_LINE.fullmatch(line) for line in lines):
        raise BadSignal("not a session description")
    media = [line for line in lines if line.startswith("m=")]
    if len(media) != 1 or not media[0].startswith("m=audio "):
        raise BadSignal("a conversation is one audio stream")
    kept = (_sdp_line(line, relay_only=relay_only) for line in lines)
    return "".join(f"{line}\r\n" for line in kept if line is not None)


def _sdp_line(line: str, *, relay_only: bool) -> str | None:
    if line.startswith("a=candidate:"):
        found = _candidate_line(line.removeprefix("a="), relay_only=relay_only)
        return None if found is None else f"a={found}"
    if relay_only:
        for pattern, blank in ADDRESS_LINES:
            line = pattern.sub(blank, line)
    return line


def _candidate(value: object, *, relay_only: bool) -> dict[str, Any] | None:
    match value:
        case {
            "candidate": str(text),
            "sdpMid": str() | None as mid,
            "sdpMLineIndex": int() | None as index,
            "usernameFragment": str() | None as fragment,
            **rest,
        } if not rest and len(mid or "") <= MID_MAX and len(fragment or "") <= FRAGMENT_MAX:
            pass
        case _:
            raise BadSignal("not a candidate")
    # An empty text says that there are no more candidates.
    line = _candidate_line(text, relay_only=relay_only) if text else ""
    if line is None:
        return None
    return {
        "candidate": line,
        "sdpMid": mid,
        "sdpMLineIndex": index,
        "usernameFragment": fragment,
    }


def _candidate_line(text: str, *, relay_only: bool) -> str | None:
    found = CANDIDATE.fullmatch(text)
    if found is None:
        raise BadSignal("not a candidate line")
    if not relay_only:
        return text
    if found["type"].lower() != "relay":
        return None
    # A relay's candidate names the page's own address as the related one.
    kept = text[: found.end("type")]
    return f"{kept} raddr 0.0.0.0 rport 0{''.join(HARMLESS.findall(found['rest']))}"
