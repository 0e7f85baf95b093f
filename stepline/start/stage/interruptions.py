"""Each open state of a call: how two pages bring it about, and what its next step is."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from stepline.core.calls import State, Timing
from stepline.start.stage.visitors import CallerPage, TooLate, VolunteerPage

TIMES = Timing()
OFF = ("off_duty", "debrief")
GONE = "gone"


@dataclass(frozen=True)
class Standing:
    """Where a call stands, and what was sent for each of its offers."""

    state: str
    until_at: datetime | None
    rings_until_at: datetime | None
    offers: frozenset[str]
    most_rings_sent: int


@dataclass(frozen=True)
class Scene:
    """One caller and one volunteer, each with a page."""

    caller: CallerPage
    volunteer: VolunteerPage

    def shows(
        self, caller: str, volunteer: tuple[str, ...], since: float, within_seconds: float
    ) -> None:
        """Wait until both pages show what they should; a page that is gone shows nothing."""
        if caller != GONE:
            self.caller.shows(caller, since=since, within_seconds=within_seconds)
        self.volunteer.shows(*volunteer, since=since, within_seconds=within_seconds)

    def seen(self) -> str:
        """Say what each page shows."""
        caller = self.caller.screen if self.caller.stream else GONE
        return f"caller '{caller}', volunteer '{self.volunteer.screen}'"

    def begins(self) -> None:
        """Have the volunteer on duty and the caller at the first screen."""
        if self.volunteer.screen != "on_duty":
            self.volunteer.goes_on_duty()
        self.caller.opens()

    def rings(self) -> None:
        """Ask, until the volunteer's page rings."""
        self.begins()
        self.caller.asks()
        self.caller.until(lambda now: now["ringing"] == 1, 5)
        self.volunteer.shows("offer")

    def connects(self) -> None:
        """Ask, and have it answered."""
        self.rings()
        self.volunteer.answers("ready")
        self.caller.shows("connecting")
        self.volunteer.shows("connecting")

    def talks(self) -> None:
        """Ask, have it answered, and hear each other."""
        self.connects()
        self.both_hear()

    def both_hear(self) -> None:
        """Report on both sides that the voices have joined."""
        self.caller.hears()
        self.volunteer.hears()
        self.caller.shows("talking")
        self.volunteer.shows("talking")

    def finds_nobody(self) -> None:
        """Ask while nobody is on duty: that is said at once."""
        self.begins()
        self.volunteer.press("/volunteer/duty/off")
        self.volunteer.shows(*OFF)
        self.caller.asks()
        self.caller.shows("choosing")

    def goes_on_and_ends(self) -> None:
        """The talk goes on for a word, and is ended by the volunteer."""
        self.caller.press("/call/alive")
        self.volunteer.press("/volunteer/call/end")

    def ends(self) -> None:
        """Talk, to the end of the talk."""
        self.talks()
        self.goes_on_and_ends()

    def says_all_is_right(self) -> None:
        """Answer how safe the caller is, which closes the call."""
        self.volunteer.press("/volunteer/call/close", answer="all_right")

    def caller_goes(self) -> None:
        """Close the caller's page, as a reload or a tap too many does."""
        self.caller.closes_the_page()

    def rings_for_help(self) -> None:
        """Talk, then ring the emergency number."""
        self.talks()
        self.caller.press("/call/dialling")
        self.caller.shows("dialling_help")
        self.volunteer.shows("dialling_help")

    def comes_back_from_help(self) -> None:
        """One tap, after speaking with emergency help."""
        self.caller.press("/call/back")

    def takes_call_back(self) -> None:
        """Take a call back at the first time offered."""
        self.rings()
        slot = self.caller.snapshot["call_back"]["slots"][0]["minutes"]
        self.caller.press("/call/call-back", slot=str(slot))
        self.caller.shows("promised")
        self.volunteer.until(lambda now: bool(now["call_backs"]) and now["screen"] == "on_duty", 5)

    def is_cleared_away(self) -> None:
        """End whatever is open, so that the volunteer is free for the next scene."""
        if self.volunteer.screen == "test_ring":
            self.volunteer.press("/volunteer/duty/off")
        with suppress(TooLate):
            self.caller.press("/call/stop")
        if self.volunteer.screen in {
            "closing",
            "talking",
            "connecting",
            "cut_off",
            "dialling_help",
        }:
            with suppress(TooLate):
                self.volunteer.shows("closing", within_seconds=2)
                self.says_all_is_right()
        self.volunteer.shows("on_duty", *OFF)


@dataclass(frozen=True, kw_only=True)
class Case:
    """One state: how it is brought about, what both pages show in it, and how it goes on.

    `renewed` is the time that a start gives again in full: to a ring with `ring`, else to the
    state itself.
    """

    reach: Callable[[Scene], None]
    caller: str
    volunteer: tuple[str, ...]
    step: str
    go_on: Callable[[Scene], None]
    led_to: tuple[str, tuple[str, ...]]
    renewed: timedelta | None = None
    ring: bool = False
    reached_within_seconds: float = 5.0


def left(reach: Callable[[Scene], None]) -> Callable[[Scene], None]:
    """Bring something about, and then the caller's page goes."""

    def both(scene: Scene) -> None:
        reach(scene)
        scene.caller_goes()

    return both


def on_duty_and_wait(scene: Scene) -> None:
    """Somebody comes on duty, and the caller waits on."""
    scene.caller.press("/call/choose", choice="wait")
    scene.volunteer.goes_on_duty()


def on_duty_and_back(scene: Scene) -> None:
    """Somebody comes on duty, and the caller comes back to their place."""
    scene.volunteer.goes_on_duty()
    scene.caller.comes_back()


def come_back_with_code(scene: Scene) -> None:
    """The caller comes back with the code of the call back."""
    code = scene.caller.snapshot["call_back"]["promised"]["code"]
    scene.caller.press("/come-back", code=code)


RUNG = ("waiting", ("offer",))
JOINING = ("connecting", ("connecting",))

CASES = {
    State.RINGING: Case(
        reach=Scene.rings,
        caller="waiting",
        volunteer=("offer",),
        step="ready",
        go_on=lambda scene: scene.volunteer.answers("ready"),
        led_to=JOINING,
        renewed=TIMES.ring,
        ring=True,
    ),
    State.CHOOSING: Case(
        reach=Scene.finds_nobody,
        caller="choosing",
        volunteer=OFF,
        step="wait on, and somebody comes on duty",
        go_on=on_duty_and_wait,
        led_to=RUNG,
    ),
    State.AWAY: Case(
        reach=left(Scene.rings),
        caller=GONE,
        volunteer=("offer",),
        step="the page is loaded again",
        go_on=lambda scene: scene.caller.comes_back(),
        led_to=RUNG,
        renewed=TIMES.away,
    ),
    State.KEPT: Case(
        reach=left(Scene.finds_nobody),
        caller=GONE,
        volunteer=OFF,
        step="somebody comes on duty, and the page is loaded again",
        go_on=on_duty_and_back,
        led_to=RUNG,
        renewed=TIMES.place,
        reached_within_seconds=TIMES.away.total_seconds() + 5,
    ),
    State.CONNECTING: Case(
        reach=Scene.connects,
        caller="connecting",
        volunteer=("connecting",),
        step="both hear",
        go_on=Scene.both_hear,
        led_to=("talking", ("talking",)),
        renewed=TIMES.connect,
    ),
    State.TALKING: Case(
        reach=Scene.talks,
        caller="talking",
        volunteer=("talking",),
        step="a sign of life, and the end",
        go_on=Scene.goes_on_and_ends,
        led_to=("thanks", ("closing",)),
        renewed=TIMES.silence,
    ),
    State.CUT_OFF: Case(
        reach=left(Scene.talks),
        caller=GONE,
        volunteer=("cut_off",),
        step="the page is loaded again",
        go_on=lambda scene: scene.caller.comes_back(),
        led_to=JOINING,
        renewed=TIMES.place,
    ),
    State.DIALLING_HELP: Case(
        reach=Scene.rings_for_help,
        caller="dialling_help",
        volunteer=("dialling_help",),
        step="the caller is back",
        go_on=Scene.comes_back_from_help,
        led_to=JOINING,
        renewed=TIMES.dialling,
    ),
    State.CLOSING: Case(
        reach=Scene.ends,
        caller="thanks",
        volunteer=("closing",),
        step="the safety question is answered",
        go_on=Scene.says_all_is_right,
        led_to=("thanks", ("on_duty",)),
        renewed=TIMES.closing,
    ),
    State.PROMISED: Case(
        reach=Scene.takes_call_back,
        caller="promised",
        volunteer=("on_duty",),
        step="the code is given",
        go_on=come_back_with_code,
        led_to=RUNG,
    ),
}
