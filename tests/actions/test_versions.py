"""An old process leaves the tables of a newer version alone, and blames no row for them."""

import logging

import pytest
from django.db import ProgrammingError

from stepline import models
from stepline.actions import clock, dispatch, versions
from tests.actions.newer_tables import NEWER, newer_tables
from tests.stories.cast import Shift

pytestmark = pytest.mark.django_db(transaction=True)


def test_this_version_knows_its_own_migrations() -> None:
    assert versions.newer_migrations() == []
    assert versions.known()[0] == "0001_first_call"
    with newer_tables():
        assert versions.newer_migrations() == [NEWER]


def test_the_gate_says_once_why_it_closes_and_once_that_it_opens(
    caplog: pytest.LogCaptureFixture,
) -> None:
    gate = versions.Gate()
    with caplog.at_level(logging.INFO), newer_tables():
        assert [gate.look(), gate.look(), gate.is_open] == [False, False, False]
    with caplog.at_level(logging.INFO):
        assert [gate.look(), gate.look(), gate.is_open] == [True, True, True]
    said = [record.getMessage() for record in caplog.records]
    assert len(said) == 2
    assert NEWER in said[0]
    assert "start it again in the new version" in said[0]
    assert "work goes on" in said[1]


def test_a_row_is_not_set_aside_for_what_a_newer_version_changed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shift = Shift()
    ana = shift.caller("Ana")
    ana.reaches_out()

    def unreadable(*_: object) -> None:
        raise ProgrammingError("column does not exist")

    monkeypatch.setattr(dispatch, "apply", unreadable)
    due_at = ana.call.deadline_at
    assert due_at
    with newer_tables(), pytest.raises(versions.Outdated):
        clock.tick(ana.call.pk, due_at)
    assert ana.call.set_aside_at is None
    assert shift.notices() == ["nobody"]
    # The same fault in the tables of this version is the row's own.
    assert versions.gate.look()
    clock.tick(ana.call.pk, due_at)
    assert ana.call.set_aside_at == due_at
    assert models.Notice.objects.filter(kind="set_aside", call_id=ana.call.pk).exists()
