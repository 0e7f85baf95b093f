"""Proves from the evidence that nothing was lost, or names what was: pure, and tested itself.

What it must find is planted one by one in tests/start/test_faults_checker.py, and in the real
rows after every run.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import pairwise
from typing import TypeVar

from stepline.core.calls import ClosedBy, OfferState, Seat, State, Timing
from stepline.start.stage.faults.records import (
    Away,
    CallRow,
    Evidence,
    Kind,
    LogRow,
    Loss,
    OfferRow,
    PromiseRow,
)

Row = TypeVar("Row", LogRow, OfferRow)

TIMES = Timing()
# A clock looks each second, and one look at many calls takes its time on a busy machine.
SLACK = timedelta(seconds=5)
# An action reads the clock once; then it may wait for rows, 3 s for each statement at most.
WAITS_FOR_ROWS = timedelta(seconds=10)
STOPS = {"CallerStops", "CallerExits", "Ends"}


def losses(evidence: Evidence) -> list[Loss]:
    """Give everything that must never happen and did."""
    checks = (lost, twice_connected, in_two_calls, held, rung_twice, limits, promises)
    return [loss for check in checks for loss in check(evidence)]


def by_call(rows: Iterable[Row]) -> dict[str, list[Row]]:
    """Sort rows by their call, in the order given."""
    sorted_out: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        sorted_out[row.call].append(row)
    return sorted_out


def lost(evidence: Evidence) -> Iterator[Loss]:
    """Find calls that were answered with success and are nowhere, stuck, or let go too early."""
    known = {call.id for call in evidence.calls}
    for missing in sorted(evidence.asked - known):
        yield Loss(Kind.LOST, missing, "its page was told of it, and there is no such call")
    log = by_call(evidence.log)
    for call in evidence.calls:
        why = not_kept(call, evidence.read_at) or let_go(call, log[call.id])
        if why:
            yield Loss(Kind.LOST, call.id, why)


def not_kept(call: CallRow, read_at: datetime) -> str:
    """Say why a call is neither closed with a reason nor about to be looked at; empty: it is."""
    if call.state == State.CLOSED:
        closed = call.closed_by and call.closed_at
        return "" if closed else "closed without a reason or an instant"
    if call.set_aside:
        return "set aside"
    if call.deadline_at is None:
        return f"{call.state} without a deadline"
    late = read_at - call.deadline_at
    return f"{call.state}, its deadline {late} overdue" if late > SLACK else ""


def let_go(call: CallRow, log: list[LogRow]) -> str:
    """Say why a call that was closed as lost should have been kept longer."""
    if call.closed_by != ClosedBy.LOST or call.closed_at is None:
        return ""
    kept = [line.at for line in log if line.led_to == State.KEPT != line.came_from]
    if kept and call.closed_at >= kept[-1] + TIMES.place - WAITS_FOR_ROWS:
        return ""
    return "its place was not kept for the whole time"


def overlap(one: OfferRow, other: OfferRow) -> timedelta:
    """Give how long the later of two offers began before the earlier had ended."""
    return (one.ended_at or datetime.max.replace(tzinfo=one.placed_at.tzinfo)) - other.placed_at


def twice_connected(evidence: Evidence) -> Iterator[Loss]:
    """Find seats that two held at once, and conversations that two responders were shown."""
    log = by_call(evidence.log)
    for call, offers in by_call(evidence.offers).items():
        for seat in (Seat.RESPONDER, Seat.HELPER):
            yield from seat_held_twice(call, seat, offers, log[call])
    shown: dict[str, set[str]] = defaultdict(set)
    for joined in evidence.joined:
        shown[joined.conversation].add(f"{joined.call} {joined.volunteer}")
    for conversation, who in sorted(shown.items()):
        if len(who) > 1:
            why = f"two were shown the conversation {conversation}: {', '.join(sorted(who))}"
            yield Loss(Kind.TWICE_CONNECTED, min(who).split(maxsplit=1)[0], why)


def seat_held_twice(
    call: str, seat: Seat, offers: list[OfferRow], log: list[LogRow]
) -> Iterator[Loss]:
    """Find two accepted offers of one seat that stood at the same time."""
    took: dict[str, datetime] = {}
    for line in log:
        holder = line.detail.get(seat)
        if holder:
            took.setdefault(holder, line.at)
    held = [o for o in offers if o.seat == seat and (o.id in took or o.state == "accepted")]
    held.sort(key=lambda offer: took.get(offer.id, offer.placed_at))
    for one, other in pairwise(held):
        ended_at = one.ended_at
        since_at = took.get(other.id, other.placed_at)
        if ended_at is None or ended_at > since_at + WAITS_FOR_ROWS:
            why = f"{one.volunteer} and {other.volunteer} both had the {seat}'s seat"
            yield Loss(Kind.TWICE_CONNECTED, call, why)


def in_two_calls(evidence: Evidence) -> Iterator[Loss]:
    """Find volunteers who were rung or talking for one call while another had them."""
    of_volunteer: dict[str, list[OfferRow]] = defaultdict(list)
    for offer in evidence.offers:
        of_volunteer[offer.volunteer].append(offer)
    for volunteer, offers in of_volunteer.items():
        offers.sort(key=lambda offer: offer.placed_at)
        for one, other in pairwise(offers):
            if overlap(one, other) > WAITS_FOR_ROWS:
                yield Loss(Kind.IN_TWO_CALLS, volunteer, f"{one.call} and {other.call}")


def held(evidence: Evidence) -> Iterator[Loss]:
    """Find volunteers whom a closed call still occupies, so that nobody could ring them."""
    closed = {call.id for call in evidence.calls if call.state == State.CLOSED}
    for offer in evidence.offers:
        if offer.ended_at is None and offer.call in closed:
            yield Loss(Kind.HELD, offer.volunteer, f"by {offer.call}, which is closed")


def rung_twice(evidence: Evidence) -> Iterator[Loss]:
    """Find offers for which a second ring was sent, or one page rang a second time."""
    for offer in evidence.offers:
        if offer.rings_sent > 1:
            yield Loss(Kind.RUNG_TWICE, offer.id, f"{offer.rings_sent} rings were sent")
    for (page, offer_id), times in Counter((r.page, r.offer) for r in evidence.rang).items():
        if times > 1:
            yield Loss(Kind.RUNG_TWICE, offer_id, f"the page {page} rang {times} times")


def limits(evidence: Evidence) -> Iterator[Loss]:
    """Find callers for whom it rang on past the limit, unasked, while the clock could look."""
    for call, late in waits_past_limit(evidence):
        if late > SLACK:
            why = f"asked {late.total_seconds():.1f} s too late, with the clock there"
            yield Loss(Kind.LIMIT_BROKEN, call, why)


def waits_past_limit(evidence: Evidence) -> Iterator[tuple[str, timedelta]]:
    """Give each wait that went past its limit, and by how much that no fault explains."""
    for call, log in by_call(evidence.log).items():
        for limit_at, asked_at in waits(log, evidence.read_at):
            late = asked_at - limit_at
            if late > timedelta():
                yield call, max(timedelta(), late - away(evidence.away, limit_at, asked_at))


def waits(log: list[LogRow], read_at: datetime) -> Iterator[tuple[datetime, datetime]]:
    """Give each time of ringing of one call: its limit, and when it was over or renewed."""
    limit_at: datetime | None = None
    for line in log:
        renewed = line.detail.get("limit_at")
        if limit_at and (line.led_to != State.RINGING or renewed):
            yield limit_at, line.at
            limit_at = None
        if line.led_to == State.RINGING and (renewed or line.came_from != State.RINGING):
            stands = datetime.fromisoformat(renewed) if renewed else last_limit(log, line)
            # A limit that passed while voices were joining counts from when it rang again.
            limit_at = stands and max(stands, line.at)
    if limit_at:
        yield limit_at, read_at


def last_limit(log: list[LogRow], line: LogRow) -> datetime | None:
    """Give the limit that stood when a line was written: the newest one told before it."""
    told = (each.detail.get("limit_at") for each in log if each.number < line.number)
    newest = [limit for limit in told if limit]
    return datetime.fromisoformat(newest[-1]) if newest else None


def away(faults: Iterable[Away], from_at: datetime, until_at: datetime) -> timedelta:
    """Give how much of a time the clock was away; faults that overlap count once."""
    total, covered_at = timedelta(), from_at
    for fault in sorted(faults, key=lambda each: each.from_at):
        begins_at, ends_at = max(fault.from_at, covered_at), min(fault.until_at, until_at)
        if ends_at > begins_at:
            total += ends_at - begins_at
            covered_at = ends_at
    return total


def promises(evidence: Evidence) -> Iterator[Loss]:
    """Find call backs that are neither kept, owned, handed to the coordinator nor stopped."""
    log = by_call(evidence.log)
    offers = by_call(evidence.offers)
    known = {promise.call for promise in evidence.promises}
    for call in sorted(promised(evidence) - known):
        yield Loss(Kind.PROMISE_BROKEN, call, "it was promised, and there is no such promise")
    states = {call.id: call.state for call in evidence.calls}
    for promise in evidence.promises:
        why = (
            ended_wrongly(promise, log[promise.call])
            if promise.ended_at
            else dropped(promise, states, offers[promise.call], evidence.read_at)
        )
        if why:
            yield Loss(Kind.PROMISE_BROKEN, promise.call, why)


def promised(evidence: Evidence) -> set[str]:
    """Give the calls to which a call back was promised, by the log and by what pages saw."""
    logged = {line.call for line in evidence.log if line.led_to == State.PROMISED}
    return logged | evidence.promised


def ended_wrongly(promise: PromiseRow, log: list[LogRow]) -> str:
    """Say why a promise that has ended should not have; empty when its end is explained."""
    since = [line.number for line in log if line.led_to == State.PROMISED != line.came_from]
    later = [line for line in log if since and line.number > since[-1]]
    waited_from = [promise.due_at + TIMES.await_caller]
    waited_from += [line.at + TIMES.place for line in later if line.led_to == State.KEPT]
    over_at = promise.ended_at or promise.due_at
    waited = over_at >= min(waited_from) - WAITS_FOR_ROWS
    explained = {
        "kept": any(line.led_to == State.TALKING for line in later),
        "stopped": any(line.event in STOPS for line in later),
        "not_come": waited,
        "handed": waited,
    }
    if promise.outcome not in explained:
        return "it ended and nobody knows how"
    return "" if explained[promise.outcome] else f"it ended as '{promise.outcome}' without cause"


def dropped(
    promise: PromiseRow, states: dict[str, str], offers: list[OfferRow], read_at: datetime
) -> str:
    """Say why an open promise is nobody's; empty when it is somebody's."""
    if states.get(promise.call, State.CLOSED) == State.CLOSED:
        return "its call is over and the promise is not"
    if read_at > promise.due_at + TIMES.await_caller + SLACK:
        return "it is long past due"
    asked = any(
        o.ended_at is None and o.seat == Seat.OWNER and o.state != OfferState.ACCEPTED
        for o in offers
    )
    in_hand = states[promise.call] != State.PROMISED  # the caller has come, and it rings
    owned = promise.owner or promise.told or asked or in_hand
    return "" if owned else "it has no owner and the coordinator was not told"
