"""The command line: `stepline COMMAND ...`, each command in a module of its own."""

import argparse
import importlib
import sys
from collections.abc import Sequence

from stepline.start.ending import end_at_once, end_for_good
from stepline.start.faults import CannotStart

COMMANDS = {
    "demo": ("stepline.start.demo", "try it: a pretend line with pretend volunteers"),
    "serve": ("stepline.start.serve", "run a line: pages, clock and database in one process"),
    "worker": ("stepline.start.clock", "run one more clock beside the web processes"),
    "invite": ("stepline.start.invite", "print the link that signs the first coordinator in"),
    "simulate": ("stepline.start.simulate", "play a described line through: simulate FILE.json"),
    "proof": ("stepline.start.proof", "show that a part works, for real: proof NAME"),
    "bench": ("stepline.start.bench", "measure a part, from a clone: bench NAME"),
    "check": ("stepline.start.check", "run every check that CI runs, from a clone"),
    "draw": ("stepline.start.draw", "draw the call's states into the documentation, from a clone"),
    "test": ("stepline.start.test", "run the tests, from a clone"),
}
RUN_UNTIL_TOLD = {"demo", "serve", "worker"}
INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code; what stands in the way is said in one sentence."""
    options = _parse(sys.argv[1:] if arguments is None else arguments)
    end_at_once()
    module = importlib.import_module(COMMANDS[options.command][0])
    try:
        return _ended(options.command, int(module.main(options.arguments)))
    except CannotStart as reason:
        print(reason, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 0 if options.command in RUN_UNTIL_TOLD else INTERRUPTED


def _ended(command: str, code: int) -> int:
    """Give the exit code; what ran until it was told to end has closed all by now, and ends."""
    if command in RUN_UNTIL_TOLD:
        end_for_good(code)
    return code


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    listed = "\n".join(f"  {name:<8} {told}" for name, (_, told) in COMMANDS.items())
    parser = argparse.ArgumentParser(
        prog="stepline",
        description="A self-hosted twelfth-step line.",
        epilog=f"commands:\n{listed}\n\n'stepline COMMAND --help' tells more of one.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("command", choices=COMMANDS, metavar="COMMAND")
    parser.add_argument("arguments", nargs=argparse.REMAINDER, metavar="...")
    return parser.parse_args(arguments)
