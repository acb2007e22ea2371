"""A batch from its questions to its store: only what is new is asked, every answer is kept."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from scenarios.batch.engines import Engine
from scenarios.batch.progress import tallied
from scenarios.batch.runner import run_all
from scenarios.batch.store import Store, open_store
from scenarios.batch.task import FAILED
from scenarios.scenario_file.question import FileQuestion

__all__ = ["Outcome", "Outlook", "Terms", "failed_of", "outlook", "run_batch"]


@dataclass(frozen=True)
class Terms:
    """How a batch is run.

    timeout [s]: for each question, None for none. most_failures: after which it stops, None for
    never.
    """

    engine: Engine
    timeout: float | None = None
    most_failures: int | None = None


@dataclass(frozen=True)
class Outlook:
    """What a batch comes to: questions by what is known of them.

    new, done, failed: counts. seconds, size: of one answer on average [s], [byte], None if there
    is none to go by.
    """

    new: int
    done: int
    failed: int
    seconds: float | None
    size: float | None


@dataclass(frozen=True)
class Outcome:
    """What came of a batch: questions by status over all of them, and whether it was stopped."""

    counts: dict[str, int] = field(default_factory=dict)
    stopped: bool = False


def outlook(path: Path, asked: Sequence[FileQuestion]) -> Outlook:
    """What running questions on a store would come to; the store need not be there."""
    statuses: dict[str, str] = {}
    usage = None
    if path.exists():
        with open_store(path, write=False) as store:
            statuses, usage = store.statuses(), store.usage()
    known = [statuses[key] for key in {one.key for one in asked} if key in statuses]
    failed = known.count(FAILED)
    new = len({one.key for one in asked}) - len(known)
    seconds, size = usage or (None, None)
    return Outlook(new, len(known) - failed, failed, seconds, size)


def run_batch(
    path: Path, asked: Sequence[FileQuestion], terms: Terms, *, again: bool = False
) -> Outcome:
    """Ask what has no result yet and keep every answer.

    again: ask what failed instead. Ctrl-C keeps what is there and is raised.
    """
    with open_store(path, write=True) as store:
        store.add(asked)
        statuses = store.statuses()
        due = {
            one.key: one
            for one in asked
            if (statuses.get(one.key) == FAILED if again else one.key not in statuses)
        }
        stopped = _work(store, list(due.values()), terms)
        statuses = store.statuses()
    counts: dict[str, int] = {}
    for one in asked:
        status = statuses.get(one.key, "new")
        counts[status] = counts.get(status, 0) + 1
    return Outcome(counts, stopped)


def failed_of(path: Path) -> list[FileQuestion]:
    """The questions of a store that failed."""
    with open_store(path, write=False) as store:
        return [
            FileQuestion.from_given(row.name, row.action, row.given)
            for row in store.rows()
            if row.status == FAILED
        ]


def _work(store: Store, due: Sequence[FileQuestion], terms: Terms) -> bool:
    """Work off questions; whether too many failures stopped it."""
    if not due:
        return False
    names = {one.key: one.name for one in due}
    with (
        tallied(names, len(due)) as tally,
        closing(run_all(due, terms.engine, terms.timeout)) as results,
    ):
        for some in results:
            store.record(some)
            tally.add(some)
            if terms.most_failures is not None and tally.failures > terms.most_failures:
                return True
    return False
