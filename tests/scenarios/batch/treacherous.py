"""A worker's task that does what scenarios must not be able to do to others."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Sequence

from scenarios.batch.task import Result, time_limit
from scenarios.scenario_file.question import FileQuestion


def treacherous(
    asked: Sequence[FileQuestion], timeout: float | None, proofs: bool = False
) -> list[Result]:
    """As `answer_all`, but names decide: `die`, `hang`, `hold on`; others are answered."""
    results = []
    for one in asked:
        reason = ""
        if one.name.startswith("die"):
            os.kill(os.getpid(), signal.SIGKILL)
        try:
            with time_limit(timeout):
                if one.name.startswith("hang"):
                    time.sleep(3600)
                elif one.name.startswith("hold on"):
                    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGALRM})
                    time.sleep(3600)
        except TimeoutError:
            reason = "took longer"
        results.append(Result(one.key, "failed" if reason else "optimal", "{}", reason, 0.0))
    return results
