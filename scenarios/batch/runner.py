"""Questions spread over an executor: in chunks while all goes well, one by one where it does not.

When a worker dies, every chunk that was under way is under suspicion; its questions are asked
again one at a time, with nothing else running, so that the guilty one is known and fails alone.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Executor, Future, wait

from scenarios.batch.engines import Engine, Task
from scenarios.batch.task import FAILED, Result
from scenarios.scenario_file.question import FileQuestion

__all__ = ["run_all"]


CHUNK = 16
"""Questions of a task: some tenths of a second, so that handing out costs nothing."""
AHEAD = 2
"""Chunks handed out for each worker."""
DIED = "its worker died (killed, out of memory, or hung beyond --timeout)"


def run_all(
    asked: Sequence[FileQuestion],
    engine: Engine,
    timeout: float | None = None,
) -> Generator[list[Result], None, None]:
    """Results as they come, some at a time; each question has just one.

    timeout [s]: for each question. Closing the iterator stops the work.
    """
    size = max(1, min(CHUNK, len(asked) // (engine.workers * 4)))
    chunks = deque(asked[i : i + size] for i in range(0, len(asked), size))
    suspects: deque[FileQuestion] = deque()
    executor = engine.start()
    try:
        while chunks or suspects:
            broken = yield from _together(executor, engine, chunks, suspects, timeout)
            while suspects and not broken:
                one = suspects.popleft()
                result, broken = _alone(executor, engine.task, one, timeout)
                yield [result]
            if broken:
                executor.shutdown(wait=False, cancel_futures=True)
                executor = engine.start()
    finally:
        executor.shutdown(wait=False, cancel_futures=True)


def _together(
    executor: Executor,
    engine: Engine,
    chunks: deque[Sequence[FileQuestion]],
    suspects: deque[FileQuestion],
    timeout: float | None,
) -> Generator[list[Result], None, bool]:
    """Work off chunks until none is left or the executor breaks: whether it did is returned."""
    under_way: dict[Future[list[Result]], Sequence[FileQuestion]] = {}
    broken = False
    while (chunks and not broken) or under_way:
        while chunks and not broken and len(under_way) < AHEAD * engine.workers:
            chunk = chunks.popleft()
            try:
                under_way[executor.submit(engine.task, chunk, timeout)] = chunk
            except BrokenExecutor:
                chunks.appendleft(chunk)
                broken = True
        for future in wait(under_way, return_when=FIRST_COMPLETED).done:
            chunk = under_way.pop(future)
            error = future.exception()
            if error is None:
                yield future.result()
            else:
                suspects.extend(chunk)
                broken |= isinstance(error, BrokenExecutor)
    return broken


def _alone(
    executor: Executor, task: Task, one: FileQuestion, timeout: float | None
) -> tuple[Result, bool]:
    """The result of a question with nothing else under way; whether it broke the executor."""
    try:
        (result,) = executor.submit(task, [one], timeout).result()
    except Exception as error:  # whatever an executor says of a task that it lost
        return Result(one.key, FAILED, "", DIED, 0.0), isinstance(error, BrokenExecutor)
    return result, False
