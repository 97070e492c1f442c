"""How much memory a simulation may take: what the machine has free, within the container's limit if any."""

from __future__ import annotations

import os
from pathlib import Path

_UNKNOWN = 8 * 2**30
"""Of a small laptop, where the system does not say."""

_LIMITS = (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"))


def physical_memory() -> int:
    """Of this machine or container, in bytes; the same at any time."""
    found = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") if hasattr(os, "sysconf") else _UNKNOWN
    for path in _LIMITS:
        text = path.read_text().strip() if path.is_file() else ""
        if text.isdigit():
            found = min(found, int(text))
    return found


def free_memory() -> int:
    """What a new simulation could have now, in bytes."""
    total, table = physical_memory(), Path("/proc/meminfo")
    for line in table.read_text().splitlines() if table.is_file() else ():
        if line.startswith("MemAvailable:"):
            return min(total, int(line.split()[1]) * 1024)
    return total
