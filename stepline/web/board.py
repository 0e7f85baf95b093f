"""What the coordinator's board shows: read in a handful of queries, however many people serve.

Callers' names are never read here. Times leave as seconds or as the line's own clock.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Count, OuterRef, Q, Subquery
from django.utils.functional import Promise
from django.utils.translation import gettext, gettext_lazy, ngettext

from stepline import models
from stepline.actions import matching
from stepline.core.calls import Help, OfferState, Seat, State
from stepline.models.dispatch import OPEN_STATES
from stepline.web.dangers import DangerNow, of_calls

# The clock looks every second: a deadline this late means that no clock runs.
CLOCK_IS_LATE = timedelta(seconds=10)
NOTICES_SHOWN = 50
WAITING = {State.RINGING, State.CHOOSING, State.AWAY, State.CONNECTING}
IN_TALK = {State.TALKING, State.CUT_OFF, State.DIALLING_HELP}

CALL_STATES: dict[State, Promise] = {
    State.RINGING: gettext_lazy("We are ringing"),
    State.CHOOSING: gettext_lazy("Asked what they want"),
    State.AWAY: gettext_lazy("Page gone, phones ring on"),
    State.KEPT: gettext_lazy("Gone, place kept"),
    State.CONNECTING: gettext_lazy("Voices are joining"),
    State.TALKING: gettext_lazy("Talking"),
    State.CUT_OFF: gettext_lazy("Cut off, place kept"),
    State.DIALLING_HELP: gettext_lazy("Speaking with emergency help, place kept"),
    State.CLOSING: gettext_lazy("Closing"),
    State.PROMISED: gettext_lazy("A call back is promised"),
}
HELP_STATES: dict[str, Promise] = {
    Help.RINGING: gettext_lazy("Asked for, ringing"),
    Help.JOINING: gettext_lazy("Somebody is joining"),
    Help.JOINED: gettext_lazy("Somebody has joined"),
    Help.NOBODY: gettext_lazy("Asked for, nobody came"),
}
WISHES: dict[str, Promise] = {
    "anyone": gettext_lazy("anyone"),
    "woman": gettext_lazy("a woman"),
    "man": gettext_lazy("a man"),
}
# A row that was set aside may hold anything, and must still be shown.
UNREADABLE = gettext_lazy("unreadable")
NOTICES: dict[str, Promise] = {
    "unanswered": gettext_lazy("Nobody answered within the line's limit."),
    "nobody": gettext_lazy("Nobody suitable could be reached for a caller."),
    "no_voice": gettext_lazy("Two voices could not be joined."),
    "safety_unknown": gettext_lazy("After a talk nobody said whether the caller is safe."),
    "safety_worry": gettext_lazy("A volunteer is worried about a caller."),
    "help_wanted": gettext_lazy("A volunteer asks for somebody to join."),
    "help_nobody": gettext_lazy("Nobody could be brought into a talk."),
    "call_back_unowned": gettext_lazy("A call back has nobody to keep it. It is yours now."),
    "call_back_missed": gettext_lazy("A call back was not kept."),
    "danger": gettext_lazy("Somebody is in danger."),
    "help_unconfirmed": gettext_lazy(
        "A caller rang emergency help, and nobody has said whether help took over."
    ),
    "standby": gettext_lazy("Nobody on duty suited a caller, so somebody on standby was rung."),
    "still_there": gettext_lazy("Somebody on duty let it ring three times. They are asked."),
    "set_aside": gettext_lazy("A call could not go on and was set aside."),
}


def minutes(seconds: int) -> str:
    """Write a duration as minutes and seconds, 75 as 1:15."""
    return f"{seconds // 60}:{seconds % 60:02}"


@dataclass(frozen=True, kw_only=True)
class CallNow:
    """One open call, without anything that identifies the caller."""

    id: UUID
    state: State
    asked: str
    set_aside: bool
    wish: str
    language: str
    waited_seconds: int
    limit_seconds: int
    ringing: int
    off_shift: int
    help: str
    danger: bool
    dangers: DangerNow | None

    @property
    def is_waiting(self) -> bool:
        """Tell whether this caller has nobody to talk to yet."""
        return self.state in WAITING

    @property
    def over_limit(self) -> bool:
        """Tell whether this caller waits longer than the line promises."""
        return self.is_waiting and self.waited_seconds >= self.limit_seconds

    @property
    def waited(self) -> str:
        """Write how long the caller waited."""
        return minutes(self.waited_seconds)

    @property
    def words(self) -> str:
        """Say where the call stands."""
        return str(CALL_STATES[self.state])


@dataclass(frozen=True, kw_only=True)
class OnDuty:
    """One volunteer on duty now."""

    name: str
    doing: str
    reachable: bool
    takes: str
    languages: str
    until: str
    pretend: bool
    silence: str


@dataclass(frozen=True, kw_only=True)
class Promised:
    """One call back still to be kept."""

    due: str
    owner: str
    confirmed: bool
    overdue_seconds: int

    @property
    def overdue(self) -> str:
        """Write how long ago it was due."""
        return minutes(self.overdue_seconds)


@dataclass(frozen=True, kw_only=True)
class Told:
    """One notice not yet seen."""

    id: UUID
    words: str
    at: str
    danger: bool
    call: UUID | None


@dataclass(frozen=True, kw_only=True)
class Board:
    """Everything on the board at one instant."""

    line: models.Line
    at: str
    calls: tuple[CallNow, ...]
    on_duty: tuple[OnDuty, ...]
    call_backs: tuple[Promised, ...]
    notices: tuple[Told, ...]
    clock_late_seconds: int
    serving: int

    @property
    def waiting(self) -> int:
        """Count the callers who have nobody to talk to yet."""
        return sum(call.is_waiting for call in self.calls)

    @property
    def set_aside(self) -> list[CallNow]:
        """Give the calls that the clock could not handle and looks after no more."""
        return [call for call in self.calls if call.set_aside]

    @property
    def talking(self) -> int:
        """Count the talks."""
        return sum(call.state in IN_TALK for call in self.calls)

    @property
    def longest_wait(self) -> str:
        """Write the longest wait of those who wait now."""
        waits = (call.waited_seconds for call in self.calls if call.is_waiting)
        return minutes(max(waits, default=0))

    @property
    def limit(self) -> str:
        """Write how long a caller waits at most before being asked what they want."""
        return minutes(self.line.limit_seconds)

    @property
    def reachable(self) -> int:
        """Count who is on duty and can really be rung."""
        return sum(person.reachable for person in self.on_duty)

    @property
    def overdue(self) -> int:
        """Count the call backs whose time has passed."""
        return sum(promise.overdue_seconds > 0 for promise in self.call_backs)


def read(line: models.Line, now: datetime) -> Board:
    """Read the whole board of one line."""
    serving = models.Volunteer.objects.filter(line=line, stepped_back_at=None, takes_calls=True)
    return Board(
        line=line,
        at=clock(line, now, now),
        calls=tuple(open_calls(line, now)),
        on_duty=tuple(volunteers_on_duty(line, now)),
        call_backs=tuple(promises(line, now)),
        notices=tuple(notices(line, now)),
        clock_late_seconds=clock_late_seconds(now),
        serving=serving.count(),
    )


def clock(line: models.Line, at: datetime, now: datetime) -> str:
    """Give an instant as the line's own clock, with the date unless it is today's."""
    zone = ZoneInfo(line.time_zone)
    there = at.astimezone(zone)
    today = there.date() == now.astimezone(zone).date()
    return f"{there:%H:%M}" if today else f"{there:%Y-%m-%d %H:%M}"


def open_calls(line: models.Line, now: datetime) -> Iterator[CallNow]:
    """Read the open calls, danger first, then the longest wait."""
    rings = Q(offers__ended_at=None, offers__state=OfferState.RINGING, offers__seat=Seat.RESPONDER)
    rows = models.Call.objects.filter(line=line, state__in=OPEN_STATES).exclude(
        state=State.PROMISED, set_aside_at=None
    )
    counted = rows.annotate(
        ringing=Count("offers", filter=rings),
        off_shift=Count("offers", filter=rings & Q(offers__standby=True)),
    )
    found = list(counted.order_by("-danger", "asked_at"))
    dangers = of_calls(line, (call.pk for call in found if call.danger))
    for call in found:
        yield CallNow(
            id=call.pk,
            state=State(call.state),
            asked=clock(line, call.asked_at, now),
            set_aside=call.set_aside_at is not None,
            wish=str(WISHES.get(call.wish, UNREADABLE)),
            language=call.language,
            waited_seconds=waited_seconds(call, now),
            limit_seconds=line.limit_seconds,
            ringing=call.ringing,
            off_shift=call.off_shift,
            help=str(HELP_STATES.get(call.help, "")),
            danger=call.danger,
            dangers=dangers.get(call.pk),
        )


def waited_seconds(call: models.Call, now: datetime) -> int:
    """Give how long the caller waited: until the voices joined, or until now."""
    end = call.connected_at or now
    return max(0, int((end - call.asked_at).total_seconds()))


def volunteers_on_duty(line: models.Line, now: datetime) -> Iterator[OnDuty]:
    """Read who is on duty, in the order in which they came on."""
    offers = models.Offer.objects.filter(volunteer=OuterRef("volunteer"), ended_at=None)
    rows = models.Duty.objects.filter(line=line, on_since_at__isnull=False)
    rows = rows.filter(Q(until_at=None) | Q(until_at__gt=now)).annotate(
        # A duty's key is its volunteer's, so these conditions fit both rows.
        page=matching.open_page(now),
        push=matching.pushable(),
        seat=Subquery(offers.values("seat")[:1]),
        offer_state=Subquery(offers.values("state")[:1]),
    )
    for duty in rows.select_related("volunteer").order_by("on_since_at", "pk"):
        volunteer = duty.volunteer
        yield OnDuty(
            name=volunteer.name,
            doing=doing(duty.seat, duty.offer_state),
            reachable=duty.page or duty.push or volunteer.pretend is not None,
            takes=", ".join(str(WISHES[wish]) for wish in volunteer.takes),
            languages=", ".join(volunteer.languages),
            until=clock(line, duty.until_at, now) if duty.until_at else "",
            pretend=volunteer.pretend is not None,
            silence=silence(duty),
        )


def silence(duty: models.Duty) -> str:
    """Say how often it rang here in vain, one after the other; a pass or a talk ends the count."""
    if duty.still_there_asked_at is not None:
        return gettext("asked whether they are still there")
    rings = duty.silent_rings
    if not rings:
        return ""
    return ngettext("%d ring unanswered", "%d rings unanswered", rings) % rings


def doing(seat: str | None, state: str | None) -> str:
    """Say what somebody on duty is doing now."""
    if state is None:
        return gettext("Free")
    if state == OfferState.STANDBY:
        return gettext("Said ready, waits")
    if state != OfferState.ACCEPTED:
        return gettext("Being rung")
    return gettext("Helping in a talk") if seat == Seat.HELPER else gettext("In a call")


def promises(line: models.Line, now: datetime) -> Iterator[Promised]:
    """Read the call backs still to be kept, the most urgent first."""
    rows = models.CallBack.objects.filter(call__line=line, ended_at=None)
    for promise in rows.select_related("owner").order_by("due_at"):
        yield Promised(
            due=clock(line, promise.due_at, now),
            owner=promise.owner.name if promise.owner else "",
            confirmed=promise.confirmed_at is not None,
            overdue_seconds=max(0, int((now - promise.due_at).total_seconds())),
        )


def notices(line: models.Line, now: datetime) -> Iterator[Told]:
    """Read what the coordinator has not yet seen, danger first, then the newest."""
    rows = models.Notice.objects.filter(line=line, seen_at=None)
    rows = rows.annotate(in_danger=Q(kind=models.Notice.Kind.DANGER))
    for notice in rows.order_by("-in_danger", "-at")[:NOTICES_SHOWN]:
        yield Told(
            id=notice.id,
            words=str(NOTICES[notice.kind]),
            at=clock(line, notice.at, now),
            danger=notice.in_danger,
            call=notice.call_id,
        )


def clock_late_seconds(now: datetime) -> int:
    """Give how late the oldest deadline of any call is, in whole seconds; 0 when the clock runs."""
    due = models.Call.objects.filter(deadline_at__lt=now - CLOCK_IS_LATE, set_aside_at=None)
    oldest = due.order_by("deadline_at").values_list("deadline_at", flat=True).first()
    return int((now - oldest).total_seconds()) if oldest else 0
