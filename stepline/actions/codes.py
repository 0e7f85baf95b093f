"""Codes that people read aloud or type: made in groups, read back however they were written."""

import secrets

# No letter or digit that another one can be taken for, by eye or when read aloud in a hurry.
SYMBOLS = "34679ACDEFHJKMNPQRTVWXY"
GROUP_LENGTH = 4


def new_code(groups: int) -> str:
    """Give a fresh code in groups of four symbols, 18 bits each."""
    made = ("".join(secrets.choice(SYMBOLS) for _ in range(GROUP_LENGTH)) for _ in range(groups))
    return "-".join(made)


def plain(code: str) -> str:
    """Give a typed code's symbols alone: hyphens, spaces and small letters don't matter."""
    return "".join(symbol for symbol in code.upper() if symbol in SYMBOLS)
