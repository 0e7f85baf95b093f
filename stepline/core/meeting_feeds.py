"""Read a feed of meetings: Meeting Guide JSON, or what a BMLT server answers.

A feed is somebody else's: each row is read by itself, a bad one is left out, counted and named,
and nothing but what helps somebody find a meeting is kept. Who to contact and whom to pay are
never read.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from stepline.core.meeting_values import (
    BadRow,
    codes_of,
    lasting,
    minute_of,
    minutes_between,
    name_of,
    phone,
    plain,
    point_of,
    url,
    whole,
    zone_of,
)
from stepline.core.meetings import Access, For, Meeting, Point

Row = Mapping[str, Any]

LONGEST_TEXT = 300
MOST_NAMED = 50
PARTS_OF_A_WHOLE_ADDRESS = 4


class Kind(StrEnum):
    """The formats that are read."""

    MEETING_GUIDE = "meeting_guide"
    BMLT = "bmlt"


class BadFeed(ValueError):
    """The feed as a whole can't be read; the sentence says why."""


class NotOffered(BadRow):
    """One row is in order, and isn't for somebody new: closed, by appointment, not active."""


@dataclass(frozen=True)
class Read:
    """What was read of a feed, what was left out and why, and the first bad rows by name."""

    meetings: tuple[Meeting, ...]
    left_out: Mapping[str, int]
    bad_rows: tuple[tuple[str, str], ...]


# The codes of the Meeting Guide (code4recovery/spec 1.1.9) that matter to somebody new.
GUIDE_FOR = {
    "BE": For.NEWCOMERS,
    "W": For.WOMEN,
    "M": For.MEN,
    "Y": For.YOUNG,
    "LGBTQ": For.LGBTQ,
    "G": For.LGBTQ,
    "L": For.LGBTQ,
}
GUIDE_ACCESS = {"X": Access.WHEELCHAIR, "BA": Access.CHILD_CARE, "ASL": Access.SIGN_LANGUAGE}
GUIDE_LANGUAGES = {
    "EN": "en",
    "S": "es",
    "FR": "fr",
    "DE": "de",
    "ITA": "it",
    "POR": "pt",
    "POL": "pl",
    "RUS": "ru",
    "JA": "ja",
    "KOR": "ko",
    "N": "nl",
    "DK": "da",
    "SV": "sv",
    "NO": "nb",
    "FI": "fi",
    "HE": "he",
    "HI": "hi",
    "AM": "am",
    "HU": "hu",
    "LIT": "lt",
    "TUR": "tr",
    "ISL": "is",
    "GRK": "el",
    "SK": "sk",
    "CS": "cs",
    "UK": "uk",
    "FA": "fa",
    "PUN": "pa",
}
# The keys that most BMLT servers use for their formats.
BMLT_FOR = {
    "BEG": For.NEWCOMERS,
    "NC": For.NEWCOMERS,
    "W": For.WOMEN,
    "M": For.MEN,
    "Y": For.YOUNG,
    "GL": For.LGBTQ,
    "LGBTQ": For.LGBTQ,
}
BMLT_ACCESS = {"WC": Access.WHEELCHAIR, "CW": Access.CHILD_CARE, "ASL": Access.SIGN_LANGUAGE}
VIRTUAL, HYBRID, TEMPORARILY_CLOSED = "2", "3", "TC"


def read(kind: Kind, text: str, zone: str) -> Read:
    """Read a whole feed; `zone` is the clock of meetings that name none. Raises BadFeed."""
    content = content_of(text)
    if kind is Kind.MEETING_GUIDE:
        return gathered(rows_of(content), lambda row: guide_meetings(row, zone))
    closed = closed_keys(content)
    return gathered(rows_of(content), lambda row: bmlt_meetings(row, zone, closed))


def content_of(text: str) -> Any:
    """Give what a feed holds; raises BadFeed."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as wrong:
        raise BadFeed("It is no JSON.") from wrong


def rows_of(content: Any) -> list[Any]:
    """Give the rows of a feed; raises BadFeed."""
    if isinstance(content, dict):
        # With `get_used_formats` a BMLT server wraps its rows; an old one answers {} for none.
        content = content.get("meetings", [] if not content else None)
    if not isinstance(content, list):
        raise BadFeed("It is no list of meetings.")
    return content


def closed_keys(content: Any) -> frozenset[str]:
    """Give the keys by which a BMLT server marks closed meetings: its own, where it tells them."""
    formats = content.get("formats") if isinstance(content, dict) else None
    told = [each for each in formats if isinstance(each, dict)] if isinstance(formats, list) else []
    worldwide = (each for each in told if plain(each.get("world_id"), 12).upper() == "CLOSED")
    return frozenset({"C"} | {plain(each.get("key_string"), 12).upper() for each in worldwide})


def gathered(rows: list[Any], reader: Callable[[Row], Iterator[Meeting]]) -> Read:
    """Read row by row; a key that comes twice counts once, the first."""
    meetings: dict[str, Meeting] = {}
    left_out: Counter[str] = Counter()
    bad_rows: list[tuple[str, str]] = []
    for number, row in enumerate(rows, start=1):
        try:
            for meeting in reader(fields_of(row)):
                refuse_repeated(meeting.key in meetings)
                meetings[meeting.key] = meeting
        except NotOffered as why:
            left_out[str(why)] += 1
        except BadRow as why:
            left_out[str(why)] += 1
            if len(bad_rows) < MOST_NAMED:
                bad_rows.append((named(row, number), str(why)))
    return Read(tuple(meetings.values()), dict(left_out), tuple(bad_rows))


def fields_of(row: Any) -> Row:
    """Give a row's fields; raises BadRow for what has none."""
    if not isinstance(row, dict):
        raise BadRow("It is no row of fields.")
    return row


def refuse_repeated(known: bool) -> None:
    """Raise BadRow for a key that a row before had."""
    if known:
        raise BadRow("Its key comes twice.")


def named(row: Any, number: int) -> str:
    """Name a row so that whoever keeps the feed finds it."""
    fields = row if isinstance(row, dict) else {}
    name = plain(fields.get("name") or fields.get("meeting_name"), 60)
    return f"{number} ({name})" if name else str(number)


# Meeting Guide


def guide_meetings(row: Row, zone: str) -> Iterator[Meeting]:
    """Give a row's meetings, one for each of its days. Raises BadRow."""
    slug = plain(row.get("slug"), 64)
    if not slug:
        raise BadRow("It has no slug.")
    codes = codes_of(row.get("types"))
    refuse_closed(codes, frozenset({"C"}))
    days = guide_days(row.get("day"))
    minute = minute_of(row.get("time"))
    join_url, join_phone = url(row.get("conference_url")), phone(row.get("conference_phone"))
    point = guide_point(row)
    approximate = is_approximate(row)
    in_person = TEMPORARILY_CLOSED not in codes and not approximate
    refuse_inactive(in_person or bool(join_url or join_phone))
    for day in days:
        yield Meeting(
            key=slug if len(days) == 1 else f"{slug} {day}",
            name=name_of(row.get("name")),
            weekday=(day - 1) % 7,
            minute=minute,
            lasts_minutes=minutes_between(minute, row.get("end_time")),
            zone=zone_of(row.get("timezone"), zone),
            place=plain(row.get("location"), LONGEST_TEXT),
            address=guide_address(row) if in_person else "",
            point=point if in_person else None,
            in_person=in_person,
            join_url=join_url,
            join_phone=join_phone,
            says_open="O" in codes,
            meant_for=frozenset(GUIDE_FOR[code] for code in codes if code in GUIDE_FOR),
            access=frozenset(GUIDE_ACCESS[code] for code in codes if code in GUIDE_ACCESS),
            languages=frozenset(GUIDE_LANGUAGES[c] for c in codes if c in GUIDE_LANGUAGES),
        )


def guide_days(day: Any) -> list[int]:
    """Give the days of a row, 0 for Sunday; raises BadRow."""
    days = day if isinstance(day, list) else [day]
    if day is None or day == "" or not days:
        raise NotOffered("It is by appointment.")
    numbers = list(dict.fromkeys(whole(each) for each in days))
    if any(number is None or not 0 <= number <= 6 for number in numbers):
        raise BadRow("Its day is none of 0 to 6.")
    return [number for number in numbers if number is not None]


def guide_address(row: Row) -> str:
    """Give where it is, as people write it."""
    whole_address = plain(row.get("formatted_address"), LONGEST_TEXT)
    parts = (plain(row.get(name), LONGEST_TEXT) for name in ("address", "city", "postal_code"))
    return whole_address or ", ".join(part for part in parts if part)


def is_approximate(row: Row) -> bool:
    """Say whether the address is no place to walk to; where a feed doesn't say, by its length."""
    said = row.get("approximate")
    if said is not None and said != "":
        return str(said).lower() in {"yes", "true", "1"}
    if plain(row.get("address"), LONGEST_TEXT):
        return False
    written = plain(row.get("formatted_address"), LONGEST_TEXT)
    return len(written.split(",")) < PARTS_OF_A_WHOLE_ADDRESS


def guide_point(row: Row) -> Point | None:
    """Give where it is on earth; four numbers are a region, not a place."""
    written = row.get("coordinates")
    if isinstance(written, str) and written:
        numbers = written.split(",")
        return point_of(*numbers) if len(numbers) == 2 else None
    return point_of(row.get("latitude"), row.get("longitude"))


# BMLT


def bmlt_meetings(row: Row, zone: str, closed: frozenset[str]) -> Iterator[Meeting]:
    """Give a row's meeting; every value of such a row is text. Raises BadRow."""
    number = plain(row.get("id_bigint"), 20)
    if not number:
        raise BadRow("It has no id.")
    if plain(row.get("published"), 5) == "0":
        raise NotOffered("It is not published.")
    codes = codes_of(str(row.get("formats") or "").split(","))
    refuse_closed(codes, closed)
    venue = plain(row.get("venue_type"), 5) or venue_by(codes)
    join_url = url(row.get("virtual_meeting_link"))
    join_phone = phone(row.get("phone_meeting_number"))
    in_person = venue != VIRTUAL and TEMPORARILY_CLOSED not in codes
    refuse_inactive(in_person or bool(join_url or join_phone))
    day = whole(row.get("weekday_tinyint"))
    if day is None or not 1 <= day <= 7:
        raise BadRow("Its day is none of 1 to 7.")
    yield Meeting(
        key=f"{plain(row.get('root_server_uri'), LONGEST_TEXT)}#{number}".lstrip("#"),
        name=name_of(row.get("meeting_name")),
        weekday=(day - 2) % 7,
        minute=minute_of(row.get("start_time")),
        lasts_minutes=lasting(row.get("duration_time")),
        zone=zone_of(row.get("time_zone"), zone),
        place=plain(row.get("location_text"), LONGEST_TEXT),
        address=bmlt_address(row) if in_person else "",
        point=point_of(row.get("latitude"), row.get("longitude")) if in_person else None,
        in_person=in_person,
        join_url=join_url,
        join_phone=join_phone,
        says_open="O" in codes,
        meant_for=frozenset(BMLT_FOR[code] for code in codes if code in BMLT_FOR),
        access=frozenset(BMLT_ACCESS[code] for code in codes if code in BMLT_ACCESS),
        languages=frozenset({plain(row.get("lang_enum"), 8).lower()} - {""}),
    )


def venue_by(codes: frozenset[str]) -> str:
    """Tell how a meeting is held where an old server says it by formats alone."""
    if "HY" in codes:
        return HYBRID
    return VIRTUAL if "VM" in codes else "1"


def bmlt_address(row: Row) -> str:
    """Give where it is, as people write it."""
    names = ("location_street", "location_municipality", "location_postal_code_1")
    parts = (plain(row.get(name), LONGEST_TEXT) for name in names)
    return ", ".join(part for part in parts if part)


def refuse_closed(codes: frozenset[str], closed: frozenset[str]) -> None:
    """Raise NotOffered for a meeting that only its members come to."""
    if closed & codes:
        raise NotOffered("It is closed.")


def refuse_inactive(active: bool) -> None:
    """Raise NotOffered for a meeting that nobody can go to or join."""
    if not active:
        raise NotOffered("It has no place and no way to join.")
