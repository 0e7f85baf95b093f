"""The bounded form of `proof faults`, and its plan of what goes wrong."""

import json
from datetime import UTC, datetime

import pytest

from stepline.start.stage.faults.havoc import What, plan
from tests.start.processes import start

SECONDS = ("--seconds", "16", "--every", "1.6")


@pytest.mark.faults
@pytest.mark.slow
def test_nobody_is_dropped_while_everything_goes_wrong() -> None:
    seed = str(datetime.now(UTC).toordinal())  # another evening each day, the same all day long
    process = start("-m", "stepline", "proof", "faults", "--calls", "16", *SECONDS, "--seed", seed)
    output, errors = process.communicate(timeout=240)
    assert process.returncode == 0, output[-3000:] + errors[-3000:]
    told = json.loads(output.splitlines()[-1])
    assert told["losses"] == []
    assert told["planted_found"]
    assert len(told["planted_found"]) == told["planted"]
    assert told["talks"] > 0
    assert told["most_in_flight"] >= 16
    assert sum(told["faults"].values()) >= 8


def test_a_plan_is_the_same_again_from_its_seed_and_has_every_kind_of_fault() -> None:
    assert plan(7, 60, 3) == plan(7, 60, 3)
    assert plan(7, 60, 3) != plan(8, 60, 3)
    assert {act.what for act in plan(7, 60, 3)} == set(What)
    assert all(act.at_seconds < 60 for act in plan(7, 60, 3))
    assert all(act.lasts_seconds <= 3 for act in plan(7, 60, 3))
