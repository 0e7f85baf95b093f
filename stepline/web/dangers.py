"""What pages and board say of a danger: where it stands, and never a place."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from stepline import models
from stepline.core.calls import State as CallState
from stepline.core.danger import State

WORDS: dict[str, Promise] = {
    State.RAISED: gettext_lazy("Raised, the number is shown"),
    State.CARD_OPEN: gettext_lazy("Somebody said what they see"),
    State.DIALLING: gettext_lazy("Help is being rung"),
    State.BACK: gettext_lazy("Help was rung, they are back with us"),
    State.TAKEN_OVER: gettext_lazy("Help has taken over"),
    State.CLOSED: gettext_lazy("Over"),
}


@dataclass(frozen=True, kw_only=True)
class DangerNow:
    """One call's danger, as the board shows it."""

    words: str
    is_open: bool
    place_known: bool
    may_propose: bool
    may_agree: bool


def of_calls(line: models.Line, calls: Iterable[UUID]) -> dict[UUID, DangerNow]:
    """Read the dangers of these calls; asks nothing when there are none."""
    wanted = list(calls)
    rows = models.Danger.objects.filter(call__in=wanted) if wanted else []
    return {row.call_id: now_of(line, row) for row in rows}


def now_of(line: models.Line, row: models.Danger) -> DangerNow:
    """Give one danger as the board shows it."""
    is_open = row.state not in {State.TAKEN_OVER, State.CLOSED}
    may_send = is_open and line.rescue == models.Line.Rescue.AGREED
    proposed = row.rescue_proposed_by_id is not None
    return DangerNow(
        words=str(WORDS[row.state]),
        is_open=is_open,
        place_known=row.place_sealed is not None,
        may_propose=may_send and not proposed,
        may_agree=may_send and proposed and row.rescue_agreed_by_id is None,
    )


def is_asked(call: models.Call) -> bool:
    """Say whether both sides are asked how it stands, long after help was rung."""
    return call.state == CallState.DIALLING_HELP and bool(call.missing)


def of_call(call: models.Call) -> dict[str, Any] | None:
    """Give where danger stands; that a place is known, and never the place."""
    row = models.Danger.objects.filter(call=call).first() if call.danger else None
    if row is None:
        return None
    return {
        "state": row.state,
        "dialled": row.dialled_at is not None,
        "place_known": row.place_sealed is not None,
        "may_rescue": call.line.rescue == models.Line.Rescue.AGREED,
        "rescue_proposed": row.rescue_proposed_by_id is not None,
        "rescue_agreed": row.rescue_agreed_by_id is not None,
    }
