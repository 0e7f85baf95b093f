"""A line's meetings: fetched with care, kept when a fetch fails, and the next ones found."""

import gzip
import random
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from pytest_django import Settings

from stepline import models, worker
from stepline.actions import feeds, meetings
from stepline.core import meetings as core
from stepline.core.meetings import Access, For, Meeting, Point, Wanted
from tests.actions.feed_server import ROW, FeedServer, feed_server
from tests.stories.cast import EVENING, Shift

pytestmark = pytest.mark.django_db(transaction=True)

CORK, DUBLIN = Point(51.8985, -8.4756), Point(53.3498, -6.2603)


@pytest.fixture
def shift(transactional_db: None) -> Shift:
    return Shift()


@pytest.fixture
def server(settings: Settings) -> Iterator[FeedServer]:
    settings.STEPLINE_PRIVATE_FEEDS = True
    with feed_server() as told:
        yield told


def a_feed(shift: Shift, server: FeedServer, kind: str = "meeting_guide") -> models.Feed:
    return meetings.add_feed(shift.line, kind, server.url, shift.clock.now)


def fetched(shift: Shift, feed: models.Feed) -> models.Feed:
    models.Feed.objects.filter(pk=feed.pk).update(due_at=shift.clock.now)
    assert meetings.fetch_due(shift.clock.now) == 1
    feed.refresh_from_db()
    return feed


def names() -> set[str]:
    return set(models.Meeting.objects.values_list("name", flat=True))


def test_a_feed_is_fetched_once_and_again_after_half_a_day(
    shift: Shift, server: FeedServer
) -> None:
    server.gives(ROW, ROW | {"slug": "closed", "types": ["C"]}, ROW | {"slug": "x", "day": 9})
    feed = a_feed(shift, server)
    assert meetings.fetch_due(shift.clock.now) == 1
    feed.refresh_from_db()
    assert feed.due_at == shift.clock.now + meetings.EVERY
    assert feed.good_at == feed.fetched_at == shift.clock.now
    assert feed.left_out == {"It is closed.": 1, "Its day is none of 0 to 6.": 1}
    assert feed.bad_rows == [["3 (Tuesday Beginners)", "Its day is none of 0 to 6."]]
    assert names() == {"Tuesday Beginners"}
    assert meetings.fetch_due(shift.clock.now + timedelta(hours=11)) == 0


def test_nothing_is_sent_that_tells_of_a_caller_and_no_contact_is_kept(
    shift: Shift, server: FeedServer
) -> None:
    server.gives(ROW | {"contact_1_name": "Secret", "contact_1_phone": "+353 000", "venmo": "@s"})
    fetched(shift, a_feed(shift, server))
    [asked] = server.asked
    assert set(asked) <= {"Host", "Accept", "Accept-Encoding", "User-Agent"}
    rows = repr(list(models.Meeting.objects.values())) + repr(list(models.Feed.objects.values()))
    assert "Secret" not in rows
    assert "+353 000" not in rows
    assert server.url not in rows, "an address may hold a key"


def test_what_is_as_it_was_is_not_sent_again(shift: Shift, server: FeedServer) -> None:
    server.gives(ROW, etag='"one"')
    feed = fetched(shift, a_feed(shift, server))
    shift.clock.now += timedelta(hours=12)
    feed = fetched(shift, feed)
    assert server.asked[1]["If-None-Match"] == '"one"'
    assert feed.good_at == shift.clock.now
    assert names() == {"Tuesday Beginners"}


def test_only_rows_that_changed_are_written_and_those_that_are_gone_go(
    shift: Shift, server: FeedServer
) -> None:
    server.gives(ROW, ROW | {"slug": "two"}, ROW | {"slug": "three"})
    feed = fetched(shift, a_feed(shift, server))
    before = {row.key: row.pk for row in models.Meeting.objects.all()}
    server.gives(ROW, ROW | {"slug": "two", "time": "21:00"})
    fetched(shift, feed)
    after = {row.key: row for row in models.Meeting.objects.all()}
    assert set(after) == {"tuesday", "two"}
    assert after["tuesday"].pk == before["tuesday"]
    assert after["two"].minute == 21 * 60
    assert after["two"].next_at.hour == 21


@pytest.mark.parametrize(
    ("body", "status", "why"),
    [
        (b"nonsense", 200, "It is no JSON."),
        (b"12", 200, "It is no list of meetings."),
        (b"\xff\xfe\x00", 200, "Its server broke off, or sent no text."),
        (b"", 500, "Its server answered 500."),
        (b"", 403, "Its server answered 403."),
    ],
)
def test_when_a_fetch_fails_the_last_good_copy_stays_and_it_is_tried_soon(
    shift: Shift, server: FeedServer, body: bytes, status: int, why: str
) -> None:
    server.gives(ROW)
    feed = fetched(shift, a_feed(shift, server))
    good_at = feed.good_at
    shift.clock.now += timedelta(hours=12)
    server.sends(body, status=status)
    feed = fetched(shift, feed)
    assert feed.problem == why
    assert feed.good_at == good_at
    assert feed.due_at == shift.clock.now + meetings.AGAIN_AFTER_PROBLEM
    assert names() == {"Tuesday Beginners"}
    server.gives(ROW)
    assert fetched(shift, feed).problem == ""


def test_a_server_that_breaks_off_or_leads_in_a_circle(shift: Shift, server: FeedServer) -> None:
    feed = a_feed(shift, server)
    server.breaks_off()
    assert "broke off" in fetched(shift, feed).problem
    server.leads_to(server.url)
    assert fetched(shift, feed).problem == "It leads on and on."
    server.leads_to("file:///etc/passwd")
    assert fetched(shift, feed).problem == "It leads to no web address."
    server.leads_to("http://127.0.0.1:1/")
    assert fetched(shift, feed).problem == "Its server could not be reached."


def test_a_feed_that_is_too_large_is_given_up_also_when_it_came_small(
    shift: Shift, server: FeedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feeds, "MOST_BYTES", 1_000_000)
    bomb = gzip.compress(b"[" + b" " * 30_000_000 + b"]")
    server.sends(bomb, Content_Encoding="gzip")
    assert fetched(shift, a_feed(shift, server)).problem == "It is larger than a feed can be."


def test_a_server_that_sends_a_little_without_an_end_is_left(
    shift: Shift, server: FeedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feeds, "WITHIN_SECONDS", 0.4)
    over = threading.Event()
    server.drips(over)
    try:
        assert fetched(shift, a_feed(shift, server)).problem == "It took too long."
    finally:
        over.set()


def test_an_address_of_our_own_network_is_refused_before_anything_is_sent(
    shift: Shift, server: FeedServer, settings: Settings
) -> None:
    settings.STEPLINE_PRIVATE_FEEDS = False
    feed = fetched(shift, a_feed(shift, server))
    assert feed.problem == "Its address leads into this server's own network."
    assert server.asked == []


@pytest.mark.parametrize(
    "url", ["", "example.org", "ftp://example.org/", "https://a:b@c.org/", "x y"]
)
def test_an_address_that_is_none_is_refused(shift: Shift, url: str) -> None:
    with pytest.raises(meetings.BadAddress):
        meetings.add_feed(shift.line, "meeting_guide", url, shift.clock.now)


def test_a_feed_is_fetched_by_one_clock_alone_and_again_when_that_one_died(
    shift: Shift, server: FeedServer
) -> None:
    a_feed(shift, server)
    assert meetings.due(shift.clock.now) is not None
    assert meetings.due(shift.clock.now) is None
    assert meetings.due(shift.clock.now + meetings.LEASE) is not None


def stored(line: models.Line, *values: Meeting, now: datetime = EVENING) -> models.Feed:
    feed = models.Feed(line=line, kind="bmlt", zone="UTC", due_at=now + timedelta(days=1))
    feed.url = "https://example.org/"
    feed.save(force_insert=True)
    meetings.write(feed, meetings.differing(feed, values, now))
    return feed


def a_meeting(key: str, **more: object) -> Meeting:
    facts: dict[str, object] = {
        "key": key,
        "name": key,
        "weekday": EVENING.weekday(),
        "minute": EVENING.hour * 60 + 45,
        "lasts_minutes": 60,
        "zone": "UTC",
        "in_person": True,
    }
    return Meeting(**(facts | more))  # type: ignore[arg-type]  # facts by name


def test_a_meeting_comes_back_as_it_was_kept(shift: Shift) -> None:
    whole = a_meeting(
        "whole",
        place="Hall",
        address="1 Main Street",
        point=CORK,
        join_url="https://example.org/j",
        join_phone="+353 1 555",
        says_open=True,
        meant_for=frozenset({For.NEWCOMERS}),
        access=frozenset({Access.WHEELCHAIR}),
        languages=frozenset({"es"}),
    )
    stored(shift.line, whole)
    [found] = meetings.coming(shift.line, Wanted(), EVENING).in_person
    assert found.meeting == whole


def test_who_has_begun_moves_on_to_next_week(shift: Shift) -> None:
    stored(shift.line, a_meeting("one"))
    row = models.Meeting.objects.get()
    began_at = row.next_at
    assert meetings.move_on(began_at + core.GRACE) == 0
    late = began_at + core.GRACE + timedelta(seconds=1)
    worker.tidy(late)
    row.refresh_from_db()
    assert row.next_at == began_at + core.WEEK
    assert meetings.move_on(late) == 0


def test_another_line_s_meetings_are_not_ours(shift: Shift) -> None:
    other = models.Line.objects.create(slug="other", name="Other", country="IE")
    stored(other, a_meeting("theirs"))
    assert not meetings.coming(shift.line, Wanted(), EVENING)
    assert not meetings.has_any(shift.line)


def test_a_place_of_the_line_is_where_its_meetings_are(shift: Shift) -> None:
    stored(
        shift.line,
        a_meeting("one", address="1 Main Street, Cork, Ireland", point=CORK),
        a_meeting("two", address="2 Main Street, CORK", point=CORK),
        a_meeting("three", address="3 High Street, Dublin", point=DUBLIN),
    )
    assert meetings.point_of(shift.line, "Cork", EVENING) == CORK
    assert meetings.point_of(shift.line, "Nowhere", EVENING) is None
    assert meetings.point_of(shift.line, "%", EVENING) is None


@pytest.mark.parametrize("seed", range(6))
def test_the_rows_give_what_going_through_all_meetings_gives(shift: Shift, seed: int) -> None:
    luck = random.Random(seed)

    def some(number: int) -> Meeting:
        return a_meeting(
            f"m{number}",
            weekday=luck.choice((EVENING.weekday(), (EVENING.weekday() + 1) % 7, 5)),
            minute=luck.randrange(24 * 60),
            zone=luck.choice(("UTC", "America/New_York", "Asia/Tokyo")),
            point=luck.choice(
                (None, Point(51.9 + luck.random() / 2, -8.5 + luck.random() / 2), DUBLIN)
            ),
            in_person=luck.random() < 0.7,
            join_url=luck.choice(("", "https://example.org/j")),
            says_open=luck.random() < 0.5,
            meant_for=frozenset(luck.sample(list(For), luck.choice((0, 0, 1)))),
            access=frozenset(luck.sample(list(Access), luck.choice((0, 1)))),
            languages=frozenset(luck.sample(["en", "es"], luck.choice((0, 1)))),
        )

    values = [some(number) for number in range(400)]
    stored(shift.line, *values)
    for wanted in (
        Wanted(),
        Wanted(near=CORK),
        Wanted(meant_for=For.WOMEN),
        Wanted(near=CORK, access=frozenset({Access.WHEELCHAIR})),
        Wanted(language="es"),
    ):
        assert meetings.coming(shift.line, wanted, EVENING) == core.offer(values, wanted, EVENING)


def test_near_the_line_where_the_days_meet(shift: Shift) -> None:
    stored(shift.line, a_meeting("over there", point=Point(-17.0, -179.9)))
    near = Wanted(near=Point(-17.0, 179.9))
    assert meetings.coming(shift.line, near, EVENING).in_person
