"""A law's index over the free axes of a lattice: values, gradients, and planes above it on boxes.

With x the logarithms of the free sizes [D], s(x) [C] those of sums that the law looks at (all
parameters, layers with experts and dense ones, shared experts and routed ones) and t' that of the
tokens that count, the index is F(x, s(x), t'), F concave and rising with t'. s is convex, so that
over a box it lies above its tangent plane, and below it plus a remainder (Hoeffding's lemma: the
range of the tangent over the terms' exponents, squared, over 8): with the one or the other, as F
falls or rises with s, F is concave in x alone again.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from constraints.algebra.limit import TOKENS
from constraints.algebra.log_form import FloatArray, LogForm, NDBool
from constraints.algebra.posynomial import Posynomial, variable
from constraints.space.lattice import Lattice
from optimizer.laws.law import Law

__all__ = ["LawIndex", "Tangents"]

STEPS = 4
"""Newton steps to the fewest tokens; every one of them is a valid bound already."""
MOST_POWER = 600.0


@dataclass(frozen=True)
class Tangents:
    """Planes at n points that an index lies below, on all sides or over a box.

    value [n]: at the point. gradient [n, D]: in the sizes. rate [n]: in t'.
    """

    value: FloatArray
    gradient: FloatArray
    rate: FloatArray


class LawIndex:
    """The index of a law over a lattice's free axes.

    weights [D], sum_weights [C], token_weight: of x, s and t'. exponents [M, D],
    sum_powers [M, C], token_powers [M], log_coefficients [M]: of the terms taken off.
    """

    def __init__(self, law: Law, lattice: Lattice, derived: Mapping[str, Posynomial]) -> None:
        """derived: what the law may look at beside the axes, in their names."""
        own = [law.weights, *(term.exponents for term in law.penalty)]
        used = sorted({name for powers in own for name in powers} - {TOKENS})
        known = [derived.get(name, variable(name)).fixed(lattice.fixed) for name in used]
        sums = [name for name, p in zip(used, known, strict=True) if not p.is_monomial]
        powers = np.array([[x.get(name, 0.0) for name in used] for x in own])
        affine, constants = _monomials(known, lattice.names)
        self.weights, self.exponents = powers[0] @ affine, powers[1:] @ affine
        at_sums = np.array([[x.get(name, 0.0) for name in sums] for x in own])
        self.sum_weights, self.sum_powers = at_sums[0], at_sums[1:]
        self.token_weight = law.weights.get(TOKENS, 0.0)
        self.token_powers = np.array([x.get(TOKENS, 0.0) for x in own[1:]])
        coefficients = np.array([term.coefficient for term in law.penalty])
        self.log_coefficients = np.log(coefficients) + powers[1:] @ constants
        self.constant = law.constant + float(powers[0] @ constants)
        summed = [p for p in known if not p.is_monomial]
        self.sums = LogForm(summed, lattice.names) if summed else None

    def value(self, logs: FloatArray, counted: FloatArray) -> FloatArray:
        """The index at points [n, D] with t' [n] the tokens that count."""
        sums = self._sums(logs)[0]
        base = self.constant + logs @ self.weights + sums @ self.sum_weights
        taken = self._terms(logs, sums, counted).sum(axis=1)
        total: FloatArray = base + self.token_weight * counted - taken
        return total

    def tangents(self, logs: FloatArray, counted: FloatArray) -> Tangents:
        """The index and its gradients at points [n, D], t' [n]."""
        sums, slopes = self._sums(logs)
        return self._tangents(logs, sums, slopes, counted)

    def planes(
        self, low: FloatArray, high: FloatArray, at: FloatArray, counted: FloatArray
    ) -> Tangents:
        """Planes that the index lies below over boxes [n, D], from points of them; t' [n]."""
        if self.sums is None:
            return self.tangents(at, counted)
        sums, slopes, above = self._sums_above(low, high, at)
        return self._tangents(at, sums, slopes, counted, above)

    @property
    def falls(self) -> NDBool:
        """Whether the index may fall as a sum rises [C]."""
        found: NDBool = (self.sum_weights < 0) | (self.sum_powers > 0).any(axis=0)
        return found

    def sum_planes(
        self, low: FloatArray, high: FloatArray, at: FloatArray | None
    ) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Planes around s: their slopes in x [C, D], heights at x = 0 above and below [C].

        Both tangent at a point [D]; or above and below s all over a box, each end [1, D].
        """
        assert self.sums is not None
        point = (low + high) / 2 if at is None else at[None, :]
        values, slopes, above = self._sums_above(low, high, point)
        below = values[0] - above[0] - slopes[0] @ point[0]
        return slopes[0], below + (above[0] if at is None else 0.0), below

    def rate(self, counted: FloatArray) -> FloatArray:
        """Change of the index per change of t' [n]; it depends on nothing else."""
        gains = self.token_powers != 0.0
        powers = self.token_powers[gains]
        terms = np.exp(_tame(np.multiply.outer(counted, powers)) + self.log_coefficients[gains])
        rate: FloatArray = self.token_weight - terms @ powers
        return rate

    def fewest_tokens(self, counted: FloatArray, spare: FloatArray) -> FloatArray:
        """A lower bound of t' at which the index is lower by `spare` than at `counted` [n].

        Newton's steps come from below, since the index is concave in t'.
        """
        if not self.token_powers.any():
            return counted - spare / self.token_weight
        tokens = np.maximum(counted - spare / self.rate(counted), 0.0)  # one token at least
        for _ in range(STEPS):
            left = self._gain(counted) - spare - self._gain(tokens)
            tokens = tokens + np.maximum(left, 0.0) / self.rate(tokens)
        return tokens

    def _gain(self, tokens: FloatArray) -> FloatArray:
        """What t' adds to the index [n]."""
        gains = self.token_powers != 0.0
        powers, coefficients = self.token_powers[gains], self.log_coefficients[gains]
        terms = np.exp(_tame(np.multiply.outer(tokens, powers)) + coefficients)
        total: FloatArray = self.token_weight * tokens - terms.sum(axis=-1)
        return total

    def _tangents(
        self,
        logs: FloatArray,
        sums: FloatArray,
        slopes: FloatArray,
        counted: FloatArray,
        above: FloatArray | None = None,
    ) -> Tangents:
        """Tangents in x, where s has slopes [n, C, D] and may be less by up to `above` [n, C]."""
        terms = self._terms(logs, sums, counted)
        base = self.constant + logs @ self.weights + sums @ self.sum_weights
        value = base + self.token_weight * counted - terms.sum(axis=1)
        gradient = self.weights - terms @ self.exponents
        if self.sums is not None:
            rising = self.sum_weights - terms @ self.sum_powers
            gradient = gradient + (rising[:, None, :] @ slopes)[:, 0]
            if above is not None:
                value = value + (np.maximum(-rising, 0.0) * above).sum(axis=1)
        rate = self.token_weight - terms @ self.token_powers
        return Tangents(value, gradient, rate)

    def _sums(self, logs: FloatArray) -> tuple[FloatArray, FloatArray]:
        """S [n, C] and its gradients [n, C, D]; empty if the law looks at no sum."""
        if self.sums is None:
            return np.zeros((len(logs), 0)), np.zeros((len(logs), 0, logs.shape[1]))
        return self.sums.values_and_gradients(logs)

    def _sums_above(
        self, low: FloatArray, high: FloatArray, at: FloatArray
    ) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Planes above s over boxes: height at points of them [n, C], slopes, most above s."""
        sums, slopes = self._sums(at)
        if self.sums is None:
            return sums, slopes, np.zeros_like(sums)
        above = (np.maximum(at - low, high - at) @ self.sums.spread.T) ** 2 / 8
        return sums + above, slopes, above

    def _terms(self, logs: FloatArray, sums: FloatArray, counted: FloatArray) -> FloatArray:
        """The terms taken off [n, M]."""
        powers = logs @ self.exponents.T + self.log_coefficients
        if self.sums is not None:
            powers = powers + sums @ self.sum_powers.T
        if self.token_powers.any():
            powers = powers + _tame(np.multiply.outer(counted, self.token_powers))
        terms: FloatArray = np.exp(powers)
        return terms


def _monomials(known: Sequence[Posynomial], names: Sequence[str]) -> tuple[FloatArray, FloatArray]:
    """Exponents [V, D] and log-coefficients [V] of the monomials among posynomials; else zeros."""
    rows = [p.exponents(names)[0] if p.is_monomial else (0,) * len(names) for p in known]
    logs = [math.log(p.coefficients()[0]) if p.is_monomial else 0.0 for p in known]
    return np.array(rows, dtype=np.float64).reshape(-1, len(names)), np.array(logs)


def _tame(powers: FloatArray) -> FloatArray:
    """Powers below overflow: at t' = -1000 (no token at all) the index is as good as -inf."""
    tamed: FloatArray = np.minimum(powers, MOST_POWER)
    return tamed
