"""Which telephone numbers a line takes for a call back: only what it can ring, masked."""

import phonenumbers
from phonenumbers import PhoneNumberFormat, PhoneNumberType, shortnumberinfo

from stepline import models
from stepline.voice import pretend

# Numbers that cost the line or the caller dearly, or that are nobody's own.
NEVER = {
    PhoneNumberType.PREMIUM_RATE,
    PhoneNumberType.SHARED_COST,
    PhoneNumberType.PAGER,
    PhoneNumberType.UAN,
    PhoneNumberType.VOICEMAIL,
}
LONGEST = 40


class BadNumber(Exception):
    """No number that this line rings."""


def line_dials(line: models.Line) -> bool:
    """Say whether a provider can ring numbers for this line without showing anybody's own."""
    can = pretend.CAPABILITIES
    return line.takes_numbers and line.is_demo and can.dials_numbers and can.masks_numbers


def checked(text: str, line: models.Line) -> str:
    """Give a number in the international form (E.164); raises BadNumber.

    Emergency and short numbers are refused before anything is made of them: in the
    international form they would look like somebody's own.
    """
    if not line_dials(line) or len(text) > LONGEST:
        raise BadNumber
    if shortnumberinfo.is_emergency_number(text, line.country):
        raise BadNumber
    try:
        number = phonenumbers.parse(text, line.country)
    except phonenumbers.NumberParseException as wrong:
        raise BadNumber from wrong
    if not is_wanted(number, line):
        raise BadNumber
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


def is_wanted(number: phonenumbers.PhoneNumber, line: models.Line) -> bool:
    """Say whether a number is of the line's country, may exist, and costs nobody dearly."""
    home = phonenumbers.country_code_for_region(line.country)
    return (
        number.country_code == home
        and not shortnumberinfo.is_possible_short_number_for_region(number, line.country)
        and phonenumbers.is_possible_number(number)
        and phonenumbers.number_type(number) not in NEVER
    )
