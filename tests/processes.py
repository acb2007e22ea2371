"""Looking at other processes of this machine."""

from __future__ import annotations

import signal
from pathlib import Path


def children_of(process: int) -> list[int]:
    """The processes that a process started and that still run."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(stat.read_text("utf-8").rpartition(")")[2].split()[1])
        except OSError:
            continue
        if parent == process:
            found.append(int(stat.parent.name))
    return found


def heeds_ctrl_c() -> None:
    """Let a process that is about to start be interrupted, even if the tests run in the background,
    where shells have it ignored."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
