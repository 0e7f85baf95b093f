"""Drop a wish: which one the caller may be asked about next, and their own word for it."""

from datetime import datetime
from uuid import UUID

from stepline import models
from stepline.actions import calls, dispatch, matching, standings
from stepline.core import events as e
from stepline.core.calls import Reason, State, Trait
from stepline.core.matching import next_to_drop

MOST_LOOKED_AT = 200


class NoSuchWish(Exception):
    """Something that no wish is about."""


def may_be_asked(call: models.Call) -> bool:
    """Say whether this is a moment to ask: while the caller chooses, or waits for nobody."""
    if call.state == State.CHOOSING:
        return call.reason != Reason.NO_VOICE
    return call.state == State.RINGING and call.reason == Reason.NOBODY


def next_to_ask(call: models.Call, now: datetime) -> Trait | None:
    """Give the wish to ask the caller about next, in the line's order; None: nothing to gain.

    It tells what the wish is about and nothing of anybody whom dropping it would let be rung.
    """
    if not may_be_asked(call):
        return None
    offers = tuple(map(calls.offer_value, call.offers.all()))
    asked = matching.sought(call, offers, now)
    people = standings.whatever_the_wishes(asked, MOST_LOOKED_AT)
    return next_to_drop(asked.wanted, call.line.relax_order, people, asked.now)


def relax(call_id: UUID, what: str, now: datetime) -> dispatch.Handled:
    """Drop one of the caller's wishes; stale when it isn't one. Raises NoSuchWish."""
    if what not in set(Trait):
        raise NoSuchWish
    return dispatch.handle(call_id, e.CallerRelaxes(Trait(what)), now)
