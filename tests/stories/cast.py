"""The people of the stories, and a clock that jumps: what happens reads like a shift.

Ana reaches out; Bo and Cleo are on duty; Dee is off duty; Eli coordinates. Everything goes
through the product's own actions and worker on a real database; only time is ours.
"""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid4

from stepline import models, worker
from stepline.actions import asking, conversation, dispatch, duty, offers
from stepline.core import events as e
from stepline.core.calls import LegStep, OfferState, Seat, State, Wish
from stepline.models.people import Role
from stepline.web import snapshots

EVENING = datetime(2026, 11, 22, 21, tzinfo=UTC)


@dataclass
class Clock:
    """The only time there is; it stops at every deadline on the way."""

    now: datetime = EVENING
    pages_ring: bool = False
    pages_speak: bool = True

    def advance(self, seconds: float = 0, minutes: float = 0) -> None:
        until_at = self.now + timedelta(seconds=seconds, minutes=minutes)
        while (due_at := self.next_due()) is not None and due_at <= until_at:
            self.now = max(self.now, due_at)
            self.look()
        self.now = until_at
        self.look()

    def look(self) -> None:
        """Let the worker do what is due; open pages ring at once where the story says so."""
        renew_leases(self.now)
        if self.pages_speak:
            for waiting in models.Call.objects.filter(state__in=["ringing", "choosing"]):
                dispatch.handle(waiting.pk, e.Alive(Seat.CALLER), self.now)
        worker.run_until_idle(self.now)
        if self.pages_ring:
            for offer in models.Offer.objects.filter(ended_at=None, state=OfferState.PLACED):
                dispatch.handle(offer.call_id, e.Rings(offer.pk), self.now)

    def next_due(self) -> datetime | None:
        calls = models.Call.objects.filter(deadline_at__isnull=False, set_aside_at=None)
        return calls.order_by("deadline_at").values_list("deadline_at", flat=True).first()


def renew_leases(now: datetime) -> None:
    """The processes that hold the open pages are alive."""
    models.Process.objects.update(seen_at=now)


@dataclass
class Shift:
    """One line, one clock, and whoever is in the story."""

    clock: Clock = field(default_factory=Clock)

    def __post_init__(self) -> None:
        self.line = models.Line.objects.create(
            slug="quiet", name="A quiet line", country="IE", languages=["en", "es"], at_once=2
        )
        self.process = models.Process.objects.create(
            kind="web", started_at=self.clock.now, seen_at=self.clock.now
        )

    def volunteer(self, name: str, **facts: object) -> "Serving":
        """Somebody who serves on this line, with a signed-in device and its page open."""
        person = models.Volunteer(
            line=self.line, created_at=self.clock.now, sober_on=date(2015, 3, 1)
        )
        person.trained_on = date(2016, 3, 1)
        person.takes = ["woman", "anyone"]
        for fact, value in facts.items():
            setattr(person, fact, value)
        person.name = name
        person.save()
        models.Duty.objects.create(volunteer=person, line=self.line)
        serving = Serving(self, person)
        serving.opens_page()
        return serving

    def on_duty(self, name: str, **facts: object) -> "Serving":
        """Somebody whose shift has begun with its test ring."""
        serving = self.volunteer(name, **facts)
        serving.goes_on_duty()
        return serving

    def caller(self, name: str) -> "Reaching":
        return Reaching(self, name, uuid4().bytes)

    def end_of_shifts(self) -> None:
        """The worker tidies up: it ends shifts, and asks in vain no longer."""
        worker.tidy(self.clock.now)

    def notices(self) -> list[str]:
        """What the coordinator has been told, by name."""
        return sorted(models.Notice.objects.values_list("kind", flat=True))


@dataclass
class Reaching:
    """A caller at their page."""

    shift: Shift
    name: str
    key: bytes
    call_id: UUID | None = None

    @property
    def call(self) -> models.Call:
        assert self.call_id
        return models.Call.objects.select_related("line").get(pk=self.call_id)

    @property
    def now(self) -> datetime:
        return self.shift.clock.now

    def reaches_out(self, wish: str = "anyone", language: str = "en") -> None:
        row = asking.ask(self.shift.line, self.key, Wish(wish), language, self.now)
        self.call_id = row.pk
        worker.run_until_idle(self.now)

    def does(self, event: e.Event) -> bool:
        assert self.call_id
        handled = dispatch.handle(self.call_id, event, self.now)
        worker.run_until_idle(self.now)
        return not handled.stale

    def stops(self) -> bool:
        return self.does(e.CallerStops())

    def exits(self) -> bool:
        return self.does(e.CallerExits())

    def closes_the_page(self) -> bool:
        return self.does(e.CallerAway(closed=True))

    def comes_back(self) -> bool:
        return self.does(e.CallerReturns())

    def chooses(self, choice: str) -> bool:
        return self.does(e.CallerChooses(e.Choice(choice)))

    def hears_a_voice(self) -> bool:
        return self.reports(LegStep.HEARING)

    def reports(self, step: LegStep) -> bool:
        return self.does(e.Reports(Seat.CALLER, step, self.call.conversation))

    def stays(self) -> bool:
        return self.does(e.Alive(Seat.CALLER))

    def ends(self) -> bool:
        return self.does(e.Ends(Seat.CALLER))

    def takes_a_call_back(self, minutes: int) -> None:
        assert self.call_id
        asking.take_call_back(self.call_id, minutes, self.now)

    def sees(self) -> snapshots.Json:
        """What the page shows now."""
        row = asking.open_call(self.key) or self.call
        return snapshots.caller_snapshot(row, self.shift.line, self.now)

    def is_talking_to(self, other: "Serving") -> bool:
        if self.call.state != State.TALKING:
            return False
        held = self.call.offers.filter(ended_at=None, seat=Seat.RESPONDER, state="accepted")
        return [offer.volunteer_id for offer in held] == [other.person.pk]


@dataclass
class Serving:
    """A volunteer with a page open."""

    shift: Shift
    person: models.Volunteer

    @property
    def now(self) -> datetime:
        return self.shift.clock.now

    @property
    def phone(self) -> "Serving":
        """The page is this volunteer's phone."""
        return self

    def opens_page(self) -> None:
        device = models.Device.objects.create(
            volunteer=self.person,
            role=Role.VOLUNTEER,
            key_index=uuid4().bytes,
            created_at=self.now,
            expires_at=self.now + timedelta(days=90),
        )
        models.Presence.objects.create(
            process=self.shift.process, volunteer=self.person, device=device
        )

    def loses_the_network(self) -> None:
        models.Presence.objects.filter(volunteer=self.person).delete()

    def goes_on_duty(self, minutes: int = 180) -> None:
        duty.start_test(self.person, minutes, self.now)
        assert duty.test_rings(self.person, self.now)
        proof = duty.DutyProof(heard=True, microphone=True, awake=True, push=False)
        duty.go_on_duty(self.person, proof, self.now)
        worker.run_until_idle(self.now)

    def goes_off_duty(self) -> None:
        duty.go_off_duty(self.person, self.now)
        worker.run_until_idle(self.now)

    def offer(self) -> models.Offer:
        mine = models.Offer.objects.filter(volunteer=self.person)
        found = mine.filter(ended_at=None).first() or mine.order_by("-ended_at").first()
        assert found is not None, f"{self.person.name} was never rung"
        return found

    def is_rung(self) -> bool:
        """Something was sent to this volunteer's page that still stands."""
        waiting = [OfferState.PLACED, OfferState.RINGING, OfferState.UNREACHED]
        live = models.Offer.objects.filter(volunteer=self.person, ended_at=None)
        return live.filter(state__in=waiting).exists()

    def rings(self) -> None:
        """The page reports that it really rings."""
        assert self.is_rung(), f"nothing rings at {self.person.name}'s"
        offers.confirm_ringing(self.offer().pk, self.person, self.now)
        worker.run_until_idle(self.now)

    def presses(self, key: str) -> bool:
        """1 ready, 2 pass, 9 off duty; False when it came too late."""
        offer_id = self.offer().pk
        if key == "1":
            handled = offers.accept_offer(offer_id, self.person, None, self.now)
        elif key == "2":
            handled = offers.pass_offer(offer_id, self.person, self.now)
        else:
            handled = offers.off_duty_instead(offer_id, self.person, self.now)
        worker.run_until_idle(self.now)
        return not handled.stale

    def answers(self, caller: Reaching) -> None:
        """Ring, say ready, and both hear each other."""
        self.rings()
        assert self.presses("1")
        assert self.hears_a_voice()
        assert caller.hears_a_voice()

    def hears_a_voice(self) -> bool:
        return self.reports(LegStep.HEARING)

    def reports(self, step: LegStep) -> bool:
        row = conversation.seat_of(self.person).call
        handled = conversation.report(self.person, step, row.conversation, self.now)
        worker.run_until_idle(self.now)
        return not handled.stale

    def asks_for_help(self) -> None:
        conversation.ask_help(self.person, self.now)
        worker.run_until_idle(self.now)

    def stays(self) -> None:
        conversation.alive(self.person, self.now)

    def ends(self) -> None:
        conversation.end(self.person, self.now)
        worker.run_until_idle(self.now)

    def closes_the_page(self) -> None:
        conversation.page_gone(self.person, True, self.now)
        worker.run_until_idle(self.now)

    def reloads(self) -> None:
        """The page that talks was loaded anew and speaks again."""
        device = models.Device.objects.get(volunteer=self.person)
        conversation.page_back(self.person, device.pk, self.now)
        worker.run_until_idle(self.now)

    def says_of_the_caller(self, answer: str) -> None:
        conversation.answer_safety(self.person, answer, self.now)
        worker.run_until_idle(self.now)

    def sees(self) -> snapshots.Json:
        """What the page shows now."""
        person = models.Volunteer.objects.select_related("line").get(pk=self.person.pk)
        return snapshots.volunteer_snapshot(person, self.now)
