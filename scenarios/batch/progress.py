"""Progress of a batch on stderr: the rate, the time left, and failures as they happen."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

import click
from rich.progress import Progress

from constraints.errors import printable
from scenarios.batch.task import FAILED, Result
from scenarios.report.progress import bar

__all__ = ["Tally", "tallied"]

EVERY = 100
"""Results between two lines of progress if stderr is no terminal [result]."""


@dataclass
class Tally:
    """Counts results by status and reports progress.

    Attributes:
        names: names of the questions, by key.
        total: number of results that there will be [result].
        progress: the bar.
        counts: number of results so far, by status [result].
        started: when the batch started, on the clock of `time.perf_counter` [s].
    """

    names: Mapping[str, str]
    total: int
    progress: Progress
    counts: dict[str, int] = field(default_factory=dict)
    started: float = field(default_factory=time.perf_counter)

    @property
    def done(self) -> int:
        """Number of results so far [result]."""
        return sum(self.counts.values())

    @property
    def failures(self) -> int:
        """Number of questions so far that failed [question]."""
        return self.counts.get(FAILED, 0)

    @property
    def rate(self) -> float:
        """Mean rate so far [result/s]."""
        return self.done / max(time.perf_counter() - self.started, 1e-9)

    def add(self, results: list[Result]) -> None:
        """Count results, move the bar and report failures."""
        before = self.done // EVERY
        for result in results:
            self.counts[result.status] = self.counts.get(result.status, 0) + 1
            if result.status == FAILED:
                name = printable(self.names.get(result.key, result.key), 200)
                self._say(f"Failed: {name}: {result.reason}")
        self.progress.update(self.progress.task_ids[0], completed=self.done)
        if self.progress.disable and self.done // EVERY > before:
            self._say(f"{self.done:,} of {self.total:,}, {self.rate:.0f} a second")

    def _say(self, line: str) -> None:
        if self.progress.disable:
            click.echo(line, err=True)
        else:
            self.progress.console.print(line, markup=False, highlight=False)


@contextmanager
def tallied(names: Mapping[str, str], total: int) -> Iterator[Tally]:
    """A tally with a bar on stderr, which shows only if stderr is a terminal.

    Args:
        names: names of the questions, by key.
        total: number of results that there will be [result].
    """
    with bar("Scenarios", total) as progress:
        yield Tally(names, total, progress)
