"""What only a clone of the repository can do: checks, tests and benchmarks."""

import subprocess
import sys
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import stepline
from stepline.start.faults import CannotStart

TESTS_END_WITHIN = timedelta(seconds=20)


def clone_folder(wanted: str) -> Path:
    """Find the clone that this package runs from; raises CannotStart for an installed one."""
    folder = Path(stepline.__file__).parent.parent
    if not all((folder / name).exists() for name in ("pyproject.toml", "tests", "run")):
        raise CannotStart(
            f"'{wanted}' works in a clone of Stepline's repository, where it is ./run {wanted};"
            " this is an installed package, which has no tests or benchmarks with it."
        )
    return folder


def run_tests(folder: Path, arguments: Sequence[str]) -> int:
    """Run pytest in the clone with these arguments and return its exit code."""
    with subprocess.Popen([sys.executable, "-m", "pytest", *arguments], cwd=folder) as tests:
        try:
            return tests.wait()
        except KeyboardInterrupt:
            # They have been told too, and need a moment to stop their database.
            try:
                tests.wait(TESTS_END_WITHIN.total_seconds())
            except subprocess.TimeoutExpired:
                tests.terminate()
            raise
