"""The index of a robust objective over a lattice: an average of draws, another at every point.

Over draws d of a law's coefficients, the mean, the mean of the worst tenth and the least gain over
what each draw's own best plan has are all of one form,

    F(x) = min over p in some set of  Σ pᵈ (indexᵈ(x) − offsetᵈ),     p ≥ 0, Σ p = 1

so F is concave where the draws are (Rockafellar & Uryasev 2000). Any p gives an upper bound that
is a law's index itself; on a box the p of the point where the plane touches is used.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from constraints.space.lattice import Lattice
from constraints.algebra.log_form import FloatArray, NDBool
from constraints.algebra.posynomial import Posynomial
from optimizer.problem.law_index import Index, Tangents
from optimizer.laws.law import Law
from optimizer.laws.response import Numbers

__all__ = [
    "WORST",
    "Objective",
    "RobustIndex",
    "RobustLaw",
    "averaged",
    "index_of",
    "worst_of",
    "worst_weights",
]

Objective = Literal["mean", "cvar", "regret"]
WORST = 0.10
"""Share of draws that `cvar` averages over, the worst ones."""


def worst_weights(gains: FloatArray, objective: Objective) -> FloatArray:
    """The weights p [n, B] that make an objective of gains [n, B]."""
    draws = gains.shape[1]
    if objective == "mean":
        return np.full(gains.shape, 1.0 / draws)
    worst = worst_of(draws, objective)
    weights = np.zeros(gains.shape)
    rows = np.argpartition(gains, worst - 1, axis=1)[:, :worst]
    np.put_along_axis(weights, rows, 1.0 / worst, axis=1)
    return weights


def worst_of(draws: int, objective: Objective) -> int:
    """How many of the draws an objective looks at, the worst ones."""
    return {"mean": draws, "cvar": max(round(WORST * draws), 1), "regret": 1}[objective]


def index_of(law: Law, lattice: Lattice, derived: Mapping[str, Posynomial]) -> Index:
    """The index of any law over a lattice; derived: as for `Index`."""
    kind = RobustIndex if isinstance(law, RobustLaw) else Index
    return kind(law, lattice, derived)


@dataclass(frozen=True)
class RobustLaw(Law):
    """A law that scores by an objective over draws of its coefficients, in their index.

    draws: laws of one form, their circumstances set. offsets: taken off each draw's index, for
    regret: what its best plan has over the mean of those; zeros otherwise. best: that mean.
    plain: the law that the draws are of.
    """

    draws: tuple[Law, ...] = ()
    objective: Objective = "mean"
    offsets: tuple[float, ...] = ()
    best: float = 0.0
    plain: Law | None = None

    @property
    def as_it_is(self) -> Law:
        """The law that the draws are of."""
        assert self.plain is not None
        return self.plain

    @property
    def fingerprint(self) -> str:
        """That of the law that the draws are of."""
        return self.as_it_is.fingerprint

    def of_experts(self) -> RobustLaw:
        """As of a law, for every draw."""
        assert self.plain is not None
        own = super().of_experts()
        assert isinstance(own, RobustLaw)
        draws = tuple(draw.of_experts() for draw in self.draws)
        return replace(own, draws=draws, plain=self.plain.of_experts())

    def gains(self, values: Mapping[str, Numbers], parameters: Numbers) -> FloatArray:
        """Each draw's index less its offset, draws last [..., B]."""
        rows = [law.index(values, parameters) for law in self.draws]
        stacked: FloatArray = np.stack(np.broadcast_arrays(*rows), axis=-1)
        gains: FloatArray = stacked - np.array(self.offsets)
        return gains

    def index(self, values: Mapping[str, Numbers], parameters: Numbers) -> Numbers:
        """The objective, elementwise."""
        gains = self.gains(values, parameters)
        flat = gains.reshape(-1, len(self.draws))
        found = (worst_weights(flat, self.objective) * flat).sum(axis=1)
        if gains.ndim == 1:
            return float(found[0])
        shaped: FloatArray = found.reshape(gains.shape[:-1])
        return shaped


def averaged(law: Law, draws: Sequence[Law], weights: FloatArray) -> Law:
    """The law whose index is the weighted mean of draws' [B], named as `law` is."""

    def mean(values: Sequence[float]) -> float:
        return float(weights @ np.array(values))

    names = draws[0].weights
    terms = draws[0].penalty
    return replace(
        law,
        weights={name: mean([draw.weights[name] for draw in draws]) for name in names},
        penalty=tuple(
            replace(term, coefficient=mean([draw.penalty[k].coefficient for draw in draws]))
            for k, term in enumerate(terms)
        ),
        constant=mean([draw.constant for draw in draws]),
        a_year=mean([draw.a_year for draw in draws]),
        gate=mean([draw.gate for draw in draws]),
    )


class RobustIndex(Index):
    """The index of a robust law."""

    def __init__(self, law: Law, lattice: Lattice, derived: Mapping[str, Posynomial]) -> None:
        """Stack the draws' coefficients; powers are the same in all of them."""
        super().__init__(law, lattice, derived)
        assert isinstance(law, RobustLaw)
        compiled = [Index(draw, lattice, derived) for draw in law.draws]
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

    def value(self, logs: FloatArray, useful: FloatArray) -> FloatArray:
        """The objective at points [n, D], t' [n]."""
        sums = self._sums(logs)[0]
        gains = self._gains(logs, sums, self._terms(logs, sums, useful), useful)
        found: FloatArray = (worst_weights(gains, self._objective) * gains).sum(axis=1)
        return found

    def fewest_tokens(self, useful: FloatArray, spare: FloatArray) -> FloatArray:
        """As an index's, by one step: at `useful` no draw gains less than the least rate there."""
        least = np.min([draw.rate(useful) for draw in self._compiled], axis=0)
        found: FloatArray = np.maximum(useful - spare / least, 0.0)
        return found

    def each(self, logs: FloatArray, useful: FloatArray) -> FloatArray:
        """Each draw's index less its offset at points [n, D], t' [n]: [n, B]."""
        sums = self._sums(logs)[0]
        return self._gains(logs, sums, self._terms(logs, sums, useful), useful)

    def planes_of_each(
        self, low: FloatArray, high: FloatArray, at: FloatArray, useful: FloatArray
    ) -> Tangents:
        """As `planes`, of every draw: value and rate [n, B], gradient [n, B, D]."""
        sums, slopes, above = self._sums_above(low, high, at)
        terms = self._terms(at, sums, useful)
        taken = terms[:, None, :] * self._shares  # [n, B, M]
        value = self._gains(at, sums, terms, useful)
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
        self, logs: FloatArray, sums: FloatArray, terms: FloatArray, useful: FloatArray
    ) -> FloatArray:
        """Each draw's index less its offset [n, B]."""
        found: FloatArray = (
            self._constants
            + logs @ self._weights.T
            + sums @ self._sum_weights.T
            + np.multiply.outer(useful, self._tokens)
            - terms @ self._shares.T
        )
        return found

    def _tangents(
        self,
        logs: FloatArray,
        sums: FloatArray,
        slopes: FloatArray,
        useful: FloatArray,
        above: FloatArray | None = None,
    ) -> Tangents:
        terms = self._terms(logs, sums, useful)
        gains = self._gains(logs, sums, terms, useful)
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
