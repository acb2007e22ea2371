"""Processes that answer questions, each one at a time, step by step, until nobody listens.

A search keeps a processor busy, so it must not run where the server answers requests. Unlike the
executors of the standard library, these processes give their answers in pieces, and a question
that nobody waits for any more is called off without ending its process.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import signal
import sys
from collections.abc import AsyncGenerator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing, contextmanager
from functools import partial
from multiprocessing.connection import Connection
from typing import Any, TypeAlias

from constraints.errors import printable
from scenarios.batch.threads import keep_to_one_thread

__all__ = ["BusyError", "LostError", "Task", "Workers"]

Task: TypeAlias = tuple[str, Any, float]
"""What a worker does: the name of a job, what it is given, and the time that it may take [s]."""
Job: TypeAlias = Callable[[Any, float, Callable[[], bool]], Iterator[bytes]]
"""What a job is: from what it is given, its time and whether it is called off, to its answer."""

SPAWN = multiprocessing.get_context("spawn")
MOST_MEMORY = 4 * 2**30
"""Memory that a process may take [byte]: a question that needs more fails, and harms no other."""
RETIRED = 1.5 * 2**30
"""Memory after which a process makes place for a fresh one, once its question is answered [byte].
"""
PATIENCE = 2.0
"""How long a question that is called off may go on before its process is ended [s]."""
GRACE = 5.0
"""How long after its time a question may go on before its process is ended [s]."""
PIECE, FAILED, DONE, LEAVING = b"+", b"!", b".", b"x"
"""What the first byte of a message says: a piece, what went wrong, the end, the end of a process
too."""


class BusyError(Exception):
    """More questions are waiting than is sensible."""


class LostError(Exception):
    """A question has no answer: its process was ended, or failed."""


class _DiedError(LostError):
    """A process died; another one may answer its question."""


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
        self._jobs, self._waiting, self._stopped = jobs, 0, False
        self._threads = ThreadPoolExecutor(2 * count + 2)  # each waits for one pipe
        self._all: set[_Worker] = set()
        self._free: asyncio.LifoQueue[_Worker] = asyncio.LifoQueue()  # the warmest first
        self._letting_go: set[asyncio.Task[None]] = set()

    def start(self) -> None:
        """Start the processes."""
        keep_to_one_thread()
        for _ in range(self.count):
            self._add()

    def kill(self) -> None:
        """End the processes at once, and with them all questions.

        It waits for nothing and takes no lock, so that a signal may call it.
        """
        self._stopped = True
        for worker in tuple(self._all):
            worker.kill()

    def stop(self) -> None:
        """End the processes, and wait until they are gone."""
        self.kill()
        for worker in self._all:
            worker.end()
        self._all.clear()
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _add(self) -> None:
        if not self._stopped:
            worker = _Worker(self._jobs, self._threads)
            self._all.add(worker)
            self._free.put_nowait(worker)

    def _replace(self, worker: _Worker) -> None:
        worker.end()
        self._all.discard(worker)
        self._add()

    async def _chosen(self) -> _Worker:
        """A process that is free, once there is one; those that died meanwhile are replaced."""
        while True:
            worker = await self._free.get()
            if worker.is_fit():
                return worker
            self._replace(worker)

    async def answer(self, task: Task) -> AsyncGenerator[bytes, None]:
        """The pieces of an answer, as they come.

        A caller that stops listening calls the question off.

        Raises:
            BusyError: if too many questions wait.
            LostError: if the process was ended, took far too long, or failed.
        """
        if self._waiting >= self.most_waiting:
            raise BusyError
        begun = False
        try:
            async with aclosing(self._answer(task)) as pieces:
                async for piece in pieces:
                    begun = True
                    yield piece
        except _DiedError:  # perhaps long ago, while it was idle
            if begun:
                raise
            async with aclosing(self._answer(task)) as pieces:
                async for piece in pieces:
                    yield piece

    async def _answer(self, task: Task) -> AsyncGenerator[bytes, None]:
        """The pieces of the answer of one process."""
        self._waiting += 1
        try:
            worker = await self._chosen()
        finally:
            self._waiting -= 1
        try:
            async with aclosing(worker.answer(task)) as pieces:
                async for piece in pieces:
                    yield piece
        finally:
            if worker.is_fit():
                self._free.put_nowait(worker)
            else:
                letting = asyncio.create_task(self._let_go(worker))
                self._letting_go.add(letting)
                letting.add_done_callback(self._letting_go.discard)

    async def _let_go(self, worker: _Worker) -> None:
        """Wait until a process is free again, and replace it if it does not come back."""
        if await worker.called_off() and worker.is_fit():
            self._free.put_nowait(worker)
        else:
            self._replace(worker)


class _Worker:
    """One process, and the pipe to it."""

    def __init__(self, jobs: str, threads: ThreadPoolExecutor) -> None:
        self._threads = threads
        self._pipe, theirs = SPAWN.Pipe()
        self._off = SPAWN.Value("Q", 0, lock=False)
        self._number, self._open, self._lost = 0, False, False
        self._next: asyncio.Future[bytes] | None = None
        self._process = SPAWN.Process(target=_work, args=(jobs, theirs, self._off), daemon=True)
        with _ctrl_c_held():
            self._process.start()
        theirs.close()

    def is_fit(self) -> bool:
        """Whether the process is there for another question."""
        return not self._lost and not self._open and self._process.is_alive()

    async def answer(self, task: Task) -> AsyncGenerator[bytes, None]:
        """The pieces of an answer. Raises LostError."""
        self._number, self._open = self._number + 1, True
        *_, seconds = task
        end = asyncio.get_running_loop().time() + seconds + GRACE
        try:
            async with asyncio.timeout_at(end):
                await self._in_thread(self._pipe.send, (self._number, task))
            while True:
                async with asyncio.timeout_at(end):
                    kind, piece = await self._message()
                if kind != PIECE:
                    break
                yield piece
        except TimeoutError:
            self._lost = True
            raise LostError("the search took longer than it may") from None
        except (EOFError, OSError):
            self._lost = True
            raise _DiedError("the search took more memory than it may, or was ended") from None
        if kind == FAILED:
            raise LostError(piece.decode())

    async def _message(self) -> tuple[bytes, bytes]:
        """The next message: what it is, and its content.

        A thread waits for it. It goes on waiting if nobody listens any more, so that no message is
        lost to whoever listens next.
        """
        if self._next is None:
            self._next = asyncio.ensure_future(self._in_thread(self._pipe.recv_bytes))
        message = await asyncio.shield(self._next)
        self._next = None
        kind = message[:1]
        self._open = kind == PIECE
        self._lost = self._lost or kind == LEAVING
        return kind, message[1:]

    async def _in_thread(self, call: Callable[..., Any], *arguments: Any) -> Any:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, call, *arguments)

    async def called_off(self) -> bool:
        """Call the question off; whether the process then came to its end in time."""
        self._off.value = self._number
        try:
            async with asyncio.timeout(PATIENCE):
                while self._open and not self._lost:
                    await self._message()
        except (TimeoutError, EOFError, OSError, RuntimeError):
            return False
        return not self._lost

    def kill(self) -> None:
        """End the process, without waiting for it."""
        self._lost = True
        self._process.kill()

    def end(self) -> None:
        """End the process, and wait until it is gone."""
        self.kill()
        self._process.join()


@contextmanager
def _ctrl_c_held() -> Iterator[None]:
    """Let a process start without Ctrl-C, which is for the server, and keep it for the server."""
    if sys.platform == "win32":
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _work(jobs: str, pipe: Connection, off: Any) -> None:
    """What a process does until its pipe is closed.

    Args:
        jobs: name of the module with the jobs.
        pipe: numbers and tasks come in, messages go out.
        off: number of the last question that was called off.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the server tells when to end
    _limit_memory()
    import importlib

    known: dict[str, Job] = importlib.import_module(jobs).JOBS
    while True:
        try:
            number, (name, given, seconds) = pipe.recv()
            last = DONE
            try:
                for piece in known[name](given, seconds, partial(_is_off, off, number)):
                    pipe.send_bytes(PIECE + piece)
            except MemoryError:
                return  # a fresh process is safer
            except (EOFError, OSError):
                raise
            except Exception as error:
                what = f"{type(error).__name__}: {printable(error)}"
                last = FAILED + f"a bug in flopwise, please report it ({what})".encode()
            leaving = _memory() > RETIRED and last == DONE
            pipe.send_bytes(LEAVING if leaving else last)
        except (EOFError, OSError):  # the server is gone
            return
        if leaving:
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
