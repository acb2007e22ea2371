"""Gates on a single monomial, sorted so that each gives its sizes ends of their own.

Such a gate reads a·x ≤ b in the logarithms x of the sizes. How the ends follow from it:
`optimizer.bounding.tightening`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from constraints.algebra.log_form import FloatArray, LogForm

__all__ = ["AffineGates", "Entries"]

Places = NDArray[np.intp]


@dataclass(frozen=True)
class Entries:
    """The exponents of one sign in all gates, sorted by column.

    Attributes:
        rows: the gate of each [E].
        columns: the size of each [E].
        powers: the exponents themselves [E].
        used: the columns that occur [U].
        first: where each of these begins among the entries [U].
    """

    rows: Places
    columns: Places
    powers: FloatArray
    used: Places
    first: Places

    @classmethod
    def of(cls, matrix: FloatArray) -> Entries:
        """The entries of a matrix that are not zero.

        Args:
            matrix: exponents of one sign; the others are zero [G, D].
        """
        columns, rows = np.nonzero(matrix.T)
        used, first = np.unique(columns, return_index=True)
        return cls(rows, columns, matrix[rows, columns], used, first)


class AffineGates:
    """G gates a·x ≤ b in D logarithms of sizes.

    Attributes:
        bounds: b [G].
        rising: the positive exponents, zero elsewhere [G, D].
        falling: the negative exponents, zero elsewhere [G, D].
        up: the positive exponents as entries.
        down: the negative exponents as entries.
    """

    def __init__(self, rows: FloatArray, bounds: FloatArray) -> None:
        """Sort the exponents of the gates.

        Args:
            rows: a [G, D].
            bounds: b [G].
        """
        self.bounds = bounds
        self.rising, self.falling = np.maximum(rows, 0.0), np.minimum(rows, 0.0)
        self.up, self.down = Entries.of(self.rising), Entries.of(self.falling)

    @classmethod
    def among(
        cls, gates: Sequence[int], form: LogForm, signs: FloatArray, log_bounds: FloatArray
    ) -> AffineGates:
        """Those of a problem's gates that are on a single monomial in the sizes alone.

        Args:
            gates: places of the gates among K limits.
            form: the resources of the limits in D sizes, and maybe in more.
            signs: +1 for an upper limit (≤), −1 for a lower one (≥) [K].
            log_bounds: logarithms of the bounds [K].
        """
        axes = form.spread.shape[1] if form.is_sum else form.spread.shape[1] - 1
        parts = [(k, *form.part(k)) for k in gates]
        affine = [x for x in parts if len(x[2]) == 1 and not x[1][:, axes:].any()]
        own = signs[[k for k, _, _ in affine]]
        rows = np.array([exponents[0, :axes] for _, exponents, _ in affine]).reshape(-1, axes)
        logs = np.array([coefficients[0] for _, _, coefficients in affine])
        bounds = own * (log_bounds[[k for k, _, _ in affine]] - logs)
        return cls(own[:, None] * rows, bounds)

    def __len__(self) -> int:
        """The number of gates."""
        return len(self.bounds)
