"""Several posynomials at once, in logarithms, for many points: values, gradients, bounds in boxes.

Shapes: P posynomials in D variables; n points are arrays `logs` [n, D] of the natural logarithms of
the variables; values are [n, P], gradients [n, P, D]. Boxes are products of intervals of the
logarithms, given by their ends `low` and `high` [n, D].
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from constraints.algebra.posynomial import Posynomial

__all__ = ["FloatArray", "LogForm", "NDBool"]

FloatArray = NDArray[np.float64]
NDBool = NDArray[np.bool_]


class LogForm:
    """The functions ln pⱼ(exp(logs)) of P posynomials pⱼ in the same D variables.

    Each is convex in the logarithms of the variables.

    Attributes:
        size: number of posynomials P.
        exponents: exponents of all monomials, one posynomial after another [monomials, D].
        log_coefficients: logarithms of their coefficients [monomials].
        spread: greatest minus least exponent of each variable within each posynomial [P, D]. It
            tells how far ln pⱼ is from affine, for which it is zero.
        is_sum: whether every function is a posynomial of the D variables, whatever the place.
    """

    is_sum: ClassVar[bool] = True

    def __init__(self, posynomials: Sequence[Posynomial], order: Sequence[str]) -> None:
        """Stack the monomials of all posynomials into one matrix.

        Args:
            posynomials: P posynomials.
            order: names of the D variables, in the order of the columns.
        """
        rows = [row for p in posynomials for row in p.exponents(order)]
        coefficients = [c for p in posynomials for c in p.coefficients()]
        self._keep(
            np.array(rows, dtype=np.float64).reshape(-1, len(order)),
            np.log(np.array(coefficients, dtype=np.float64)),
            np.array([len(p.terms) for p in posynomials], dtype=np.intp),
        )

    @classmethod
    def of_monomials(
        cls, exponents: FloatArray, log_coefficients: FloatArray, counts: NDArray[np.intp]
    ) -> LogForm:
        """Posynomials given by all their monomials, one posynomial after another.

        Args:
            exponents: of the monomials [monomials, D].
            log_coefficients: logarithms of their coefficients [monomials].
            counts: monomials of each posynomial [P].
        """
        found = cls.__new__(cls)
        found._keep(exponents, log_coefficients, counts)
        return found

    @classmethod
    def quotients(cls, above: LogForm, below: LogForm) -> LogForm:
        """A posynomial over each single term of others, in the same variables.

        What both depend on alike cancels.

        Args:
            above: the posynomial, alone in its form.
            below: whatever posynomials; M terms in all make M quotients.
        """
        exponents = above.exponents[None, :, :] - below.exponents[:, None, :]
        logs = above.log_coefficients[None, :] - below.log_coefficients[:, None]
        counts = np.full(len(below.exponents), len(above.exponents), dtype=np.intp)
        return cls.of_monomials(exponents.reshape(-1, exponents.shape[2]), logs.ravel(), counts)

    def _keep(
        self, exponents: FloatArray, log_coefficients: FloatArray, counts: NDArray[np.intp]
    ) -> None:
        """Keep the monomials, of which there are so many in each posynomial [P]."""
        self.size, self._counts = len(counts), counts
        self.exponents: FloatArray = exponents
        self.log_coefficients: FloatArray = log_coefficients
        self._starts = np.concatenate([[0], np.cumsum(counts)[:-1]]).astype(np.intp)
        self._sides: dict[tuple[bool, ...], tuple[FloatArray, FloatArray]] = {}
        self._rising: FloatArray = np.maximum(self.exponents, 0.0)
        self._falling: FloatArray = np.minimum(self.exponents, 0.0)
        # range of exponents among the terms of one posynomial
        most, least = np.zeros((2, self.size, exponents.shape[1]))
        if self.size:
            most = np.maximum.reduceat(exponents, self._starts, axis=0)
            least = np.minimum.reduceat(exponents, self._starts, axis=0)
        self.spread: FloatArray = most - least

    def tangent_part(
        self, j: int, at: FloatArray | None, low: FloatArray, high: FloatArray
    ) -> tuple[FloatArray, FloatArray]:
        """Exponents and log-coefficients of posynomial j, or of a posynomial in its place.

        A subclass may have functions that are not posynomials of the D variables. It then returns a
        posynomial that touches the function at a point, or lies below it all over a box. Here every
        function is a posynomial, so the result is that of `part`.

        Args:
            j: index of the posynomial.
            at: the point where the functions touch [D]; None for a posynomial below the function.
            low: lower ends of the box [1, D].
            high: upper ends of the box [1, D].

        Returns:
            Exponents [M, D] and log-coefficients [M] of the M monomials.
        """
        return self.part(j)

    def part(self, j: int) -> tuple[FloatArray, FloatArray]:
        """Exponents [M, D] and log-coefficients [M] of the M monomials of posynomial j."""
        end = self._starts[j + 1] if j + 1 < self.size else len(self.exponents)
        rows = slice(self._starts[j], end)
        return self.exponents[rows], self.log_coefficients[rows]

    def values(self, logs: FloatArray) -> FloatArray:
        """Logarithms of the posynomials [n, P] at the points `logs` [n, D].

        Points are many, so each posynomial is computed once though it may be there twice, and those
        of a single term without exponentials.
        """
        monomials, sums, places = self._distinct
        found = monomials._terms(logs)
        if sums.size:
            found = np.concatenate([found, sums._log_sums(sums._terms(logs))], axis=1)
        return found[:, places]

    def _terms(self, logs: FloatArray) -> FloatArray:
        """Logarithms of all monomials [n, monomials] at the points `logs` [n, D]."""
        terms: FloatArray = logs @ self.exponents.T + self.log_coefficients
        return terms

    @cached_property
    def _distinct(self) -> tuple[LogForm, LogForm, NDArray[np.intp]]:
        """The posynomials that differ, those of one term apart, and the place of each of the P.

        Places count those of one term first, then the others.
        """
        parts = [self.part(j) for j in range(self.size)]
        first: dict[tuple[bytes, bytes], int] = {}
        same = [first.setdefault((x.tobytes(), c.tobytes()), j) for j, (x, c) in enumerate(parts)]
        order = sorted(first.values(), key=lambda j: (len(parts[j][1]) != 1, j))
        alone = sum(len(parts[j][1]) == 1 for j in order)
        monomials, sums = (self._of(order[some]) for some in (slice(alone), slice(alone, None)))
        return monomials, sums, np.array([order.index(j) for j in same], dtype=np.intp)

    def _of(self, which: Sequence[int]) -> LogForm:
        """Some of the posynomials, by their places, as a form of their own."""
        parts = [self.part(j) for j in which]
        rows = [np.zeros((0, self.exponents.shape[1])), *(exponents for exponents, _ in parts)]
        logs = [np.zeros(0), *(coefficients for _, coefficients in parts)]
        counts = np.array([len(coefficients) for _, coefficients in parts], dtype=np.intp)
        return LogForm.of_monomials(np.concatenate(rows), np.concatenate(logs), counts)

    def corners(self, low: FloatArray, high: FloatArray) -> tuple[FloatArray, FloatArray]:
        """A lower and an upper bound of the logarithms over each box, [n, P] both.

        They are the least and the greatest value, exactly, unless a variable has both positive and
        negative exponents within one posynomial.

        Args:
            low: lower ends of the boxes [n, D].
            high: upper ends of the boxes [n, D].
        """
        least, greatest = (self.ends(low, high, (x,) * self.size) for x in (True, False))
        return least, greatest

    def ends(self, low: FloatArray, high: FloatArray, least: tuple[bool, ...]) -> FloatArray:
        """One of the bounds that `corners` gives, for each posynomial [n, P].

        Args:
            low: lower ends of the boxes [n, D].
            high: upper ends of the boxes [n, D].
            least: whether to give the lower bound, for each posynomial [P].
        """
        at_low, at_high = self._towards(least)
        return self._log_sums(low @ at_low + high @ at_high + self.log_coefficients)

    def _towards(self, least: tuple[bool, ...]) -> tuple[FloatArray, FloatArray]:
        """Exponents at the lower and at the upper ends of boxes, each [D, monomials]."""
        if least not in self._sides:
            lower = np.repeat(np.array(least, dtype=bool), self._counts)[:, None]
            at_low = np.where(lower, self._rising, self._falling).T
            at_high = np.where(lower, self._falling, self._rising).T
            self._sides[least] = at_low, at_high
        return self._sides[least]

    def above(self, left: FloatArray, right: FloatArray, at: FloatArray) -> FloatArray:
        """How far each logarithm may lie above its tangent within a box, at most [n, P].

        By Hoeffding's lemma it is r²/8. Here r bounds how much more the logarithm of one monomial
        changes than that of another between the point of tangency and any point of the box.

        Args:
            left: how far the boxes reach below the points of tangency [n, D].
            right: how far they reach above these points [n, D].
            at: the points of tangency [n, D].
        """
        found: FloatArray = (np.maximum(left, right) @ self.spread.T) ** 2 / 8
        return found

    def below(self, left: FloatArray, right: FloatArray, at: FloatArray) -> FloatArray:
        """How far each logarithm may lie below its tangent within a box [n, P]: zero, being convex.

        Args:
            left: how far the boxes reach below the points of tangency [n, D].
            right: how far they reach above these points [n, D].
            at: the points of tangency [n, D].
        """
        return np.zeros((len(at), self.size))

    def values_and_gradients(self, logs: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Logarithms of the posynomials [n, P], and their gradients in `logs` [n, P, D]."""
        if self.size == 0:
            return np.zeros((len(logs), 0)), np.zeros((len(logs), 0, logs.shape[1]))
        terms = np.exp(logs @ self.exponents.T + self.log_coefficients)
        sums = np.add.reduceat(terms, self._starts, axis=1)
        moments = (terms @ self._moments).reshape(len(logs), self.size, logs.shape[1])
        return np.log(sums), moments / sums[:, :, None]

    @cached_property
    def _moments(self) -> FloatArray:
        """Exponents of each term, in the columns of its posynomial [monomials, P·D]."""
        owner = np.repeat(np.arange(self.size), self._counts)
        found = np.zeros((len(self.exponents), self.size, self.exponents.shape[1]))
        found[np.arange(len(owner)), owner] = self.exponents
        return found.reshape(len(owner), -1)

    def _log_sums(self, logs: FloatArray) -> FloatArray:
        """Logarithms of the posynomials [n, P], from those of their monomials [n, monomials]."""
        if self.size == 0:
            return np.zeros((len(logs), 0))
        return np.log(np.add.reduceat(np.exp(logs), self._starts, axis=1))
