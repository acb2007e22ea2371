"""The index of a robust law over a lattice: an average of draws, another at every point.

A robust law's index is the least of averages of draws (`optimizer.laws.robust_law`). Any one average
gives an upper bound that is a law's index itself; on a box that of the point is used where the
plane touches.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from constraints.algebra.log_form import FloatArray, NDBool
from constraints.algebra.posynomial import Posynomial
from constraints.space.lattice import Lattice
from optimizer.laws.law import Law
from optimizer.laws.robust_law import RobustLaw, worst_of, worst_weights
from optimizer.problem.law_index import LawIndex, Tangents

__all__ = ["RobustIndex", "index_on"]


def index_on(law: Law, lattice: Lattice, derived: Mapping[str, Posynomial]) -> LawIndex:
    """The index of any law over a lattice.

    derived: what the law may look at beside the axes, as posynomials in these.
    """
    kind = RobustIndex if isinstance(law, RobustLaw) else LawIndex
    return kind(law, lattice, derived)


class RobustIndex(LawIndex):
    """The index of a robust law."""

    def __init__(self, law: Law, lattice: Lattice, derived: Mapping[str, Posynomial]) -> None:
        """Stack the draws' coefficients; powers are the same in all of them."""
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
        # over the coefficients of the law itself, whose terms `_terms` gives
        logs = np.array([x.log_coefficients for x in compiled]) - self.log_coefficients
        self._shares = np.exp(logs)

    def value(self, logs: FloatArray, counted: FloatArray) -> FloatArray:
        """The objective at points [n, D], t' [n]."""
        sums = self._sums(logs)[0]
        gains = self._gains(logs, sums, self._terms(logs, sums, counted), counted)
        found: FloatArray = (worst_weights(gains, self._objective) * gains).sum(axis=1)
        return found

    def fewest_tokens(self, counted: FloatArray, spare: FloatArray) -> FloatArray:
        """As an index's, by one step: at `counted` no draw gains less than the least rate there."""
        least = np.min([draw.rate(counted) for draw in self._compiled], axis=0)
        found: FloatArray = np.maximum(counted - spare / least, 0.0)
        return found

    def each(self, logs: FloatArray, counted: FloatArray) -> FloatArray:
        """Each draw's index less its offset at points [n, D], t' [n]: [n, B]."""
        sums = self._sums(logs)[0]
        return self._gains(logs, sums, self._terms(logs, sums, counted), counted)

    def planes_of_each(
        self, low: FloatArray, high: FloatArray, at: FloatArray, counted: FloatArray
    ) -> Tangents:
        """As `planes`, of every draw: value and rate [n, B], gradient [n, B, D]."""
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
        """Whether some draw may fall as a sum rises [C]."""
        found: NDBool = super().falls | (self._sum_weights < 0).any(axis=0)
        return found

    def stacked(self) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Draws as matrices: weights of x, t', s [B, D+1+C], of the terms [B, M], constants [B].

        A term's weight is over the coefficient it has in the index itself.
        """
        weights = np.column_stack([self._weights, self._tokens, self._sum_weights])
        return weights, self._shares, self._constants

    def _gains(
        self, logs: FloatArray, sums: FloatArray, terms: FloatArray, counted: FloatArray
    ) -> FloatArray:
        """Each draw's index less its offset [n, B]."""
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
