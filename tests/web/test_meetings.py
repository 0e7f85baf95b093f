"""The next meetings on pages: for callers, volunteers, and the coordinator who keeps the feeds."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from stepline import models
from stepline.actions import meetings
from stepline.core.meetings import Access, For, Meeting, Point
from stepline.models.people import Role
from tests.web.cast import SignedIn, a_line, a_volunteer, coordinating, sign_in

pytestmark = pytest.mark.django_db

# Who is signed in, and the feeds with the number of their meetings.
FEEDS_QUERIES = 2


@pytest.fixture
def line() -> models.Line:
    return a_line(places=["Cork"])


@pytest.fixture
def eli(line: models.Line) -> SignedIn:
    return coordinating(line)


def tonight(key: str, **more: object) -> Meeting:
    at = timezone.now() + timedelta(hours=1)
    facts: dict[str, object] = {
        "key": key,
        "name": key,
        "weekday": at.weekday(),
        "minute": at.hour * 60 + at.minute,
        "lasts_minutes": 60,
        "zone": "UTC",
        "in_person": True,
    }
    return Meeting(**(facts | more))  # type: ignore[arg-type]  # facts by name


def known(line: models.Line, *values: Meeting) -> models.Feed:
    now = timezone.now()
    feed = models.Feed(line=line, kind="bmlt", zone="UTC", due_at=now, host="lists.example.org")
    feed.url = "https://lists.example.org/?key=secret"
    feed.save(force_insert=True)
    meetings.write(feed, meetings.differing(feed, values, now))
    return feed


def text_of(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_caller_reads_when_and_where_and_may_join_from_anywhere(line: models.Line) -> None:
    known(
        line,
        tonight("Beginners", address="1 Main Street, Cork", access=frozenset({Access.WHEELCHAIR})),
        tonight("From home", in_person=False, join_url="https://example.org/j/1"),
        tonight("By phone", in_person=False, join_phone="+1 555 0100,,123#"),
    )
    page = text_of(Client(), f"/line/{line.slug}/meetings")
    for words in ("Beginners", "1 Main Street, Cork", "Wheelchair access"):
        assert words in page
    link = re.search(r"<a[^>]*https://example\.org/j/1[^>]*>", page)
    phone = "tel:+15550100" in page
    assert link or phone, "one to join from anywhere"
    assert link is None or "noreferrer" in link[0]
    assert 'id="exit"' in page
    assert "Somebody is in danger" in page


def test_without_meetings_the_page_says_so_and_no_other_page_leads_there(
    line: models.Line,
) -> None:
    address = f"/line/{line.slug}/meetings"
    assert "We know of none" in text_of(Client(), address)
    assert address not in text_of(Client(), f"/line/{line.slug}/")
    known(line, tonight("Beginners"))
    assert address in text_of(Client(), f"/line/{line.slug}/")


def test_looking_for_others_and_for_what_is_none(line: models.Line) -> None:
    known(
        line,
        tonight("For women", meant_for=frozenset({For.WOMEN})),
        tonight("In Cork", address="Main Street, Cork", point=Point(51.9, -8.5)),
        tonight("In Dublin", address="High Street, Dublin", point=Point(53.3, -6.3)),
    )
    address = f"/line/{line.slug}/meetings"
    assert "<p>For women</p>" not in text_of(Client(), address)
    assert "<p>For women</p>" in text_of(Client(), f"{address}?meant_for=women")
    near = text_of(Client(), f"{address}?near=Cork")
    assert "<p>In Cork</p>" in near
    assert "<p>In Dublin</p>" not in near
    hostile = text_of(Client(), f"{address}?near=%00'<script>&meant_for=x")
    assert "<script>&" not in hostile
    assert "<p>In Dublin</p>" in hostile


def test_what_a_feed_says_is_never_markup(line: models.Line) -> None:
    known(line, tonight("<img src=x onerror=alert(1)>", place='"><script>alert(1)</script>'))
    page = text_of(Client(), f"/line/{line.slug}/meetings")
    assert "<img" not in page
    assert "<script>alert" not in page


def test_a_line_that_there_is_not(line: models.Line) -> None:
    assert Client().get("/line/none/meetings").status_code == 404


def test_a_volunteer_has_them_to_name_at_the_end(line: models.Line) -> None:
    known(line, tonight("Beginners"))
    bo = sign_in(a_volunteer(line, "Bo"), Role.VOLUNTEER)
    assert "Beginners" in text_of(bo.client, "/volunteer/meetings")
    assert 'data-part="/volunteer/meetings"' in text_of(bo.client, "/volunteer/")
    assert Client().get("/volunteer/meetings").status_code in {302, 403}


def test_the_coordinator_adds_a_feed_and_its_address_is_shown_to_nobody(eli: SignedIn) -> None:
    address = "https://lists.example.org/feed?key=secret"
    answer = eli.client.post("/coordinator/meetings", {"kind": "meeting_guide", "url": address})
    assert answer.status_code == 302
    [feed] = models.Feed.objects.all()
    assert feed.url == address
    assert bytes(feed.url_sealed or b"").find(b"secret") < 0
    page = text_of(eli.client, "/coordinator/meetings")
    assert "lists.example.org" in page
    assert "secret" not in page


@pytest.mark.parametrize(
    "posted",
    [
        {},
        {"kind": "meeting_guide", "url": "javascript:alert(1)"},
        {"kind": "meeting_guide", "url": "https://a:b@example.org/"},
        {"kind": "other", "url": "https://example.org/"},
        {"kind": "bmlt", "url": "https://example.org/" + "x" * 2000},
        {"kind": "bmlt", "url": "https://example.org/\x00"},
    ],
)
def test_what_is_no_feed_is_refused_and_stays_written(
    eli: SignedIn, posted: dict[str, str]
) -> None:
    answer = eli.client.post("/coordinator/meetings", posted)
    assert answer.status_code == 400
    assert not models.Feed.objects.exists()
    assert 'class="errors"' in answer.content.decode()


def test_how_a_fetch_went_stands_there(eli: SignedIn, line: models.Line) -> None:
    feed = known(line, tonight("one"), tonight("two"))
    models.Feed.objects.filter(pk=feed.pk).update(
        good_at=timezone.now() - timedelta(days=2),
        problem="Its server answered 500.",
        left_out={"It is closed.": 7},
        bad_rows=[["3 (<b>Hope</b>)", "Its day is none of 0 to 6."]],
    )
    page = text_of(eli.client, "/coordinator/meetings")
    for words in (
        "2 meetings",
        "Its server answered 500.",
        "7 of: It is closed.",
        "last good copy",
    ):
        assert words in page
    assert "<b>Hope" not in page


def test_a_feed_is_fetched_now_or_removed_by_its_own_coordinator_alone(
    eli: SignedIn, line: models.Line
) -> None:
    feed = known(line, tonight("one"))
    other = coordinating(a_line(slug="other"))
    for client in (other.client, sign_in(a_volunteer(line, "Bo"), Role.VOLUNTEER).client, Client()):
        client.post(f"/coordinator/meetings/{feed.pk}", {"what": "remove"})
    assert models.Meeting.objects.exists()
    models.Feed.objects.update(due_at=timezone.now() + timedelta(days=1))
    eli.client.post(f"/coordinator/meetings/{feed.pk}", {"what": "fetch"})
    assert models.Feed.objects.get().due_at <= timezone.now()
    eli.client.post(f"/coordinator/meetings/{feed.pk}", {"what": "remove"})
    assert not models.Feed.objects.exists()
    assert not models.Meeting.objects.exists()


@pytest.mark.parametrize("feeds", [1, 4])
def test_the_queries_do_not_grow_with_the_feeds(
    eli: SignedIn, line: models.Line, feeds: int
) -> None:
    for number in range(feeds):
        known(line, tonight(f"m{number}"))
    with CaptureQueriesContext(connection) as asked:
        text_of(eli.client, "/coordinator/meetings")
    assert len(asked) == FEEDS_QUERIES
