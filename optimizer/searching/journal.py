"""A journal of a search: what became of every box, so that somebody else can follow it.

It keeps the arrays that the search works on, a batch of boxes at a time, and sorts them out only
when it is read.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from constraints.space.boxes import Boxes

__all__ = ["Fate", "Journal", "keys_of"]

Numbers = NDArray[np.int64]


class Fate(IntEnum):
    """What became of a box."""

    CUT = 0
    """In two halves, along an axis (the argument)."""
    TRIMMED = 1
    """Its sides were cut off; the argument is the place of what is left among the inner boxes."""
    OUTSIDE = 2
    """Dropped, as no design of it satisfies the limits."""
    BELOW = 3
    """Dropped, as its bound by a row of multipliers (the argument) is too low."""
    ENUMERATED = 4
    """Its designs were looked at one by one."""


class Journal:
    """The fates of the boxes of one search."""

    def __init__(self) -> None:
        """Nothing has happened yet."""
        self._events: list[tuple[Boxes, Fate, Numbers]] = []
        self._inner: list[Boxes] = []
        self._trimmed = 0
        self._bounded: list[tuple[Boxes, Numbers]] = []

    def cut(self, boxes: Boxes, axes: Numbers) -> None:
        """Boxes are cut in halves.

        Args:
            boxes: n of them.
            axes: along which each is cut [n].
        """
        self._events.append((boxes, Fate.CUT, axes))

    def trimmed(self, boxes: Boxes, inner: Boxes) -> None:
        """Boxes lose what gates cut off at their sides.

        Args:
            boxes: n of them.
            inner: what is left of each; an empty one has high < low.
        """
        changed = np.any((boxes.low != inner.low) | (boxes.high != inner.high), axis=1)
        places = self._trimmed + np.arange(int(changed.sum()))
        self._events.append((boxes[changed], Fate.TRIMMED, places))
        self._inner.append(inner[changed])
        self._trimmed += len(places)

    def bounded(self, boxes: Boxes, rows: Numbers) -> None:
        """Boxes have a bound, by one row of multipliers each; which says nothing of their fate.

        Args:
            boxes: n of them.
            rows: the row of each bound; the number of rows for the bound without any [n].
        """
        self._bounded.append((boxes, rows))

    def outside(self, boxes: Boxes) -> None:
        """Boxes are dropped, as no design of them satisfies the limits."""
        self._events.append((boxes, Fate.OUTSIDE, np.zeros(len(boxes), dtype=np.int64)))

    def below(self, boxes: Boxes) -> None:
        """Boxes are dropped, as their bounds are too low."""
        self._events.append((boxes, Fate.BELOW, np.zeros(len(boxes), dtype=np.int64)))

    def enumerated(self, boxes: Boxes) -> None:
        """The designs of boxes are looked at one by one."""
        self._events.append((boxes, Fate.ENUMERATED, np.zeros(len(boxes), dtype=np.int64)))

    def fates(self) -> dict[tuple[int, ...], tuple[Fate, int]]:
        """The fate of every box and its argument, by the box's key (`keys_of`)."""
        rows = dict(_by_key(self._bounded))
        found: dict[tuple[int, ...], tuple[Fate, int]] = {}
        for boxes, fate, arguments in self._events:
            for key, argument in zip(keys_of(boxes), arguments.tolist(), strict=True):
                found[key] = (fate, rows[key] if fate is Fate.BELOW else argument)
        return found

    @property
    def inner(self) -> list[tuple[list[int], list[int]]]:
        """What was left of all boxes that were trimmed, in the order of their places."""
        return [
            ends
            for boxes in self._inner
            for ends in zip(boxes.low.tolist(), boxes.high.tolist(), strict=True)
        ]


def keys_of(boxes: Boxes) -> list[tuple[int, ...]]:
    """A key for each box: its low end, then its high end."""
    return list(map(tuple, np.hstack([boxes.low, boxes.high]).tolist()))


def _by_key(batches: Sequence[tuple[Boxes, Numbers]]) -> Iterator[tuple[tuple[int, ...], int]]:
    for boxes, numbers in batches:
        yield from zip(keys_of(boxes), numbers.tolist(), strict=True)
