"""The machine on which something was measured, for whoever reads the figures."""

import os
import platform
from pathlib import Path

import psutil


def machine() -> dict[str, object]:
    """Describe this machine: system, Python, processor, cores and memory."""
    names = {
        line.partition(":")[2].strip()
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        if line.startswith("model name")
    }
    return {
        "system": platform.platform(),
        "python": platform.python_version(),
        "processor": ", ".join(sorted(names)),
        "cores": os.cpu_count(),
        "memory_gb": round(psutil.virtual_memory().total / 1e9),
    }
