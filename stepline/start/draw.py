"""`stepline draw`: write the call's state diagram into the documentation of a clone."""

import argparse

from stepline.core import drawing
from stepline.start.clone import clone_folder


def main(arguments: list[str]) -> int:
    """Write docs/states.md anew from the table of transitions."""
    argparse.ArgumentParser(prog="stepline draw").parse_args(arguments)
    page = clone_folder("draw") / "docs" / "states.md"
    page.write_text(drawing.page(), encoding="utf-8")
    print(f"Drew {page.name}.")
    return 0
