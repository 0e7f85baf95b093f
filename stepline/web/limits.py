"""How often one device or network may ask or try a code; counted in this process's memory only.

A network address is never stored or logged: it becomes a fingerprint under a key that lives
as long as the process. Danger is never limited: nothing here is asked on its way.
"""

import hashlib
import hmac
import secrets
from functools import cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from django.conf import settings
from django.http import HttpRequest
from limits import RateLimitItemPerDay, RateLimitItemPerHour, RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter

Address = IPv4Address | IPv6Address

# A shaking hand presses often, and a clinic's whole ward shares one address.
ASKS_PER_DEVICE = RateLimitItemPerMinute(10, 10, "asks by device")
ASKS_PER_NETWORK = RateLimitItemPerMinute(60, 10, "asks by network")
TRIES_PER_NETWORK = RateLimitItemPerMinute(10, 10, "tries by network")
# Codes of 27 bits and more: this many wrong ones an hour, from anywhere, find none in years.
TRIES_IN_ALL = RateLimitItemPerHour(600, 1, "tries in all")
# So that nobody can have somebody else's phone rung again and again. The end of a number is
# the same in each of the ways to write it.
CALL_BACKS_PER_NUMBER = RateLimitItemPerDay(3, 1, "call backs by number")
NUMBER_TAIL = 8
# What a phone network or provider hands one subscriber: all of it is one home.
HOME_PREFIX_BITS = 64

_counts = FixedWindowRateLimiter(MemoryStorage())
_key = secrets.token_bytes(32)


def allow_ask(request: HttpRequest) -> bool:
    """Count one ask, and tell whether this device and network may make it now.

    An address that is not a public one is this machine or a proxy we were not told about: it
    would hold every caller at once, so only the device counts there.
    """
    address = client_address(request)
    known = address is not None and address.is_global
    if known and not _counts.hit(ASKS_PER_NETWORK, network_mark(address)):
        return False
    device = request.COOKIES.get("stepline_caller", "")
    return not device or _counts.hit(ASKS_PER_DEVICE, fingerprint(device))


def allow_code_try(request: HttpRequest) -> bool:
    """Count one try of a code (invitation, sign-in, call back) and tell whether it may be made."""
    network = network_mark(client_address(request))
    return _counts.hit(TRIES_PER_NETWORK, network) and _counts.hit(TRIES_IN_ALL, "all")


def allow_number(number: str) -> bool:
    """Count one call back to a number, and tell whether it may be asked for today."""
    digits = "".join(each for each in number if each.isdecimal())
    return _counts.hit(CALL_BACKS_PER_NUMBER, fingerprint(digits[-NUMBER_TAIL:]))


def forgive_code_tries(request: HttpRequest) -> None:
    """Forget a network's tries after a right code: only wrong ones count."""
    _counts.clear(TRIES_PER_NETWORK, network_mark(client_address(request)))


def forget_counts() -> None:
    """Begin all counts again, as a start of the process does."""
    _counts.storage.reset()


def network_mark(address: Address | None) -> str:
    """Give the fingerprint of the home that an address belongs to."""
    if isinstance(address, IPv6Address):
        return fingerprint(str(IPv6Network((address, HOME_PREFIX_BITS), strict=False)))
    return fingerprint(str(address))


def fingerprint(text: str) -> str:
    """Give a mark that can't be turned back without this process's key."""
    return hmac.new(_key, text.encode(), hashlib.sha256).hexdigest()


def client_address(request: HttpRequest) -> Address | None:
    """Give the address of who asks: the connection's own, unless that is a trusted proxy.

    Of forwarded addresses the nearest one counts that is not a trusted proxy itself; what
    stands before it anybody may have written.
    """
    address = parsed(request.META.get("REMOTE_ADDR", ""))
    hops = request.headers.get("X-Forwarded-For", "").split(",")
    while address is not None and is_trusted(address) and hops:
        hop = parsed(hops.pop())
        if hop is None:
            break
        address = hop
    return address


def parsed(text: str) -> Address | None:
    """Read an address; an IPv4 one inside IPv6 comes out as IPv4."""
    try:
        address = ip_address(text.strip())
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def is_trusted(address: Address) -> bool:
    """Tell whether an address is one of the configured proxies."""
    return any(address in network for network in networks(tuple(settings.STEPLINE_TRUSTED_PROXIES)))


@cache
def networks(written: tuple[str, ...]) -> tuple[IPv4Network | IPv6Network, ...]:
    """Read the configured proxies, each an address or a network."""
    return tuple(ip_network(text, strict=False) for text in written)
