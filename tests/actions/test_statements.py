"""A query that is compiled once gives what the query itself gives, with any arguments."""

from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest
from django.db.models import QuerySet

from stepline import models
from stepline.models.statements import change, insert, kept
from tests.stories.cast import EVENING, Shift

pytestmark = pytest.mark.django_db


@kept
def rung_since(volunteer: UUID, at: datetime) -> QuerySet[models.Offer]:
    lately = models.Offer.objects.filter(volunteer=volunteer, placed_at__gt=at - timedelta(hours=1))
    return lately.select_related("volunteer__line").order_by("placed_at")


@kept
def devices_of(key: bytes) -> QuerySet[models.Device, UUID]:
    return models.Device.objects.filter(key_index=key).values_list("pk", flat=True)


@pytest.fixture
def shift() -> Shift:
    return Shift()


def an_offer(shift: Shift, volunteer: models.Volunteer, at: datetime) -> models.Offer:
    call = models.Call(line=shift.line, asked_at=at, limit_at=at, deadline_at=at)
    call.save(force_insert=True)
    times = {"placed_at": at, "reach_by_at": at, "ends_at": at, "ended_at": at}
    return models.Offer(id=uuid4(), call=call, volunteer=volunteer, seat="responder", **times)


def test_a_kept_query_gives_what_the_query_gives_with_other_arguments_each_time(
    shift: Shift,
) -> None:
    bo, cleo = shift.volunteer("Bo").person, shift.volunteer("Cleo").person
    for minutes in (0, 50, 90):
        insert([an_offer(shift, bo, EVENING - timedelta(minutes=minutes))])
    insert([an_offer(shift, cleo, EVENING)])
    for person in (bo, cleo):
        for at in (EVENING, EVENING + timedelta(minutes=15), EVENING + timedelta(days=1)):
            plain = rung_since.build(person.pk, at)
            assert rung_since(person.pk, at) == list(plain)
    (first, *_) = rung_since(bo.pk, EVENING)
    assert first.volunteer.name == "Bo", "what is sealed opens, from a related row as well"
    assert first.volunteer.line == shift.line


def test_bytes_are_given_like_anything_else(shift: Shift) -> None:
    person = shift.volunteer("Bo").person
    device = models.Device.objects.get(volunteer=person)
    assert devices_of(bytes(device.key_index)) == [device.pk]
    assert devices_of.first(b"another") is None


def test_what_is_inserted_is_as_django_would_write_it(shift: Shift) -> None:
    offer = an_offer(shift, shift.volunteer("Bo").person, EVENING)
    offer.chance = {"ready": 0.5}
    insert([offer])
    again = models.Offer.objects.get(pk=offer.pk)
    fields = [field.attname for field in models.Offer._meta.concrete_fields]
    assert [getattr(again, name) for name in fields] == [getattr(offer, name) for name in fields]
    insert([offer], unless_there=True)
    assert models.Offer.objects.filter(pk=offer.pk).count() == 1


def test_only_the_columns_named_are_changed(shift: Shift) -> None:
    offer = an_offer(shift, shift.volunteer("Bo").person, EVENING)
    insert([offer])
    models.Offer.objects.filter(pk=offer.pk).update(outcome="passed")
    change(models.Offer, offer.pk, {"state": "ringing", "ring_seconds": None})
    again = models.Offer.objects.get(pk=offer.pk)
    assert (again.state, again.ring_seconds, again.outcome) == ("ringing", None, "passed")
    change(models.Offer, uuid4(), {"state": "ringing"})
