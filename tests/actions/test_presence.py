"""Whose page is open, by which process's lease."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest

from stepline import models
from stepline.actions import presence
from stepline.actions.presence import Present

NOW = datetime(2026, 3, 1, 3, 0, tzinfo=UTC)

pytestmark = pytest.mark.django_db


@pytest.fixture
def present() -> Present:
    line = models.Line.objects.create(slug="line", name="Line", country="IE")
    ana = models.Volunteer.objects.create(line=line, created_at=NOW)
    device = models.Device.objects.create(
        volunteer=ana, role="volunteer", key_index=b"k", created_at=NOW, expires_at=NOW
    )
    return Present(uuid.uuid4(), ana.pk, device.pk, line.pk)


def test_a_lease_begins_and_is_renewed() -> None:
    process = uuid.uuid4()
    assert not presence.renew(process, NOW)
    presence.begin(process, "web", (), NOW)
    later = NOW + timedelta(seconds=2)
    assert presence.renew(process, later)
    assert models.Process.objects.get().seen_at == later


def test_a_page_is_here_once_however_often_it_is_said(present: Present) -> None:
    process = uuid.uuid4()
    presence.begin(process, "web", (present,), NOW)
    presence.arrive(process, present)
    assert models.Presence.objects.get().volunteer_id == present.volunteer_id
    presence.depart(present)
    presence.depart(present)
    assert not models.Presence.objects.exists()


def test_a_process_that_ended_long_ago_is_cleared_away_with_what_it_held(
    present: Present,
) -> None:
    presence.begin(uuid.uuid4(), "web", (present,), NOW - timedelta(minutes=2))
    recent = uuid.uuid4()
    presence.begin(recent, "web", (), NOW - timedelta(seconds=30))
    own = uuid.uuid4()
    presence.begin(own, "web", (), NOW)
    assert {row.pk for row in models.Process.objects.all()} == {recent, own}
    assert not models.Presence.objects.exists()
