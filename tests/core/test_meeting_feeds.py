"""Feeds as they come from outside: good rows are read, bad ones counted and named, none trusted."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stepline.core.meeting_feeds import BadFeed, Kind, Read, read
from stepline.core.meetings import Access, For, Point

GUIDE = {
    "name": "Tuesday Beginners",
    "slug": "tuesday-beginners",
    "day": 2,
    "time": "19:30",
    "end_time": "20:45",
    "timezone": "Europe/Dublin",
    "types": ["O", "BE", "X", "S"],
    "location": "Parish hall",
    "formatted_address": "1 Main Street, Cork, T12, Ireland",
    "latitude": "51.8985",
    "longitude": -8.4756,
    "conference_url": "https://example.org/j/1",
    "contact_1_name": "Secret Person",
    "contact_1_phone": "+353 21 000 0000",
    "contact_1_email": "secret@example.org",
    "venmo": "@secret-pay",
    "feedback_emails": ["secret@example.org"],
}
BMLT = {
    "id_bigint": "77",
    "weekday_tinyint": "1",
    "start_time": "09:15:00",
    "duration_time": "01:30:00",
    "time_zone": "",
    "formats": "O,NC,WC",
    "venue_type": "1",
    "lang_enum": "en",
    "latitude": "53.3498",
    "longitude": "-6.2603",
    "published": "1",
    "meeting_name": "Sunday Morning",
    "location_text": "Town hall",
    "location_street": "2 High Street",
    "location_municipality": "Dublin",
    "contact_name_1": "Secret Person",
    "contact_phone_1": "+353 1 000 0000",
}


def guide(*rows: Any) -> Read:
    return read(Kind.MEETING_GUIDE, json.dumps(list(rows)), "UTC")


def bmlt(*rows: Any) -> Read:
    return read(Kind.BMLT, json.dumps(list(rows)), "Europe/Dublin")


def test_a_row_of_the_meeting_guide() -> None:
    [meeting] = guide(GUIDE).meetings
    assert (meeting.key, meeting.name) == ("tuesday-beginners", "Tuesday Beginners")
    assert (meeting.weekday, meeting.minute, meeting.lasts_minutes) == (1, 19 * 60 + 30, 75)
    assert meeting.zone == "Europe/Dublin"
    assert meeting.point == Point(51.8985, -8.4756)
    assert meeting.in_person
    assert meeting.join_url == "https://example.org/j/1"
    assert meeting.says_open
    assert meeting.meant_for == {For.NEWCOMERS}
    assert meeting.access == {Access.WHEELCHAIR}
    assert meeting.languages == {"es"}


def test_a_row_of_bmlt_where_every_value_is_text_and_sunday_is_one() -> None:
    [meeting] = bmlt(BMLT).meetings
    assert (meeting.key, meeting.weekday, meeting.minute) == ("77", 6, 9 * 60 + 15)
    assert meeting.lasts_minutes == 90
    assert meeting.zone == "Europe/Dublin", "the feed's own clock where the row names none"
    assert meeting.address == "2 High Street, Dublin"
    assert meeting.meant_for == {For.NEWCOMERS}
    assert meeting.access == {Access.WHEELCHAIR}


def test_nothing_of_contacts_and_payment_is_kept() -> None:
    kept = repr(guide(GUIDE)) + repr(bmlt(BMLT))
    for secret in ("Secret", "secret", "000 0000", "pay"):
        assert secret not in kept


def test_closed_meetings_are_never_read_and_are_no_mistake() -> None:
    found = guide(GUIDE | {"types": ["C", "BE"]})
    assert found.meetings == ()
    assert found.left_out == {"It is closed.": 1}
    assert found.bad_rows == ()
    assert bmlt(BMLT | {"formats": "C,NC"}).meetings == ()


def test_a_server_s_own_key_for_closed_counts_where_it_tells_its_formats() -> None:
    formats = [{"key_string": "G", "world_id": "CLOSED"}, {"key_string": "O", "world_id": "OPEN"}]
    wrapped = {
        "meetings": [BMLT | {"formats": "G"}, BMLT | {"id_bigint": "78"}],
        "formats": formats,
    }
    found = read(Kind.BMLT, json.dumps(wrapped), "UTC")
    assert [each.key for each in found.meetings] == ["78"]
    assert found.left_out == {"It is closed.": 1}


def test_a_row_of_several_days_is_a_meeting_for_each() -> None:
    found = guide(GUIDE | {"day": [0, "6", 6]})
    assert [(each.key, each.weekday) for each in found.meetings] == [
        ("tuesday-beginners 0", 6),
        ("tuesday-beginners 6", 5),
    ]


def test_a_meeting_at_a_place_that_is_only_a_region_is_none_to_walk_to() -> None:
    region = {"formatted_address": "Cork, Ireland", "latitude": None}
    [online] = guide(GUIDE | region).meetings
    assert not online.in_person
    assert online.point is None
    gone = guide(GUIDE | region | {"conference_url": ""})
    assert gone.left_out == {"It has no place and no way to join.": 1}
    [said] = guide(GUIDE | {"formatted_address": "Hall, Cork", "approximate": "no"}).meetings
    assert said.in_person
    [temporarily] = guide(GUIDE | {"types": ["O", "TC"]}).meetings
    assert not temporarily.in_person


def test_four_coordinates_are_a_region_and_two_a_place() -> None:
    bare = {key: value for key, value in GUIDE.items() if key not in {"latitude", "longitude"}}
    assert guide(bare | {"coordinates": "51.9,-8.5"}).meetings[0].point == Point(51.9, -8.5)
    assert guide(bare | {"coordinates": "51,-9,52,-8"}).meetings[0].point is None
    nowheres: tuple[Any, ...] = (10**400, "nan", "inf", 91, [], None)
    for nowhere in nowheres:
        assert guide(bare | {"latitude": nowhere, "longitude": 1}).meetings[0].point is None


def test_one_way_to_hold_it_on_an_old_bmlt_server() -> None:
    old = {key: value for key, value in BMLT.items() if key != "venue_type"}
    link = {"virtual_meeting_link": "https://example.org/j"}
    assert not bmlt(old | link | {"formats": "O,VM"}).meetings[0].in_person
    hybrid = bmlt(old | link | {"formats": "O,HY"}).meetings[0]
    assert hybrid.in_person
    assert hybrid.online


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"slug": ""}, "It has no slug."),
        ({"name": "  "}, "It has no name."),
        ({"day": 7}, "Its day is none of 0 to 6."),
        ({"day": "Monday"}, "Its day is none of 0 to 6."),
        ({"time": "24:00"}, "Its time is none of a day."),
        ({"time": "19:75"}, "Its time is none of a day."),
        ({"time": None}, "Its time is none of a day."),
        ({"timezone": "Mars/Olympus"}, "Nobody knows its time zone."),
        ({"timezone": "../../etc/passwd"}, "Nobody knows its time zone."),
    ],
)
def test_a_bad_row_is_left_out_and_named_and_the_others_are_read(
    change: dict[str, Any], why: str
) -> None:
    found = guide(GUIDE | {"slug": "good"}, GUIDE | change)
    assert [each.key for each in found.meetings] == ["good"]
    assert found.left_out == {why: 1}
    [(row, said)] = found.bad_rows
    assert row.startswith("2")
    assert said == why


def test_no_day_is_by_appointment_and_a_key_counts_once() -> None:
    assert guide({**GUIDE, "day": None}).left_out == {"It is by appointment.": 1}
    assert guide(GUIDE, GUIDE).left_out == {"Its key comes twice.": 1}


def test_an_end_after_midnight_and_an_end_that_makes_no_sense() -> None:
    assert guide(GUIDE | {"time": "23:30", "end_time": "00:30"}).meetings[0].lasts_minutes == 60
    assert guide(GUIDE | {"end_time": "19:30"}).meetings[0].lasts_minutes == 60
    assert guide(GUIDE | {"end_time": "soon"}).meetings[0].lasts_minutes == 60


@pytest.mark.parametrize(
    "link",
    [
        "javascript:alert(1)",
        "data:text/html,x",
        "https://user:pass@example.org/",
        "//example.org",
        "https://exa mple.org/",
        "https://" + "a" * 2000,
    ],
)
def test_a_link_that_is_none_is_no_way_to_join(link: str) -> None:
    assert guide(GUIDE | {"conference_url": link}).meetings[0].join_url == ""


def test_names_are_plain_text_and_have_an_end() -> None:
    name = "<b onclick=x>Hope</b> &amp; help\x00\u202e" + "y" * 900
    [meeting] = guide(GUIDE | {"name": name}).meetings
    assert meeting.name.startswith("Hope & help yy")
    assert len(meeting.name) == 255
    assert "<" not in meeting.name


@pytest.mark.parametrize("text", ["", "{", "[", '"text"', "12", "null", '{"a": 1}', "[" * 5000])
def test_a_feed_that_is_none_is_refused_whole(text: str) -> None:
    with pytest.raises(BadFeed):
        read(Kind.MEETING_GUIDE, text, "UTC")


def test_an_old_server_s_empty_answer_is_an_empty_feed() -> None:
    assert read(Kind.BMLT, "{}", "UTC").meetings == ()
    wrapped = json.dumps({"meetings": [BMLT], "formats": []})
    assert len(read(Kind.BMLT, wrapped, "UTC").meetings) == 1


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)


@settings(max_examples=200, deadline=None)
@given(
    kind=st.sampled_from(list(Kind)),
    changes=st.dictionaries(st.sampled_from([*GUIDE, *BMLT]), anything, max_size=6),
)
def test_whatever_stands_in_a_row_it_is_read_or_left_out(
    kind: Kind, changes: dict[str, Any]
) -> None:
    row = (GUIDE if kind is Kind.MEETING_GUIDE else BMLT) | changes
    found = read(kind, json.dumps([row, "no row"]), "UTC")
    assert sum(found.left_out.values()) >= 1
    for meeting in found.meetings:
        assert meeting.name
        assert 0 <= meeting.minute < 24 * 60
        assert meeting.in_person or meeting.online
