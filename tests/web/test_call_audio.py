"""Two people talk: real Chromium, real audio, told apart by tones."""

import os
import signal
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect
from pytest_django import Settings

from stepline import models
from stepline.start.proofs.call import addresses_are_hidden
from stepline.start.stage.browsers import SOUNDS, hear, hear_all, signals, wait_until
from stepline.start.stage.relay import Relay, running_relay
from tests.web.browsing import until
from tests.web.talking import (
    CALLER_HZ,
    HELPER_HZ,
    JOINS_WITHIN_MS,
    NEAR_HZ,
    SILENT_DECIBELS,
    VOLUNTEER_HZ,
    Browsers,
    Stage,
    a_stage,
    shown,
    three_browsers,
)

JOINED_WITH_BOTH = (
    "window.witness.connections.filter((one) => one.connectionState === 'connected').length === 2"
)

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.django_db(transaction=True),
]


@pytest.fixture(scope="module")
def browsers(django_db_setup: None) -> Iterator[Browsers]:
    # The browsers' driver runs a loop in this thread; the rows are read in the same thread.
    with pytest.MonkeyPatch.context() as patch, three_browsers() as started:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        yield started


@pytest.fixture
def stage(browsers: Browsers) -> Iterator[Stage]:
    with a_stage(browsers) as ready:
        yield ready


@pytest.fixture
def relay(settings: Settings) -> Iterator[Relay]:
    with running_relay() as running:
        settings.STEPLINE_TURN_URLS = [running.url]
        settings.STEPLINE_TURN_SECRET = running.secret
        yield running


def test_each_hears_the_other(stage: Stage) -> None:
    stage.talk()
    stage.assert_heard()
    assert models.Call.objects.get().state == "talking"


def test_nothing_sounds_before_the_voices_join_and_then_it_rises(stage: Stage) -> None:
    stage.caller.evaluate(
        """() => {
          window.sounded = [];
          setInterval(() => {
            const voice = document.getElementById("voice");
            const screen = document.querySelector("[data-screen]:not([hidden])")?.dataset.screen;
            const sounds = !voice.muted && !voice.paused;
            window.sounded.push({ screen, volume: sounds ? voice.volume : 0 });
          }, 20);
        }"""
    )
    stage.talk()
    wait_until(stage.caller, "document.getElementById('voice').volume === 1")
    sounded = stage.caller.evaluate("window.sounded")
    first = next(one for one in sounded if one["volume"])
    assert first["screen"] == "talking"
    assert first["volume"] < 0.3
    assert {one["volume"] for one in sounded if one["screen"] != "talking"} == {0}


def test_muted_means_silence(stage: Stage) -> None:
    stage.talk()
    mute = stage.volunteer.locator("#mute")
    mute.click()
    stage.caller.wait_for_timeout(500)
    assert hear(stage.caller, "voice").decibels < SILENT_DECIBELS
    mute.click()
    stage.assert_heard()


def test_the_callers_page_loaded_anew_talks_on(stage: Stage) -> None:
    stage.talk()
    stage.caller.reload()
    stage.until_talking()
    stage.assert_heard()


def test_the_volunteers_page_loaded_anew_talks_on(stage: Stage) -> None:
    stage.talk()
    stage.volunteer.reload()
    stage.until_talking()
    stage.assert_heard()


def test_a_connection_that_breaks_is_made_anew(stage: Stage) -> None:
    stage.talk()
    for page in (stage.volunteer, stage.caller):
        page.evaluate("window.witness.connections.at(-1).close()")
        wait_until(
            page, "window.witness.connections.some((one) => one.connectionState === 'connected')"
        )
        stage.until_talking()
        stage.assert_heard()


def test_a_second_tab_does_not_speak_and_shares_the_stream(stage: Stage) -> None:
    stage.talk()
    second = stage.caller.context.new_page()
    second.goto(stage.caller.url)
    expect(shown(second, "talking")).to_be_visible()
    second.wait_for_timeout(1500)
    assert second.evaluate("window.witness.connections.length") == 0
    assert second.evaluate("window.witness.streams") == 0
    stage.until_talking()
    stage.assert_heard()


def test_when_the_tab_that_holds_the_stream_closes_another_takes_over(stage: Stage) -> None:
    second = stage.volunteer.context.new_page()
    second.goto(f"{stage.url}/volunteer/")
    expect(shown(second, "on_duty")).to_be_visible()
    assert second.evaluate("window.witness.streams") == 0
    stage.volunteer.close()
    wait_until(second, "window.witness.streams === 1")
    stage.press()
    expect(shown(second, "offer")).to_be_visible(timeout=JOINS_WITHIN_MS)


def test_a_refused_microphone_is_a_way_on_and_nobody_waits_in_silence(stage: Stage) -> None:
    stage.caller.evaluate(
        """() => {
          const refuse = async () => { throw new DOMException("", "NotAllowedError"); };
          navigator.mediaDevices.getUserMedia = refuse;
        }"""
    )
    stage.press()
    stage.answer()
    expect(shown(stage.caller, "choosing")).to_be_visible(timeout=JOINS_WITHIN_MS)
    assert models.Call.objects.get().reason == "no_voice"
    expect(shown(stage.volunteer, "on_duty")).to_be_visible()


def test_three_hear_each_other_once_somebody_is_brought_in(stage: Stage) -> None:
    stage.talk()
    with stage.captain() as helper:
        stage.volunteer.get_by_role("button", name="Bring someone in").click()
        helper.locator("[data-screen=offer] button.answer").click(timeout=JOINS_WITHIN_MS)
        wait_until(helper, SOUNDS)
        wait_until(helper, JOINED_WITH_BOTH)
        assert hear_all(helper) == pytest.approx([CALLER_HZ, VOLUNTEER_HZ], abs=NEAR_HZ)
        assert hear_all(stage.caller) == pytest.approx([VOLUNTEER_HZ, HELPER_HZ], abs=NEAR_HZ)
        assert hear_all(stage.volunteer) == pytest.approx([CALLER_HZ, HELPER_HZ], abs=NEAR_HZ)
    stage.until_talking()
    stage.assert_heard()


def test_signals_are_gone_once_the_voices_have_joined(stage: Stage) -> None:
    stage.talk()
    assert signals(stage.caller)
    stage.caller.wait_for_timeout(1000)
    until(stage.caller, lambda: not models.Signal.objects.exists())


def test_a_relay_hides_both_addresses(relay: Relay, stage: Stage) -> None:
    stage.talk()
    stage.assert_heard()
    assert addresses_are_hidden((stage.caller, stage.volunteer), relay)


def test_an_expired_password_joins_nobody(relay: Relay, settings: Settings, stage: Stage) -> None:
    settings.STEPLINE_TURN_SECRET = "another secret than the relay's"
    stage.press()
    stage.answer()
    expect(shown(stage.caller, "choosing")).to_be_visible(timeout=40_000)
    assert models.Call.objects.get().connected_at is None


def test_a_network_that_drops_for_a_while_cuts_nobody_off(relay: Relay, stage: Stage) -> None:
    stage.talk()
    os.kill(relay.process_id, signal.SIGSTOP)
    try:
        stage.caller.wait_for_timeout(7000)
    finally:
        os.kill(relay.process_id, signal.SIGCONT)
    stage.caller.wait_for_timeout(5000)
    stage.until_talking()
    stage.assert_heard()
