"""Reading a text file that the user names: an ordinary file, not too large, in UTF-8."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path

from constraints.errors import InputError, printable

__all__ = ["check_may_be_read", "read_text_file", "reading_only"]

MOST_BYTES = 64 * 2**20
"""The largest file that is read by default [byte]."""


_ONLY: ContextVar[frozenset[str] | None] = ContextVar("only", default=None)
"""The paths that may be read; None for all."""


@contextmanager
def reading_only(paths: Iterable[str | Path]) -> Iterator[None]:
    """Let a `with` block read some of a user's files and no others, whatever its input names.

    Args:
        paths: the paths that may be read.
    """
    token = _ONLY.set(frozenset(map(str, paths)))
    try:
        yield
    finally:
        _ONLY.reset(token)


def check_may_be_read(path: Path) -> None:
    """Check that a file may be read here. Nothing is told of it, not even whether it is there.

    Raises:
        InputError: if it may not.
    """
    allowed = _ONLY.get()
    if allowed is not None and str(path) not in allowed:
        raise InputError(printable(path), "may not be read here")


def read_text_file(path: Path, most_bytes: int = MOST_BYTES) -> str:
    """The text of a file, without a byte order mark.

    A device or a pipe is refused, because reading it may never end.

    Args:
        path: path of the file.
        most_bytes: the largest file that is read [byte].

    Raises:
        InputError: if the file can't be read, is too large or is not UTF-8; its field is the path.
    """
    check_may_be_read(path)
    name = printable(path)
    try:
        number = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        with open(number, "rb") as file:
            if not stat.S_ISREG(os.fstat(number).st_mode):
                raise InputError(name, "must be an ordinary file")
            data = file.read(most_bytes + 1)
    except OSError as error:
        raise InputError(name, f"can't be read: {error.strerror}") from None
    except ValueError:  # the path holds a NUL character
        raise InputError(name, "must be a path") from None
    if len(data) > most_bytes:
        raise InputError(name, f"must be at most {most_bytes // 2**20} MiB")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(name, f"must be UTF-8, and is not at byte {error.start}") from None
