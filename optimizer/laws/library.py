"""Laws by name: those that ship, each a data file beside this one, and a user's own files."""

from __future__ import annotations

import difflib
from functools import cache, lru_cache
from importlib.resources import files
from pathlib import Path

from constraints.errors import UnknownNameError, printable
from constraints.text_file import read_text_file
from optimizer.laws.law import Law
from optimizer.laws.record import Record

__all__ = ["find_record", "law", "law_names"]

MOST_BYTES = 2**24
"""Largest file that is read as a law [byte]."""


@cache
def law_names() -> tuple[str, ...]:
    """Names of all laws that ship, sorted."""
    folder = files("optimizer.laws").joinpath("data")
    return tuple(
        sorted(entry.name[:-5] for entry in folder.iterdir() if entry.name.endswith(".json"))
    )


def law(name: str) -> Law:
    """The law of a name or file, its circumstances open.

    Args:
        name: of a law that ships, or the path of a .json file.

    Raises:
        InputError: if there is no such law, or the file holds none.
    """
    return find_record(name).law


def find_record(name: str, field: str = "law") -> Record:
    """The law of a name or file, with what is known of it.

    Args:
        name: of a law that ships, or the path of a .json file.
        field: what the name was given for, as errors call it.

    Raises:
        UnknownNameError: if there is no such law, with the nearest names.
        InputError: if the file holds no law.
    """
    if name in law_names():
        return _shipped(name)
    if name.endswith(".json"):
        path = Path(name)
        return _own(printable(path), read_text_file(path, MOST_BYTES))
    nearest = difflib.get_close_matches(name, law_names(), n=3, cutoff=0.0)
    rule = "must be the name of a law or a .json file"
    raise UnknownNameError(field, rule, name, nearest)


@cache
def _shipped(name: str) -> Record:
    """The record of a law that ships."""
    text = files("optimizer.laws").joinpath(f"data/{name}.json").read_text("utf-8")
    return Record.from_json(text, name)


@lru_cache(maxsize=32)  # a batch asks for the same file thousands of times
def _own(place: str, text: str) -> Record:
    """The record of a user's own file."""
    return Record.from_json(text, place)
