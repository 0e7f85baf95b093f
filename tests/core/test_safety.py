"""The danger card: the caller's country decides, and nothing is made up."""

from datetime import date

import pytest

from stepline.core import safety

SEEN_ON = date(2026, 11, 22)
CHECK_AGAIN_ON = date(2027, 5, 22)


def number(shown: str, answers: safety.Answers = safety.Answers.ALL) -> safety.Number:
    return safety.Number(shown=shown, answers=answers)


def country(code: str, *numbers: safety.Number, signed_off_by: str = "") -> safety.Country:
    return safety.Country(
        code=code,
        name="A country",
        numbers=numbers,
        seen_on=SEEN_ON,
        check_again_on=CHECK_AGAIN_ON,
        signed_off_by=signed_off_by,
        sources=("https://example.org/",),
    )


def test_the_caller_s_country_decides_the_number() -> None:
    """Rule E04: the number is keyed on the caller's country."""
    book = safety.checked([country("IE", number("112")), country("US", number("911"))])

    assert safety.card(book, "ie", SEEN_ON).first == number("112")
    assert safety.card(book, "US", SEEN_ON).first == number("911")


def test_an_unknown_country_gets_the_steps_and_no_made_up_number() -> None:
    card = safety.card({}, "xx", SEEN_ON)

    assert card.first is None
    assert card.steps == safety.FIRST_STEPS
    assert card.country == "XX"
    assert not card.signed_off


def test_ringing_the_emergency_number_comes_first() -> None:
    """Rule E02: the caller rings first, and may come back."""
    assert safety.FIRST_STEPS[0] is safety.Step.RING
    assert len(safety.FIRST_STEPS) == 3


def test_crisis_lines_are_kept_apart_from_emergency_numbers() -> None:
    police = number("110", safety.Answers.POLICE)
    crisis = number("0800 111", safety.Answers.CRISIS)
    book = safety.checked([country("DE", number("112"), police, crisis)])

    card = safety.card(book, "DE", SEEN_ON)

    assert card.others == (police,)
    assert card.crisis == (crisis,)


def test_a_card_is_signed_off_only_by_somebody_named() -> None:
    book = safety.checked(
        [country("IE", number("112")), country("GB", number("999"), signed_off_by="Ana, 2026")]
    )

    assert not safety.card(book, "IE", SEEN_ON).signed_off
    assert safety.card(book, "GB", SEEN_ON).signed_off


def test_numbers_grow_old_on_the_day_they_should_be_checked_again() -> None:
    book = safety.checked([country("IE", number("112"))])

    assert not safety.card(book, "IE", date(2027, 5, 21)).is_old
    assert safety.card(book, "IE", CHECK_AGAIN_ON).is_old


def test_a_number_is_dialled_without_its_spaces() -> None:
    assert number("0800 111-0 111").dial == "08001110111"
    assert number("+353 1 234").dial == "+3531234"


@pytest.mark.parametrize(
    ("row", "why"),
    [
        (country("ie", number("112")), "two capitals"),
        (country("IRL", number("112")), "two capitals"),
        (country("IE"), "begin with an emergency number"),
        (country("IE", number("116 123", safety.Answers.CRISIS)), "begin with an emergency number"),
        (country("IE", number("none")), "without digits"),
    ],
)
def test_a_row_that_would_mislead_is_refused(row: safety.Country, why: str) -> None:
    with pytest.raises(safety.BadNumbers, match=why):
        safety.checked([row])


def test_a_row_without_a_source_is_refused() -> None:
    row = safety.Country(
        code="IE",
        name="Ireland",
        numbers=(number("112"),),
        seen_on=SEEN_ON,
        check_again_on=CHECK_AGAIN_ON,
        signed_off_by="",
        sources=(),
    )
    with pytest.raises(safety.BadNumbers, match="no source"):
        safety.checked([row])


def test_a_country_may_be_there_only_once() -> None:
    with pytest.raises(safety.BadNumbers, match="twice"):
        safety.checked([country("IE", number("112")), country("IE", number("999"))])
