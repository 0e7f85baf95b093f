"""`stepline bench NAME`: a part measured, by a script in the clone's folder of benchmarks."""

import argparse
import runpy
from pathlib import Path
from typing import Any

from stepline.start.clone import clone_folder
from stepline.start.faults import CannotStart


def main(arguments: list[str]) -> int:
    """Run the benchmark named first: its function `main` gets the other arguments."""
    folder = clone_folder("bench") / "bench"
    known = ", ".join(sorted(path.stem for path in folder.glob("[a-z]*.py"))) or "none yet"
    parser = argparse.ArgumentParser(prog="stepline bench")
    parser.add_argument("name", metavar="NAME", help=f"one of: {known}")
    parser.add_argument("arguments", nargs=argparse.REMAINDER, metavar="...")
    options = parser.parse_args(arguments)
    return int(_script(folder, options.name, known)["main"](options.arguments))


def _script(folder: Path, name: str, known: str) -> dict[str, Any]:
    path = folder / f"{name}.py"
    if path.parent != folder or not path.is_file():
        raise CannotStart(f"There is no benchmark named '{name}'. There are: {known}.")
    return runpy.run_path(str(path))
