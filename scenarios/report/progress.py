"""Progress bars for long searches, and what a search has found when Ctrl-C stops it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

__all__ = ["bar", "last_of"]

State = TypeVar("State")


def bar(what: str, total: int) -> Progress:
    """A progress bar on stderr with the time left; it shows nothing if stderr is no terminal.

    Args:
        what: what is counted, as the bar's label.
        total: how many there will be.
    """
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
    """The last state of a search that yields ever better states, with a progress bar on stderr.

    Args:
        states: the states of the search.
        what: what is counted, as the bar's label.
        total: how many there will be.
        done: how many a state has.

    Returns:
        The last state, or None if Ctrl-C came before the first, and whether Ctrl-C stopped it.
    """
    last: State | None = None
    try:
        with bar(what, total) as progress:
            for last in states:
                progress.update(progress.task_ids[0], completed=done(last))
    except KeyboardInterrupt:
        return last, True
    return last, False
