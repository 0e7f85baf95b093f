"""The checker of `proof faults`: it finds each fault that is planted, that one and no other."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from stepline.start.stage.faults.checker import losses, waits_past_limit
from stepline.start.stage.faults.records import (
    Away,
    CallRow,
    Evidence,
    Joined,
    Kind,
    LogRow,
    OfferRow,
    PromiseRow,
    Rang,
)

NOW = datetime(2026, 11, 22, 21, tzinfo=UTC)
LIMIT = timedelta(seconds=120)


def at(seconds: float) -> datetime:
    """Give an instant counted from the evening's begin."""
    return NOW + timedelta(seconds=seconds)


def line(number: int, call: str, second: float, way: str, **detail: str | None) -> LogRow:
    """Write a log line as `event: from > to`."""
    event, _, states = way.partition(": ")
    came_from, _, led_to = states.partition(" > ")
    return LogRow(
        number=number,
        call=call,
        at=at(second),
        event=event,
        came_from=came_from,
        led_to=led_to,
        detail=detail,
    )


def offer(
    ident: str, call: str, volunteer: str, from_second: float, to: float | None, **facts: str
) -> OfferRow:
    about = {"seat": "responder", "state": "accepted"} | facts
    return OfferRow(
        id=ident,
        call=call,
        volunteer=volunteer,
        placed_at=at(from_second),
        ended_at=None if to is None else at(to),
        seat=about["seat"],
        state=about["state"],
        outcome=about.get("outcome", ""),
    )


def limit(second: float) -> str:
    return (at(second) + LIMIT).isoformat()


# Ana talked with Bo after Cleo's voice had failed; Gil waits, was asked, waits on; Hal has a
# call back that Cleo owns; Ida's was kept.
WELL = Evidence(
    read_at=at(400),
    calls=(
        CallRow(id="ana", state="closed", asked_at=at(0), closed_at=at(300), closed_by="talked"),
        CallRow(id="gil", state="ringing", asked_at=at(100), deadline_at=at(402)),
        CallRow(id="hal", state="promised", asked_at=at(100), deadline_at=at(900)),
        CallRow(id="ida", state="closed", asked_at=at(0), closed_at=at(390), closed_by="talked"),
    ),
    offers=(
        offer("o1", "ana", "cleo", 0, 30, outcome="failed"),
        offer("o2", "ana", "bo", 0, 300, outcome="done"),
        offer("o3", "gil", "dee", 100, 125, state="ringing", outcome="silent"),
        offer("o4", "gil", "bo", 310, None, state="ringing"),
        offer("o5", "ida", "cleo", 310, 390, outcome="done"),
    ),
    log=(
        line(1, "ana", 0, "Asks:  > ringing", limit_at=limit(0)),
        line(2, "ana", 10, "Ready: ringing > connecting", responder="o1", conversation="c1"),
        line(3, "ana", 30, "ClockTick: connecting > connecting", responder="o2", conversation="c2"),
        line(4, "ana", 33, "Reports: connecting > talking"),
        line(5, "ana", 290, "Ends: talking > closing", conversation=None),
        line(6, "ana", 300, "SafetyAnswered: closing > closed", responder=None),
        line(7, "gil", 100, "Asks:  > ringing", limit_at=limit(100)),
        line(8, "gil", 220, "ClockTick: ringing > choosing"),
        line(9, "gil", 300, "CallerChooses: choosing > ringing", limit_at=limit(300)),
        line(10, "hal", 100, "Asks:  > ringing", limit_at=limit(100)),
        line(11, "hal", 130, "CallBackAsked: ringing > promised"),
        line(12, "ida", 0, "Asks:  > ringing", limit_at=limit(0)),
        line(13, "ida", 20, "CallBackAsked: ringing > promised"),
        line(14, "ida", 300, "CallerReturns: promised > ringing", limit_at=limit(300)),
        line(15, "ida", 312, "Ready: ringing > connecting", responder="o5", conversation="c3"),
        line(16, "ida", 315, "Reports: connecting > talking"),
        line(17, "ida", 380, "Ends: talking > closing", conversation=None),
        line(18, "ida", 390, "SafetyAnswered: closing > closed", responder=None),
    ),
    promises=(
        PromiseRow(call="hal", due_at=at(1030), owner="cleo"),
        PromiseRow(call="ida", due_at=at(920), owner="cleo", outcome="kept", ended_at=at(315)),
    ),
    asked=frozenset({"ana", "gil", "hal", "ida"}),
    promised=frozenset({"hal", "ida"}),
    rang=(Rang("bo 1", "o2"), Rang("bo 2", "o2"), Rang("cleo 1", "o1")),
    joined=(Joined("c1", "ana", "cleo"), Joined("c2", "ana", "bo"), Joined("c3", "ida", "cleo")),
)


def call(evidence: Evidence, ident: str, **columns: object) -> Evidence:
    """Change one call's row."""
    changed = (
        replace(c, **columns) if c.id == ident else c  # type: ignore[arg-type]  # named by the case
        for c in evidence.calls
    )
    return replace(evidence, calls=tuple(changed))


def change_offer(evidence: Evidence, ident: str, **columns: object) -> Evidence:
    """Change one offer's row."""
    changed = (
        replace(o, **columns) if o.id == ident else o  # type: ignore[arg-type]  # named by the case
        for o in evidence.offers
    )
    return replace(evidence, offers=tuple(changed))


def promise(evidence: Evidence, ident: str, **columns: object) -> Evidence:
    """Change one promise's row."""
    changed = (
        replace(p, **columns) if p.call == ident else p  # type: ignore[arg-type]  # by the case
        for p in evidence.promises
    )
    return replace(evidence, promises=tuple(changed))


def but(evidence: Evidence, *numbers: int, more: tuple[LogRow, ...] = ()) -> Evidence:
    """Take lines out of the log and put others in."""
    kept = [each for each in evidence.log if each.number not in numbers]
    return replace(evidence, log=tuple(sorted([*kept, *more], key=lambda each: each.number)))


LONG_WAIT = line(8, "gil", 240, "ClockTick: ringing > choosing")
PLANTED: dict[str, tuple[Kind, str, Callable[[], Evidence]]] = {
    "a call that its page saw is gone": (
        Kind.LOST,
        "jo",
        lambda: replace(WELL, asked=WELL.asked | {"jo"}),
    ),
    "an open call without a deadline": (
        Kind.LOST,
        "gil",
        lambda: call(WELL, "gil", deadline_at=None),
    ),
    "an open call that nobody looks at": (
        Kind.LOST,
        "gil",
        lambda: call(WELL, "gil", deadline_at=at(380)),
    ),
    "a call that was set aside": (Kind.LOST, "gil", lambda: call(WELL, "gil", set_aside=True)),
    "closed without a reason": (Kind.LOST, "ana", lambda: call(WELL, "ana", closed_by="")),
    "let go before the time": (
        Kind.LOST,
        "gil",
        lambda: call(
            but(
                change_offer(WELL, "o4", ended_at=at(350)),
                more=(
                    line(19, "gil", 330, "CallerAway: ringing > away"),
                    line(20, "gil", 350, "ClockTick: away > kept"),
                    line(21, "gil", 380, "ClockTick: kept > closed"),
                ),
            ),
            "gil",
            state="closed",
            closed_by="lost",
            closed_at=at(380),
        ),
    ),
    "two had the seat at once": (
        Kind.TWICE_CONNECTED,
        "ana",
        lambda: change_offer(WELL, "o1", ended_at=at(60)),
    ),
    "two have the seat now": (
        Kind.TWICE_CONNECTED,
        "gil",
        lambda: replace(
            change_offer(WELL, "o4", state="accepted"),
            offers=(
                *change_offer(WELL, "o4", state="accepted").offers,
                offer("o6", "gil", "fay", 320, None),
            ),
        ),
    ),
    "two were shown one conversation": (
        Kind.TWICE_CONNECTED,
        "ana",
        lambda: replace(WELL, joined=(*WELL.joined, Joined("c2", "ana", "dee"))),
    ),
    "rung for a second call while talking": (
        Kind.IN_TWO_CALLS,
        "bo",
        lambda: change_offer(WELL, "o4", placed_at=at(250)),
    ),
    "held by a call that is over": (
        Kind.HELD,
        "cleo",
        lambda: change_offer(WELL, "o5", ended_at=None),
    ),
    "two rings were sent": (Kind.RUNG_TWICE, "o3", lambda: change_offer(WELL, "o3", rings_sent=2)),
    "a page rang twice": (
        Kind.RUNG_TWICE,
        "o1",
        lambda: replace(WELL, rang=(*WELL.rang, Rang("cleo 1", "o1"))),
    ),
    "asked long after the limit": (
        Kind.LIMIT_BROKEN,
        "gil",
        lambda: but(WELL, 8, more=(LONG_WAIT,)),
    ),
    "never asked": (
        Kind.LIMIT_BROKEN,
        "gil",
        lambda: but(WELL, 8, 9),
    ),
    "nobody owns the call back": (
        Kind.PROMISE_BROKEN,
        "hal",
        lambda: promise(WELL, "hal", owner=None),
    ),
    "the promise is gone": (
        Kind.PROMISE_BROKEN,
        "hal",
        lambda: replace(WELL, promises=WELL.promises[1:]),
    ),
    "the promise ended without cause": (
        Kind.PROMISE_BROKEN,
        "hal",
        lambda: promise(WELL, "hal", outcome="not_come", ended_at=at(390)),
    ),
    "the promise ended as if the caller had said stop": (
        Kind.PROMISE_BROKEN,
        "hal",
        lambda: promise(WELL, "hal", outcome="stopped", ended_at=at(390)),
    ),
    "kept without a talk": (
        Kind.PROMISE_BROKEN,
        "ida",
        lambda: but(
            WELL, 16, 17, 18, more=(line(16, "ida", 380, "ClockTick: connecting > closing"),)
        ),
    ),
    "long past due": (
        Kind.PROMISE_BROKEN,
        "hal",
        lambda: promise(WELL, "hal", due_at=at(-2000)),
    ),
    "the call is over and its promise is not": (
        Kind.PROMISE_BROKEN,
        "ida",
        lambda: promise(WELL, "ida", outcome="", ended_at=None),
    ),
}


def test_a_shift_in_which_nothing_was_lost_is_fine() -> None:
    assert losses(WELL) == []


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_fault_is_found_and_no_other(name: str) -> None:
    kind, about, plant = PLANTED[name]
    found = losses(plant())
    assert [(loss.kind, loss.about) for loss in found] == [(kind, about)]
    assert found[0].why


def test_every_kind_of_loss_is_planted() -> None:
    assert {kind for kind, _, _ in PLANTED.values()} == set(Kind)


def test_a_late_question_is_explained_by_the_time_that_the_clock_was_away() -> None:
    late = but(WELL, 8, more=(LONG_WAIT,))
    assert dict(waits_past_limit(late)) == {"gil": timedelta(seconds=20)}
    explained = replace(late, away=(Away(at(210), at(230)), Away(at(215), at(236))))
    assert dict(waits_past_limit(explained)) == {"gil": timedelta(seconds=4)}
    assert losses(explained) == []
    elsewhere = replace(late, away=(Away(at(100), at(219)), Away(at(241), at(300))))
    assert [loss.kind for loss in losses(elsewhere)] == [Kind.LIMIT_BROKEN]


def test_a_limit_that_passed_while_voices_joined_counts_from_the_next_ring() -> None:
    joined = but(
        WELL,
        8,
        more=(
            line(8, "gil", 219, "Ready: ringing > connecting", responder="o3"),
            line(19, "gil", 234, "ClockTick: connecting > ringing", responder=None),
            line(20, "gil", 235, "ClockTick: ringing > choosing"),
            line(21, "gil", 300, "CallerChooses: choosing > ringing", limit_at=limit(300)),
        ),
    )
    joined = but(joined, 9)
    assert dict(waits_past_limit(joined)) == {"gil": timedelta(seconds=1)}
    assert losses(joined) == []


def test_a_promise_is_somebodys_while_its_next_owner_is_being_asked_or_the_coordinator_knows() -> (
    None
):
    unowned = promise(WELL, "hal", owner=None)
    asking = offer("o9", "hal", "fay", 390, None, seat="owner", state="ringing")
    assert losses(replace(unowned, offers=(*unowned.offers, asking))) == []
    assert losses(promise(unowned, "hal", told=True)) == []
