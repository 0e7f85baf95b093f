"""`stepline invite`: the one-time link that signs the first coordinator in."""

import argparse
from collections.abc import Callable
from datetime import datetime
from urllib.parse import quote

from django.conf import settings
from django.utils import timezone
from django.utils.module_loading import import_string

from stepline.start.faults import CannotStart
from stepline.start.installation import chosen_folder, open_installation, refuse_other_lines

WHICH_COUNTRY = (
    "There is no line yet. Say in which country it is, for its emergency numbers: "
    "for example --country IE."
)


def main(arguments: list[str]) -> int:
    """Print the link; the coordinator and the line are made where there is none yet."""
    options = _parse(arguments)
    with open_installation(chosen_folder(options.data)):
        refuse_other_lines(demo=False)
        # Found by name: its rows can only be imported once Django is set up.
        first_coordinator: Callable[[str, datetime, str], str] = import_string(
            "stepline.actions.accounts.first_coordinator"
        )
        needs_country: type[Exception] = import_string("stepline.actions.accounts.NeedsCountry")
        try:
            code = first_coordinator(options.coordinator, timezone.now(), options.country or "")
        except needs_country as missing:
            raise CannotStart(WHICH_COUNTRY) from missing
        print(f"{settings.STEPLINE_PUBLIC_URL}/i/{quote(code)}")
    return 0


def _parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="stepline invite",
        description="Print a link that signs one device in, once, within three days.",
    )
    parser.add_argument(
        "--coordinator", metavar="NAME", required=True, help="the name that volunteers will see"
    )
    parser.add_argument(
        "--country",
        metavar="CODE",
        type=_country,
        help="the new line's country, for its emergency numbers",
    )
    parser.add_argument("--data", metavar="DIR", help="the data folder (default: ./data)")
    return parser.parse_args(arguments)


def _country(text: str) -> str:
    if len(text) != 2 or not text.isascii() or not text.isalpha():
        raise argparse.ArgumentTypeError("a country is given by two letters, such as IE")
    return text.upper()
