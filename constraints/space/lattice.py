"""The lattice of designs: named axes of whole numbers, and boxes on it.

A point of the lattice is given by its positions on the free axes, which are those with more than
one value. Position 0 is the least value of an axis.

Shapes: D free axes; points are arrays of positions [n, D]; n boxes are two arrays of positions,
`low` and `high` [n, D], both ends included.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from constraints.algebra.log_form import FloatArray
from constraints.errors import InputError

__all__ = ["Axis", "Boxes", "Lattice", "Positions"]

Positions = NDArray[np.int64]

EXACT_FLOATS = 2**53
"""Whole numbers up to this one are exact as floats."""
MOST_VALUES = 10**6
"""The most values of one axis, as they are held in memory."""
LARGEST = 10**12
"""The largest size. Up to it the logarithms of whole numbers are distinct as floats."""


@dataclass(frozen=True)
class Axis:
    """One size and the whole numbers that it may take.

    Attributes:
        name: name of the size.
        values: its values in increasing order, as a range or a tuple.
    """

    name: str
    values: Sequence[int]

    def __post_init__(self) -> None:
        """Check that there is a value, not too many, all from 1 to 10^12 and in order."""
        if len(self.values) == 0:
            raise InputError(self.name, "must leave at least one value")
        if self.values[0] < 1:
            raise InputError(self.name, "must be ≥ 1", self.values[0])
        if self.values[-1] > LARGEST:
            raise InputError(self.name, "must be ≤ 1e12", self.values[-1])
        if len(self.values) > MOST_VALUES:
            rule = f"must leave at most {MOST_VALUES:,} values: take a larger step"
            raise InputError(self.name, rule, len(self.values))
        ends = zip(self.values[:2], self.values[1:2], strict=False)
        pairs = zip(self.values, self.values[1:], strict=False)
        if any(a >= b for a, b in (ends if isinstance(self.values, range) else pairs)):
            raise InputError(self.name, "must be in increasing order", self.values)

    @property
    def low(self) -> int:
        """The least value."""
        return self.values[0]

    @property
    def high(self) -> int:
        """The greatest value."""
        return self.values[-1]

    @cached_property
    def array(self) -> Positions:
        """The values as an array [number of values]."""
        return np.asarray(self.values, dtype=np.int64)

    @cached_property
    def logs(self) -> FloatArray:
        """Natural logarithms of the values [number of values]."""
        return np.log(self.array)


@dataclass(frozen=True)
class Boxes:
    """A batch of n boxes of positions on D free axes.

    Attributes:
        low: lower ends [n, D].
        high: upper ends, included in the box [n, D].
    """

    low: Positions
    high: Positions

    def __len__(self) -> int:
        """The number of boxes."""
        return len(self.low)

    def __getitem__(self, which: NDArray[np.bool_] | NDArray[np.intp]) -> Boxes:
        """The boxes that a mask or an array of indices picks."""
        return Boxes(self.low[which], self.high[which])

    def have_at_most(self, points: int) -> NDArray[np.bool_]:
        """Whether each box holds at most this many lattice points [n]."""
        few: NDArray[np.bool_] = self._counts() <= points
        return few

    @property
    def are_empty(self) -> NDArray[np.bool_]:
        """Whether each box holds no lattice point [n]."""
        empty: NDArray[np.bool_] = np.any(self.high < self.low, axis=1)
        return empty

    def total(self) -> int:
        """Number of lattice points in all boxes together, exact at any size."""
        if len(self) and self._counts().sum() > EXACT_FLOATS:
            return sum(math.prod(side) for side in (self.high - self.low + 1).tolist())
        return int(self._counts().sum())

    def _counts(self) -> FloatArray:
        """Number of lattice points in each box, as floats [n]."""
        counts: FloatArray = np.prod((self.high - self.low + 1).astype(np.float64), axis=1)
        return counts

    def halves(self, axis: NDArray[np.intp]) -> Boxes:
        """Each box cut in two: first all lower halves, then all upper ones.

        Args:
            axis: the axis along which each box is cut [n]; the box needs two values or more on it.
        """
        rows = np.arange(len(self))
        middle = (self.low[rows, axis] + self.high[rows, axis]) // 2
        left_high, right_low = self.high.copy(), self.low.copy()
        left_high[rows, axis] = middle
        right_low[rows, axis] = middle + 1
        return Boxes(np.concatenate([self.low, right_low]), np.concatenate([left_high, self.high]))

    def enumerate(self) -> Positions:
        """All lattice points of all boxes, as positions [m, D], box after box."""
        counts = self._counts().astype(np.int64)
        owner = np.repeat(np.arange(len(self)), counts)
        rank = np.arange(len(owner)) - np.repeat(np.cumsum(counts) - counts, counts)
        points = np.empty((len(owner), self.low.shape[1]), dtype=np.int64)
        sides = (self.high - self.low + 1)[owner]
        for axis in range(self.low.shape[1] - 1, -1, -1):
            rank, points[:, axis] = np.divmod(rank, sides[:, axis])
        return points + self.low[owner]

    @staticmethod
    def join(parts: Sequence[Boxes]) -> Boxes:
        """One batch of all boxes of several batches."""
        return Boxes(
            np.concatenate([part.low for part in parts]),
            np.concatenate([part.high for part in parts]),
        )


@dataclass(frozen=True)
class Lattice:
    """All designs of a space: every choice of one value from each axis.

    An axis with one value is called fixed, an axis with more is called free. Arrays of positions
    have one column for each of the D free axes. If all axes are fixed, the first one is treated as
    free, so that there is always a column.

    Attributes:
        axes: the axes, fixed ones included.
    """

    axes: tuple[Axis, ...]

    @cached_property
    def free(self) -> tuple[Axis, ...]:
        """The axes with more than one value; the first axis if there is none."""
        return tuple(axis for axis in self.axes if len(axis.values) > 1) or self.axes[:1]

    @cached_property
    def fixed(self) -> dict[str, int]:
        """Names and values of the fixed axes."""
        free = {axis.name for axis in self.free}
        return {axis.name: axis.low for axis in self.axes if axis.name not in free}

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Names of the free axes [D]."""
        return tuple(axis.name for axis in self.free)

    @property
    def size(self) -> int:
        """Number of designs, exact."""
        return math.prod(len(axis.values) for axis in self.axes)

    def axis(self, name: str) -> Axis:
        """The axis with this name."""
        return next(axis for axis in self.axes if axis.name == name)

    def whole(self) -> Boxes:
        """The one box that holds all designs."""
        low = np.zeros((1, len(self.free)), dtype=np.int64)
        high = np.array([[len(axis.values) - 1 for axis in self.free]], dtype=np.int64)
        return Boxes(low, high)

    def logs(self, positions: Positions) -> FloatArray:
        """Natural logarithms of the free sizes at some positions [n, D]."""
        columns = [axis.logs[positions[:, j]] for j, axis in enumerate(self.free)]
        return np.stack(columns, axis=1)

    def values(self, positions: Positions) -> Mapping[str, Positions]:
        """The sizes at some positions, by name; each is an array [n], of a fixed size, too."""
        sizes = {axis.name: axis.array[positions[:, j]] for j, axis in enumerate(self.free)}
        for name, value in self.fixed.items():
            sizes[name] = np.full(len(positions), value, dtype=np.int64)
        return sizes

    def point(self, index: Positions) -> dict[str, int]:
        """The sizes at one position [D], as exact integers by name, in the order of the axes."""
        chosen = {
            axis.name: int(axis.values[int(i)]) for axis, i in zip(self.free, index, strict=True)
        }
        return {axis.name: chosen.get(axis.name, axis.low) for axis in self.axes}

    def position_of(self, sizes: Mapping[str, int]) -> Positions | None:
        """The position [D] of a design given by its sizes; None if it is not on the lattice."""
        places = [int(np.searchsorted(axis.array, sizes[axis.name])) for axis in self.free]
        held = all(
            place < len(axis.values) and axis.values[place] == sizes[axis.name]
            for place, axis in zip(places, self.free, strict=True)
        )
        return np.array(places, dtype=np.int64) if held else None

    def within(self, boxes: Boxes, low: FloatArray, high: FloatArray) -> Boxes:
        """The part of each box in which the free sizes lie in given intervals.

        Args:
            boxes: n boxes.
            low: natural logarithms of the least sizes [n, D].
            high: natural logarithms of the greatest sizes [n, D].

        Returns:
            n boxes; one of which nothing is left has high < low on some axis.
        """
        first, last = boxes.low.copy(), boxes.high.copy()
        for j, axis in enumerate(self.free):
            np.maximum(first[:, j], np.searchsorted(axis.logs, low[:, j]), out=first[:, j])
            end = np.searchsorted(axis.logs, high[:, j], side="right") - 1
            np.minimum(last[:, j], end, out=last[:, j])
        return Boxes(first, last)

    def nearest(self, logs: FloatArray, reach: int) -> Boxes:
        """The box around a place that need not be on the lattice.

        Args:
            logs: the place, as natural logarithms of the free sizes [D].
            reach: number of values on each side of the place that the box takes on each axis.
        """
        at = np.array([np.searchsorted(axis.logs, logs[j]) for j, axis in enumerate(self.free)])
        last = self.whole().high[0]
        low = np.clip(at - reach, 0, last)
        high = np.clip(at + reach - 1, 0, last)
        return Boxes(low[None, :], high[None, :])
