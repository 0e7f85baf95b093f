"""REACH: the ways to a person's ear; each speaks the contract of `voice.provider`."""

from collections.abc import Mapping

from stepline.voice import browser, pretend
from stepline.voice.provider import Capabilities

PROVIDERS: Mapping[str, Capabilities] = {
    browser.NAME: browser.CAPABILITIES,
    pretend.NAME: pretend.CAPABILITIES,
}


def can_connect(one: str, other: str) -> bool:
    """Tell whether a leg of one provider can be joined with a leg of the other.

    Either side may declare the bridge. Raises KeyError for a provider that isn't registered.
    """
    return other in PROVIDERS[one].connects_with or one in PROVIDERS[other].connects_with
