"""Upper bounds of the law's index over boxes of designs, by Lagrangian tangent planes.

Let f(x, t') be the index at logarithms x of the sizes and t' of the counted tokens, f_t its rate in
t', and mₖ(x) the slack of limit k (`optimizer.problem.problem`). Choose multipliers νₖ ≥ 0 for the
gates, shares θₖ ≥ 0 with Σ θₖ = 1 for the caps, and any t'₀. Then no feasible plan exceeds

    L(x) = f(x, t'₀) + f_t · (Σ θₖ mₖ(x) − t'₀) + Σ νₖ mₖ(x)

because f is concave and rising in t', t' is at most every cap, and mₖ ≥ 0 at every gate.

Where text is repeated, counted tokens are at most g(t), what t tokens are worth. g is concave, so
t' ≤ g(t₀) + g'(t₀)·(t − t₀), which carries the caps on t over to t'. A floor t ≥ −m with multiplier
ν is a gate m + t ≥ 0, and its t is in turn at most the caps.

L is concave, except for those mₖ that are convex: lower limits on a sum of monomials, and the
saturation. So L lies below its tangent plane at any point of the box, plus a remainder for the
convex mₖ. The remainder is Hoeffding's lemma: ln Σ pⱼ exp(aⱼ·δ) ≤ Σ pⱼ aⱼ·δ + (range of a·δ)²/8,
with weights pⱼ of the terms, their exponents aⱼ, and the step δ from the point. The maximum of a
plane over a box is at a corner.

The error is of second order in the box's size once multipliers and shares are those of the optimum,
which the relaxation knows. A choice of them is called a row; a box takes the least bound over
several rows.

If the bound of limit k moves by δ in logarithms, mₖ moves by as much, and a row's bound moves by
its weight of mₖ times δ. (Where the limit has a fixed part, mₖ falls by more than δ if the bound
falls, so that this still gives upper bounds.) So the rows of a box are lines over the levels of any
one limit. These lines prove fronts between their points, and least levels of a limit that allow a
score.

Derivation: docs/theory.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from constraints.algebra.log_form import FloatArray, NDBool
from optimizer.problem.law_index import Tangents
from optimizer.problem.problem import Problem

__all__ = [
    "Multipliers",
    "Planes",
    "alone_bounds",
    "bounds_of_each",
    "default_rows",
    "planes",
    "row_from_duals",
]

MOST_PARTS = 4
"""Rows of multipliers whose parts are kept: those of the searches under way."""
MOST_PRICE = 1e3
"""Multipliers beyond this would make rounding exceed the margin of `SAFETY` [index]."""


@dataclass(frozen=True, eq=False)
class Multipliers:
    """Rows of Lagrange multipliers over a problem's slacks.

    Attributes:
        shares: θ, how each cap is weighted in the bound on t', the saturation included [unitless],
            shape [M, K]; rows sum to 1.
        prices: ν of the gates and the floors [index per unit of slack], shape [M, K].
    """

    shares: FloatArray
    prices: FloatArray

    def __add__(self, other: Multipliers) -> Multipliers:
        """The rows of both."""
        return Multipliers(
            np.vstack([self.shares, other.shares]), np.vstack([self.prices, other.prices])
        )


def default_rows(problem: Problem) -> Multipliers:
    """One row for each cap, which takes that cap alone; needs no knowledge of the optimum.

    Args:
        problem: whose caps they are, the saturation included.
    """
    caps = np.flatnonzero(problem.is_cap | problem.is_saturation)
    shares = np.zeros((len(caps), len(problem.signs)))
    shares[np.arange(len(caps)), caps] = 1.0
    return Multipliers(shares, np.zeros_like(shares))


def row_from_duals(problem: Problem, duals: FloatArray, counted: float) -> Multipliers:
    """The row of multipliers that the duals of a solved relaxation make.

    Any numbers give a valid row; bad ones are clipped.

    Args:
        problem: whose slacks they are.
        duals: of the limits [index per unit of slack], shape [K].
        counted: t' at the relaxation's optimum, the logarithm of the counted tokens.
    """
    duals = np.fmin(np.fmax(duals, 0.0), MOST_PRICE)  # a NaN counts as 0
    prices = np.where(problem.is_gate | problem.is_floor, duals, 0.0)
    caps = np.where(problem.is_cap, duals, 0.0)
    saturation = np.where(problem.is_saturation, duals, 0.0)
    rate = float(problem.index.rate(np.array([counted]))[0])
    share = min(float(saturation.sum()) / rate, 1.0)
    total = float(caps.sum())
    if total <= 0.0:
        caps = np.where(problem.is_cap, 1.0, 0.0)
        total = float(caps.sum())
    shares = (1.0 - share) * caps / total
    if share > 0.0:
        shares = shares + share * saturation / saturation.sum()
    return Multipliers(shares[None, :], prices[None, :])


@dataclass(frozen=True)
class Planes:
    """Upper bounds of the index over n boxes: one for each of M rows, and one without any limit.

    Attributes:
        index: the bounds [index], shape [n, M + 1].
        weights: of each slack in each bound [index per unit of slack], shape [n, M + 1, K].
    """

    index: FloatArray
    weights: FloatArray

    @property
    def best(self) -> FloatArray:
        """The least bound of each box [index], shape [n]."""
        least: FloatArray = self.index.min(axis=1)
        return least

    def __getitem__(self, which: NDBool) -> Planes:
        """The bounds of some of the boxes, by a mask [n]."""
        return Planes(self.index[which], self.weights[which])


def planes(
    problem: Problem,
    low: FloatArray,
    high: FloatArray,
    at: FloatArray | None,
    tokens: FloatArray,
    counted: FloatArray,
    rows: Multipliers,
    dearer: FloatArray | None = None,
    floor: float = -np.inf,
) -> Planes:
    """All bounds of the index over n boxes.

    Args:
        problem: a region and a law.
        low: lower ends of the boxes, in logarithms [n, D].
        high: upper ends of the boxes, in logarithms [n, D].
        at: a point of each box, where the planes touch [n, D]; None for the middle.
        tokens: t₀ where the tangent of g touches, a logarithm of tokens [n].
        counted: an upper bound of t' over each box [n]; alone it gives one more bound.
        rows: M rows of multipliers.
        dearer: lower bounds of ln(what layouts take of the compute budget / FLOPs counted) [n].
        floor: least index of interest [index]; no row is looked at in boxes that `counted` alone
            keeps below it.
    """
    around = _around(low, high, at)
    index = problem.index.planes(low, high, around.at, counted)
    alone = index.value + around.rise(index.gradient)
    some = ~(alone < floor)  # a NaN is below nothing
    shape = len(alone), len(rows.shares) + 1, len(problem.signs)
    bounds, weights = np.full(shape[:2], np.inf), np.zeros(shape)
    own = None if dearer is None else dearer[some]
    given = problem, rows, index[some], around[some], tokens[some], counted[some], own
    bounds[some, :-1], weights[some, :-1] = _of_rows(*given)
    bounds[:, -1] = alone
    return Planes(bounds, weights)


def _of_rows(
    problem: Problem,
    rows: Multipliers,
    index: Tangents,
    around: _Around,
    tokens: FloatArray,
    counted: FloatArray,
    dearer: FloatArray | None,
) -> tuple[FloatArray, FloatArray]:
    """The bounds that rows give over n boxes [n, M], and the weights of slacks in them [n, M, K].

    Arguments as in `planes`, with the planes of the index, and points, of the boxes.
    """
    kept, slopes, usable = _slacks_above(problem, around)
    worth, rate = problem.worth(tokens)
    parts = _kept_parts(problem, rows)
    weights = parts.weights(rate, index.rate)
    tilt = around.rise(index.gradient[:, None, :] + weights @ slopes)
    if dearer is not None:
        kept = kept - dearer[:, None] * problem.is_compute
    lagrangian = (weights @ kept[:, :, None])[:, :, 0]
    if not usable.all():
        lagrangian[(weights @ ~usable[:, :, None])[:, :, 0] > 0.0] = np.inf
    # t'₀ = counted: f holds rate·t'₀ already, which the weighted caps replace
    shift = (worth - rate * tokens)[:, None] * parts.carried
    base = index.value - index.rate * counted
    return base[:, None] + index.rate[:, None] * shift + lagrangian + tilt, weights


def bounds_of_each(
    problem: Problem,
    index: Tangents,
    low: FloatArray,
    high: FloatArray,
    at: FloatArray,
    tokens: FloatArray,
    counted: FloatArray,
    rows: Multipliers,
) -> FloatArray:
    """The best bounds of each draw's index over n boxes [index], shape [n, B].

    Args:
        problem: a region and a law.
        index: planes of every draw over the boxes: value and rate [n, B], gradient [n, B, D].
        low: lower ends of the boxes, in logarithms [n, D].
        high: upper ends of the boxes, in logarithms [n, D].
        at: a point of each box, where the planes touch [n, D].
        tokens: t₀ where the tangent of g touches, a logarithm of tokens [n].
        counted: an upper bound of t' over each box, at which the planes touch [n].
        rows: M rows of multipliers, the same for all draws.
    """
    around = _around(low, high, at)
    kept, slopes, usable = _slacks_above(problem, around)
    worth, rate = problem.worth(tokens)
    base = index.value - index.rate * counted[:, None]
    best = index.value + around.rise(index.gradient)
    for m in range(len(rows.shares)):
        row = Multipliers(rows.shares[m : m + 1], rows.prices[m : m + 1])
        # weights are linear in the rate: what holds without it, and what multiplies it
        parts = _parts_of(problem, row)
        prices = parts.weights(rate, np.zeros(len(rate)))[:, 0]
        shares = parts.weights(rate, np.ones(len(rate)))[:, 0] - prices
        fixed, rising = (np.einsum("nk,nkd->nd", x, slopes) for x in (prices, shares))
        plane = index.gradient + fixed[:, None, :] + index.rate[:, :, None] * rising[:, None, :]
        tilt = around.rise(plane)
        shift = (worth - rate * tokens) * float(parts.carried[0])
        held = (shares * kept).sum(axis=1) + shift
        bound = base + tilt + (prices * kept).sum(axis=1)[:, None] + index.rate * held[:, None]
        bound[((prices + shares) * ~usable).sum(axis=1) > 0.0] = np.inf
        best = np.minimum(best, bound)
    return best


def alone_bounds(
    problem: Problem, low: FloatArray, high: FloatArray, counted: FloatArray
) -> FloatArray:
    """Upper bounds of the index over n boxes if t' is exactly `counted` [index], shape [n].

    Args:
        problem: a region and a law.
        low: lower ends of the boxes, in logarithms [n, D].
        high: upper ends of the boxes, in logarithms [n, D].
        counted: t', the logarithm of the counted tokens [n].
    """
    around = _around(low, high, None)
    index = problem.index.planes(low, high, around.at, counted)
    return index.value + around.rise(index.gradient)


@dataclass(frozen=True)
class _Around:
    """A point of each of n boxes, where planes touch, and how far the box reaches from it.

    Attributes:
        at: the points [n, D].
        left: how far each box reaches down from its point, in logarithms [n, D].
        right: how far it reaches up [n, D]; the same object where that is as far.
    """

    at: FloatArray
    left: FloatArray
    right: FloatArray

    def __getitem__(self, which: NDBool) -> _Around:
        """Some of the boxes, by a mask [n]."""
        left = self.left[which]
        right = left if self.right is self.left else self.right[which]
        return _Around(self.at[which], left, right)

    def rise(self, gradient: FloatArray) -> FloatArray:
        """The most that planes rise from the points within the boxes [n], or [n, M].

        Args:
            gradient: of one plane for each box [n, D], or of M [n, M, D].
        """
        shape = (len(self.at), *(1,) * (gradient.ndim - 2), self.at.shape[1])
        if self.left is self.right:
            alike: FloatArray = np.einsum(
                "...d,...d->...", np.abs(gradient), self.left.reshape(shape)
            )
            return alike
        down, up = gradient * -self.left.reshape(shape), gradient * self.right.reshape(shape)
        most: FloatArray = np.maximum(up, down).sum(axis=-1)
        return most


def _around(low: FloatArray, high: FloatArray, at: FloatArray | None) -> _Around:
    """Boxes around points of theirs, their middles if None."""
    if at is not None:
        return _Around(at, at - low, high - at)
    half = (high - low) / 2
    return _Around(low + half, half, half)


def _slacks_above(problem: Problem, around: _Around) -> tuple[FloatArray, FloatArray, NDBool]:
    """Planes above the slacks over boxes.

    Args:
        problem: whose slacks they are.
        around: points of the boxes, where the planes touch.

    Returns:
        Heights at the points [n, K], 0 where a plane is not usable; slopes [n, K, D]; and whether
        each plane is usable [n, K].
    """
    at, left, right = around.at, around.left, around.right
    slacks, slopes = problem.slacks_and_gradients(at)
    # m may exceed its tangent: under ≤ where the resource lies below its own, else above
    heights = slacks
    if not problem.form.is_sum:
        heights = slacks + np.where(problem.signs > 0, problem.form.below(left, right, at), 0.0)
    if problem.is_condensed.any():
        above = slacks + problem.form.above(left, right, at)
        heights = np.where(problem.is_condensed, above, heights)
    usable = np.isfinite(slacks)  # −inf: a fixed part alone exceeds its bound at the point
    return np.where(usable, heights, 0.0), slopes, usable


@dataclass(frozen=True)
class _Parts:
    """What the weights of slacks consist of, for one problem and its rows of multipliers [M, K].

    Attributes:
        steady: weights that do not depend on the place [index per unit of slack].
        own: shares of the slacks that bound t' itself, the saturation [unitless].
        caps: shares of the caps, which bound t [unitless].
        carried: sum of the caps' shares in each row [unitless], shape [M].
    """

    steady: FloatArray
    own: FloatArray
    caps: FloatArray
    carried: FloatArray

    def weights(self, worth: FloatArray, rate: FloatArray) -> FloatArray:
        """Total weight of each slack in each box and row [index per unit], shape [n, M, K].

        Args:
            worth: g'(t₀), counted tokens gained per training token, both in logarithms [n].
            rate: f_t, the index gained per unit of t' [index], shape [n].
        """
        in_tokens = self.own + worth[:, None, None] * self.caps
        found: FloatArray = self.steady + rate[:, None, None] * in_tokens
        return found


@lru_cache(maxsize=MOST_PARTS)
def _kept_parts(problem: Problem, rows: Multipliers) -> _Parts:
    """The parts of the weights, made once for the same problem and rows."""
    return _parts_of(problem, rows)


def _parts_of(problem: Problem, rows: Multipliers) -> _Parts:
    """The parts of the weights.

    A floor's condition m + t ≥ 0 holds t as well, so the caps carry its price too, in proportion to
    their shares; a row without any such cap drops the price.
    """
    asked = (rows.prices * problem.is_floor).sum(axis=1, keepdims=True)
    caps = rows.shares * problem.is_cap
    total = caps.sum(axis=1, keepdims=True)
    spread = np.divide(caps, total, out=np.zeros_like(caps), where=total > 0)
    usable = np.where((asked > 0) & (total == 0), 0.0, 1.0)
    prices = rows.prices * np.where(problem.is_floor, usable, 1.0)
    return _Parts(prices + usable * asked * spread, rows.shares - caps, caps, total[:, 0])
