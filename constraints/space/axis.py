"""One axis of a lattice: a size, the whole numbers that it may take, and what they carry.

An axis may carry further sizes that go with its values: the hidden size carries the heads that suit
it. Between two positions, a carried size lies between the least and the greatest value that any
position there has.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import pairwise

import numpy as np

from constraints.algebra.log_form import FloatArray
from constraints.errors import InputError
from constraints.space.boxes import Positions

__all__ = ["LARGEST", "MOST_VALUES", "Axis", "Carried"]

MOST_VALUES = 10**6
"""The most values of one axis, as they are held in memory."""
MOST_CARRIED = 16
"""Tables of carried sizes that are kept for reuse."""
KEPT_VALUES = 20_000
"""Axes of more values have tables too large to be kept [value]: a million take 300 MB."""
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

    def position_of(self, sizes: Mapping[str, int]) -> int | None:
        """Where the value and what it carries are those of a design; None if nowhere.

        Args:
            sizes: of the design, by name.
        """
        value = sizes[self.name]
        first = bisect_left(self.values, value)
        for at in range(first, bisect_right(self.values, value, first)):
            if all(values[at] == sizes[name] for name, values in self.carried):
                return at
        return None

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
        make = _carried if len(self.values) <= KEPT_VALUES else _carried.__wrapped__
        return tuple(make(name, values) for name, values in self.carried if len(set(values)) > 1)


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
        """Row p has, for each position, the end over the 2^p positions from there on [p, n].

        Near the last position it is the end over fewer.
        """
        rows = np.tile(self.logs, (int(self._powers[-1]) + 1, 1))
        for power, (before, row) in enumerate(pairwise(rows)):
            half = 2**power
            row[:-half], row[-half:] = join(before[:-half], before[half:]), before[-half:]
        return rows

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
