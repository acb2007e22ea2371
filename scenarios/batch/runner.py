"""Spreading questions over the workers of an engine.

Workers get questions in chunks. If a worker dies, any question of the chunks under way may be the
cause. Those questions are asked again one at a time, with nothing else running. So the one that
kills its worker is found and fails alone.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Sequence
from concurrent.futures import (
    FIRST_COMPLETED,
    BrokenExecutor,
    CancelledError,
    Executor,
    Future,
    wait,
)

from constraints.errors import InputError
from scenarios.batch.engines import Engine
from scenarios.batch.task import FAILED, Result
from scenarios.scenario_file.question import FileQuestion

__all__ = ["run_all"]


CHUNK = 16
"""Most questions in a chunk [question]; their answers take so long that handing out is cheap."""
AHEAD = 2
"""Chunks under way for each worker, so that none waits for the next [chunk]."""
DIED = "its worker died (killed, out of memory, or hung beyond --timeout)"


def run_all(
    asked: Sequence[FileQuestion],
    engine: Engine,
    timeout: float | None = None,
    proofs: bool = False,
) -> Generator[list[Result], None, None]:
    """Answer questions and yield their results as they come.

    Closing the generator stops the work.

    Args:
        asked: the questions.
        engine: what answers them.
        timeout: time limit for each question [s]; None for no limit.
        proofs: whether to prove the answers for others.

    Yields:
        Some results at a time; each question has exactly one.
    """
    size = max(1, min(CHUNK, len(asked) // (engine.workers * 4)))
    chunks = deque(asked[i : i + size] for i in range(0, len(asked), size))
    suspects: deque[FileQuestion] = deque()
    executor = engine.start()
    try:
        while chunks or suspects:
            broken = yield from _together(executor, engine, chunks, suspects, timeout, proofs)
            while suspects and not broken:
                one = suspects.popleft()
                result, broken = _alone(executor, engine, one, timeout, proofs)
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
    proofs: bool,
) -> Generator[list[Result], None, bool]:
    """Answer chunks until none is left or the executor breaks; returns whether it broke.

    The questions of chunks that were lost go to `suspects`.
    """
    under_way: dict[Future[list[Result]], Sequence[FileQuestion]] = {}
    broken = False
    while (chunks and not broken) or under_way:
        while chunks and not broken and len(under_way) < AHEAD * engine.workers:
            chunk = chunks.popleft()
            try:
                under_way[executor.submit(engine.task, chunk, timeout, proofs)] = chunk
            except BrokenExecutor:
                chunks.appendleft(chunk)
                broken = True
        for future in wait(under_way, return_when=FIRST_COMPLETED).done:
            chunk = under_way.pop(future)
            if future.cancelled() and engine.lost is not None:
                raise engine.lost
            error = future.exception()
            if error is None:
                yield future.result()
            else:
                suspects.extend(chunk)
                broken |= isinstance(error, BrokenExecutor)
    return broken


def _alone(
    executor: Executor, engine: Engine, one: FileQuestion, timeout: float | None, proofs: bool
) -> tuple[Result, bool]:
    """Answer one question with nothing else under way.

    Returns:
        The result, and whether the question broke the executor.
    """
    try:
        (result,) = executor.submit(engine.task, [one], timeout, proofs).result()
    except (CancelledError, InputError):
        if engine.lost is not None:
            raise engine.lost from None
        raise
    except Exception as error:  # executors differ in what they raise for a lost task
        return Result(one.key, FAILED, "", DIED, 0.0), isinstance(error, BrokenExecutor)
    return result, False
