"""A law's index over the free axes of a lattice: values, gradients, and planes above it on boxes.

Let x [D] be the logarithms of the free sizes, s(x) [C] those of the sums of sizes that the law
looks at (such as all parameters, all layers of a mixture, shared plus routed experts), and t' the
logarithm of the counted tokens. The index is F(x, s(x), t'). F is concave, and rises with t'.

The logarithm of a sum, s, is convex in x. Over a box it therefore lies above its tangent plane, and
below that plane plus a remainder. By Hoeffding's lemma the remainder is at most range²/8, where
range is that of a·δ over the exponents a of the sum's terms and δ is the step from the point of
tangency. Where F rises with s, s is replaced by the plane plus the remainder; where F falls with s,
by the plane. Either way F only grows, and is concave in x alone again.

Derivation: docs/theory.md.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass

import numpy as np

from constraints.algebra.limit import TOKENS
from constraints.algebra.log_form import FloatArray, LogForm, NDBool
from constraints.algebra.posynomial import Posynomial, variable
from constraints.space.lattice import Lattice
from optimizer.laws.law import Law

__all__ = ["LawIndex", "Tangents"]

STEPS = 60
"""Newton steps towards the fewest tokens at most.

Every iterate is a valid lower bound. From far below, where an exponential term rules, a step is 1/β
long in logarithms, some 3 for Chinchilla's law.
"""
STEPS_END = 1e-9
"""Steps shorter than this in logarithms are the last [unitless]."""
MOST_POWER = 600.0
"""Largest power given to exp, which overflows in double precision from 710 on."""


@dataclass(frozen=True)
class Tangents:
    """Planes at n points which an index lies below, everywhere or over one box each.

    Attributes:
        value: height of the plane at its point [index], shape [n].
        gradient: slope in the logarithms of the sizes [index], shape [n, D].
        rate: slope in t', the logarithm of the counted tokens [index], shape [n].
    """

    value: FloatArray
    gradient: FloatArray
    rate: FloatArray

    def __getitem__(self, which: NDBool) -> Tangents:
        """Some of the planes, by a mask [n]."""
        return Tangents(self.value[which], self.gradient[which], self.rate[which])


class LawIndex:
    """The index of a law over a lattice's free axes.

    The index is constant + weights·x + sum_weights·s + token_weight·t', less the sum of M penalty
    terms exp(exponents·x + sum_powers·s + token_powers·t' + log_coefficients).

    Attributes:
        weights: of the logarithms x of the free sizes [index], shape [D].
        sum_weights: of the logarithms s of the sums [index], shape [C].
        token_weight: of t', the logarithm of the counted tokens [index].
        constant: what neither sizes nor tokens change [index].
        exponents: of each penalty term in x [M, D].
        sum_powers: of each penalty term in s [M, C].
        token_powers: of each penalty term in t' [M].
        log_coefficients: logarithm of each penalty term where x, s and t' are 0 [M].
        sums: the sums of sizes that the law looks at; None if there are none.
    """

    def __init__(self, law: Law, lattice: Lattice, derived: Mapping[str, Posynomial]) -> None:
        """Write the law in the free axes of the lattice.

        Args:
            law: in variables that are axes or among `derived`.
            lattice: its free axes are the variables, its fixed sizes go into constants.
            derived: quantities that a law may use beside the axes, as posynomials in the axes, by
                name.
        """
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
        """The index [index] at n points, shape [n].

        Args:
            logs: logarithms of the sizes [n, D].
            counted: t', the logarithm of the counted tokens [n].
        """
        sums = self._sums(logs)[0]
        base = self.constant + logs @ self.weights + sums @ self.sum_weights
        taken = self._terms(logs, sums, counted).sum(axis=1)
        total: FloatArray = base + self.token_weight * counted - taken
        return total

    def of_sizes(self) -> LawIndex:
        """The index without what tokens add: the terms of a law keep tokens apart from sizes."""
        own, kept = copy(self), self.token_powers == 0.0
        own.token_weight, own.token_powers = 0.0, self.token_powers[kept]
        own.exponents, own.sum_powers = self.exponents[kept], self.sum_powers[kept]
        own.log_coefficients = self.log_coefficients[kept]
        return own

    def tangents(self, logs: FloatArray, counted: FloatArray) -> Tangents:
        """The index and its gradients at n points.

        Without sums of sizes the index is concave in x, and the planes lie above it everywhere.

        Args:
            logs: logarithms of the sizes [n, D].
            counted: t', the logarithm of the counted tokens [n].
        """
        sums, slopes = self._sums(logs)
        return self._tangents(logs, sums, slopes, counted)

    def planes(
        self, low: FloatArray, high: FloatArray, at: FloatArray, counted: FloatArray
    ) -> Tangents:
        """Planes which the index lies below all over n boxes.

        Args:
            low: lower ends of the boxes, in logarithms [n, D].
            high: upper ends of the boxes, in logarithms [n, D].
            at: a point of each box, where its plane touches [n, D].
            counted: t' at which each plane touches, the logarithm of the counted tokens [n].
        """
        if self.sums is None:
            return self.tangents(at, counted)
        sums, slopes, above = self._sums_above(low, high, at)
        return self._tangents(at, sums, slopes, counted, above)

    @property
    def falls(self) -> NDBool:
        """Whether the index may fall as a sum of sizes rises [C]."""
        found: NDBool = (self.sum_weights < 0) | (self.sum_powers > 0).any(axis=0)
        return found

    def sum_planes(
        self, low: FloatArray, high: FloatArray, at: FloatArray | None
    ) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Planes around the logarithms s of the law's sums.

        Args:
            low: lower end of a box, in logarithms [1, D].
            high: upper end of the box, in logarithms [1, D].
            at: a point [D]; None for planes that hold s between them all over the box.

        Returns:
            Slopes in x [C, D], and the heights at x = 0 of an upper and of a lower plane, each [C].
            With a point, both planes are the tangent there.
        """
        assert self.sums is not None
        point = (low + high) / 2 if at is None else at[None, :]
        values, slopes, above = self._sums_above(low, high, point)
        below = values[0] - above[0] - slopes[0] @ point[0]
        return slopes[0], below + (above[0] if at is None else 0.0), below

    def rate(self, counted: FloatArray) -> FloatArray:
        """Change of the index per change of t' [index], shape [n].

        It depends on t' alone, since a law keeps tokens apart from sizes.

        Args:
            counted: t', the logarithm of the counted tokens [n].
        """
        gains = self.token_powers != 0.0
        powers = self.token_powers[gains]
        terms = np.exp(_tame(np.multiply.outer(counted, powers)) + self.log_coefficients[gains])
        rate: FloatArray = self.token_weight - terms @ powers
        return rate

    def fewest_tokens(self, counted: FloatArray, spare: FloatArray) -> FloatArray:
        """A lower bound of the t' at which the index is lower by `spare` than at `counted` [n].

        The index is concave in t', so Newton's steps from below never pass the solution.

        Args:
            counted: t' to start from, the logarithm of the counted tokens [n].
            spare: how much of the index may be given up [index], shape [n].
        """
        if not self.token_powers.any():
            return counted - spare / self.token_weight
        tokens = np.maximum(counted - spare / self.rate(counted), 0.0)  # one token at least
        for _ in range(STEPS):
            left = self.gain(counted) - spare - self.gain(tokens)
            step = np.maximum(left, 0.0) / self.rate(tokens)
            tokens = tokens + step
            if not step.max(initial=0.0) > STEPS_END:
                break
        return tokens

    def gain(self, tokens: FloatArray) -> FloatArray:
        """What tokens of logarithm t' add to the index, whatever the sizes [index], shape [n].

        Args:
            tokens: t' [n].
        """
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
        """Tangent planes of the index in x, where s itself is known between two planes.

        Args:
            logs: logarithms of the sizes at the points of tangency [n, D].
            sums: heights there of the upper planes of s [n, C].
            slopes: slopes of these planes in x [n, C, D].
            counted: t', the logarithm of the counted tokens [n].
            above: how far each lower plane lies below its upper one [n, C]; None if they coincide.
                Where the index falls with s, the lower plane is the one that bounds it.
        """
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
        """The logarithms s of the sums [n, C] and their gradients [n, C, D].

        C = 0 if the law looks at no sum of sizes.
        """
        if self.sums is None:
            return np.zeros((len(logs), 0)), np.zeros((len(logs), 0, logs.shape[1]))
        return self.sums.values_and_gradients(logs)

    def _sums_above(
        self, low: FloatArray, high: FloatArray, at: FloatArray
    ) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Planes above s over boxes.

        Returns:
            Heights at the points of tangency [n, C], slopes [n, C, D], and how far s may lie below
            the planes, at most [n, C].
        """
        sums, slopes = self._sums(at)
        if self.sums is None:
            return sums, slopes, np.zeros_like(sums)
        above = (np.maximum(at - low, high - at) @ self.sums.spread.T) ** 2 / 8
        return sums + above, slopes, above

    def _terms(self, logs: FloatArray, sums: FloatArray, counted: FloatArray) -> FloatArray:
        """The penalty terms, which the index is lowered by [index], shape [n, M]."""
        powers = logs @ self.exponents.T + self.log_coefficients
        if self.sums is not None:
            powers = powers + sums @ self.sum_powers.T
        if self.token_powers.any():
            powers = powers + _tame(np.multiply.outer(counted, self.token_powers))
        terms: FloatArray = np.exp(powers)
        return terms


def _monomials(known: Sequence[Posynomial], names: Sequence[str]) -> tuple[FloatArray, FloatArray]:
    """Exponents [V, D] and log-coefficients [V] of posynomials; zeros unless they are monomials."""
    rows = [p.exponents(names)[0] if p.is_monomial else (0,) * len(names) for p in known]
    logs = [math.log(p.coefficients()[0]) if p.is_monomial else 0.0 for p in known]
    return np.array(rows, dtype=np.float64).reshape(-1, len(names)), np.array(logs)


def _tame(powers: FloatArray) -> FloatArray:
    """Powers kept below overflow: at t' = −1000, which stands for no token, they are huge."""
    tamed: FloatArray = np.minimum(powers, MOST_POWER)
    return tamed
