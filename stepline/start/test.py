"""`stepline test`: all tests, or those that pytest's own arguments choose."""

from stepline.start.clone import clone_folder, run_tests


def main(arguments: list[str]) -> int:
    """Run pytest in the clone with these arguments and return its exit code."""
    return run_tests(clone_folder("test"), arguments)
