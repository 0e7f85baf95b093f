"""What the proof of a relay counts as an address."""

import pytest

from stepline.start.proofs.call import addresses_in


@pytest.mark.parametrize(
    ("body", "addresses"),
    [
        ("c=IN IP4 203.0.113.7\\r\\na=x", ["203.0.113.7"]),
        ("candidate:1 1 udp 1 2001:db8:0:0:1:2:3:4 9 typ host", ["2001:db8:0:0:1:2:3:4"]),
        ("typ host fe80::1ff:fe23:4567:890a 9", ["fe80::1ff:fe23:4567:890a"]),
        (
            "1 5b0ad0a7-60a4-4b7b-8f5c-0fd0a1ffa2c4.local 9",
            ["5b0ad0a7-60a4-4b7b-8f5c-0fd0a1ffa2c4.local"],
        ),
        ("a=fingerprint:sha-256 06:71:70:94:40:11:17:21:54:00:AA\\r\\na=setup", []),
        ("a=ice-ufrag:ab+c\\r\\na=extmap:1 urn:ietf:params:rtp-hdrext:ssrc", []),
    ],
)
def test_addresses_are_found_and_fingerprints_are_none(body: str, addresses: list[str]) -> None:
    assert addresses_in(body) == addresses
