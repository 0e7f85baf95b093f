"""Copies the one library that our pages use from its npm package into the pages' own files.

`python -m stepline.start.vendor` after a change of version in package.json; `--check` only
says whether the copy is the package's own.
"""

import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "node_modules" / "htmx.org"
SHELF = ROOT / "stepline" / "web" / "static" / "vendor"
COPIES = {"dist/htmx.min.js": "htmx.min.js", "LICENSE": "htmx.LICENSE.txt"}


def copy_all() -> None:
    """Copy each file from the package."""
    SHELF.mkdir(parents=True, exist_ok=True)
    for source, target in COPIES.items():
        shutil.copyfile(PACKAGE / source, SHELF / target)


def differing() -> list[str]:
    """Give the names of copies that are not the package's own files."""
    return [
        target
        for source, target in COPIES.items()
        if (PACKAGE / source).read_bytes() != (SHELF / target).read_bytes()
    ]


def main(arguments: list[str]) -> int:
    """Copy, or with --check compare; give the exit status."""
    if not PACKAGE.is_dir():
        print("The package htmx.org is not installed: run ./run check once, or npm ci.")
        return 1
    if "--check" not in arguments:
        copy_all()
    wrong = differing()
    print(f"Differs from its package: {', '.join(wrong)}" if wrong else "The copies are true.")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
