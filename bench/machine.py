"""What the measurements ran on: the processor, how wide its vectors are, its cores, and how busy it was."""

from __future__ import annotations

import os
import platform
import re
from functools import cache
from pathlib import Path

WIDTHS = {"avx512f": 512, "avx2": 256, "asimd": 128, "sse2": 128}


@cache
def cpuinfo() -> dict[str, str]:
    """The first processor of /proc/cpuinfo; empty where there is none."""
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return {}
    first = text.strip().split("\n\n")[0]
    return dict(re.split(r"\s*:\s?", line, maxsplit=1) for line in first.splitlines() if ":" in line)


def vector_bits(info: dict[str, str] | None = None) -> int:
    """The widest vector registers in bits; 0 where that cannot be told."""
    facts = cpuinfo() if info is None else info
    flags = set((facts.get("flags") or facts.get("Features") or "").split())
    return max((bits for name, bits in WIDTHS.items() if name in flags), default=0)


def machine() -> dict[str, str | int]:
    """Processor, vector width, cores this process may use, and operating system."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 0
    return {
        "processor": cpuinfo().get("model name") or platform.processor() or platform.machine(),
        "vector bits": vector_bits(),
        "cores": cores,
        "system": f"{platform.system()} {platform.machine()}",
    }


def load() -> float:
    """How many processes wanted to run in the last minute."""
    return round(os.getloadavg()[0], 2)
