"""The lattice of designs: named axes of whole numbers, and boxes on it.

A point of the lattice is given by its positions on the free axes, which are those with more than
one value. Position 0 is the least value of an axis. Axes may carry further sizes.

Shapes: A free axes; points and boxes as in `constraints.space.boxes`. D columns: the free axes, and
the carried sizes that vary. Logarithms of sizes have one column for each, [n, D].
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from constraints.algebra.log_form import FloatArray, NDBool
from constraints.space.axis import Axis, Carried
from constraints.space.boxes import Boxes, Positions

__all__ = ["Lattice"]


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
        if boxes.logs is not None:
            return boxes.logs
        low, high = self._logs[boxes.low + self._starts], self._logs[boxes.high + self._starts]
        if not self.varying:
            return low, high
        carried = [size.ends(boxes.low[:, j], boxes.high[:, j]) for j, size in self.varying]
        least, most = zip(*carried, strict=True)
        return _beside(low, least), _beside(high, most)

    def halved(self, boxes: Boxes) -> Boxes:
        """Each box cut in two along its longest axis; boxes of a single point stay as they are."""
        axes, divisible = self.longest(boxes)
        if divisible.all():
            return boxes.halves(axes)
        return Boxes.join([boxes[~divisible], boxes[divisible].halves(axes[divisible])])

    def longest(self, boxes: Boxes) -> tuple[NDArray[np.intp], NDBool]:
        """The axis along which each box is longest [n], and whether it holds several points [n]."""
        widths = self.widths(boxes)
        return widths.argmax(axis=1), widths.max(axis=1) > 0.0

    def widths(self, boxes: Boxes) -> FloatArray:
        """How long each box is along each axis, in logarithms [n, A]; 0 where it is one position.

        An axis is as long as its values and what they carry reach together.
        """
        low, high = boxes.low + self._starts, boxes.high + self._starts
        found: FloatArray = self._logs[high] - self._logs[low]
        for j, size in self.varying:
            least, most = size.ends(boxes.low[:, j], boxes.high[:, j])
            found[:, j] += most - least
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
            if (at := axis.position_of(sizes)) is None:
                return None
            places.append(at)
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
