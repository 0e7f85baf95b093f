"""The demonstration's line and people."""

import wave
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.test import Client
from django.utils import timezone

from stepline import models
from stepline.actions import asking, callbacks
from stepline.core.calls import Wish
from stepline.start import seed, voices
from stepline.voice import pretend
from stepline.web import limits

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)

pytestmark = pytest.mark.django_db


def test_six_pretend_volunteers_are_on_duty_each_with_a_habit_of_their_own() -> None:
    seed.seed_demo(NOW)
    people = models.Volunteer.objects.exclude(pretend=None)
    habits = {person.name: pretend.read_habit(person.pretend or {}) for person in people}
    assert len(habits) == 6
    assert len(set(habits.values())) == 6
    assert {habit.says for habit in habits.values()} == set(pretend.Says)
    assert models.Duty.objects.filter(on_since_at=NOW).count() == 6


def test_a_second_start_makes_nobody_twice_and_gives_new_invitations() -> None:
    first = seed.seed_demo(NOW)
    second = seed.seed_demo(NOW + timedelta(hours=1))
    assert models.Line.objects.count() == 1
    assert models.Volunteer.objects.count() == 8
    assert first["caller"] == second["caller"]
    assert first["volunteer"] != second["volunteer"]
    assert models.Duty.objects.filter(on_since_at=NOW + timedelta(hours=1)).count() == 6


def test_the_links_open_a_page_for_each_part() -> None:
    limits.forget_counts()
    links = seed.seed_demo(timezone.now())
    assert list(links) == ["caller", "volunteer", "coordinator"]
    browser = Client()
    assert browser.get(links["caller"]).status_code == 200
    assert browser.post(links["volunteer"]).headers["Location"] == "/volunteer/"
    assert browser.post(links["coordinator"]).headers["Location"] == "/coordinator/"
    assert browser.get("/coordinator/").status_code == 200
    assert b"Alex" in browser.get("/volunteer/").content


@pytest.mark.parametrize("wish", list(Wish))
@pytest.mark.parametrize("language", ["en", "es"])
def test_every_wish_rings_somebody(wish: Wish, language: str) -> None:
    seed.seed_demo(NOW)
    line = models.Line.objects.get()
    call = asking.ask(line, b"k" * 32, wish, language, NOW + timedelta(seconds=1))
    assert call.offers.filter(ended_at=None).exists()


def test_a_call_back_can_be_promised() -> None:
    seed.seed_demo(NOW)
    line = models.Line.objects.get()
    call = asking.ask(line, b"k" * 32, Wish.ANYONE, "en", NOW)
    assert callbacks.slots(call, NOW)


def test_the_voices_are_ours_small_and_playable() -> None:
    spoken = {one.voice.removeprefix("demo/") for one in seed.PRETEND}
    assert spoken <= set(voices.VOICES)
    for name in voices.VOICES:
        path = Path(voices.SHELF, name)
        assert path.stat().st_size < voices.LARGEST_BYTES
        with wave.open(str(path)) as sound:
            assert (sound.getnchannels(), sound.getframerate()) == (1, 8000)
            assert 5 < sound.getnframes() / sound.getframerate() < 20
