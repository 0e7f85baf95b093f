"""`stepline proof restart`: the server killed with -9 in each open state; the call goes on.

Each state is reached by the pages' own requests and streams. Then the server is killed and
started again: within 5 s of that start both pages must show where they stand, and the next step
must work. Nobody may be rung twice for one offer, and what waits for a sign of life has its full
time again.
"""

import argparse
import time
from collections.abc import Callable
from contextlib import ExitStack
from datetime import datetime
from functools import partial

from django.utils import timezone
from django.utils.module_loading import import_string

from stepline.core.calls import State
from stepline.start.stage.interruptions import CASES, Case, Scene, Standing
from stepline.start.stage.lines import StagedLine, set_stage
from stepline.start.stage.servers import Server
from stepline.start.stage.visitors import CallerPage, TooLate, VolunteerPage

GOES_ON_WITHIN_SECONDS = 5
VOLUNTEER = "Ana"


class Broken(Exception):
    """Something that a restart must not change was changed; the message says what."""


def main(arguments: list[str]) -> int:
    """Kill the server in each of the states named, all by default; 0 when every call went on."""
    parser = argparse.ArgumentParser(prog="stepline proof restart", description=__doc__)
    names = ", ".join(CASES)
    parser.add_argument("states", nargs="*", metavar="STATE", help=f"of: {names} (default: all)")
    told = f"seconds from a start until all goes on (default: {GOES_ON_WITHIN_SECONDS})"
    parser.add_argument("--within", type=float, default=GOES_ON_WITHIN_SECONDS, help=told)
    options = parser.parse_args(arguments)
    chosen = options.states
    unknown = set(chosen) - set(CASES)
    if unknown:
        parser.error(f"there is no state {', '.join(sorted(unknown))}; there are: {names}")
    with ExitStack() as stack:
        line = stack.enter_context(set_stage((VOLUNTEER,)))
        server = stack.enter_context(Server(line))
        volunteer = stack.enter_context(VolunteerPage(line.url))
        volunteer.signs_in(line.invitations[VOLUNTEER])
        volunteer.shows("off_duty")
        run = partial(one, line, server, volunteer, options.within)
        fine = [run(State(name)) for name in chosen or CASES]
    print(f"The call went on in {sum(fine)} of {len(fine)} states.")
    return 0 if all(fine) else 1


def one(
    line: StagedLine,
    server: Server,
    volunteer: VolunteerPage,
    within_seconds: float,
    state: State,
) -> bool:
    """Play one state through, print what was seen, and leave nothing of it behind."""
    with CallerPage(line.url, line.slug) as caller:
        scene = Scene(caller, volunteer)
        try:
            said = interrupted(state, scene, server, within_seconds)
        except (TooLate, Broken) as wrong:
            said = f"FAILED: {wrong}; {scene.seen()}"
        server.ensure()
        scene.is_cleared_away()
    print(f"{state:<10} {said}", flush=True)
    return not said.startswith("FAILED")


def interrupted(state: State, scene: Scene, server: Server, within_seconds: float) -> str:
    """Bring a state about, kill and start the server, go on; gives what was seen, in words."""
    case = CASES[state]
    # Found by name: its rows can only be imported once Django is set up.
    standing: Callable[[str], Standing] = import_string("stepline.start.stage.ledger.standing")
    case.reach(scene)
    call = str(scene.caller.snapshot["call"])
    wait_until(lambda: standing(call).state == state, case.reached_within_seconds, "not reached")
    scene.shows(case.caller, case.volunteer, 0, 5)
    before, offers = scene.seen(), standing(call).offers
    server.kill()
    started_at, started = timezone.now(), time.monotonic()
    server.start()
    scene.shows(case.caller, case.volunteer, started, within_seconds)
    after, seen_ms = scene.seen(), since_ms(started)
    wait_until(lambda: has_full_time(standing(call), case, started_at), 2, "no full time again")
    require(standing(call).offers == offers, "somebody was rung anew")
    case.go_on(scene)
    scene.shows(*case.led_to, 0, within_seconds)
    on_ms = since_ms(started)
    counted = rung_once(standing(call), scene.volunteer)
    require(on_ms <= within_seconds * 1000, f"went on after {on_ms} ms only")
    return (
        f"before: {before} | {seen_ms} ms after the start: {after}"
        f" | {case.step}: {scene.seen()} at {on_ms} ms | {counted}"
    )


def has_full_time(now: Standing, case: Case, started_at: datetime) -> bool:
    """Tell whether what waits for a sign of life has its full time, counted from the start."""
    if case.renewed is None:
        return True
    ends_at = now.rings_until_at if case.ring else now.until_at
    return ends_at is not None and ends_at >= started_at + case.renewed


def rung_once(now: Standing, volunteer: VolunteerPage) -> str:
    """Count offers, rings sent and rings begun; raises Broken when one offer rang twice."""
    begun = [each for each in volunteer.rings if each in now.offers]
    require(now.most_rings_sent <= 1, "two rings were sent for one offer")
    require(len(begun) == len(set(begun)), "the page rang twice for one offer")
    return f"offers {len(now.offers)}, rings {len(begun)}"


def require(holds: bool, otherwise: str) -> None:
    """Raise Broken unless something holds."""
    if not holds:
        raise Broken(otherwise)


def wait_until(happened: Callable[[], bool], within_seconds: float, otherwise: str) -> None:
    """Look often until something has happened; raises Broken when it doesn't in time."""
    ends = time.monotonic() + within_seconds
    while not happened():
        require(time.monotonic() < ends, otherwise)
        time.sleep(0.02)


def since_ms(started: float) -> int:
    """Give the whole milliseconds since an instant of the steady clock."""
    return round((time.monotonic() - started) * 1000)
