"""Luck that comes the same way again from the same name."""

from random import Random


def luck_of(name: str) -> Random:
    """Give somebody's own luck; nothing that is secret is ever drawn from it."""
    return Random(name)  # noqa: S311  # a rerun has to bring the same evening about
