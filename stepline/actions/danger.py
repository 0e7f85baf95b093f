"""Raise danger, follow it to where help has taken over, and keep what little that needs.

Each act locks the call first, so that danger and call never tell two stories.
"""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from stepline import models
from stepline.actions import announce, dispatch
from stepline.core import danger as core
from stepline.core import events as e
from stepline.core.calls import Seat
from stepline.core.danger import By, Rescue, Sight

SEATS = {By.CALLER: Seat.CALLER, By.VOLUNTEER: Seat.RESPONDER, By.HELPER: Seat.HELPER}
OF_SEAT = {seat: by for by, seat in SEATS.items()}
LONGEST_PLACE = 200


class NoDanger(Exception):
    """No danger was raised for this call, or it is over, or not this person's to act on."""


class NotAllowed(Exception):
    """The line's policy, or the want of a second person, forbids it."""


@transaction.atomic
def raise_danger(call_id: UUID, by: By, now: datetime) -> dispatch.Handled:
    """Say that somebody is in danger; anybody may, at any moment (rules E01, E11)."""
    handled = dispatch.handle(call_id, e.DangerRaised(SEATS.get(by)), now)
    if not handled.stale:
        note(handled.call, core.Raised(by), by, now)
    return handled


@transaction.atomic
def sees(call_id: UUID, sight: Sight, by: By, now: datetime) -> dispatch.Handled:
    """Say what is seen; danger is raised by it where it was not."""
    handled = raise_danger(call_id, by, now)
    if not handled.stale:
        note(handled.call, core.Sees(sight), by, now)
    return handled


@transaction.atomic
def dials(call_id: UUID, by: By, now: datetime) -> dispatch.Handled:
    """The caller rings for help: everything is kept for them (rule E02)."""
    handled = dispatch.handle(call_id, e.DialsHelp(SEATS[by]), now)
    if not handled.stale:
        note(handled.call, core.Dials(by), by, now)
    return handled


@transaction.atomic
def is_back(call_id: UUID, by: By, now: datetime) -> dispatch.Handled:
    """The caller is back at their page, from wherever they were."""
    event = e.CallerReturns() if by is By.CALLER else e.SaysBack()
    handled = dispatch.handle(call_id, event, now)
    if not handled.stale and handled.call.danger:
        note(handled.call, core.IsBack(), by, now)
    return handled


@transaction.atomic
def taken_over(call_id: UUID, by: By, now: datetime) -> None:
    """Confirm that help has taken over (rule E07): where the caller is, is erased with it."""
    act(row_of(locked_call(call_id)), core.TakesOver(by), by, now)


@transaction.atomic
def keep_place(call_id: UUID, text: str, by: By, now: datetime) -> None:
    """Keep, sealed, where the caller says that they are (rule E03); empty erases it."""
    row = row_of(locked_call(call_id))
    if not value(row).may_keep_place:
        raise NoDanger
    row.place = text.strip()[:LONGEST_PLACE]
    row.place_given_at = now if row.place_sealed else None
    row.save(update_fields=["place_sealed", "place_given_at"])
    log(row.call, "PlaceKept" if row.place_sealed else "PlaceErased", by, now)
    tell_pages(row.call)


@transaction.atomic
def open_place(call_id: UUID, volunteer: models.Volunteer, by: By, now: datetime) -> str:
    """Read where the caller is: written into the log with who read it, each time."""
    row = row_of(locked_call(call_id))
    if row.place_sealed is None or too_old(row, now):
        raise NoDanger
    log(row.call, "PlaceOpened", by, now, volunteer)
    return row.place


@transaction.atomic
def propose_rescue(call_id: UUID, volunteer: models.Volunteer, by: By, now: datetime) -> None:
    """Say that help must be sent although the caller doesn't agree; a second person decides."""
    row = row_of(locked_call(call_id))
    policy = Rescue(row.call.line.rescue)
    act(row, core.ProposesRescue(volunteer.pk, policy), by, now, volunteer)


@transaction.atomic
def agree_rescue(call_id: UUID, volunteer: models.Volunteer, by: By, now: datetime) -> None:
    """Agree, as a second person, that help is sent (rule E06)."""
    row = row_of(locked_call(call_id))
    policy = Rescue(row.call.line.rescue)
    act(row, core.AgreesRescue(volunteer.pk, policy), by, now, volunteer)


@transaction.atomic
def is_over(call: models.Call, now: datetime) -> None:
    """The call is closed and they are all right: where they were goes at once."""
    note(call, core.Closes(), By.VOLUNTEER, now)


def act(
    row: models.Danger,
    event: core.Event,
    by: By,
    now: datetime,
    volunteer: models.Volunteer | None = None,
) -> None:
    """Apply an event to the danger of a locked call; raises NotAllowed."""
    after = core.step(value(row), event, now)
    if isinstance(after, core.Stale):
        raise NotAllowed(after.why)
    write(row, after)
    log(row.call, type(event).__name__, by, now, volunteer)
    tell_pages(row.call)


def note(call: models.Call, event: core.Event, by: By, now: datetime) -> None:
    """Apply an event of a locked call to its danger, which begins with the first; never refuses."""
    row = models.Danger.objects.filter(call=call).first()
    before = value(row) if row else core.raised(by, now)
    after = core.step(before, event, now)
    if isinstance(after, core.Stale) or (row and after == before):
        return
    write(row or models.Danger(call=call), after)
    tell_pages(call)


def locked_call(call_id: UUID) -> models.Call:
    """Lock the call; raises NoDanger when there is none."""
    call = dispatch.locked.first(call_id)
    if call is None:
        raise NoDanger
    return call


def row_of(call: models.Call) -> models.Danger:
    """Give a call's danger; raises NoDanger."""
    row = models.Danger.objects.filter(call=call).first()
    if row is None:
        raise NoDanger
    row.call = call
    return row


def value(row: models.Danger) -> core.Danger:
    """Give a danger as its machine sees it."""
    return core.Danger(
        state=core.State(row.state),
        raised_by=By(row.raised_by),
        raised_at=row.raised_at,
        sights=tuple(map(Sight, row.sights)),
        dialled_by=By(row.dialled_by) if row.dialled_by else None,
        dialled_at=row.dialled_at,
        taken_over_by=By(row.taken_over_by) if row.taken_over_by else None,
        taken_over_at=row.taken_over_at,
        rescue_proposed_by=row.rescue_proposed_by_id,
        rescue_agreed_by=row.rescue_agreed_by_id,
    )


def write(row: models.Danger, danger: core.Danger) -> None:
    """Save what was decided; where the caller is goes as soon as nobody needs it."""
    row.state, row.raised_by, row.raised_at = danger.state, danger.raised_by, danger.raised_at
    row.sights = list(danger.sights)
    row.dialled_by, row.dialled_at = danger.dialled_by or "", danger.dialled_at
    row.taken_over_by, row.taken_over_at = danger.taken_over_by or "", danger.taken_over_at
    row.rescue_proposed_by_id = danger.rescue_proposed_by
    row.rescue_agreed_by_id = danger.rescue_agreed_by
    if not danger.may_keep_place:
        row.place_sealed = row.place_given_at = None
    row.save()


def too_old(row: models.Danger, now: datetime) -> bool:
    """Say whether a place is past its time, though nothing has erased it yet."""
    return row.place_given_at is None or now - row.place_given_at >= core.PLACE_KEPT


def erase_old_places(now: datetime) -> int:
    """Erase every place that is past its time; gives how many went."""
    old = models.Danger.objects.filter(
        place_sealed__isnull=False, place_given_at__lte=now - core.PLACE_KEPT
    )
    return old.update(place_sealed=None, place_given_at=None)


def log(
    call: models.Call,
    what: str,
    by: By,
    now: datetime,
    volunteer: models.Volunteer | None = None,
) -> None:
    """Write who did what about danger; never words and never a place."""
    detail = {"by": by.value} | ({"volunteer": str(volunteer.pk)} if volunteer else {})
    models.LogLine.objects.create(
        call=call, at=now, event=what, from_state=call.state, to_state=call.state, detail=detail
    )


def tell_pages(call: models.Call) -> None:
    """Announce to both sides and to the board that danger stands differently."""
    announce.changed(f"call:{call.pk}", f"line:{call.line_id}")
