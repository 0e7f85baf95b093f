"""What the people of the crowd do: by luck, on whatever screen they see, as people do."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress

from stepline.start.stage.crowd import UNREACHED, CallerPage, TooLate, VolunteerPage
from stepline.start.stage.crowd.roster import Signed
from stepline.start.stage.faults.luck import luck_of
from stepline.start.stage.faults.stage import Stage

PATIENCE_SECONDS = 45.0
ALIVE_EVERY_SECONDS = 20.0
LOADS_AGAIN_SECONDS = 0.7
Deed = Callable[[], Awaitable[object]]

# On each screen: what is done at one look, and how often; what is left of one is nothing.
CALLER_DOES: dict[str, dict[str, float]] = {
    "waiting": {
        "stop": 0.02,
        "exit": 0.01,
        "away_and_back": 0.05,
        "vanish": 0.015,
        "call_back": 0.06,
        "danger": 0.01,
        "ask": 0.02,
    },
    "choosing": {"wait": 0.45, "anyone": 0.1, "stop": 0.08, "call_back": 0.2, "vanish": 0.02},
    "connecting": {"hear": 0.85, "refuse": 0.02, "away_and_back": 0.02},
    "talking": {
        "end": 0.08,
        "away_and_back": 0.03,
        "lose_stream": 0.05,
        "voices_lost": 0.02,
        "exit": 0.01,
        "danger": 0.01,
    },
    "cut_off": {"stop": 0.1},
    "kept": {"back": 0.7, "stop": 0.2},
    "promised": {"come_back": 0.4, "leave": 0.3, "stop": 0.05},
}
VOLUNTEER_DOES: dict[str, dict[str, float]] = {
    "offer": {"ready": 0.55, "pass": 0.12, "off-duty": 0.02, "vanish": 0.03},
    "connecting": {"hear": 0.88, "vanish": 0.02},
    "talking": {"end": 0.06, "help": 0.02, "vanish": 0.02, "close": 0.02, "lose_stream": 0.05},
    "cut_off": {"leave": 0.05},
    "closing": {"safe": 0.9},
    "debrief": {"debrief": 0.9},
    "off_duty": {"duty": 0.9},
}
OVER = ("thanks", "first", "")


class Caller:
    """Somebody who reaches out, again and again until closing time, each time as somebody new."""

    def __init__(self, stage: Stage, name: str) -> None:
        self.stage = stage
        self.luck = luck_of(name)

    async def live(self) -> None:
        """Call after call, until closing time."""
        while not self.stage.is_closing:
            await self.one_call()

    async def one_call(self) -> None:
        """Reach out once, and do whatever comes to mind until it is over."""
        page = self.page()
        try:
            await attempt(self.stage, "ask", page.asks)
            while page.screen not in OVER:
                await asyncio.sleep(self.looks_after())
                deed = self.stage.choose(self.luck, CALLER_DOES.get(page.screen, {}))
                if deed and not await self.does(page, deed):
                    return
        finally:
            await page.close()
            self.stage.forget(page.browser)

    def page(self) -> CallerPage:
        """Open a page in a browser of its own; while it is open it gives signs of life."""
        browser = self.stage.browser(self.luck)
        browser.as_if_opened()
        page = CallerPage(browser, self.stage.slug, PATIENCE_SECONDS)
        self.stage.journal.watch_caller(page)
        self.stays(page)
        return page

    def looks_after(self) -> float:
        """Give the seconds until the next look at the page."""
        return self.luck.uniform(0.3, 3) * self.stage.pace

    async def does(self, page: CallerPage, deed: str) -> bool:
        """Do something; False when the page is left for good."""
        if deed in {"vanish", "leave"}:
            self.stage.journal.note(f"caller: {deed}")
            return False
        deeds: dict[str, Deed] = {
            "ask": page.asks,
            "stop": lambda: page.press("/call/stop"),
            "exit": lambda: page.press("/call/exit"),
            "danger": lambda: page.press("/call/danger"),
            "wait": lambda: page.press("/call/choose", choice="wait"),
            "anyone": lambda: page.press("/call/choose", choice="anyone"),
            "hear": page.hears,
            "refuse": lambda: page.report("refused"),
            "voices_lost": lambda: page.report("voices_lost"),
            "end": page.ends,
            "back": lambda: page.press("/call/back"),
            "call_back": lambda: self.takes_call_back(page),
            "come_back": lambda: self.comes_with_code(page),
            "away_and_back": lambda: self.goes_and_comes(page),
            "lose_stream": lambda: self.loses_stream(page),
        }
        await attempt(self.stage, f"caller: {deed}", deeds[deed])
        return deed != "exit"

    async def takes_call_back(self, page: CallerPage) -> None:
        """Take one of the offered times, if there is one."""
        slots = page.snapshot["call_back"]["slots"]
        if slots:
            slot = self.luck.choice(slots)["minutes"]
            await page.press("/call/call-back", slot=str(slot))

    async def comes_with_code(self, page: CallerPage) -> None:
        """Come for the call back, before its time."""
        promised = page.snapshot["call_back"]["promised"]
        if promised:
            await page.press("/come-back", code=promised["code"])

    async def goes_and_comes(self, page: CallerPage) -> None:
        """Close the page, with or without its word, and load it again a while later."""
        if self.luck.random() < 0.6:
            await page.press("/call/away")
        await page.close()
        await asyncio.sleep(self.luck.uniform(0.5, 12) * self.stage.pace)
        await patiently(page.comes_back)
        self.stays(page)

    async def loses_stream(self, page: CallerPage) -> None:
        """Let the stream break; the page follows again a second later, as it does by itself."""
        await page.close()
        await asyncio.sleep(1)
        page.follow()
        self.stays(page)

    def stays(self, page: CallerPage) -> None:
        """Give signs of life as long as the page is open."""
        page.spawn(signs_of_life(page, "/call/alive", ("waiting", "choosing", "talking")))


class Volunteer:
    """Somebody on duty, whose page may vanish and come back."""

    def __init__(self, stage: Stage, signed: Signed, name: str) -> None:
        self.stage = stage
        self.signed = signed
        self.name = name
        self.luck = luck_of(name)
        self.pages = 0
        self.page = self.opened()

    def opened(self) -> VolunteerPage:
        """Open a page on the signed-in device."""
        browser = self.stage.browser(self.luck)
        browser.signed_in(self.signed.key)
        page = VolunteerPage(browser, PATIENCE_SECONDS)
        self.pages += 1
        name = f"{self.name} page {self.pages}"
        self.stage.journal.watch_volunteer(page, str(self.signed.volunteer), name)
        return page

    def follows(self) -> None:
        """Follow the stream, and give signs of life while talking."""
        self.page.follow()
        self.page.spawn(signs_of_life(self.page, "/volunteer/call/alive", ("talking",)))

    async def live(self) -> None:
        """Answer what rings, until cancelled."""
        try:
            while True:
                await asyncio.sleep(self.luck.uniform(0.3, 3) * self.stage.pace)
                deed = self.stage.choose(self.luck, VOLUNTEER_DOES.get(self.page.screen, {}))
                if deed:
                    await self.does(deed)
        finally:
            await self.page.close()

    async def does(self, deed: str) -> None:
        """Do something."""
        page = self.page
        deeds: dict[str, Deed] = {
            "ready": lambda: self.answers("ready"),
            "pass": lambda: self.answers("pass"),
            "off-duty": lambda: self.answers("off-duty"),
            "hear": lambda: self.hears(page),
            "end": page.ends,
            "help": lambda: page.press("/volunteer/call/help"),
            "leave": lambda: page.press("/volunteer/call/leave"),
            "safe": page.says_safe,
            "debrief": lambda: page.press("/volunteer/call/debrief", answer="all_right"),
            "duty": page.goes_on_duty,
            "vanish": lambda: self.vanishes(with_word=False),
            "close": lambda: self.vanishes(with_word=True),
            "lose_stream": self.loses_stream,
        }
        await attempt(self.stage, f"volunteer: {deed}", deeds[deed])

    async def answers(self, what: str) -> None:
        """Press a key while it still rings."""
        if self.page.snapshot.get("offer"):
            await self.page.answers(what)

    async def hears(self, page: VolunteerPage) -> None:
        """Report that the voice is heard, while there is a conversation."""
        call = page.snapshot["call"]
        if call and call["conversation"]:
            await page.hears()

    async def loses_stream(self) -> None:
        """Let the stream break; the page follows again a second later, as it does by itself."""
        await self.page.close()
        await asyncio.sleep(1)
        self.follows()

    async def vanishes(self, *, with_word: bool) -> None:
        """Lose the page, and open another one a while later."""
        if with_word:
            await self.page.press("/volunteer/call/away")
        await self.page.close()
        self.stage.forget(self.page.browser)
        await asyncio.sleep(self.luck.uniform(0.5, 12) * self.stage.pace)
        self.page = self.opened()
        self.follows()
        with suppress(TooLate):
            await self.page.until(lambda now: bool(now["call"]), 3)
            await self.page.press("/volunteer/call/back")


async def attempt(stage: Stage, what: str, deed: Deed) -> None:
    """Do something that may come too late, as a page does; counts how it went."""
    try:
        await deed()
    except TooLate as late:
        how = "not answered" if "not answered" in str(late) else "too late"
        stage.journal.note(f"{what}, {how}")
    else:
        stage.journal.note(what)


async def patiently(load: Deed) -> None:
    """Load a page again and again until it comes, as somebody does whose browser says it can't."""
    ends_at = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            await load()
        except (TooLate, *UNREACHED) as failed:
            if time.monotonic() > ends_at:
                raise TooLate("the page was not answered") from failed
            await asyncio.sleep(LOADS_AGAIN_SECONDS)
        else:
            return


async def signs_of_life(
    page: CallerPage | VolunteerPage, path: str, screens: tuple[str, ...]
) -> None:
    """Give a sign of life now and then on these screens, as long as the page is open."""
    while True:
        await asyncio.sleep(ALIVE_EVERY_SECONDS)
        if page.screen in screens:
            with suppress(TooLate):
                await page.press(path)
