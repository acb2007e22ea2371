"""Finding the lines of keys in a TOML file, which `tomllib` does not report."""

from __future__ import annotations

import re
from collections.abc import Mapping

__all__ = ["Place", "lines_of", "nearest_line"]

Place = tuple[str | int, ...]
"""Where a value is in a file: the keys and positions that lead to it."""

_PART = r"(?:[A-Za-z0-9_-]+|\"[^\"\n]*\"|'[^'\n]*')"
_KEY = rf"{_PART}(?:\s*\.\s*{_PART})*"
_TABLE = re.compile(rf"^\s*(\[\[?)\s*({_KEY})\s*\]\]?")
_PAIR = re.compile(rf"^\s*({_KEY})\s*=")


def lines_of(text: str) -> dict[Place, int]:
    """The lines, from 1, of table headers and of keys at the start of a line, by place."""
    found: dict[Place, int] = {}
    counts: dict[Place, int] = {}
    table: Place = ()
    for number, line in enumerate(text.splitlines(), 1):
        if header := _TABLE.match(line):
            table = _place(header[2], counts)
            if header[1] == "[[":
                counts[table] = counts.get(table, -1) + 1
                table = (*table, counts[table])
            found.setdefault(table, number)
        elif pair := _PAIR.match(line):
            found.setdefault((*table, *_parts(pair[1])), number)
    return found


def nearest_line(lines: Mapping[Place, int], place: Place) -> int | None:
    """The line of a value, else of the nearest table around it; None if no line is known.

    Args:
        lines: known lines, by place.
        place: where the value is.
    """
    for end in range(len(place), 0, -1):
        if place[:end] in lines:
            return lines[place[:end]]
    return None


def _parts(key: str) -> Place:
    return tuple(part.strip("\"'") for part in re.findall(_PART, key))


def _place(key: str, counts: Mapping[Place, int]) -> Place:
    """The place of a table; in an array of tables, the last table so far is meant."""
    place: Place = ()
    for part in _parts(key):
        place = (*place, part)
        if place in counts and len(place) < len(_parts(key)):
            place = (*place, counts[place])
    return place
