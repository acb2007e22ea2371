"""Engines, which answer questions: processes on this machine, or workers of a Dask scheduler.

An engine starts executors of `concurrent.futures`. It also says how many workers they have, and
which function a worker calls to answer some questions.
"""

from __future__ import annotations

import contextlib
import logging
import multiprocessing
import os
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from dataclasses import dataclass
from typing import Any, ParamSpec, TypeAlias, TypeVar

from constraints.errors import InputError, printable
from scenarios.batch.task import Result, answer_all, answer_in_thread, start_worker
from scenarios.batch.threads import keep_to_one_thread
from scenarios.scenario_file.question import FileQuestion

__all__ = ["Engine", "Task", "dask", "processes"]

Task: TypeAlias = Callable[[Sequence[FileQuestion], float | None, bool], list[Result]]
"""What a worker calls: with questions, a time limit for each [s], and whether to prove answers."""
P = ParamSpec("P")
T = TypeVar("T")
CLOSE = "2s"
"""How long to wait for a scheduler to let go."""
CONNECT = "10s"
"""How long to wait for a scheduler to answer."""


@dataclass(frozen=True)
class Engine:
    """A way to answer questions in parallel.

    Attributes:
        start: starts an executor; called again whenever one breaks.
        workers: number of its workers [worker].
        task: what a worker calls to answer some questions.
        lost: the error if tasks are dropped that nobody cancelled, as the scheduler is gone.
    """

    start: Callable[[], Executor]
    workers: int
    task: Task = answer_all
    lost: InputError | None = None


def processes(workers: int) -> Engine:
    """An engine of processes on this machine, each of which is warmed up once.

    Args:
        workers: number of processes [worker].
    """

    def start() -> Executor:
        keep_to_one_thread()
        context = multiprocessing.get_context("spawn")
        return ProcessPoolExecutor(workers, context, start_worker, (os.getpid(),))

    return Engine(start, workers)


def dask(scheduler: str) -> Engine:
    """An engine of the workers of a Dask scheduler, on which flopwise must be installed.

    Args:
        scheduler: address of the scheduler, such as `tcp://host:8786`.

    Raises:
        InputError: if the library `distributed` is missing, the scheduler does not answer, or it
            has no workers.
    """
    try:
        from distributed import Client
    except ImportError:
        rule = "dask needs the library distributed: pip install 'flopwise[dask]'"
        raise InputError("--engine", rule) from None

    # a scheduler that goes away is told in one line, not by the library's tracebacks
    for name in ("distributed", *logging.root.manager.loggerDict):
        if name.split(".")[0] == "distributed":
            logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    gone = "has gone away: the store keeps what is done, run the same command to go on"
    lost = InputError("--scheduler", gone, scheduler)

    def connected() -> Client:
        try:
            return Client(scheduler, timeout=CONNECT, set_as_default=False)
        except (OSError, ValueError) as error:
            rule = f"must be the address of a Dask scheduler that answers ({printable(error)})"
            raise InputError("--scheduler", rule, scheduler) from None

    with connected() as client:
        workers = sum(client.nthreads().values())
    if workers == 0:
        raise InputError("--scheduler", "must have workers", scheduler)
    return Engine(lambda: _DaskExecutor(connected(), lost), workers, answer_in_thread, lost)


class _DaskExecutor(Executor):
    """The executor of a Dask client, which also closes the client."""

    def __init__(self, client: Any, lost: InputError) -> None:
        self._client, self._lost = client, lost
        self._executor = client.get_executor(pure=False)

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Hand a call to a worker and return its future."""
        try:
            future: Future[T] = self._executor.submit(fn, *args, **kwargs)
        except (OSError, RuntimeError):
            raise self._lost from None
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Disconnect from the scheduler, which drops the calls under way."""
        with contextlib.suppress(Exception):  # the scheduler may be gone
            self._executor.shutdown(wait=wait)
            self._client.close(timeout=CLOSE)
