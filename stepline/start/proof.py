"""`stepline proof NAME`: a part shown to work for real, by a module of stepline.start.proofs."""

import argparse
import importlib
import pkgutil
from types import ModuleType

from stepline.start import proofs
from stepline.start.faults import CannotStart


def main(arguments: list[str]) -> int:
    """Run the proof named first with the other arguments; its exit code is the verdict."""
    parser = argparse.ArgumentParser(prog="stepline proof")
    parser.add_argument("name", metavar="NAME", help=f"one of: {', '.join(names())}")
    parser.add_argument("arguments", nargs=argparse.REMAINDER, metavar="...")
    options = parser.parse_args(arguments)
    if options.name not in names():
        raise CannotStart(
            f"There is no proof named '{options.name}'. There are: {', '.join(names())}."
        )
    return int(_module(options.name).main(options.arguments))


def _module(name: str) -> ModuleType:
    try:
        return importlib.import_module(f"{proofs.__name__}.{name}")
    except ModuleNotFoundError as missing:
        raise CannotStart(
            f"This proof drives a browser and needs the package '{missing.name}', which comes"
            " with 'stepline[proofs]'; Chromium itself comes from your system."
        ) from missing


def names() -> list[str]:
    """List the proofs that exist, by the names of their modules."""
    return sorted(found.name for found in pkgutil.iter_modules(proofs.__path__))
