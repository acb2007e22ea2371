"""Running a batch: questions without a result are asked, and every answer goes into the store."""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from scenarios.batch.engines import Engine
from scenarios.batch.progress import tallied
from scenarios.batch.runner import run_all
from scenarios.batch.store import DAMAGED, Store, open_store
from scenarios.batch.task import FAILED
from scenarios.report.files import write_file
from scenarios.scenario_file.question import FileQuestion

__all__ = ["Outcome", "Outlook", "Terms", "failed_of", "outlook", "proof_name", "run_batch"]


@dataclass(frozen=True)
class Terms:
    """How a batch is run.

    Attributes:
        engine: what answers the questions.
        timeout: time limit for each question [s]; None for no limit.
        most_failures: number of failures beyond which the batch stops; None to never stop.
        proofs: folder for a proof of every answer; None to write none.
    """

    engine: Engine
    timeout: float | None = None
    most_failures: int | None = None
    proofs: Path | None = None


@dataclass(frozen=True)
class Outlook:
    """What running a batch would amount to.

    Attributes:
        new: number of questions without a result [question].
        done: number of questions with an answer [question].
        failed: number of questions that failed [question].
        seconds: mean time of an answer in the store [s]; None if there are no answers.
        size: mean size of an answer in the store [byte]; None if there are no answers.
    """

    new: int
    done: int
    failed: int
    seconds: float | None
    size: float | None


@dataclass(frozen=True)
class Outcome:
    """The outcome of a batch.

    Attributes:
        counts: number of questions by status, those answered earlier included [question].
        stopped: whether too many failures stopped the batch.
    """

    counts: dict[str, int] = field(default_factory=dict)
    stopped: bool = False


def outlook(path: Path, asked: Sequence[FileQuestion]) -> Outlook:
    """What running some questions would amount to.

    Args:
        path: path of the store, which need not exist.
        asked: the questions.

    Raises:
        InputError: if the file is not a store.
    """
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
    """Answer the questions that have no result yet, and keep every answer.

    If Ctrl-C interrupts, the store keeps the answers so far and KeyboardInterrupt is raised.

    Args:
        path: path of the store, which is made if it does not exist.
        asked: the questions.
        terms: how to run them.
        again: whether to ask the questions that failed, and not those without a result.

    Raises:
        InputError: if the store can't be used.
    """
    with open_store(path, write=True) as store:
        store.add(asked)
        if again:
            store.forget([row.key for row in store.rows() if row.status == DAMAGED])
        statuses = store.statuses()
        due = {
            one.key: one
            for one in asked
            if one.key not in statuses or (again and statuses[one.key] == FAILED)
        }
        stopped = _work(store, list(due.values()), terms)
        statuses = store.statuses()
    counts: dict[str, int] = {}
    for one in asked:
        status = statuses.get(one.key, "new")
        counts[status] = counts.get(status, 0) + 1
    return Outcome(counts, stopped)


def proof_name(name: str, key: str) -> str:
    """The file name of a scenario's proof; with its key where the name is none for a file.

    Args:
        name: of the scenario.
        key: of the scenario.
    """
    plain = re.sub(r"[^A-Za-z0-9._-]", "_", name)[:100]
    fine = plain == name and not plain.startswith(".")
    return f"{plain}.proof" if fine else f"_{plain}-{key[:8]}.proof"


def failed_of(path: Path) -> list[FileQuestion]:
    """The questions of a store that failed, and those whose answers are damaged.

    Args:
        path: path of the store.

    Raises:
        InputError: if there is no store.
    """
    with open_store(path, write=False) as store:
        return [
            FileQuestion.from_given(row.name, row.action, row.given)
            for row in store.rows()
            if row.status in (FAILED, DAMAGED)
        ]


def _work(store: Store, due: Sequence[FileQuestion], terms: Terms) -> bool:
    """Answer questions and keep the results; returns whether too many failures stopped it."""
    if not due:
        return False
    names = {one.key: one.name for one in due}
    with (
        tallied(names, len(due)) as tally,
        closing(run_all(due, terms.engine, terms.timeout, terms.proofs is not None)) as results,
    ):
        for some in results:
            for result in some:
                if terms.proofs is not None and result.proof:  # first, so that none is missing
                    name = proof_name(names[result.key], result.key)
                    write_file(str(terms.proofs / name), result.proof)
            store.record(some)
            tally.add(some)
            if terms.most_failures is not None and tally.failures > terms.most_failures:
                return True
    return False
