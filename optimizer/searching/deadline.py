"""A deadline for searches: once it has passed, each gives up with the best that it has found.

It holds for all that runs inside a `with` block, so that a question of many searches has one end.
A question may also be called off, as when its asker has asked another one since.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from constraints.errors import InputError

__all__ = ["overdue", "unless", "within_seconds"]

_DEADLINE: ContextVar[float] = ContextVar("deadline", default=math.inf)
"""When searches have to give up, by the monotonic clock [s]."""
_CALLED_OFF: ContextVar[Callable[[], bool]] = ContextVar("called_off", default=lambda: False)
"""Tells whether nobody waits for the answer any more."""


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


@contextmanager
def unless(called_off: Callable[[], bool]) -> Iterator[None]:
    """Let searches in a `with` block give up once a question is called off.

    Args:
        called_off: tells whether it is; it is asked once a round of boxes, and must be fast.
    """
    token = _CALLED_OFF.set(called_off)
    try:
        yield
    finally:
        _CALLED_OFF.reset(token)


def overdue() -> bool:
    """Whether the deadline has passed or the question was called off; False without either."""
    return time.monotonic() > _DEADLINE.get() or _CALLED_OFF.get()()
