"""The searches for whom to ring: from the rows, by the rules, without reading the roster."""

import json
import random
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from stepline import models
from stepline.actions import calls, dispatch, matching, standings
from stepline.core import events as e
from stepline.core import matching as rules
from stepline.core.calls import LegStep, Seat, Trait
from stepline.core.matching import WhyNot
from tests.stories.cast import EVENING, Serving, Shift

pytestmark = pytest.mark.django_db

SEED = 20261122
# A statement takes 65,535 parameters at most.
ROWS_AT_ONCE = 1000
WISHED = {
    "wish": "woman",
    "wish_fellowship": "north",
    "wish_group": "young",
    "wish_place": "Cork",
}
FITS: dict[str, Any] = {
    "takes": ["woman", "anyone"],
    "fellowships": ["north", "south"],
    "groups": ["young"],
    "places": ["Cork"],
}


@pytest.fixture
def shift() -> Shift:
    return Shift()


def a_call(shift: Shift, **facts: Any) -> models.Call:
    """A call that waits, and that nobody has been rung for."""
    now = shift.clock.now
    times = {"asked_at": now, "limit_at": now + timedelta(minutes=2), "deadline_at": now}
    return models.Call.objects.create(line=shift.line, **times, **facts)


def reasons(call: models.Call, serving: Serving, now: datetime) -> tuple[WhyNot, ...]:
    return dict(matching.search(call, (), now).looked)[serving.person.pk]


def test_whoever_fits_every_wish_is_found(shift: Shift) -> None:
    bo = shift.on_duty("Bo", **FITS, ring_seconds=40)
    (fit,) = matching.search(a_call(shift, **WISHED), (), shift.clock.now).candidates
    assert (fit.volunteer, fit.ring) == (bo.person.pk, timedelta(seconds=40))


@pytest.mark.parametrize(
    ("reason", "facts"),
    [
        (WhyNot.GENDER, {"takes": ["anyone"]}),
        (WhyNot.LANGUAGE, {"languages": ["es"]}),
        (WhyNot.FELLOWSHIP, {"fellowships": []}),
        (WhyNot.GROUP, {"groups": ["old"]}),
        (WhyNot.PLACE, {"places": ["Dublin"]}),
        (WhyNot.SOBER, {"sober_on": date(2026, 11, 1)}),
        (WhyNot.TRAINED, {"trained_on": None}),
        (WhyNot.TAKES_CALLS, {"takes_calls": False}),
        (WhyNot.STEPPED_BACK, {"stepped_back_at": EVENING}),
        (WhyNot.BLOCKED, {"blocked_at": EVENING}),
        (WhyNot.WEEK, {"most_calls_a_week": 0}),
    ],
)
def test_each_fact_of_a_volunteers_excludes_with_its_reason(
    shift: Shift, reason: WhyNot, facts: dict[str, Any]
) -> None:
    bo = shift.on_duty("Bo", **FITS)
    models.Volunteer.objects.filter(pk=bo.person.pk).update(**facts)
    call, now = a_call(shift, **WISHED), shift.clock.now
    assert reasons(call, bo, now) == (reason,)
    assert matching.search(call, (), now).candidates == ()
    asked = matching.sought(call, (), now)
    assert matching.weighed(asked, standings.suitable_on_duty(asked)) == []


def test_who_takes_no_nights_is_not_rung_at_night_by_the_lines_own_clock(shift: Shift) -> None:
    bo = shift.on_duty("Bo", takes_nights=False)
    call, now = a_call(shift), shift.clock.now
    assert reasons(call, bo, now) == ()
    models.Line.objects.update(time_zone="Europe/Helsinki")
    call = models.Call.objects.select_related("line").get(pk=call.pk)
    assert reasons(call, bo, now) == (WhyNot.NIGHT,), "it is eleven in Helsinki"


def test_a_clock_that_we_do_not_know_keeps_nobody_from_being_rung(shift: Shift) -> None:
    shift.on_duty("Bo")
    models.Line.objects.update(time_zone="Atlantis/Poseidonis")
    shift.line.refresh_from_db()
    assert matching.search(a_call(shift), (), shift.clock.now).candidates


def test_the_weeks_calls_are_the_conversations_that_began(shift: Shift) -> None:
    bo = shift.on_duty("Bo", most_calls_a_week=1)
    models.Line.objects.update(rest_minutes=0)
    shift.line.refresh_from_db()
    ana, gil = shift.caller("Ana"), shift.caller("Gil")
    ana.reaches_out()
    bo.rings()
    bo.presses("1")
    bo.reports(LegStep.REFUSED)
    assert bo.offer().outcome == "failed"
    shift.clock.advance(seconds=61)
    assert bo.is_rung(), "voices that did not join are no conversation"
    bo.answers(ana)
    ana.ends()
    bo.says_of_the_caller("all_right")
    gil.reaches_out()
    assert not bo.is_rung()
    assert reasons(gil.call, bo, shift.clock.now) == (WhyNot.WEEK,)
    begun_at = bo.offer().joined_at
    assert begun_at
    assert WhyNot.WEEK not in reasons(gil.call, bo, begun_at + timedelta(days=7))


def test_somebody_who_was_rung_for_this_call_a_moment_ago_is_left_in_peace(shift: Shift) -> None:
    ana, bo = shift.caller("Ana"), shift.on_duty("Bo")
    ana.reaches_out()
    bo.rings()
    bo.presses("2")
    offers = tuple(map(calls.offer_value, ana.call.offers.all()))
    found = dict(matching.search(ana.call, offers, shift.clock.now).looked)
    assert found == {bo.person.pk: (WhyNot.RUNG_LATELY,)}


def test_behind_fifty_who_can_not_be_rung_the_search_goes_on(shift: Shift) -> None:
    bo = shift.on_duty("Bo")
    models.Duty.objects.update(rested_since_at=shift.clock.now)
    roster(shift, on_duty=60, reachable=False)
    found = matching.search(a_call(shift), (), shift.clock.now)
    assert [fit.volunteer for fit in found.candidates] == [bo.person.pk]
    assert len(found.looked) == 50


def test_no_more_than_fifty_are_ever_looked_at_or_given(shift: Shift) -> None:
    roster(shift, on_duty=80)
    found = matching.search(a_call(shift), (), shift.clock.now)
    assert (len(found.candidates), len(found.looked)) == (50, 50)


def roster(shift: Shift, on_duty: int = 0, off_duty: int = 0, *, reachable: bool = True) -> None:
    """Write many volunteers at once, in random order of rest; most lines are far smaller."""
    luck, now = random.Random(SEED), shift.clock.now
    people = [
        models.Volunteer(
            line=shift.line,
            created_at=now,
            sober_on=date(2015, 3, 1),
            trained_on=date(2016, 3, 1),
            pretend={} if reachable and n % 2 else None,
            **{name: luck.choice(choices) for name, choices in VARIETY.items()},
        )
        for n in range(on_duty + off_duty)
    ]
    models.Volunteer.objects.bulk_create(people, ROWS_AT_ONCE)
    rest = [now - timedelta(minutes=luck.randrange(10_000)) for _ in people]
    models.Duty.objects.bulk_create(
        (
            models.Duty(
                volunteer=each,
                line=shift.line,
                on_since_at=now if n < on_duty else None,
                until_at=now + timedelta(hours=3) if n < on_duty else None,
                rested_since_at=None if n % 7 == 0 else rest[n],
            )
            for n, each in enumerate(people)
        ),
        ROWS_AT_ONCE,
    )
    if reachable:
        open_pages(shift, people[:on_duty])


def open_pages(shift: Shift, people: list[models.Volunteer]) -> None:
    now = shift.clock.now
    devices = [
        models.Device(
            volunteer=each,
            role="volunteer",
            key_index=uuid4().bytes,
            created_at=now,
            expires_at=now + timedelta(days=90),
        )
        for each in people
    ]
    models.Device.objects.bulk_create(devices, ROWS_AT_ONCE)
    models.Presence.objects.bulk_create(
        (
            models.Presence(process=shift.process, volunteer=each, device=device)
            for each, device in zip(people, devices, strict=True)
        ),
        ROWS_AT_ONCE,
    )


VARIETY: dict[str, list[Any]] = {
    "takes": [["anyone", "woman"]],
    "languages": [["en"], ["en", "es"]],
}
MUCH_VARIETY: dict[str, list[Any]] = {
    "takes": [["anyone"], ["woman"], ["man", "anyone"], []],
    "languages": [["en"], ["es"], ["en", "es"]],
    "fellowships": [[], ["north"], ["north", "south"]],
    "groups": [[], ["young"]],
    "places": [[], ["Cork"], ["Dublin"]],
    "sober_on": [date(2015, 3, 1)] * 6 + [None, date(2025, 11, 22), date(2025, 11, 23)],
    "trained_on": [date(2016, 3, 1)] * 6 + [None, date(2026, 11, 22), date(2026, 11, 23)],
    "takes_calls": [True, True, True, False],
    "takes_nights": [True, False],
    "most_calls_a_week": [None, 0, 3],
    "blocked_at": [None, None, None, EVENING],
    "stepped_back_at": [None, None, None, EVENING],
    "pretend": [None, {}],
}


def searches(shift: Shift) -> Iterator[models.Call]:
    """Calls with few and with many wishes, some of them dropped."""
    for wishes in ({}, {"wish": "woman"}, {"language": "es"}, WISHED):
        for relaxed in ([], ["gender"], ["language", "place"], list(Trait)):
            yield a_call(shift, **wishes, relaxed=relaxed)


@pytest.mark.parametrize("hour", [21, 23])
def test_the_filters_of_the_query_leave_out_nobody_whom_the_rules_allow(
    shift: Shift, hour: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(standings, "MOST_LOOKED_AT", 1000)
    luck, now = random.Random(SEED), shift.clock.now.replace(hour=hour)
    roster(shift, on_duty=300)
    models.Process.objects.update(seen_at=now)
    for each in models.Volunteer.objects.all():
        facts = {name: luck.choice(choices) for name, choices in MUCH_VARIETY.items()}
        models.Volunteer.objects.filter(pk=each.pk).update(**facts)
        rests = luck.choice([None, now, now + timedelta(minutes=5)])
        models.Duty.objects.filter(pk=each.pk).update(resting_until_at=rests)
    some = 0
    for call in searches(shift):
        asked = matching.sought(call, (), now)
        everybody = standings.first_on_duty(asked)
        assert len(everybody) == 300
        may = {c.volunteer for c in everybody if not rules.why_not(asked.wanted, c, asked.now)}
        found = standings.suitable_on_duty(asked, 1000)
        assert {each.volunteer for each in matching.weighed(asked, found)} == may
        some += len(may)
    assert some > 100, "the roster must hold people who suit"


# The plan


LARGE = 5_000
ON_DUTY = 120
MOST_ROWS = 400


@pytest.fixture
def large(shift: Shift) -> Shift:
    """Five thousand volunteers, most of them off duty, each with a past."""
    with connection.cursor() as cursor:  # to make so many takes its time between two statements
        cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
    roster(shift, on_duty=ON_DUTY, off_duty=LARGE - ON_DUTY)
    past, now = a_call(shift), shift.clock.now
    people = models.Volunteer.objects.values_list("pk", flat=True)
    models.Offer.objects.bulk_create(
        (
            models.Offer(
                call=past,
                volunteer_id=pk,
                seat=Seat.RESPONDER,
                state="ringing",
                placed_at=now - timedelta(days=2),
                reach_by_at=now,
                ends_at=now,
                ended_at=now - timedelta(days=2),
                outcome="silent",
            )
            for pk in people
        ),
        ROWS_AT_ONCE,
    )
    models.StandbyHours.objects.bulk_create(
        (
            models.StandbyHours(
                volunteer_id=pk,
                line=shift.line,
                weekday=n % 7,
                from_minute=0,
                to_minute=n % 1440 + 1,
            )
            for n, pk in enumerate(people)
        ),
        ROWS_AT_ONCE,
    )
    with connection.cursor() as cursor:
        for table in ("volunteer", "duty", "offer", "presence", "standbyhours", "device"):
            cursor.execute(f"ANALYZE stepline_{table}")
    return shift


def plan(sql: str, shift: Shift, call: models.Call) -> list[dict[str, Any]]:
    """Run one of the searches and give every node of the plan that PostgreSQL followed."""
    asked = matching.sought(call, (), shift.clock.now)
    with connection.cursor() as cursor:
        told = standings.parameters(asked, standings.MOST_LOOKED_AT)
        cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}", told)
        (found,) = cursor.fetchone() or ("[]",)
    return list(nodes((json.loads(found) if isinstance(found, str) else found)[0]["Plan"]))


def nodes(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for below in node.get("Plans", []):
        yield from nodes(below)


@pytest.mark.parametrize(
    ("sql", "begins_at"),
    [
        (standings.LOOK_AT_FIRST, "duty_in_order"),
        (standings.LOOK_FURTHER, "duty_in_order"),
        (standings.LOOK_AHEAD, "duty_in_order"),
        (standings.LOOK_AT_STANDBY, "standby_of_line"),
    ],
)
def test_no_search_reads_the_roster(large: Shift, sql: str, begins_at: str) -> None:
    seen = plan(sql, large, a_call(large))
    whole = [each for each in seen if each["Node Type"] == "Seq Scan"]
    tables = {each["Relation Name"] for each in whole}
    assert not tables & {"stepline_volunteer", "stepline_duty", "stepline_offer"}, tables
    assert begins_at in {each.get("Index Name") for each in seen}
    if sql != standings.LOOK_AT_STANDBY:
        read = [each["Actual Rows"] * each["Actual Loops"] for each in seen]
        assert max(read) <= MOST_ROWS, read


def test_an_ordinary_search_is_one_query(large: Shift) -> None:
    call = a_call(large)
    with CaptureQueriesContext(connection) as asked:
        found = matching.search(call, (), large.clock.now)
    assert len(asked) == 1
    assert len(found.candidates) == 50


def test_an_event_that_rings_nobody_asks_for_nobody(shift: Shift) -> None:
    ana, bo = shift.caller("Ana"), shift.on_duty("Bo")
    ana.reaches_out()
    for event in (e.Rings(bo.offer().pk), e.Alive(Seat.CALLER), e.Ready(bo.offer().pk)):
        with CaptureQueriesContext(connection) as asked:
            dispatch.handle(ana.call.pk, event, shift.clock.now)
        assert not [each for each in asked.captured_queries if "resting_until_at," in each["sql"]]
