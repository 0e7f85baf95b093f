"""`stepline simulate FILE.json`: the production policy beside its peers, over a described line.

Prints one JSON object: under `policies`, by name, what each came to. docs/simulate.md tells what
the file holds and what the figures mean. Nothing of a real line is read or written.
"""

import argparse
import json
from dataclasses import asdict
from pathlib import Path
from typing import NoReturn

from stepline.core.simulation import POLICIES, Population, figures, play
from stepline.start.faults import CannotStart
from stepline.start.simulate.reading import BadFile, population, shown


def main(arguments: list[str]) -> int:
    """Simulate the file named; raises CannotStart with the field that is wrong."""
    parser = argparse.ArgumentParser(prog="stepline simulate", description=__doc__)
    parser.add_argument("file", metavar="FILE.json", type=Path, help="see docs/simulate.md")
    told = "only this policy; may be repeated (default: all)"
    parser.add_argument("--policy", action="append", choices=POLICIES, metavar="NAME", help=told)
    options = parser.parse_args(arguments)
    read = population(load(options.file))
    print(json.dumps(outcome(read, options.policy or list(POLICIES)), indent=1))
    return 0


def load(path: Path) -> object:
    """Read a JSON file; raises CannotStart when there is none or it is no JSON."""
    try:
        text = path.read_text(encoding="utf-8")
        return json.loads(text, parse_constant=no_number, object_pairs_hook=once_each)
    except OSError as error:
        raise CannotStart(f"{path} can't be read: {error.strerror}.") from error
    except RecursionError as error:
        raise BadFile(f"{path} is not JSON for a simulation: it nests too deeply.") from error
    except ValueError as error:
        raise BadFile(f"{path} is not JSON: {error}.") from error


def no_number(name: str) -> NoReturn:
    """Refuse NaN and Infinity, which JSON doesn't have and Python's reader takes."""
    raise ValueError(f"{name} is no number")


def once_each(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """Give an object whose names each stand once; Python's reader would drop all but the last."""
    named = dict(pairs)
    if len(named) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in named if names.count(name) > 1)
        raise ValueError(f"{shown(twice)} stands twice in one object")
    return named


def outcome(read: Population, names: list[str]) -> dict[str, object]:
    """Give what is printed: what was played, and the figures of each policy."""
    played = {name: asdict(figures(read, play(read, name))) for name in names}
    rounded = {
        name: {key: round(value, 4) for key, value in each.items()} for name, each in played.items()
    }
    return {"seed": read.seed, "calls": read.calls, "policies": rounded}
