"""Boxes of positions on the free axes of a lattice, many at a time.

Shapes: A free axes; points are arrays of positions [n, A]; n boxes are two arrays of positions,
`low` and `high` [n, A], both ends included.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from constraints.algebra.log_form import FloatArray

__all__ = ["Boxes", "Positions"]

Positions = NDArray[np.int64]

EXACT_FLOATS = 2**53
"""Whole numbers up to this one are exact as floats."""


@dataclass(frozen=True)
class Boxes:
    """A batch of n boxes of positions on A free axes.

    Attributes:
        low: lower ends [n, A].
        high: upper ends, included in the box [n, A].
        logs: logarithms of the least and of the greatest sizes, each [n, D], kept with boxes that
            searches come back to; else None.
    """

    low: Positions
    high: Positions
    logs: tuple[FloatArray, FloatArray] | None = field(default=None, compare=False)

    def __len__(self) -> int:
        """The number of boxes."""
        return len(self.low)

    def __getitem__(self, which: NDArray[np.bool_] | NDArray[np.intp]) -> Boxes:
        """The boxes that a mask or an array of indices picks."""
        return Boxes(self.low[which], self.high[which])

    def have_at_most(self, points: int) -> NDArray[np.bool_]:
        """Whether each box holds at most this many lattice points [n]."""
        few: NDArray[np.bool_] = self._counts <= points
        return few

    @property
    def are_empty(self) -> NDArray[np.bool_]:
        """Whether each box holds no lattice point [n]."""
        empty: NDArray[np.bool_] = np.any(self.high < self.low, axis=1)
        return empty

    def total(self, which: NDArray[np.bool_] | None = None) -> int:
        """Number of lattice points in boxes together, exact at any size.

        Args:
            which: a mask of the boxes that count [n]; None for all.
        """
        if which is None:
            return self._total
        total = self._counts[which].sum()
        return self[which].total() if total > EXACT_FLOATS else int(total)

    @cached_property
    def _total(self) -> int:
        total = self._counts.sum()
        if total > EXACT_FLOATS:
            return sum(math.prod(side) for side in (self.high - self.low + 1).tolist())
        return int(total)

    @cached_property
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
        counts = self._counts.astype(np.int64)
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
