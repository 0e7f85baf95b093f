"""One value of a feed's row, read with care: it comes from somebody else's server."""

import html
import re
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from stepline.core.meetings import Point

LONGEST_NAME = 255
LONGEST_URL = 1000
USUAL_MINUTES = 60
LONGEST_MINUTES = 12 * 60
DAY_MINUTES = 24 * 60


class BadRow(ValueError):
    """One row can't be offered; the sentence says why."""


def plain(value: Any, longest: int) -> str:
    """Give a value as one line of plain text, without tags, at most so many letters."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    without = re.sub(r"<[^<>]*>", " ", html.unescape(str(value)))
    letters = (each if each.isprintable() else " " for each in without)
    return " ".join("".join(letters).split())[:longest]


def name_of(value: Any) -> str:
    """Give a name; raises BadRow for none."""
    name = plain(value, LONGEST_NAME)
    if not name:
        raise BadRow("It has no name.")
    return name


def codes_of(value: Any) -> frozenset[str]:
    """Give the codes of a list, in capitals; what is no code is left out."""
    codes = value if isinstance(value, list) else []
    return frozenset(plain(code, 12).upper() for code in codes) - {""}


def whole(value: Any) -> int | None:
    """Give a small whole number, also one that is written as text."""
    text = str(value).strip() if not isinstance(value, bool) else ""
    return int(text) if re.fullmatch(r"[0-9]{1,4}", text, re.ASCII) else None


def minute_of(value: Any) -> int:
    """Give the minute of the day of 'HH:MM' or 'HH:MM:SS'; raises BadRow."""
    found = re.fullmatch(r"\s*([0-9]{1,2}):([0-9]{2})(:[0-9]{2})?\s*", str(value), re.ASCII)
    minute = int(found[1]) * 60 + int(found[2]) if found else DAY_MINUTES
    if minute >= DAY_MINUTES or (found and int(found[2]) > 59):
        raise BadRow("Its time is none of a day.")
    return minute


def minutes_between(start: int, end: Any) -> int:
    """Give how long it lasts; an end before the start is after midnight, none means an hour."""
    try:
        lasts = (minute_of(end) - start) % DAY_MINUTES
    except BadRow:
        return USUAL_MINUTES
    return lasts if 0 < lasts <= LONGEST_MINUTES else USUAL_MINUTES


def lasting(value: Any) -> int:
    """Give the minutes of a duration, an hour where it makes no sense."""
    try:
        lasts = minute_of(value)
    except BadRow:
        return USUAL_MINUTES
    return lasts if 0 < lasts <= LONGEST_MINUTES else USUAL_MINUTES


def zone_of(value: Any, otherwise: str) -> str:
    """Give the clock of a meeting's place; raises BadRow for one that nobody knows."""
    name = plain(value, 64) or otherwise
    try:
        return ZoneInfo(name).key
    except (KeyError, ValueError, OSError) as wrong:
        raise BadRow("Nobody knows its time zone.") from wrong


def point_of(latitude: Any, longitude: Any) -> Point | None:
    """Give a place on earth; None for what is none, such as the sea off Africa (0, 0)."""
    try:
        point = Point(float(latitude), float(longitude))
    except (TypeError, ValueError, OverflowError):
        return None
    fits = abs(point.latitude) <= 90 and abs(point.longitude) <= 180
    return point if fits and (point.latitude or point.longitude) else None


def url(value: Any) -> str:
    """Give an address that a browser opens safely, else nothing."""
    text = plain(value, LONGEST_URL + 1)
    try:
        parts = urlsplit(text)
    except ValueError:
        return ""
    safe = parts.scheme in {"https", "http"} and parts.hostname and "@" not in parts.netloc
    return text if safe and len(text) <= LONGEST_URL and " " not in text else ""


def phone(value: Any) -> str:
    """Give a number as people dial it, else nothing; a code to enter may follow it."""
    text = plain(value, 60)
    return text if re.fullmatch(r"\+?[0-9][0-9 ().,*#/-]{4,58}", text) else ""
