"""A call in each of its states, and a world that does what dispatch asks for."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid5

from stepline.core import callbacks, dispatch
from stepline.core import events as e
from stepline.core.calls import (
    Call,
    DialCaller,
    Fit,
    Help,
    LegStep,
    Offer,
    OfferState,
    Ring,
    Safety,
    Seat,
    Stale,
    State,
    Tell,
    Timing,
    Trait,
)
from stepline.core.seats import rings_on

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
SPACE = UUID("12345678-1234-5678-1234-567812345678")


def named(name: str) -> UUID:
    return uuid5(SPACE, name)


BO, CLEO, DEE, ELI = named("bo"), named("cleo"), named("dee"), named("eli")
NAMES = {BO: "bo", CLEO: "cleo", DEE: "dee", ELI: "eli"}


def fits(people: tuple[UUID, ...]) -> tuple[Fit, ...]:
    """Give these people as dispatch sees them, in this order."""
    return tuple(Fit(volunteer=person) for person in people)


WAITS = {State.RINGING, State.CHOOSING}


@dataclass
class World:
    """One call, its clock, and volunteers who are free until they are rung."""

    call: Call
    now: datetime = NOON
    roster: tuple[UUID, ...] = (BO, CLEO, DEE)
    helpers: tuple[UUID, ...] = (ELI,)
    standby: tuple[UUID, ...] = ()
    told: list[str] = field(default_factory=list)
    placed: int = 0
    dialled: int = 0
    page_open: bool = True

    def free(self, people: tuple[UUID, ...]) -> tuple[UUID, ...]:
        """Those with no live offer, and not rung for this call in the last minute."""
        lately = self.now - timedelta(seconds=60)
        tired = {o.volunteer for o in self.call.offers if o.live or (o.ended_at or NOON) > lately}
        return tuple(person for person in people if person not in tired)

    def sees(self, passing: UUID | None = None) -> Call:
        """The call as the action would build it now."""
        candidates = fits(self.free(self.roster))
        others = [o for o in self.call.offers if o.id != passing and not o.standby]
        on_duty_rings = any(rings_on(offer, Seat.RESPONDER, self.now) for offer in others)
        standby = () if candidates or on_duty_rings else fits(self.free(self.standby))
        return replace(
            self.call,
            candidates=candidates,
            standby=tuple(replace(fit, standby=True) for fit in standby),
            helpers=self.free(self.helpers),
            spare_id=named(f"conversation {self.placed} {self.now}"),
        )

    def happens(self, event: e.Event) -> bool:
        """Apply an event and all that is due at once; False when it was stale."""
        took = self.step(event)
        for _ in range(3):
            due_at = dispatch.deadline(self.call)
            if not took or due_at is None or due_at > self.now:
                break
            self.step(e.ClockTick())
        return took

    def step(self, event: e.Event) -> bool:
        """Apply one event and carry out its effects."""
        passing = event.offer if isinstance(event, e.Passes) else None
        outcome = dispatch.step(self.sees(passing), event, self.now)
        if isinstance(outcome, Stale):
            return False
        self.call = outcome.call
        for effect in outcome.effects:
            if isinstance(effect, Ring):
                self.ring(effect)
            elif isinstance(effect, Tell):
                self.told.append(effect.kind)
            elif isinstance(effect, DialCaller):
                self.dialled += 1
        return True

    def ring(self, ring: Ring) -> None:
        """Place the offers a ring asks for, as far as people are free."""
        busy = {offer.volunteer for offer in self.call.offers if offer.live}
        free = [volunteer for volunteer in ring.volunteers if volunteer not in busy]
        for volunteer in free[: ring.how_many]:
            self.placed += 1
            offer = an_offer(volunteer, self.now, ring.seat, number=self.placed)
            offer = replace(offer, standby=volunteer in self.standby)
            self.call = replace(self.call, offers=(*self.call.offers, offer))

    def passes(self, seconds: float) -> None:
        """Let time pass, looking at every deadline on the way."""
        until_at = self.now + timedelta(seconds=seconds)
        while (due_at := dispatch.deadline(self.call)) is not None and due_at <= until_at:
            self.now = max(self.now, due_at)
            before = self.call
            if self.page_open:
                self.step(e.Alive(Seat.CALLER)) if self.call.state in WAITS else None
            self.happens(e.ClockTick())
            if self.call == before:
                raise AssertionError(f"{self.call.state} is due at {due_at} and doesn't move")
        self.now = until_at

    def offer(self, volunteer: UUID) -> UUID:
        """The newest offer to a volunteer."""
        return [o for o in self.call.offers if o.volunteer == volunteer][-1].id

    def state(self) -> State:
        return self.call.state

    def help(self) -> Help:
        return self.call.help

    def ringing(self) -> set[str]:
        """Those whose phones ring or are being rung for the conversation."""
        waiting = {OfferState.PLACED, OfferState.RINGING}
        offers = [o for o in self.call.offers if o.live and o.state in waiting]
        return {NAMES[offer.volunteer] for offer in offers}


def an_offer(
    volunteer: UUID,
    now: datetime = NOON,
    seat: Seat = Seat.RESPONDER,
    state: OfferState = OfferState.PLACED,
    number: int = 0,
) -> Offer:
    return Offer(
        id=named(f"offer {volunteer} {number}"),
        volunteer=volunteer,
        seat=seat,
        state=state,
        placed_at=now,
        reach_by_at=now + timedelta(seconds=2),
        ends_at=now + timedelta(seconds=25),
    )


def a_call(state: State = State.RINGING, **changes: object) -> Call:
    call = Call(
        id=named("call"),
        state=state,
        timing=Timing(at_once=2),
        asked_at=NOON,
        limit_at=NOON + timedelta(seconds=120),
        spare_id=named("spare"),
        candidates=fits((BO, CLEO, DEE)),
        wishes=frozenset({Trait.LANGUAGE, Trait.PLACE}),
    )
    return replace(call, **changes)  # type: ignore[arg-type]  # each test names what matters to it


def asking() -> World:
    """Somebody has just pressed the button."""
    world = World(a_call(candidates=()))
    world.happens(e.ClockTick())
    return world


def connecting() -> World:
    world = asking()
    world.happens(e.Rings(world.offer(BO)))
    world.happens(e.Rings(world.offer(CLEO)))
    world.happens(e.Ready(world.offer(BO)))
    return world


def both_hear(world: World) -> None:
    for seat in (Seat.CALLER, Seat.RESPONDER):
        world.happens(e.Reports(seat, LegStep.HEARING, world.call.conversation))


def talking() -> World:
    world = connecting()
    both_hear(world)
    return world


def cut_off() -> World:
    world = talking()
    world.happens(e.CallerAway(closed=True))
    return world


def dialling_help() -> World:
    world = talking()
    world.happens(e.DialsHelp(Seat.CALLER))
    return world


def closing() -> World:
    world = talking()
    world.happens(e.Ends(Seat.CALLER))
    return world


def choosing() -> World:
    world = asking()
    for person in (BO, CLEO, DEE):
        world.happens(e.Rings(world.offer(person)))
        world.happens(e.Passes(world.offer(person)))
    return world


def away() -> World:
    world = asking()
    world.happens(e.CallerAway(closed=True))
    return world


def kept() -> World:
    world = away()
    world.passes(20)
    return world


def promised() -> World:
    world = choosing()
    world.happens(e.CallBackAsked(due_at=NOON + timedelta(minutes=30), owner=BO))
    return world


def closed() -> World:
    world = asking()
    world.happens(e.CallerStops())
    return world


MAKE = {
    State.RINGING: asking,
    State.CHOOSING: choosing,
    State.AWAY: away,
    State.KEPT: kept,
    State.CONNECTING: connecting,
    State.TALKING: talking,
    State.CUT_OFF: cut_off,
    State.DIALLING_HELP: dialling_help,
    State.CLOSING: closing,
    State.PROMISED: promised,
    State.CLOSED: closed,
}


def every_event(world: World) -> list[e.Event]:
    """One of each kind, naming offers of this call where there are any."""
    offers = [offer.id for offer in world.call.offers] or [named("nobody's")]
    offer = offers[-1]
    conversation = world.call.conversation
    return [
        e.CallerStops(),
        e.CallerExits(),
        e.CallerAway(closed=True),
        e.CallerReturns(),
        e.CallerChooses(e.Choice.ANYONE),
        e.CallerRelaxes(Trait.PLACE),
        e.CallerAnswers(frozenset(offers)),
        e.CallBackAsked(due_at=world.now + timedelta(minutes=30), owner=BO),
        e.CallBackAnswered(BO, keeps=True),
        e.CallBackAsked(due_at=world.now + timedelta(minutes=20), owner=CLEO, by_phone=True),
        e.CallerUnreached(),
        e.Reports(Seat.CALLER, LegStep.MICROPHONE, conversation),
        e.Alive(Seat.CALLER),
        e.Ends(Seat.RESPONDER),
        e.Rings(offer),
        e.Ready(offer),
        e.Passes(offer),
        e.VolunteerAway(offer, closed=True),
        e.VolunteerReturns(offer),
        e.Leaves(offer),
        e.AsksHelp(),
        e.CancelsHelp(),
        e.DangerRaised(Seat.CALLER),
        e.DialsHelp(Seat.CALLER),
        e.SaysBack(),
        e.SafetyAnswered(Safety.ALL_RIGHT),
        e.ClockTick(),
        e.ClockResumed(),
    ]


def is_sound(call: Call) -> None:
    """What holds of every call at every moment."""
    assert (dispatch.deadline(call) is None) == (call.state is State.CLOSED)
    live = [offer for offer in call.offers if offer.live]
    people = [offer.volunteer for offer in live]
    assert len(people) == len(set(people)), "a volunteer is occupied twice"
    seated = [offer.seat for offer in live if offer.state is OfferState.ACCEPTED]
    assert len(seated) == len(set(seated)), "two have one seat"
    responder = Seat.RESPONDER in seated
    needs_one = {State.CONNECTING, State.TALKING, State.CUT_OFF, State.CLOSING}
    needs_one.add(State.DIALLING_HELP)
    assert responder == (call.state in needs_one), (call.state, seated)
    if call.state is State.CLOSED:
        assert not live
        assert call.closed_by is not None
    if call.state is State.PROMISED:
        assert callbacks.promised(call).due_at > NOON
    if call.help in {Help.JOINING, Help.JOINED}:
        assert Seat.HELPER in seated
