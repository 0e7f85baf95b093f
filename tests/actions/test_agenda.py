"""What the clock reads at every waking: when to look again, and whether phones pretend."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from stepline import models
from stepline.actions import agenda
from tests.stories.cast import Shift

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def shift(transactional_db: None) -> Shift:
    return Shift()


def test_with_nothing_to_do_nothing_waits(shift: Shift) -> None:
    shift.on_duty("Bo")
    with CaptureQueriesContext(connection) as asked:
        waits = agenda.read()
    assert waits == agenda.Agenda(call_at=None, effect_at=None, phones_pretend=False)
    assert len(asked) == 1
    assert not waits.call_is_due(shift.clock.now)
    assert not waits.effect_is_due(shift.clock.now)


def test_the_earliest_deadline_counts_unless_its_call_was_set_aside(shift: Shift) -> None:
    ana, gil = shift.caller("Ana"), shift.caller("Gil")
    ana.reaches_out()
    gil.reaches_out()
    soon = shift.clock.now + timedelta(seconds=1)
    models.Call.objects.filter(pk=ana.call.pk).update(deadline_at=soon)
    assert agenda.read().call_at == soon
    assert agenda.read().call_is_due(soon)
    assert not agenda.read().call_is_due(soon - timedelta(milliseconds=1))
    models.Call.objects.filter(pk=ana.call.pk).update(set_aside_at=soon)
    assert agenda.read().call_at == gil.call.deadline_at


def test_an_effect_waits_for_its_time_its_lease_and_those_of_its_leg_before_it(
    shift: Shift,
) -> None:
    ana = shift.caller("Ana")
    ana.reaches_out()
    models.Effect.objects.all().delete()
    now = shift.clock.now
    later = now + timedelta(seconds=4)
    kind = models.Effect.Kind.TELL
    first, second = (
        models.Effect.objects.create(
            key=key, kind=kind, leg=ana.call.pk, call=ana.call, due_at=due_at
        )
        for key, due_at in (("first", now), ("second", now - timedelta(seconds=9)))
    )
    assert agenda.read().effect_at == now, "the second waits for the first"
    models.Effect.objects.filter(pk=first.pk).update(leased_until_at=later)
    assert agenda.read().effect_at == later
    models.Effect.objects.filter(pk=first.pk).update(done_at=now)
    assert agenda.read().effect_at == second.due_at
    models.Effect.objects.filter(pk=second.pk).update(gave_up_at=now)
    assert agenda.read().effect_at is None


def test_pretend_phones_are_looked_at_while_one_of_them_rings(shift: Shift) -> None:
    ana = shift.caller("Ana")
    shift.on_duty("Bo", pretend={"says": "silent"})
    ana.reaches_out()
    assert agenda.read().phones_pretend, "its leg was placed"
    ana.stops()
    assert not agenda.read().phones_pretend
