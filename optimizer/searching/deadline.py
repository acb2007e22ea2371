"""A deadline for searches: once it has passed, each gives up with the best that it has found.

It holds for all that runs inside a `with` block, so that a question of many searches has one end.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from constraints.errors import InputError

__all__ = ["overdue", "within_seconds"]

_DEADLINE: ContextVar[float] = ContextVar("deadline", default=math.inf)
"""When searches have to give up, by the monotonic clock [s]."""


@contextmanager
def within_seconds(seconds: float | None) -> Iterator[None]:
    """Let searches in a `with` block take so long together.

    Args:
        seconds: the time [s]; None for as long as it takes.

    Raises:
        InputError: if it is not positive.
    """
    if seconds is not None and not seconds > 0:
        raise InputError("time_limit", "must be > 0", seconds)
    end = math.inf if seconds is None else time.monotonic() + seconds
    token = _DEADLINE.set(min(end, _DEADLINE.get()))
    try:
        yield
    finally:
        _DEADLINE.reset(token)


def overdue() -> bool:
    """Whether the deadline has passed; False if there is none."""
    return time.monotonic() > _DEADLINE.get()
