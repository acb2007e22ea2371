"""Progress of long work on a terminal, with the time left; what is proved so far if interrupted."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

__all__ = ["bar", "last_of"]

State = TypeVar("State")


def bar(what: str, total: int) -> Progress:
    """A bar on stderr with the time left, for what is counted; silent if that is no terminal."""
    progress = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
        disable=not sys.stderr.isatty(),
    )
    progress.add_task(what, total=total)
    return progress


def last_of(
    states: Iterator[State], what: str, total: int, done: Callable[[Any], int]
) -> tuple[State | None, bool]:
    """The last of some ever better states, and whether Ctrl-C cut them off.

    what: that is counted. total: how many there will be. done: how many a state has. A bar is
    shown on stderr if that is a terminal.
    """
    last: State | None = None
    try:
        with bar(what, total) as progress:
            for last in states:
                progress.update(progress.task_ids[0], completed=done(last))
    except KeyboardInterrupt:
        return last, True
    return last, False
