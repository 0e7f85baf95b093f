"""Two web and two worker processes on one PostgreSQL, which is really stopped and started again."""

import json

import pytest

from tests.start.processes import start

pytestmark = [pytest.mark.faults, pytest.mark.slow]


def test_every_open_page_catches_up_after_postgresql_was_stopped_and_nothing_dies_of_it() -> None:
    process = start("-m", "tests.faults.many")
    output, errors = process.communicate(timeout=150)
    assert process.returncode == 0, errors
    told = json.loads(output.splitlines()[-1])
    assert told["screens"] == {"caller": "connecting", "volunteer": "connecting"}
    assert told["caught_up_seconds"] < 10
    assert told["first_pages"] == 20
    assert told["lives"] == dict.fromkeys(("web-1", "web-2", "worker-1", "worker-2"), True)
