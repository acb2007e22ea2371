"""What the processes of the live planner do; each job answers in pieces of bytes."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from constraints.errors import FileError, FlopwiseError, InputError
from constraints.text_file import reading_only
from optimizer.searching.deadline import unless, within_seconds
from scenarios.live.steps import steps
from scenarios.live.taken import file_of, loaded
from scenarios.vocabulary.vocabulary import spelled_as_key

__all__ = ["JOBS"]


def _answer(asked: Any, seconds: float, called_off: Callable[[], bool]) -> Iterator[bytes]:
    """The steps of an answer, one JSON object on each line."""
    with reading_only(asked.named.values()):
        for step in steps(asked, seconds, called_off):
            yield json.dumps(step, allow_nan=False).encode() + b"\n"


def _file(given: Any, seconds: float, called_off: Callable[[], bool]) -> Iterator[bytes]:
    """A file to take away: its name, then its content; or an empty name, then what is wrong."""
    asked, kind = given
    try:
        files = reading_only(asked.named.values())
        with files, within_seconds(seconds), unless(called_off):
            name, content = file_of(asked, kind)
    except FlopwiseError as error:
        name, content = "", _told(error).encode()
    yield name.encode()
    yield content


def _load(given: Any, seconds: float, called_off: Callable[[], bool]) -> Iterator[bytes]:
    """The scenarios of a file, as JSON; or what is wrong with it."""
    name, text = given
    try:
        yield json.dumps({"scenarios": loaded(name, text)}).encode()
    except FileError as error:
        told = [problem.split(": ", 1)[-1] for problem in error.problems]  # without the folder
        yield json.dumps({"problems": told}).encode()
    except InputError as error:
        yield json.dumps({"problems": [_told(error)]}).encode()


def _store(path: Any, seconds: float, called_off: Callable[[], bool]) -> Iterator[bytes]:
    """The page of a batch's store, which is only read; or nothing, then what is wrong with it."""
    from scenarios.batch.batch_page import batch_page
    from scenarios.batch.store import open_store

    page, wrong = b"", "the store holds no scenario"
    try:
        with open_store(Path(path), write=False) as store:
            rows = list(store.rows())
        page = batch_page(rows).html().encode() if rows else b""
    except FlopwiseError as error:
        wrong = _told(error)
    except (KeyError, TypeError, ValueError, AttributeError):
        wrong = "the store holds answers that flopwise did not write"
    yield page or b" "
    yield wrong.encode()


def _told(error: FlopwiseError) -> str:
    return error.message(spelled_as_key) if isinstance(error, InputError) else str(error)


JOBS: Mapping[str, Callable[[Any, float, Callable[[], bool]], Iterator[bytes]]] = {
    "answer": _answer,
    "file": _file,
    "load": _load,
    "store": _store,
}
"""The jobs, by name."""
