"""Someone reaches out: the ask, the few questions meanwhile, choosing, coming back."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Case, Count, QuerySet, When

from stepline import models
from stepline.actions import announce, callbacks, dispatch, numbers
from stepline.core import events as e
from stepline.core.calls import Seat, State, Wish
from stepline.models.dispatch import HOLDS_BROWSER
from stepline.models.sealed import blind_index
from stepline.models.statements import insert, kept

QUESTIONS = ("for_whom", "name", "language", "fellowship", "place", "group")
# The caller's own columns: written here alone, and none of dispatch's.
ANSWERS = (
    *("for_whom", "name_sealed", "language"),
    *("wish_fellowship", "wish_place", "wish_group"),
)
FOR_WHOM = ("self", "other")
LONGEST_NAME = 40
# A page that was left at once never speaks: don't ring on for it.
FIRST_HEARD_WITHIN = timedelta(seconds=45)


class TooManyCalls(Exception):
    """The line has as many open calls as it may have."""


class BadAnswer(Exception):
    """An answer that its question doesn't have."""


class NoSuchTime(Exception):
    """Nobody owns that time, or owns it any more."""


class AlreadyCalling(Exception):
    """The browser has another open call."""


def caller_index(key: bytes) -> bytes:
    """Give the fingerprint by which a browser's call is found."""
    return blind_index("caller", key.hex())


@kept
def calls_of_browser(index: bytes) -> QuerySet[models.Call]:
    """Give the call that a browser has open, before those that are closing, the newest first."""
    closing = Case(When(state=State.CLOSING, then=1), default=0)
    calls = models.Call.objects.select_related("line").exclude(state=State.CLOSED)
    return calls.filter(caller_index=index).order_by(closing, "-asked_at")[:1]


@kept
def held_calls(index: bytes) -> QuerySet[models.Call]:
    """Give the call that holds a browser."""
    calls = models.Call.objects.select_related("line")
    return calls.filter(caller_index=index, state__in=HOLDS_BROWSER)


def open_call(key: bytes) -> models.Call | None:
    """Give the call that a browser has open, else one that is closing, else None."""
    return calls_of_browser.first(caller_index(key))


def ask(
    line: models.Line, caller_key: bytes, wish: Wish, language: str, now: datetime
) -> models.Call:
    """Begin a call: the first phones ring in this very transaction.

    A browser that has an open call gets that one. Raises TooManyCalls at the line's cap.
    """
    index = caller_index(caller_key)
    row = held_calls.first(index)
    if row is not None:
        return row
    try:
        with transaction.atomic():
            return begin(line, caller_key, wish, language, now)
    except IntegrityError:  # a double press: the other one was first
        return held_calls(index)[0]


@kept
def open_calls_counted(line_id: UUID) -> QuerySet[models.Call, int]:
    """Count a line's open calls."""
    still_open = models.Call.objects.filter(line=line_id).exclude(state=State.CLOSED)
    counted = still_open.order_by().values("line").annotate(how_many=Count("pk"))
    return counted.values_list("how_many", flat=True)


def begin(
    line: models.Line, caller_key: bytes, wish: Wish, language: str, now: datetime
) -> models.Call:
    """Write the call and ring; see ask."""
    if (open_calls_counted.first(line.pk) or 0) >= line.open_calls_cap:
        raise TooManyCalls
    row = models.Call(
        line=line,
        caller_index=caller_index(caller_key),
        asked_at=now,
        limit_at=now + timedelta(seconds=line.limit_seconds),
        deadline_at=now,
        heard_until_at=now + FIRST_HEARD_WITHIN,
        wish=wish,
        language=language if language in line.languages else line.languages[0],
    )
    insert([row])
    limit = {"limit_at": row.limit_at.isoformat()}
    state = State.RINGING
    asks = models.LogLine(
        call=row, at=now, event="Asks", from_state="", to_state=state, detail=limit
    )
    insert([asks])
    return dispatch.apply(row, e.ClockTick(), now).call


def next_question(row: models.Call) -> str | None:
    """Give the question that has been neither answered nor skipped."""
    done = row.answered.split(",")
    wanted = [question for question in QUESTIONS if is_asked(question, row.line)]
    return next((question for question in wanted if question not in done), None)


def is_asked(question: str, line: models.Line) -> bool:
    """Say whether a line asks this question: one about a wish only where there is a choice."""
    choices = {
        "language": len(line.languages) > 1,
        "fellowship": bool(line.fellowships),
        "place": bool(line.places),
        "group": bool(line.groups),
    }
    return choices.get(question, True)


@transaction.atomic
def answer(call_id: UUID, question: str, value: str, now: datetime) -> None:
    """Note what the caller answered while it rings; empty means skipped.

    A wish counts for whom is rung next; what rings already rings on, and whoever answers it is
    welcome. But for the language: two who don't understand each other are no help, so such
    phones stop and the next ring. Raises BadAnswer.
    """
    rows = models.Call.objects.select_for_update(of=("self",)).select_related("line")
    row = rows.exclude(state=State.CLOSED).filter(pk=call_id).first()
    if row is None or question not in QUESTIONS:
        raise BadAnswer
    spoke = row.language
    if value:
        take_answer(row, question, value)
    row.answered = ",".join(sorted({*filter(None, row.answered.split(",")), question}))
    row.save(update_fields=["answered", *ANSWERS])
    if row.language != spoke:
        dispatch.handle(call_id, e.CallerAnswers(who_do_not_speak(row)), now)
    announce.changed(f"call:{call_id}", *volunteer_topics(row))


def who_do_not_speak(row: models.Call) -> frozenset[UUID]:
    """Give the live offers to volunteers who don't speak the caller's language."""
    live = row.offers.filter(ended_at=None, seat=Seat.RESPONDER)
    strangers = live.exclude(volunteer__languages__contains=[row.language])
    return frozenset(strangers.values_list("pk", flat=True))


def take_answer(row: models.Call, question: str, value: str) -> None:
    """Put one answer into its column; raises BadAnswer."""
    if question == "name":
        row.name = " ".join(value.split())[:LONGEST_NAME]
    elif question == "for_whom" and value in FOR_WHOM:
        row.for_whom = value
    elif question == "language" and value in row.line.languages:
        row.language = value
    elif question == "fellowship" and value in row.line.fellowships:
        row.wish_fellowship = value
    elif question == "place" and value in row.line.places:
        row.wish_place = value
    elif question == "group" and value in row.line.groups:
        row.wish_group = value
    else:
        raise BadAnswer


def volunteer_topics(row: models.Call) -> list[str]:
    """Give the topics of those whose pages show this call."""
    live = row.offers.filter(ended_at=None).values_list("volunteer_id", flat=True)
    return [f"volunteer:{volunteer}" for volunteer in live]


@transaction.atomic
def take_call_back(call_id: UUID, minutes: int, now: datetime, number: str = "") -> models.Call:
    """Promise a call back at one of the offered times, to the page or to a number.

    Raises NoSuchTime, and numbers.BadNumber when the line doesn't ring that number.
    """
    row = models.Call.objects.select_related("line").get(pk=call_id)
    chosen = callbacks.slot(row, minutes, now)
    if chosen is None:
        raise NoSuchTime
    to_ring = numbers.checked(number, row.line) if number else ""
    event = e.CallBackAsked(chosen.due_at, chosen.owner, by_phone=bool(to_ring))
    handled = dispatch.handle(call_id, event, now)
    if handled.stale:
        raise NoSuchTime
    if to_ring:
        call_back = models.CallBack.objects.get(call=call_id)
        call_back.number = to_ring
        call_back.save(update_fields=["number_sealed"])
    return handled.call


def ask_for_call_back(
    line: models.Line, caller_key: bytes, minutes: int, now: datetime, number: str = ""
) -> models.Call:
    """Ask for a call back without ringing anybody first, as a page without script does.

    Raises NoSuchTime, TooManyCalls, AlreadyCalling and numbers.BadNumber.
    """
    index = caller_index(caller_key)
    if models.Call.objects.filter(caller_index=index, state__in=HOLDS_BROWSER).exists():
        raise AlreadyCalling
    if line.calls.exclude(state=State.CLOSED).count() >= line.open_calls_cap:
        raise TooManyCalls
    with transaction.atomic():
        row = models.Call.objects.create(
            line=line,
            caller_index=index,
            state=State.KEPT,
            caller_here=False,
            asked_at=now,
            limit_at=now,
            until_at=now + timedelta(minutes=1),
            deadline_at=now + timedelta(minutes=1),
            language=line.languages[0],
        )
        return take_call_back(row.pk, minutes, now, number)


def come_back(code: str, caller_key: bytes, now: datetime) -> models.Call | None:
    """Come back with the code of a call back: its owner's phone rings. None: no such code.

    Raises AlreadyCalling when this browser has another open call.
    """
    call_back = callbacks.find(code)
    if call_back is None:
        return None
    index = caller_index(caller_key)
    others = models.Call.objects.filter(caller_index=index, state__in=HOLDS_BROWSER)
    if others.exclude(pk=call_back.call_id).exists():
        raise AlreadyCalling
    with transaction.atomic():
        models.Call.objects.filter(pk=call_back.call_id).update(caller_index=index)
        return dispatch.handle(call_back.call_id, e.CallerReturns(), now).call
