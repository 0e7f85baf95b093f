"""Whether pages may be joined, and what of a page's signal is passed on."""

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stepline.voice import browser
from stepline.voice.browser import BadSignal, CallsMode, Mode, WhyOff

NOW = datetime(2026, 3, 1, 3, 0, tzinfo=UTC)
RELAY = ["turn:relay.example:3478?transport=udp"]
HOST = "candidate:1 1 udp 2122260223 192.168.7.9 50000 typ host generation 0 network-id 1"
SRFLX = "candidate:2 1 udp 1686052607 203.0.113.7 50001 typ srflx raddr 192.168.7.9 rport 50000"
RELAYED = (
    "candidate:3 1 udp 41885439 198.51.100.1 60000 typ relay raddr 203.0.113.7 rport 50001 "
    "generation 0 ufrag ab+c network-id 1 network-cost 900"
)
SDP = "\r\n".join(
    [
        "v=0",
        "o=- 46117 2 IN IP4 192.168.7.9",
        "s=-",
        "t=0 0",
        "a=group:BUNDLE 0",
        "m=audio 50000 UDP/TLS/RTP/SAVPF 111",
        "c=IN IP4 203.0.113.7",
        "a=rtcp:50000 IN IP4 203.0.113.7",
        f"a={HOST}",
        f"a={SRFLX}",
        f"a={RELAYED}",
        "a=ice-ufrag:ab+c",
        "a=mid:0",
        "a=sendrecv",
        "",
    ]
)


def signal(*items: object, to: object = "session-of-the-other") -> str:
    return json.dumps({"to": to, "items": list(items)})


def candidate(text: str) -> dict[str, object]:
    return {
        "round": 1,
        "candidate": {
            "candidate": text,
            "sdpMid": "0",
            "sdpMLineIndex": 0,
            "usernameFragment": None,
        },
    }


def offer(sdp: str = SDP) -> dict[str, object]:
    return {"round": 1, "description": {"type": "offer", "sdp": sdp}}


@pytest.mark.parametrize(
    ("public_url", "urls", "secret", "expected"),
    [
        ("http://localhost:8000", [], "", CallsMode(Mode.DIRECT)),
        ("http://127.0.0.1:8000", [], "", CallsMode(Mode.DIRECT)),
        ("https://line.example", [], "", CallsMode(Mode.OFF, WhyOff.NO_RELAY)),
        ("https://localhost.example", [], "", CallsMode(Mode.OFF, WhyOff.NO_RELAY)),
        ("http://192.168.1.5:8000", [], "", CallsMode(Mode.OFF, WhyOff.NO_RELAY)),
        ("https://line.example", RELAY, "s", CallsMode(Mode.RELAY)),
        ("http://localhost:8000", RELAY, "s", CallsMode(Mode.RELAY)),
        ("https://line.example", RELAY, "", CallsMode(Mode.OFF, WhyOff.NO_KEY)),
    ],
)
def test_the_public_address_alone_decides(
    public_url: str, urls: list[str], secret: str, expected: CallsMode
) -> None:
    assert browser.calls_mode(public_url, urls, secret) == expected


def test_relay_passwords_end_and_name_nobody() -> None:
    (server,) = browser.ice_servers(RELAY, "secret", NOW)
    name = str(server["username"])
    ends, letters = name.split(":")
    assert datetime.fromtimestamp(int(ends), UTC) == NOW + timedelta(hours=1)
    assert len(letters) == 16
    expected = hmac.new(b"secret", name.encode(), hashlib.sha1).digest()
    assert server["credential"] == base64.b64encode(expected).decode()
    assert server["urls"] == RELAY


def test_two_pages_get_different_relay_names() -> None:
    names = {browser.ice_servers(RELAY, "s", NOW)[0]["username"] for _ in range(50)}
    assert len(names) == 50


def test_no_relay_no_servers() -> None:
    assert browser.ice_servers([], "", NOW) == []


def test_direct_passes_everything_on_unchanged() -> None:
    body = signal(offer(), candidate(HOST), candidate(""), {"round": 0, "hello": {"reply": True}})
    cleaned = browser.clean_signal(body, relay_only=False)
    assert cleaned is not None
    assert json.loads(cleaned) == json.loads(body)


def test_relay_drops_every_other_candidate() -> None:
    cleaned = browser.clean_signal(
        signal(candidate(HOST), candidate(SRFLX), candidate(RELAYED)), relay_only=True
    )
    assert cleaned is not None
    (item,) = json.loads(cleaned)["items"]
    assert item["candidate"]["candidate"] == (
        "candidate:3 1 udp 41885439 198.51.100.1 60000 typ relay raddr 0.0.0.0 rport 0 "
        "generation 0 ufrag ab+c"
    )


def test_relay_passes_nothing_when_nothing_is_left() -> None:
    assert browser.clean_signal(signal(candidate(HOST)), relay_only=True) is None


def test_relay_blanks_addresses_inside_a_description() -> None:
    cleaned = browser.clean_signal(signal(offer()), relay_only=True)
    assert cleaned is not None
    assert "192.168.7.9" not in cleaned
    assert "203.0.113.7" not in cleaned
    sdp = json.loads(cleaned)["items"][0]["description"]["sdp"]
    assert "o=- 46117 2 IN IP4 0.0.0.0\r\n" in sdp
    assert "c=IN IP4 0.0.0.0\r\n" in sdp
    assert sdp.count("a=candidate:") == 1
    assert sdp.endswith("a=sendrecv\r\n")


BAD_BODIES = [
    "",
    "[]",
    "null",
    "{",
    "[" * 5000,
    json.dumps({"to": None}),
    json.dumps({"to": None, "items": []}),
    json.dumps({"to": None, "items": [{"round": 1, "hello": {"reply": True}}] * 41}),
    json.dumps({"to": None, "items": [1], "more": 1}),
    signal({"round": 1, "hello": {"reply": True}}, to=5),
    signal({"round": 1, "hello": {"reply": True}}, to="no"),
    signal({"round": 1, "hello": {"reply": True}}, to="a" * 41),
    signal({"round": -1, "hello": {"reply": True}}),
    signal({"round": "1", "hello": {"reply": True}}),
    signal({"round": 1, "hello": {"reply": "yes"}}),
    signal({"round": 1, "hello": {}}),
    signal({"round": 1, "hello": {"reply": True}, "candidate": None}),
    signal({"round": 1, "words": "hello"}),
    signal({"round": 1}),
    signal({"round": 1, "description": {"type": "rollback", "sdp": SDP}}),
    signal({"round": 1, "description": {"type": "offer", "sdp": SDP, "more": 1}}),
    signal(offer("hello")),
    signal(offer("v=0\r\nm=video 9 UDP/TLS/RTP/SAVPF 96\r\n")),
    signal(offer(SDP + "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\n")),
    signal(offer("v=0\r\nm=audio 9 X 1\r\na=candidate:1 1 udp 1 host\r\n")),
    signal(offer(SDP.replace("s=-", "s=\x00"))),
    signal(candidate("candidate:1 1 udp 1 1.2.3.4 5 typ host\r\na=x")),
    signal(candidate("candidate:1 1 udp 1 1.2.3.4 5 typ elsewhere")),
    signal({"round": 1, "candidate": {"candidate": "x"}}),
    signal({"round": 1, "candidate": None}),
    signal(offer("v=0\r\n" + "a=x\r\n" * 4000)),
]


@pytest.mark.parametrize("body", BAD_BODIES)
@pytest.mark.parametrize("relay_only", [True, False])
def test_what_is_no_signal_is_refused(body: str, relay_only: bool) -> None:
    with pytest.raises(BadSignal):
        browser.clean_signal(body, relay_only=relay_only)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner),
    max_leaves=12,
)


@given(st.text() | json_values.map(json.dumps))
def test_whatever_is_sent_is_cleaned_or_refused(body: str) -> None:
    try:
        browser.clean_signal(body, relay_only=True)
    except BadSignal:
        return


@given(
    st.ip_addresses(v=4).map(str).filter(lambda address: not address.startswith("0.")),
    st.sampled_from(["host", "srflx", "prflx", "relay"]),
    st.booleans(),
)
def test_a_related_address_never_passes_a_relay(address: str, kind: str, in_sdp: bool) -> None:
    line = f"candidate:9 1 udp 1 198.51.100.99 60000 typ {kind} raddr {address} rport 7"
    line += f" raddr {address} rport 8"
    item = offer(f"v=0\r\nm=audio 9 X 1\r\na={line}\r\n") if in_sdp else candidate(line)
    cleaned = browser.clean_signal(signal(item), relay_only=True) or ""
    assert f" {address} " not in cleaned
