"""One question answered in a worker: whatever happens, there is a result with a reason."""

from __future__ import annotations

import faulthandler
import os
import signal
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
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
"""The status of a question that has no answer; every other status is an answer's own."""
GRACE = 5.0
"""Seconds after which a question that does not heed its time is ended with its worker."""
WATCHED = 1.0
"""Seconds between looks whether the driver is still there."""
WARM = {"gpus": "64", "gpu": "h100-sxm", "days": "30"}
"""A scenario that compiles what the usual ones need."""


@dataclass(frozen=True)
class Result:
    """The answer to a question, or why there is none.

    key: of the question. status: of the answer, or `failed`. answer: the JSON of the single
    command, empty if failed. reason: of a failure. seconds: that it took.
    """

    key: str
    status: str
    answer: str
    reason: str
    seconds: float


def answer_all(asked: Sequence[FileQuestion], timeout: float | None) -> list[Result]:
    """The results of some questions, in their order. timeout [s]: for each."""
    return [_result(one, timeout) for one in asked]


def answer_in_thread(asked: Sequence[FileQuestion], timeout: float | None) -> list[Result]:
    """As `answer_all`, where a signal can't reach: a worker that hangs is ended as a whole."""
    results = []
    for one in asked:
        with open(os.devnull, "w") as nowhere:
            if timeout is not None:
                faulthandler.dump_traceback_later(timeout + GRACE, exit=True, file=nowhere)
            try:
                results.append(_result(one, timeout))
            finally:
                faulthandler.cancel_dump_traceback_later()
    return results


def start_worker(driver: int) -> None:
    """Get a worker ready: law and relaxation warm, and an end of its own if the driver dies."""
    threading.Thread(target=_watch, args=(driver,), daemon=True).start()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the driver
    FileQuestion("warm", "plan", WARM).question()
    _answered(FileQuestion("warm", "plan", WARM))


def _watch(driver: int) -> None:
    while os.getppid() == driver:
        time.sleep(WATCHED)
    os._exit(1)


def _result(one: FileQuestion, timeout: float | None) -> Result:
    start = time.perf_counter()
    status, answer, reason = FAILED, "", ""
    try:
        with time_limit(timeout):
            status, answer = _answered(one)
    except InputError as error:
        reason = printable(error.message(spelled_as_option), 500)
    except FlopwiseError as error:
        reason = printable(error, 500)
    except TimeoutError:
        reason = f"took longer than {timeout:g} s"
    except MemoryError:
        reason = "ran out of memory"
    except Exception as error:  # fails alone, with its reason
        reason = f"a bug in flopwise ({type(error).__name__}: {printable(error, 300)})"
    return Result(one.key, status, answer, reason, time.perf_counter() - start)


def _answered(one: FileQuestion) -> tuple[str, str]:
    """Status and compact JSON of the answer."""
    found = answer(one.question())
    if isinstance(found, ParetoResult) and not found.plans:
        found = plan(found.traced.question.scenario)  # which says why there is none
    document = found.to_dict()
    return document["status"], dump(document, compact=True)


@contextmanager
def time_limit(seconds: float | None) -> Iterator[None]:
    """Raises TimeoutError after some seconds; code that holds on longer ends with its process."""
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
