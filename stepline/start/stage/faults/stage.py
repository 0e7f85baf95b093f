"""What all of the crowd share: the proxy in front, a bad network, the journal, and luck."""

from dataclasses import dataclass, field
from random import Random

from stepline.start.stage.crowd import Answer, Browser, Post, Send, Way, Wire, ways
from stepline.start.stage.faults.journal import Journal
from stepline.start.stage.faults.machines import Machines

# A web process that comes back gets its share of the pages again.
MOVES_BACK = 0.3


def bad_network(luck: Random) -> Way:
    """Give a network that loses, repeats, delays and swaps what a page says."""
    shares: dict[Way, float] = {
        ways.never: 0.03,
        ways.unanswered: 0.03,
        ways.twice: 0.06,
        ways.late(0.4): 0.06,
        ways.late(3.0): 0.01,
        ways.Swapped(): 0.06,
    }
    return ways.by_chance(luck, shares)


@dataclass
class Stage:
    """Where the crowd acts. After `closing` nobody asks anew; then the network is good."""

    machines: Machines
    wire: Wire
    slug: str
    luck: Random
    pace: float
    journal: Journal = field(default_factory=Journal)
    is_closing: bool = False
    _all: dict[int, Browser] = field(default_factory=dict)

    def browser(self, luck: Random) -> Browser:
        """Give a fresh browser, behind the proxy, on a bad network."""
        browser = Browser(self.luck.choice(self._taking()), self.wire)
        bad = bad_network(luck)

        async def way(post: Post, send: Send) -> Answer:
            return await (send(post) if self.is_closing else bad(post, send))

        browser.way = way
        self._all[id(browser)] = browser
        return browser

    def forget(self, browser: Browser) -> None:
        """Let a closed browser go."""
        self._all.pop(id(browser), None)

    def machines_changed(self) -> None:
        """Send each page's next requests to a process that takes them, as a proxy does."""
        taking = self._taking()
        for browser in self._all.values():
            if browser.url not in taking or self.luck.random() < MOVES_BACK:
                browser.url = self.luck.choice(taking)

    def _taking(self) -> list[str]:
        webs = self.machines.webs
        return [web.url for web in webs if web.is_taking] or [web.url for web in webs]

    def choose(self, luck: Random, shares: dict[str, float]) -> str:
        """Choose a deed by its share; what they leave of one is to do nothing."""
        deeds, weights = [*shares, ""], [*shares.values(), max(0.0, 1 - sum(shares.values()))]
        return luck.choices(deeds, weights)[0]
