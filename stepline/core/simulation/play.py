"""One simulation: calls arrive, a policy rings, people answer, callers give up."""

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from uuid import UUID

from stepline.core import habits
from stepline.core.calls import Chance, Fit
from stepline.core.ringing import InTheAir
from stepline.core.simulation import luck
from stepline.core.simulation.policies import POLICIES, TOLD_THE_TRUTH, Scene
from stepline.core.simulation.population import MINUTES_A_DAY, SECONDS_A_DAY, Population, WishShare
from stepline.core.simulation.staff import Member, instant, staff

RING_AGAIN_AFTER_SECONDS = 60.0
SOONEST_SECONDS = 0.05


@dataclass
class Waiting:
    """One call, from its press on."""

    number: int
    asked: float
    wish: WishShare
    rings: list["Ring"] = field(default_factory=list)
    rung: dict[UUID, float] = field(default_factory=dict)  # when the last ring ended
    tries: dict[UUID, int] = field(default_factory=dict)
    looks: int = 0
    open: bool = True


@dataclass(eq=False)
class Ring:
    """One phone that rings for a call, with what was believed of it."""

    call: Waiting
    member: Member
    began: float
    where: str
    believed: Chance
    brings: str
    open: bool = True


@dataclass(frozen=True)
class Ended:
    """How one call ended: after how long, and whether somebody answered."""

    number: int
    wish: WishShare
    seconds: float
    answered: bool


@dataclass(frozen=True)
class Played:
    """What came of a simulation."""

    calls: tuple[Ended, ...]
    staff: tuple[Member, ...]
    rings: int


class Game:
    """The clock of one simulation: what is due, who waits, who serves."""

    def __init__(self, population: Population, name: str) -> None:
        self.population = population
        self.policy = POLICIES[name]
        self.truth = name in TOLD_THE_TRUTH
        self.staff = staff(population)
        self.by_id = {member.id: member for member in self.staff}
        self.waiting: list[Waiting] = []
        self.ended: list[Ended] = []
        self.due: list[tuple[float, int, Callable[[float], None]]] = []
        self.order = count()
        self.fitting = {
            wish: [m for m in self.staff if wish.fits(m.person)] for wish in population.wishes
        }
        self.all_day = all((0, MINUTES_A_DAY) in m.person.duty for m in self.staff)

    def at(self, when: float, does: Callable[[float], None]) -> None:
        """Have something done at an instant."""
        heapq.heappush(self.due, (when, next(self.order), does))

    def run(self) -> Played:
        """Play all calls to their end."""
        for number, asked in enumerate(luck.arrivals(self.population)):
            self.at(asked, self.arriving(number))
        if not self.all_day:
            self.at(0.0, self.duty_changes)
        while self.due and len(self.ended) < self.population.calls:
            now, _, does = heapq.heappop(self.due)
            does(now)
        self.ended.sort(key=lambda call: call.number)
        rings = sum(member.rings for member in self.staff)
        return Played(tuple(self.ended), tuple(self.staff), rings)

    def duty_changes(self, now: float) -> None:
        """Have everybody who waits looked at: somebody may have come on duty."""
        for call in list(self.waiting):
            self.look(call, now)
        minute = now % SECONDS_A_DAY / 60
        edges = {begins for member in self.staff for begins, _ in member.person.duty}
        if not edges:
            return
        ahead = min((begins - minute - 1e-9) % MINUTES_A_DAY for begins in edges)
        self.at(now + ahead * 60 + SOONEST_SECONDS, self.duty_changes)

    def arriving(self, number: int) -> Callable[[float], None]:
        """Give what happens when a call arrives: it waits, and will give up."""

        def arrives(now: float) -> None:
            seed, most = self.population.seed, self.population.limit_seconds
            call = Waiting(number, now, self.wish_of(number))
            self.waiting.append(call)
            patience = self.population.patience_mean_seconds
            stays = luck.exponential(patience, seed, "patience", number)
            stays = stays if most is None else min(stays, most)
            self.at(now + stays, lambda later: self.ends(call, later, None))
            self.look(call, now)

        return arrives

    def wish_of(self, number: int) -> WishShare:
        """Draw what a caller wishes for."""
        drawn = luck.draw(self.population.seed, "wish", number)
        for wish in self.population.wishes:
            drawn -= wish.share
            if drawn < 0:
                return wish
        return self.population.wishes[-1]

    def free(self, call: Waiting, now: float) -> list[Member]:
        """Give those who may be rung now: who was rung for this call comes after all others.

        And then only a while after their ring ended, as in production.
        """
        minute = now % SECONDS_A_DAY / 60
        here = [
            member
            for member in self.fitting[call.wish]
            if not member.occupied and (self.all_day or member.person.on_duty(minute))
        ]
        fresh = [member for member in here if member.id not in call.rung]
        if fresh:
            return fresh
        return [m for m in here if now >= call.rung[m.id] + RING_AGAIN_AFTER_SECONDS - 1e-6]

    def look(self, call: Waiting, now: float) -> None:
        """Let the policy decide for a call, and ring."""
        if not call.open:
            return
        call.looks += 1
        free = self.free(call, now)
        free.sort(key=lambda m: (m.rested_since is not None, m.rested_since or 0.0, m.place))
        decision = self.policy(self.scene(call, free, now))
        for fit in decision.ring:
            self.rings(call, self.by_id[fit.volunteer], now)
        again = decision.again_in_seconds
        if again is not None:
            self.look_in(call, now, again)
        elif not call.rings and not free:
            self.look_again_once_rested(call, now)

    def look_again_once_rested(self, call: Waiting, now: float) -> None:
        """Look again when the first who was rung for this call may be rung anew."""
        ended = [at + RING_AGAIN_AFTER_SECONDS for at in call.rung.values()]
        ahead = [at - now for at in ended if at > now]
        if ahead:
            self.look_in(call, now, min(ahead))

    def look_in(self, call: Waiting, now: float, seconds: float) -> None:
        """Look again in some seconds, unless something makes us look before."""
        looks = call.looks

        def again(later: float) -> None:
            if call.looks == looks:
                self.look(call, later)

        self.at(now + max(seconds, SOONEST_SECONDS), again)

    def scene(self, call: Waiting, free: list[Member], now: float) -> Scene:
        """Give what the policy sees."""
        rings = tuple(
            InTheAir(ring.believed, now - ring.began, self.population.ring_seconds)
            for ring in call.rings
        )
        return Scene(
            now=instant(now),
            rings=rings,
            order=tuple(member.fit(now, self.truth) for member in free),
            price_seconds=self.population.ring_price_seconds,
            ring_seconds=self.population.ring_seconds,
            seconds_to_ready=lambda fit: self.seconds_to_ready(call, fit, now),
            place=lambda fit: self.by_id[fit.volunteer].place,
        )

    def seconds_to_ready(self, call: Waiting, fit: Fit, now: float) -> float | None:
        """Give after how many seconds a ring would bring a 'ready', if it would."""
        brings, seconds = self.fate(call, self.by_id[fit.volunteer], now)
        return seconds if brings == "ready" else None

    def fate(self, call: Waiting, member: Member, now: float) -> tuple[str, float]:
        """Give what the next ring of this call at a volunteer brings."""
        number = call.tries.get(member.id, 0)
        here = member.comings.is_here(now)
        return luck.answer(self.population, call.number, member.person, number, here)

    def rings(self, call: Waiting, member: Member, now: float) -> None:
        """Ring one phone; its answer falls due."""
        where = member.situation(now)
        brings, seconds = self.fate(call, member, now)
        believed = member.fit(now, self.truth).chance
        ring = Ring(call, member, now, where, believed, brings)
        call.tries[member.id] = call.tries.get(member.id, 0) + 1
        call.rings.append(ring)
        member.occupied, member.rested_since = True, now
        member.rings += 1
        self.at(now + seconds, lambda later: self.answers(ring, later))

    def answers(self, ring: Ring, now: float) -> None:
        """Take the answer of a phone that still rings, or its silence."""
        if not ring.open:
            return
        self.stops(ring, now)
        seconds = now - ring.began
        if ring.brings == "silent":
            ring.member.learns(habits.of_silence(), ring.where, now)
        else:
            taught = habits.of_answer(ring.brings == "ready", seconds)
            ring.member.learns(taught, ring.where, now)
        if ring.brings == "ready":
            self.ends(ring.call, now, ring.member)
        else:
            self.look_all(now)

    def stops(self, ring: Ring, now: float) -> None:
        """End one ring: its volunteer is free."""
        ring.open, ring.member.occupied = False, False
        ring.call.rings.remove(ring)
        ring.call.rung[ring.member.id] = now

    def ends(self, call: Waiting, now: float, answered: Member | None) -> None:
        """End a call's waiting: all its phones stop, and somebody talks or nobody does."""
        if not call.open:
            return
        call.open = False
        self.waiting.remove(call)
        for ring in list(call.rings):
            self.stops(ring, now)
            seconds, most = now - ring.began, self.population.ring_seconds
            taught = habits.of_stopped(ring.believed, seconds, most)
            ring.member.learns(taught, ring.where, now)
        if answered is not None:
            self.talks(call, answered, now)
        self.ended.append(Ended(call.number, call.wish, now - call.asked, answered is not None))
        self.look_all(now)

    def talks(self, call: Waiting, member: Member, now: float) -> None:
        """Occupy a volunteer for a conversation."""
        member.occupied = True
        member.conversations += 1
        seconds = luck.log_normal(self.population.talk, self.population.seed, "talk", call.number)
        self.at(now + seconds, lambda later: self.hangs_up(member, later))

    def hangs_up(self, member: Member, now: float) -> None:
        """End a conversation: its volunteer is free and has rested since now."""
        member.occupied, member.rested_since = False, now
        self.look_all(now)

    def look_all(self, now: float) -> None:
        """Look again for all who wait, the longest waiting first: somebody is free."""
        for call in list(self.waiting):
            self.look(call, now)


def play(population: Population, policy: str) -> Played:
    """Play a population through by one of POLICIES."""
    return Game(population, policy).run()
