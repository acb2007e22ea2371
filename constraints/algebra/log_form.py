"""Several posynomials at once, in logarithms, for many points: values, gradients, box corners.

Shapes: `logs [n, D]` natural logarithms of D variables; results `[n, P]` for P posynomials,
gradients `[n, P, D]`.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from constraints.algebra.posynomial import Posynomial

__all__ = ["FloatArray", "LogForm", "NDBool"]

FloatArray = NDArray[np.float64]
NDBool = NDArray[np.bool_]


class LogForm:
    """`ln pⱼ(exp(logs))` of P posynomials over the same D variables."""

    def __init__(self, posynomials: Sequence[Posynomial], order: Sequence[str]) -> None:
        """Stack the monomials of all posynomials into one matrix."""
        rows = [row for p in posynomials for row in p.exponents(order)]
        self.size = len(posynomials)
        self.exponents: FloatArray = np.array(rows, dtype=np.float64).reshape(-1, len(order))
        self.log_coefficients: FloatArray = np.log(
            np.array([c for p in posynomials for c in p.coefficients()], dtype=np.float64)
        )
        counts = np.array([len(p.terms) for p in posynomials], dtype=np.intp)
        self._starts = np.concatenate([[0], np.cumsum(counts)[:-1]]).astype(np.intp)
        self._rising: FloatArray = np.maximum(self.exponents, 0.0)
        self._falling: FloatArray = np.minimum(self.exponents, 0.0)
        # range of exponents among the terms of one posynomial: how far ln p is from affine
        self.spread: FloatArray = np.array(
            [np.ptp(np.array(p.exponents(order), dtype=float), axis=0) for p in posynomials]
        ).reshape(-1, len(order))

    def tangent_part(
        self, j: int, at: FloatArray | None, low: FloatArray, high: FloatArray
    ) -> tuple[FloatArray, FloatArray]:
        """As `part`, with whatever is not affine in logarithms replaced by what is: nothing here.

        at: a point [D]; None for less than it all over a box, each end [1, D].
        """
        return self.part(j)

    def part(self, j: int) -> tuple[FloatArray, FloatArray]:
        """Exponents [M, D] and log-coefficients [M] of posynomial j alone."""
        end = self._starts[j + 1] if j + 1 < self.size else len(self.exponents)
        rows = slice(self._starts[j], end)
        return self.exponents[rows], self.log_coefficients[rows]

    def values(self, logs: FloatArray) -> FloatArray:
        """Logarithms of the posynomials at the points [n, P]."""
        return self._log_sums(logs @ self.exponents.T + self.log_coefficients)

    def corners(self, low: FloatArray, high: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Least and greatest logarithm over the boxes [low, high], each [n, P]; exact."""
        least = low @ self._rising.T + high @ self._falling.T + self.log_coefficients
        greatest = high @ self._rising.T + low @ self._falling.T + self.log_coefficients
        return self._log_sums(least), self._log_sums(greatest)

    def above(self, left: FloatArray, right: FloatArray, at: FloatArray) -> FloatArray:
        """How far each may lie above its tangent over a box [n, P]: Hoeffding's lemma.

        left, right [n, D]: how far the box reaches from points at [n, D].
        """
        found: FloatArray = (np.maximum(left, right) @ self.spread.T) ** 2 / 8
        return found

    def below(self, left: FloatArray, right: FloatArray, at: FloatArray) -> FloatArray:
        """How far each may lie below its tangent over a box [n, P]: nowhere, it is convex."""
        return np.zeros((len(at), self.size))

    def values_and_gradients(self, logs: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Logarithms [n, P] and their gradients in the logarithms of the variables [n, P, D]."""
        if self.size == 0:
            return np.zeros((len(logs), 0)), np.zeros((len(logs), 0, logs.shape[1]))
        terms = np.exp(logs @ self.exponents.T + self.log_coefficients)
        sums = np.add.reduceat(terms, self._starts, axis=1)
        moments = np.add.reduceat(terms[:, :, None] * self.exponents, self._starts, axis=1)
        return np.log(sums), moments / sums[:, :, None]

    def _log_sums(self, logs: FloatArray) -> FloatArray:
        if self.size == 0:
            return np.zeros((len(logs), 0))
        return np.log(np.add.reduceat(np.exp(logs), self._starts, axis=1))
