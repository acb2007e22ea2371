"""Gates on a single monomial, sorted so that each gives its sizes ends of their own.

Such a gate reads a·x ≤ b in the logarithms x of the sizes. How the ends follow from it:
`optimizer.bounding.tightening`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from constraints.algebra.log_form import FloatArray, LogForm

__all__ = ["AffineGates", "Entries", "affine_gates"]

Places = NDArray[np.intp]

MOST_KEPT = 64
"""Sets of gates kept: those of the regions of some scenarios, which batches ask about in turn."""


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

    def __len__(self) -> int:
        """The number of gates."""
        return len(self.bounds)


@lru_cache(maxsize=MOST_KEPT)
def affine_gates(
    gates: tuple[int, ...],
    form: LogForm,
    signs: tuple[float, ...],
    log_bounds: tuple[float, ...],
) -> AffineGates:
    """Those of a problem's gates that are on a single monomial in the sizes alone.

    Problems that differ in a law or a budget share them.

    Args:
        gates: places of the G gates among the limits.
        form: the resources of the limits in D sizes, and maybe in more.
        signs: of each gate, +1 for an upper limit (≤), −1 for a lower one (≥) [G].
        log_bounds: logarithms of the gates' bounds [G].
    """
    axes = form.spread.shape[1] if form.is_sum else form.spread.shape[1] - 1
    parts = [form.part(k) for k in gates]
    affine = [
        i for i, (powers, logs) in enumerate(parts) if len(logs) == 1 and not powers[:, axes:].any()
    ]
    rows = np.array([parts[i][0][0, :axes] for i in affine]).reshape(-1, axes)
    logs = np.array([parts[i][1][0] for i in affine])
    own, bounds = np.array([(signs[i], log_bounds[i]) for i in affine]).reshape(-1, 2).T
    return AffineGates(own[:, None] * rows, own * (bounds - logs))
