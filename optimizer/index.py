"""A law's index over the free axes of a lattice: values, gradients, and planes above it on boxes.

With x the logarithms of the free sizes [D], s(x) = ln parameters and t' the logarithm of the
tokens that count, the index is F(x, s(x), t'), F concave and rising with s and t'. s is convex, so
that over a box it lies below its tangent plane plus a remainder (Hoeffding's lemma: the range of
the tangent over the terms' exponents, squared, over 8); F there is concave in x alone again.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from constraints.lattice import Lattice
from constraints.limit import TOKENS
from constraints.logform import FloatArray, LogForm
from constraints.posynomial import Posynomial
from optimizer.laws.law import PARAMETERS, Law

__all__ = ["Index", "Tangents"]

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


class Index:
    """The index of a law over a lattice's free axes.

    weights [D], size_weight, token_weight: of x, s and t'. exponents [M, D], size_powers [M],
    token_powers [M], log_coefficients [M]: of the terms taken off.
    """

    def __init__(self, law: Law, lattice: Lattice, parameters: Posynomial) -> None:
        """parameters: of a design, by the names of all axes."""
        fixed, names = lattice.fixed, lattice.names
        self.weights = np.array([law.weights.get(name, 0.0) for name in names])
        self.size_weight = law.weights.get(PARAMETERS, 0.0)
        self.token_weight = law.weights.get(TOKENS, 0.0)
        terms = [term.exponents for term in law.penalty]
        self.exponents = np.array([[x.get(n, 0.0) for n in names] for x in terms]).reshape(
            -1, len(names)
        )
        self.size_powers = np.array([x.get(PARAMETERS, 0.0) for x in terms])
        self.token_powers = np.array([x.get(TOKENS, 0.0) for x in terms])
        self.log_coefficients = np.array(
            [
                math.log(term.coefficient)
                + sum(term.exponents.get(n, 0.0) * math.log(v) for n, v in fixed.items())
                for term in law.penalty
            ]
        )
        self.constant = law.constant + sum(
            law.weights.get(name, 0.0) * math.log(value) for name, value in fixed.items()
        )
        self._sized = bool(self.size_weight or self.size_powers.any())
        self.size = LogForm([parameters.fixed(fixed)], names) if self._sized else None

    def value(self, logs: FloatArray, useful: FloatArray) -> FloatArray:
        """The index at points [n, D] with t' [n] the tokens that count."""
        size = self._size(logs)[0]
        base = self.constant + logs @ self.weights + self.size_weight * size
        taken = self._terms(logs, size, useful).sum(axis=1)
        total: FloatArray = base + self.token_weight * useful - taken
        return total

    def tangents(self, logs: FloatArray, useful: FloatArray) -> Tangents:
        """The index and its gradients at points [n, D], t' [n]."""
        size, slope = self._size(logs)
        return self._tangents(logs, size, slope, useful)

    def planes(
        self, low: FloatArray, high: FloatArray, at: FloatArray, useful: FloatArray
    ) -> Tangents:
        """Planes that the index lies below over boxes [n, D], from points of them; t' [n]."""
        if self.size is None:
            return self.tangents(at, useful)
        size, slope = self._size(at)
        reach = np.maximum(at - low, high - at) @ self.size.spread.T
        return self._tangents(at, size + reach[:, 0] ** 2 / 8, slope, useful)

    def size_plane(self, low: FloatArray, high: FloatArray, at: FloatArray | None) -> FloatArray:
        """A plane for s, its slopes in x and then its height at x = 0 [D + 1].

        Tangent at a point [D], which s lies above; or above s all over a box, each end [1, D].
        """
        assert self.size is not None
        point = (low + high) / 2 if at is None else at[None, :]
        value, slope = self._size(point)
        if at is None:
            value = value + ((high - point) @ self.size.spread.T)[:, 0] ** 2 / 8
        return np.append(slope[0], value - slope @ point[0])

    def rate(self, useful: FloatArray) -> FloatArray:
        """Change of the index per change of t' [n]; it depends on nothing else."""
        gains = self.token_powers != 0.0
        powers = self.token_powers[gains]
        terms = np.exp(_tame(np.multiply.outer(useful, powers)) + self.log_coefficients[gains])
        rate: FloatArray = self.token_weight - terms @ powers
        return rate

    def fewest_tokens(self, useful: FloatArray, spare: FloatArray) -> FloatArray:
        """A lower bound of t' at which the index is lower by `spare` than at `useful` [n].

        Newton's steps come from below, since the index is concave in t'.
        """
        if not self.token_powers.any():
            return useful - spare / self.token_weight
        tokens = np.maximum(useful - spare / self.rate(useful), 0.0)  # one token at least
        for _ in range(STEPS):
            left = self._gain(useful) - spare - self._gain(tokens)
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
        self, logs: FloatArray, size: FloatArray, slope: FloatArray, useful: FloatArray
    ) -> Tangents:
        terms = self._terms(logs, size, useful)
        base = self.constant + logs @ self.weights + self.size_weight * size
        value = base + self.token_weight * useful - terms.sum(axis=1)
        gradient = self.weights - terms @ self.exponents
        if self.size is not None:
            gradient = gradient + (self.size_weight - terms @ self.size_powers)[:, None] * slope
        rate = self.token_weight - terms @ self.token_powers
        return Tangents(value, gradient, rate)

    def _size(self, logs: FloatArray) -> tuple[FloatArray, FloatArray]:
        """S [n] and its gradient [n, D]; zeros if the law does not look at it."""
        if self.size is None:
            return np.zeros(len(logs)), np.zeros_like(logs)
        values, gradients = self.size.values_and_gradients(logs)
        return values[:, 0], gradients[:, 0]

    def _terms(self, logs: FloatArray, size: FloatArray, useful: FloatArray) -> FloatArray:
        """The terms taken off [n, M]."""
        powers = logs @ self.exponents.T + self.log_coefficients
        if self.size is not None:
            powers = powers + np.multiply.outer(size, self.size_powers)
        if self.token_powers.any():
            powers = powers + _tame(np.multiply.outer(useful, self.token_powers))
        terms: FloatArray = np.exp(powers)
        return terms


def _tame(powers: FloatArray) -> FloatArray:
    """Powers below overflow: at t' = -1000 (no token at all) the index is as good as -inf."""
    tamed: FloatArray = np.minimum(powers, MOST_POWER)
    return tamed
