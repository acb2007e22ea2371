"""The index of a robust law over a lattice: the least of many averages of its draws.

A draw is one set of the law's coefficients from the bootstrap, with its own index; a robust law's
index is the least of some averages over draws (`optimizer.laws.robust_law`). Every single average
is an upper bound of that least, and is itself the index of a law. So a plane above a box comes from
one average: the one that is least at the point where the plane touches.

Derivation: docs/theory.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

import numpy as np

from constraints.algebra.log_form import FloatArray, NDBool
from constraints.algebra.posynomial import Posynomial
from constraints.space.design_space import DesignSpace
from constraints.space.lattice import Lattice
from optimizer.laws.law import Law
from optimizer.laws.robust_law import RobustLaw, worst_of, worst_weights
from optimizer.problem.law_index import LawIndex, Tangents
from optimizer.problem.same import Same

__all__ = ["RobustIndex", "index_on"]

MOST_KEPT = 64
"""Pairs of a law and a space whose index is kept: some of the regions of a family, or of a batch.
"""


def index_on(law: Law, space: DesignSpace) -> LawIndex:
    """The index of a law over the lattice of a space, robust or not; kept for the same two.

    Args:
        law: plain or robust.
        space: the free axes of its lattice are the variables.
    """
    return _kept(Same(law), Same(space))


@lru_cache(maxsize=MOST_KEPT)
def _kept(law: Same, space: Same) -> LawIndex:
    kind = RobustIndex if isinstance(law.value, RobustLaw) else LawIndex
    return kind(law.value, space.value.lattice, space.value.derived)


class RobustIndex(LawIndex):
    """The index of a robust law; attributes of `LawIndex` are those of the mean of the draws.

    Attributes:
        draws: how many draws there are, B [draw].
        worst: how many of them the objective averages over, the worst ones [draw].
    """

    def __init__(self, law: Law, lattice: Lattice, derived: Mapping[str, Posynomial]) -> None:
        """Stack the draws' coefficients; all draws have the same exponents in their penalty terms.

        Args:
            law: a robust law.
            lattice: its free axes are the variables.
            derived: quantities that a law may use beside the axes, as posynomials in the axes, by
                name.
        """
        super().__init__(law, lattice, derived)
        assert isinstance(law, RobustLaw)
        compiled = [LawIndex(draw, lattice, derived) for draw in law.draws]
        self._objective, self._compiled = law.objective, compiled
        self.draws = len(law.draws)
        self.worst = worst_of(len(law.draws), law.objective)
        self._weights = np.array([x.weights for x in compiled])
        self._sum_weights = np.array([x.sum_weights for x in compiled])
        self._tokens = np.array([x.token_weight for x in compiled])
        self._constants = np.array([x.constant for x in compiled]) - np.array(law.offsets)
        # relative to the coefficients of the mean law, whose penalty terms `_terms` gives
        logs = np.array([x.log_coefficients for x in compiled]) - self.log_coefficients
        self._shares = np.exp(logs)

    def value(self, logs: FloatArray, counted: FloatArray) -> FloatArray:
        """The robust objective [index] at n points, shape [n].

        Args:
            logs: logarithms of the sizes [n, D].
            counted: t', the logarithm of the counted tokens [n].
        """
        sums = self._sums(logs)[0]
        gains = self._gains(logs, sums, self._terms(logs, sums, counted), counted)
        found: FloatArray = (worst_weights(gains, self._objective) * gains).sum(axis=1)
        return found

    def fewest_tokens(self, counted: FloatArray, spare: FloatArray) -> FloatArray:
        """A lower bound of the t' at which the objective is lower by `spare` than at `counted` [n].

        Each draw's index is concave in t', so below `counted` it falls at least as fast as at
        `counted`; no average of draws falls more slowly than the slowest of them. One step at that
        rate is a bound.

        Args:
            counted: t' to start from, the logarithm of the counted tokens [n].
            spare: how much of the objective may be given up [index], shape [n].
        """
        least = np.min([draw.rate(counted) for draw in self._compiled], axis=0)
        found: FloatArray = np.maximum(counted - spare / least, 0.0)
        return found

    def each(self, logs: FloatArray, counted: FloatArray) -> FloatArray:
        """Each draw's index less its offset [index] at n points, shape [n, B].

        Args:
            logs: logarithms of the sizes [n, D].
            counted: t', the logarithm of the counted tokens [n].
        """
        sums = self._sums(logs)[0]
        return self._gains(logs, sums, self._terms(logs, sums, counted), counted)

    def planes_of_each(
        self, low: FloatArray, high: FloatArray, at: FloatArray, counted: FloatArray
    ) -> Tangents:
        """Planes which each draw's index, less its offset, lies below all over n boxes.

        Args:
            low: lower ends of the boxes, in logarithms [n, D].
            high: upper ends of the boxes, in logarithms [n, D].
            at: a point of each box, where its planes touch [n, D].
            counted: t' at which the planes touch [n].

        Returns:
            Planes of every draw: value and rate [n, B], gradient [n, B, D].
        """
        sums, slopes, above = self._sums_above(low, high, at)
        terms = self._terms(at, sums, counted)
        taken = terms[:, None, :] * self._shares  # [n, B, M]
        value = self._gains(at, sums, terms, counted)
        gradient = self._weights - taken @ self.exponents
        if self.sums is not None:
            rising = self._sum_weights - taken @ self.sum_powers  # [n, B, C]
            gradient = gradient + rising @ slopes
            value = value + (np.maximum(-rising, 0.0) @ above[:, :, None])[:, :, 0]
        rate = self._tokens - taken @ self.token_powers
        return Tangents(value, gradient, rate)

    @property
    def falls(self) -> NDBool:
        """Whether the index of some draw may fall as a sum of sizes rises [C]."""
        found: NDBool = super().falls | (self._sum_weights < 0).any(axis=0)
        return found

    def stacked(self) -> tuple[FloatArray, FloatArray, FloatArray]:
        """The draws as matrices.

        Returns:
            Weights of x, t' and s [B, D + 1 + C]; coefficients of the penalty terms over those that
            the mean of the draws has [B, M]; constants less offsets [B].
        """
        weights = np.column_stack([self._weights, self._tokens, self._sum_weights])
        return weights, self._shares, self._constants

    def _gains(
        self, logs: FloatArray, sums: FloatArray, terms: FloatArray, counted: FloatArray
    ) -> FloatArray:
        """Each draw's index less its offset [index], shape [n, B]; `terms`: the penalty terms."""
        found: FloatArray = (
            self._constants
            + logs @ self._weights.T
            + sums @ self._sum_weights.T
            + np.multiply.outer(counted, self._tokens)
            - terms @ self._shares.T
        )
        return found

    def _tangents(
        self,
        logs: FloatArray,
        sums: FloatArray,
        slopes: FloatArray,
        counted: FloatArray,
        above: FloatArray | None = None,
    ) -> Tangents:
        """Tangent planes in x of the average of draws that is least at each point.

        Args:
            logs: logarithms of the sizes at the points of tangency [n, D].
            sums: heights there of the upper planes of s [n, C].
            slopes: slopes of these planes in x [n, C, D].
            counted: t', the logarithm of the counted tokens [n].
            above: how far each lower plane of s lies below its upper one [n, C]; None if they
                coincide.
        """
        terms = self._terms(logs, sums, counted)
        gains = self._gains(logs, sums, terms, counted)
        weights = worst_weights(gains, self._objective)
        taken = terms * (weights @ self._shares)
        value = (weights * gains).sum(axis=1)
        gradient = weights @ self._weights - taken @ self.exponents
        if self.sums is not None:
            rising = weights @ self._sum_weights - taken @ self.sum_powers
            gradient = gradient + (rising[:, None, :] @ slopes)[:, 0]
            if above is not None:
                value = value + (np.maximum(-rising, 0.0) * above).sum(axis=1)
        rate = weights @ self._tokens - taken @ self.token_powers
        return Tangents(value, gradient, rate)
