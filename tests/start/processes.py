"""Starting Stepline in processes of its own, without the settings of the tests."""

import os
import subprocess
import sys
from pathlib import Path

CLONE = Path(__file__).parent.parent.parent


def clean_environment(**more: str) -> dict[str, str]:
    """Give this environment without anything that the tests have set for themselves."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("STEPLINE_", "DATABASE_URL", "DJANGO_"))
    }
    return kept | more


def start(*arguments: str, **environment: str) -> subprocess.Popen[str]:
    """Start Python with these arguments in the clone."""
    return subprocess.Popen(
        [sys.executable, *arguments],
        cwd=CLONE,
        env=clean_environment(**environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def said(process: subprocess.Popen[str]) -> str:
    """Wait for the end, which must be a good one, and give what was printed."""
    output, errors = process.communicate(timeout=60)
    assert process.returncode == 0, errors
    return output
