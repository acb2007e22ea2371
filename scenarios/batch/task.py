"""What a worker does: it answers questions, and turns any failure into a result with a reason."""

from __future__ import annotations

import faulthandler
import os
import signal
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from types import FrameType

from constraints.errors import FlopwiseError, InputError, printable
from scenarios.exports.document import dump
from scenarios.front_door.answering import answer, plan
from scenarios.front_door.results import ParetoResult
from scenarios.scenario_file.question import FileQuestion
from scenarios.vocabulary.vocabulary import spelled_as_option

__all__ = ["FAILED", "Result", "answer_all", "answer_in_thread", "start_worker", "time_limit"]

FAILED = "failed"
"""The status of a question without an answer; every other status comes from an answer."""
GRACE = 5.0
"""Time beyond its limit after which a question is ended together with its process [s]."""
WATCHED = 1.0
"""Time between two checks that the process which started the worker is alive [s]."""
WARM = {"gpus": "64", "gpu": "h100-sxm", "days": "30"}
"""Fields of a question that is answered at start, so that later ones find everything loaded."""


@dataclass(frozen=True)
class Result:
    """The answer to a question, or the reason why there is none.

    Attributes:
        key: key of the question.
        status: status of the answer, or `failed`.
        answer: JSON that the command of the question would print; empty if it failed.
        reason: why it failed; empty if it did not.
        seconds: time that it took [s].
        proof: a proof of the answer, as a file; empty if none was asked for, or there is none.
    """

    key: str
    status: str
    answer: str
    reason: str
    seconds: float
    proof: bytes = b""


def answer_all(
    asked: Sequence[FileQuestion], timeout: float | None, proofs: bool = False
) -> list[Result]:
    """Answer questions in the main thread of a process.

    Args:
        asked: the questions.
        timeout: time limit for each question [s]; None for no limit.
        proofs: whether to prove the answers for others.

    Returns:
        The results, in the order of the questions.
    """
    return [_result(one, timeout, proofs) for one in asked]


def answer_in_thread(
    asked: Sequence[FileQuestion], timeout: float | None, proofs: bool = False
) -> list[Result]:
    """Answer questions in any thread, as Dask's workers do.

    Signals reach only the main thread, so a question that takes too long ends the whole worker.

    Args:
        asked: the questions.
        timeout: time limit for each question [s]; None for no limit.
        proofs: whether to prove the answers for others.

    Returns:
        The results, in the order of the questions.
    """
    results = []
    for one in asked:
        with open(os.devnull, "w") as nowhere:
            if timeout is not None:
                faulthandler.dump_traceback_later(timeout + GRACE, exit=True, file=nowhere)
            try:
                results.append(_result(one, timeout, proofs))
            finally:
                faulthandler.cancel_dump_traceback_later()
    return results


def start_worker(driver: int) -> None:
    """Prepare a worker: load all that questions need, and end it if its driver dies.

    Args:
        driver: id of the process that started the worker.
    """
    threading.Thread(target=_watch, args=(driver,), daemon=True).start()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the driver
    FileQuestion("warm", "plan", WARM).question()
    _answered(FileQuestion("warm", "plan", WARM), proofs=False)


def _watch(driver: int) -> None:
    while os.getppid() == driver:
        time.sleep(WATCHED)
    os._exit(1)


def _result(one: FileQuestion, timeout: float | None, proofs: bool) -> Result:
    start = time.perf_counter()
    status, answer, reason, proof = FAILED, "", "", b""
    try:
        with time_limit(timeout):
            status, answer, proof = _answered(one, proofs=proofs)
    except InputError as error:
        reason = printable(error.message(spelled_as_option), 500)
    except FlopwiseError as error:
        reason = printable(error, 500)
    except TimeoutError:
        reason = f"took longer than {timeout:g} s"
    except MemoryError:
        reason = "ran out of memory"
    except Exception as error:  # a bug must fail this question and no other
        reason = f"a bug in flopwise ({type(error).__name__}: {printable(error, 300)})"
    return Result(one.key, status, answer, reason, time.perf_counter() - start, proof)


def _answered(one: FileQuestion, *, proofs: bool) -> tuple[str, str, bytes]:
    """The status of an answer, its JSON on one line, and its proof if there is to be one."""
    found = answer(one.question())
    if isinstance(found, ParetoResult) and not found.plans:
        found = plan(found.traced.question.scenario)  # says why there is no plan
    document = found.to_dict()
    proof = b""
    if proofs:
        with suppress(InputError):  # an objective over draws has none, nor a search that gave up
            proof = found.proof()
    return document["status"], dump(document, compact=True), proof


@contextmanager
def time_limit(seconds: float | None) -> Iterator[None]:
    """Limit the time of a `with` block in the main thread; other threads have no limit.

    Code that does not return to Python in time, such as a solver, is ended with its process.

    Args:
        seconds: the limit [s]; None for no limit.

    Raises:
        TimeoutError: when the time is up.
    """
    if seconds is None or threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(number: int, frame: FrameType | None) -> None:
        raise TimeoutError

    before = signal.signal(signal.SIGALRM, stop)
    with open(os.devnull, "w") as nowhere:
        faulthandler.dump_traceback_later(seconds + GRACE, exit=True, file=nowhere)
        signal.setitimer(signal.ITIMER_REAL, seconds)
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            faulthandler.cancel_dump_traceback_later()
            signal.signal(signal.SIGALRM, before)
