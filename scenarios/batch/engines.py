"""Where questions are answered: processes of this machine, or the workers of a Dask scheduler.

Anything that is a `concurrent.futures.Executor` will do; an engine says how to start one, how many
workers it has and what they do with some questions.
"""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from dataclasses import dataclass
from typing import Any, ParamSpec, TypeAlias, TypeVar

from constraints.errors import InputError, printable
from scenarios.batch.task import Result, answer_all, answer_in_thread, start_worker
from scenarios.scenario_file.question import FileQuestion

__all__ = ["Engine", "Task", "dask", "processes"]

Task: TypeAlias = Callable[[Sequence[FileQuestion], float | None], list[Result]]
P = ParamSpec("P")
T = TypeVar("T")
CONNECT = "10s"


@dataclass(frozen=True)
class Engine:
    """How to start an executor, as often as one breaks; its workers; their task."""

    start: Callable[[], Executor]
    workers: int
    task: Task = answer_all


def processes(workers: int) -> Engine:
    """Fresh processes of this machine, each warmed up once."""

    def start() -> Executor:
        context = multiprocessing.get_context("spawn")
        return ProcessPoolExecutor(workers, context, start_worker, (os.getpid(),))

    return Engine(start, workers)


def dask(scheduler: str) -> Engine:
    """The workers of a Dask scheduler, such as `tcp://host:8786`; flopwise is installed there.

    Raises InputError without the library `distributed`, or if nobody answers.
    """
    try:
        from distributed import Client
    except ImportError:
        rule = "dask needs the library distributed: pip install 'flopwise[dask]'"
        raise InputError("--engine", rule) from None

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
    return Engine(lambda: _DaskExecutor(connected()), workers, answer_in_thread)


class _DaskExecutor(Executor):
    """A client's executor that closes the client, too."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self._executor = client.get_executor(pure=False)

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """A future of the call, answered by some worker."""
        future: Future[T] = self._executor.submit(fn, *args, **kwargs)
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Part from the scheduler; what is under way there is dropped."""
        self._executor.shutdown(wait=wait)
        self._client.close()
