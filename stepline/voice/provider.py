"""The contract that every voice provider speaks: what is asked of it, and what it says back.

A provider knows legs and keys, never callers, volunteers or rows. It is called outside any
transaction, at least once for each effect, so every method must be safe to repeat with the
same `key`. What happens afterwards comes back as events, perhaps out of order or twice.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NewType, Protocol

LegRef = NewType("LegRef", str)
"""A provider's own name for a leg; opaque to us, kept until the leg has ended."""


class TemporaryFailure(Exception):
    """The provider could not do it now; the same request may be repeated later."""


class PermanentFailure(Exception):
    """The provider will never do this, for example a number that doesn't exist."""


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a provider can do, declared as data so that matching can know it beforehand."""

    rings_pages: bool = False
    dials_numbers: bool = False
    masks_numbers: bool = False
    says: bool = False
    gathers_keys: bool = False
    holds: bool = False
    connects_with: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class LegPlan:
    """One leg to be placed: `key` is the same at every repeat, `to` a number or a page's seat."""

    key: str
    to: str
    ring_until_at: datetime
    language: str


class Ended(StrEnum):
    """Why a leg is over."""

    HUNG_UP = "hung_up"
    NO_ANSWER = "no_answer"
    BUSY = "busy"
    DROPPED = "dropped"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class LegRings:
    """The other end is really ringing now."""

    leg: LegRef
    at: datetime


@dataclass(frozen=True, slots=True)
class LegAnswers:
    """Somebody, or a machine, picked up."""

    leg: LegRef
    at: datetime


@dataclass(frozen=True, slots=True)
class KeyPressed:
    """A key of the telephone was pressed on this leg: 0-9, * or #."""

    leg: LegRef
    at: datetime
    digit: str


@dataclass(frozen=True, slots=True)
class LegJoined:
    """The leg hears the conversation that it was connected to."""

    leg: LegRef
    at: datetime


@dataclass(frozen=True, slots=True)
class LegEnds:
    """The leg is over; its ref means nothing after this."""

    leg: LegRef
    at: datetime
    why: Ended


Event = LegRings | LegAnswers | KeyPressed | LegJoined | LegEnds


class Provider(Protocol):
    """What the worker asks of a provider that places legs itself.

    Every method raises TemporaryFailure (asked again later, others are not kept waiting) or
    PermanentFailure (the leg counts as failed at once). None of them waits for a person.
    """

    name: str
    can: Capabilities

    def find(self, key: str) -> LegRef | None:
        """Look up a leg by the key of its plan, so that a repeat never rings twice."""
        ...

    def place(self, plan: LegPlan) -> LegRef:
        """Start ringing; a second call with the same key gives the same leg."""
        ...

    def say(self, leg: LegRef, words: str, language: str) -> None:
        """Speak to one leg; what is being said there already stops."""
        ...

    def gather(self, leg: LegRef, words: str, keys: Collection[str], language: str) -> None:
        """Say what the keys mean and send each one pressed as KeyPressed."""
        ...

    def connect(self, legs: Iterable[LegRef], conversation: str) -> None:
        """Join the legs in one conversation, adding to those who are in it."""
        ...

    def hold(self, leg: LegRef) -> None:
        """Take a leg out of its conversation without ending it."""
        ...

    def drop(self, leg: LegRef) -> None:
        """End a leg; one that has ended already is no failure."""
        ...
