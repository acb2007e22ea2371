"""The lattice of designs: named axes of whole numbers, and boxes on it.

A point of the lattice is given by its positions on the free axes, which are those with more than
one value. Position 0 is the least value of an axis. An axis may carry further sizes that go with
its values: the hidden size carries the heads that suit it. Over a box, a carried size lies between
the least and the greatest value that any position of the box has.

Shapes: A free axes; points are arrays of positions [n, A]; n boxes are two arrays of positions,
`low` and `high` [n, A], both ends included. D columns: the free axes, and the carried sizes that
vary. Logarithms of sizes have one column for each, [n, D].
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray

from constraints.algebra.log_form import FloatArray
from constraints.errors import InputError

__all__ = ["MOST_VALUES", "Axis", "Boxes", "Carried", "Lattice", "Positions"]

Positions = NDArray[np.int64]

EXACT_FLOATS = 2**53
"""Whole numbers up to this one are exact as floats."""
MOST_VALUES = 10**6
"""The most values of one axis, as they are held in memory."""
MOST_CARRIED = 16
"""Tables of carried sizes that are kept for reuse."""
LARGEST = 10**12
"""The largest size. Up to it the logarithms of whole numbers are distinct as floats."""


@dataclass(frozen=True)
class Axis:
    """One size and the whole numbers that it may take.

    Attributes:
        name: name of the size.
        values: its values in increasing order, as a range or a tuple; values may repeat where
            carried sizes differ.
        carried: names of further sizes, each with its value at every position.
    """

    name: str
    values: Sequence[int]
    carried: tuple[tuple[str, tuple[int, ...]], ...] = ()

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
        if isinstance(self.values, range) and not self.carried:
            in_order = self.values.step > 0
        else:
            rows = list(zip(self.values, *(values for _, values in self.carried), strict=True))
            in_order = rows == sorted(set(rows))
        if not in_order:
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

    @cached_property
    def varying(self) -> tuple[Carried, ...]:
        """The carried sizes that differ between positions."""
        return tuple(
            _carried(name, values) for name, values in self.carried if len(set(values)) > 1
        )


class Carried:
    """A size that an axis carries, and its least and greatest value between any two positions.

    Attributes:
        name: name of the size.
        array: its values by position [number of values].
        logs: their natural logarithms [number of values].
    """

    def __init__(self, name: str, array: Positions) -> None:
        """Prepare the ends over every stretch of 1, 2, 4, 8, ... positions."""
        self.name, self.array, self.logs = name, array, np.log(array)
        lengths = np.arange(1, len(array) + 1, dtype=np.float64)
        self._powers = np.concatenate([[0], np.frexp(lengths)[1] - 1])  # by length; 0 has none
        self._least, self._most = self._stretches(np.minimum), self._stretches(np.maximum)

    def _stretches(self, join: np.ufunc) -> FloatArray:
        """By power and position, the end over 2^power positions from there on; less at the rim."""
        rows = [self.logs]
        for power in range(int(self._powers[-1])):
            row, half = rows[-1].copy(), 2**power
            row[:-half] = join(row[:-half], row[half:])
            rows.append(row)
        return np.stack(rows)

    def ends(self, first: Positions, last: Positions) -> tuple[FloatArray, FloatArray]:
        """The least and the greatest logarithm from position `first` to `last`, each [n].

        A stretch is covered by two that overlap and whose length is a power of two.
        """
        powers = self._powers[np.maximum(last - first + 1, 0)]
        second = last + 1 - (1 << powers)
        low = np.minimum(self._least[powers, first], self._least[powers, second])
        high = np.maximum(self._most[powers, first], self._most[powers, second])
        return low, high


@lru_cache(maxsize=MOST_CARRIED)
def _carried(name: str, values: tuple[int, ...]) -> Carried:
    """A carried size with its tables, which regions of a family share."""
    return Carried(name, np.asarray(values, dtype=np.int64))


@dataclass(frozen=True)
class Boxes:
    """A batch of n boxes of positions on A free axes.

    Attributes:
        low: lower ends [n, A].
        high: upper ends, included in the box [n, A].
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
        if not len(self):
            return 0
        total = self._counts().sum()
        if total > EXACT_FLOATS:
            return sum(math.prod(side) for side in (self.high - self.low + 1).tolist())
        return int(total)

    def _counts(self) -> FloatArray:
        """Number of lattice points in each box, as floats [n]."""
        sides = self.high - self.low + 1
        counts: FloatArray = np.multiply.reduce(sides, axis=1, dtype=np.float64)
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
        """All lattice points of all boxes, as positions [m, A], box after box."""
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
    have one column for each of the A free axes. If all axes are fixed, the first one is treated as
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
    def varying(self) -> tuple[tuple[int, Carried], ...]:
        """The carried sizes that vary, each with the place of its axis among the free ones."""
        return tuple((j, size) for j, axis in enumerate(self.free) for size in axis.varying)

    @cached_property
    def _logs(self) -> FloatArray:
        """Logarithms of the sizes on the free axes, one axis after another."""
        return np.concatenate([axis.logs for axis in self.free])

    @cached_property
    def _starts(self) -> Positions:
        """Where each free axis begins among `_logs` [A]."""
        return np.cumsum([0, *(len(axis.values) for axis in self.free[:-1])])

    @cached_property
    def fixed(self) -> dict[str, int]:
        """Names and values of the fixed sizes."""
        found = {axis.name: axis.low for axis in self.axes}
        found |= {name: values[0] for axis in self.axes for name, values in axis.carried}
        return {name: size for name, size in found.items() if name not in self.names}

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Names of the columns: the free axes, then the carried sizes that vary [D]."""
        axes = tuple(axis.name for axis in self.free)
        return (*axes, *(size.name for _, size in self.varying))

    @cached_property
    def varied(self) -> frozenset[str]:
        """Names of the sizes that have more than one value."""
        axes = (axis.name for axis in self.axes if axis.low < axis.high)
        return frozenset((*axes, *(size.name for _, size in self.varying)))

    @cached_property
    def sizes(self) -> tuple[str, ...]:
        """Names of all sizes of a point, those of fixed axes and carried ones included."""
        carried = (name for axis in self.axes for name, _ in axis.carried)
        return (*(axis.name for axis in self.axes), *carried)

    @cached_property
    def greatest(self) -> dict[str, int]:
        """The greatest value of every size, by name."""
        found = {axis.name: axis.high for axis in self.axes}
        return found | {name: max(values) for axis in self.axes for name, values in axis.carried}

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
        """Natural logarithms of the sizes at some positions [n, D]."""
        of_axes: FloatArray = self._logs[positions + self._starts]
        if not self.varying:
            return of_axes
        return _beside(of_axes, [size.logs[positions[:, j]] for j, size in self.varying])

    def ends(self, boxes: Boxes) -> tuple[FloatArray, FloatArray]:
        """Natural logarithms of the least and the greatest sizes of each box, each [n, D]."""
        low, high = self._logs[boxes.low + self._starts], self._logs[boxes.high + self._starts]
        if not self.varying:
            return low, high
        carried = [size.ends(boxes.low[:, j], boxes.high[:, j]) for j, size in self.varying]
        least, most = zip(*carried, strict=True)
        return _beside(low, least), _beside(high, most)

    def widths(self, boxes: Boxes) -> FloatArray:
        """How long each box is along each axis, in logarithms [n, A]; 0 where it is one position.

        An axis is as long as its values and what they carry reach together.
        """
        low, high = self.ends(boxes)
        spans = high - low
        if not self.varying:
            return spans
        found = spans[:, : len(self.free)]
        for column, (j, _) in enumerate(self.varying, start=len(self.free)):
            found[:, j] += spans[:, column]
        return found

    def values(self, positions: Positions) -> Mapping[str, Positions]:
        """The sizes at some positions, by name; each is an array [n], of a fixed size, too."""
        sizes = {axis.name: axis.array[positions[:, j]] for j, axis in enumerate(self.free)}
        sizes |= {size.name: size.array[positions[:, j]] for j, size in self.varying}
        for name, value in self.fixed.items():
            sizes[name] = np.full(len(positions), value, dtype=np.int64)
        return sizes

    def point(self, index: Positions) -> dict[str, int]:
        """The sizes at one position [A], as exact integers by name, in the order of `sizes`."""
        chosen = dict(self.fixed)
        for axis, i in zip(self.free, index.tolist(), strict=True):
            chosen[axis.name] = int(axis.values[i])
            chosen.update((name, values[i]) for name, values in axis.carried)
        return {name: chosen[name] for name in self.sizes}

    def position_of(self, sizes: Mapping[str, int]) -> Positions | None:
        """The position [A] of a design given by its sizes; None if it is not on the lattice."""
        places = []
        for axis in self.free:
            at = np.flatnonzero(axis.array == sizes[axis.name])
            for name, values in axis.carried:
                at = at[np.asarray(values)[at] == sizes[name]]
            if not len(at):
                return None
            places.append(int(at[0]))
        if any(sizes[name] != size for name, size in self.fixed.items()):
            return None
        return np.array(places, dtype=np.int64)

    def within(self, boxes: Boxes, low: FloatArray, high: FloatArray) -> Boxes:
        """The part of each box in which the free sizes lie in given intervals.

        Args:
            boxes: n boxes.
            low: natural logarithms of the least sizes [n, D]; carried sizes cut nothing off.
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
            logs: the place, as natural logarithms of the sizes [D].
            reach: number of values on each side of the place that the box takes on each axis.
        """
        at = np.array([np.searchsorted(axis.logs, logs[j]) for j, axis in enumerate(self.free)])
        last = self.whole().high[0]
        low = np.clip(at - reach, 0, last)
        high = np.clip(at + reach - 1, 0, last)
        return Boxes(low[None, :], high[None, :])


def _beside(columns: FloatArray, more: Sequence[FloatArray]) -> FloatArray:
    """Columns [n, A] with more columns, each [n], to their right."""
    return np.concatenate([columns, *(column[:, None] for column in more)], axis=1)
