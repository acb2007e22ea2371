"""Processes that answer questions, each one at a time, step by step, until nobody listens.

A search keeps a processor busy, so it must not run where the server answers requests. Unlike the
executors of the standard library, these processes give their answers in pieces, and a question
that nobody waits for any more is called off without ending its process.
"""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import os
import signal
import sys
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import aclosing
from functools import partial
from multiprocessing.connection import Connection
from typing import Any, TypeAlias

from constraints.errors import printable

__all__ = ["BusyError", "Task", "Workers"]

Task: TypeAlias = tuple[str, Any, float]
"""What a worker does: the name of a job, what it is given, and the time that it may take [s]."""
Job: TypeAlias = Callable[[Any, float, Callable[[], bool]], Iterator[bytes]]
"""What a job is: from what it is given, its time and whether it is called off, to its answer."""

SPAWN = multiprocessing.get_context("spawn")
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
"""What libraries of linear algebra read for the number of their threads."""
MOST_MEMORY = 4 * 2**30
"""Memory that a process may take [byte]: a question that needs more fails, and harms no other."""
RETIRED = 1.5 * 2**30
"""Memory after which a process makes place for a fresh one, once its question is answered [byte].
"""
PATIENCE = 2.0
"""How long a question that is called off may go on before its process is ended [s]."""


class BusyError(Exception):
    """More questions are waiting than is sensible."""


class Workers:
    """Processes that wait for questions.

    Attributes:
        count: how many there are [process].
        most_waiting: most questions that wait for a process [question].
    """

    def __init__(self, jobs: str, count: int, most_waiting: int = 200) -> None:
        """Say what they do.

        Args:
            jobs: name of the module that holds `JOBS`, a mapping of names to jobs.
            count: how many processes [process].
            most_waiting: most questions that wait for a process [question].
        """
        self.count, self.most_waiting = count, most_waiting
        self._jobs, self._waiting = jobs, 0
        self._all: set[_Worker] = set()
        self._free: asyncio.LifoQueue[_Worker] = asyncio.LifoQueue()  # the warmest first
        self._letting_go: set[asyncio.Task[None]] = set()

    def start(self) -> None:
        """Start the processes, each with one thread of linear algebra: matrices are small."""
        for name in THREADS:
            os.environ.setdefault(name, "1")
        for _ in range(self.count):
            self._add()

    def stop(self) -> None:
        """End the processes."""
        for worker in self._all:
            worker.end()
        self._all.clear()

    def _add(self) -> None:
        worker = _Worker(self._jobs)
        self._all.add(worker)
        self._free.put_nowait(worker)

    async def answer(self, task: Task) -> AsyncGenerator[bytes, None]:
        """The pieces of an answer, as they come.

        A caller that stops listening calls the question off.

        Raises:
            BusyError: if too many questions wait.
        """
        if self._waiting >= self.most_waiting:
            raise BusyError
        self._waiting += 1
        try:
            worker = await self._free.get()
        finally:
            self._waiting -= 1
        done = False
        try:
            async with aclosing(worker.answer(task)) as pieces:
                async for piece in pieces:
                    yield piece
            done = True
        finally:
            if done and worker.is_fit():
                self._free.put_nowait(worker)
            else:
                letting = asyncio.create_task(self._let_go(worker))
                self._letting_go.add(letting)
                letting.add_done_callback(self._letting_go.discard)

    async def _let_go(self, worker: _Worker) -> None:
        """Wait until a process is free again, and replace it if it does not come back."""
        if await worker.called_off() and worker.is_fit():
            self._free.put_nowait(worker)
            return
        worker.end()
        self._all.discard(worker)
        self._add()


class _Worker:
    """One process, and the pipe to it."""

    def __init__(self, jobs: str) -> None:
        self._pipe, theirs = SPAWN.Pipe()
        self._off = SPAWN.Value("Q", 0, lock=False)
        self._number, self._open, self._lost = 0, False, False
        self._next: asyncio.Future[bytes] | None = None
        self._process = SPAWN.Process(target=_work, args=(jobs, theirs, self._off), daemon=True)
        self._process.start()
        theirs.close()

    def is_fit(self) -> bool:
        """Whether the process is there for another question."""
        return not self._lost and not self._open

    async def answer(self, task: Task) -> AsyncGenerator[bytes, None]:
        """The pieces of an answer; the last tells what went wrong if the process was lost."""
        self._number, self._open = self._number + 1, True
        try:
            self._pipe.send((self._number, task))
            while piece := await self._piece():
                yield piece
        except (EOFError, OSError):
            self._lost = True
            what = "the search took more memory than it may, or was ended"
            yield json.dumps({"step": "error", "of": "plan", "key": "", "message": what}).encode()
        self._open = False

    async def _piece(self) -> bytes:
        """The next piece; empty at the end.

        A thread waits for it. It goes on waiting if nobody listens any more, so that its piece is
        not lost to whoever listens next.
        """
        if self._next is None:
            self._next = asyncio.ensure_future(asyncio.to_thread(self._pipe.recv_bytes))
        piece = await asyncio.shield(self._next)
        self._next = None
        return piece

    async def called_off(self) -> bool:
        """Call the question off; whether the process then came to its end in time."""
        self._off.value = self._number
        try:
            async with asyncio.timeout(PATIENCE):
                while self._open:
                    self._open = bool(await self._piece())
        except (TimeoutError, EOFError, OSError):
            return False
        return True

    def end(self) -> None:
        """End the process."""
        self._lost = True
        self._process.kill()
        self._process.join()
        self._pipe.close()


def _work(jobs: str, pipe: Connection, off: Any) -> None:
    """What a process does until its pipe is closed.

    Args:
        jobs: name of the module with the jobs.
        pipe: numbers and tasks come in, pieces of answers go out, an empty one at the end of each.
        off: number of the last question that was called off.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the server tells when to end
    _limit_memory()
    import importlib

    known: dict[str, Job] = importlib.import_module(jobs).JOBS
    while True:
        try:
            number, (name, given, seconds) = pipe.recv()
        except (EOFError, OSError):
            return
        try:
            for piece in known[name](given, seconds, partial(_is_off, off, number)):
                pipe.send_bytes(piece)
        except MemoryError:
            return  # a fresh process is safer
        except (BrokenPipeError, ConnectionResetError):
            return
        except Exception as error:
            what = f"a bug in flopwise, please report it ({type(error).__name__}: "
            told = f"{what}{printable(error)})"
            wrong = {"step": "error", "of": "plan", "key": "", "message": told}
            pipe.send_bytes(json.dumps(wrong).encode())
        pipe.send_bytes(b"")
        if _memory() > RETIRED:
            return


def _is_off(off: Any, number: int) -> bool:
    return bool(off.value >= number)


def _limit_memory() -> None:
    """Let the process fail, and not the machine, where a question is too large."""
    if sys.platform != "win32":
        import resource

        resource.setrlimit(resource.RLIMIT_DATA, (MOST_MEMORY, MOST_MEMORY))


def _memory() -> float:
    """Most memory that the process has taken [byte]."""
    if sys.platform == "win32":
        return 0
    import resource

    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
