"""Upper bounds of the law over boxes of designs, by Lagrangian tangent planes.

Over a box, for any multipliers νₖ ≥ 0 on the limits and shares θₖ ≥ 0, Σθ = 1, on the caps of
tokens, no feasible plan exceeds

    L(x) = f(x, t'₀) + f_t · (Σ θₖ mₖ(x) − t'₀) + Σ νₖ mₖ(x)

because f is concave and rises with t' ≤ every cap, and mₖ ≥ 0 at feasible gates. Where text is
repeated, t' ≤ g(t) ≤ g(t₀) + g'(t₀)·(t − t₀) takes the caps on t to t'. A floor
t ≥ −m with multiplier ν is a gate m + t ≥ 0, whose t the caps bound in turn. L is concave but for
the convex mₖ (lower limits that are not monomials, the saturation), so its tangent plane at a
point of the box plus a remainder for those lies above it, and a plane's maximum over a box is at
a corner. The remainder is Hoeffding's lemma: ln Σ pⱼ exp(aⱼ·δ) ≤ Σ pⱼ aⱼ·δ + (range of a·δ)²/8.

The error is of second order in the box's size once multipliers and shares are those of the
optimum, which the relaxation knows; each box takes the least bound over several rows of them.

If the bound of limit k moves by δ in logarithms (down, where it has a fixed part), mₖ moves by as
much, so a row's bound moves by its weight of mₖ times δ: the rows of a box are lines over the
levels of any one limit. That proves fronts between their points, and least levels for a score.
"""

from __future__ import annotations

from dataclasses import dataclass

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


@dataclass(frozen=True)
class Multipliers:
    """Rows of multipliers, in the order of a problem's slacks.

    shares [M, K]: of the law's tokens among the caps, saturation included; rows sum to 1.
    prices [M, K]: of gates and floors [index per unit of logarithm].
    """

    shares: FloatArray
    prices: FloatArray

    def __add__(self, other: Multipliers) -> Multipliers:
        """All rows of both."""
        return Multipliers(
            np.vstack([self.shares, other.shares]), np.vstack([self.prices, other.prices])
        )


def default_rows(problem: Problem) -> Multipliers:
    """One row for each cap alone, without any knowledge of the optimum."""
    caps = np.flatnonzero(problem.is_cap | problem.is_saturation)
    shares = np.zeros((len(caps), len(problem.signs)))
    shares[np.arange(len(caps)), caps] = 1.0
    return Multipliers(shares, np.zeros_like(shares))


def row_from_duals(problem: Problem, duals: FloatArray, counted: float) -> Multipliers:
    """The row that the duals of a solved relaxation [K] make; any numbers give a valid row.

    counted: t' at its optimum.
    """
    duals = np.maximum(np.nan_to_num(duals), 0.0)
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
    """Upper bounds of the index over n boxes, one a row of multipliers and one without any.

    index [n, M + 1]: the bounds. weights [n, M + 1, K]: of the slacks in them.
    """

    index: FloatArray
    weights: FloatArray

    @property
    def best(self) -> FloatArray:
        """The least bound of each box [n]."""
        least: FloatArray = self.index.min(axis=1)
        return least

    def __getitem__(self, which: NDBool) -> Planes:
        """Those of the boxes."""
        return Planes(self.index[which], self.weights[which])


def planes(
    problem: Problem,
    low: FloatArray,
    high: FloatArray,
    at: FloatArray,
    tokens: FloatArray,
    counted: FloatArray,
    rows: Multipliers,
) -> Planes:
    """All bounds of the index over boxes.

    low, high [n, D]: the boxes in logarithms. at [n, D], tokens [n]: points x, t where planes
    touch, x in the box. counted [n]: an upper bound of t' over each box, one more row by itself.
    """
    index = problem.index.planes(low, high, at, counted)
    left, right = at - low, high - at
    kept, slopes, usable = _slacks_above(problem, left, right, at)
    worth, rate = problem.worth(tokens)
    weights = _weights(problem, rows, rate, index.rate)
    plane = index.gradient[:, None, :] + weights @ slopes
    tilt = _tilted(plane, left[:, None, :], right[:, None, :])
    lagrangian = (weights @ kept[:, :, None])[:, :, 0]
    lagrangian[(weights @ ~usable[:, :, None])[:, :, 0] > 0.0] = np.inf
    # t'₀ = counted: f already holds its rate·counted, which the shares replace
    shift = np.outer(worth - rate * tokens, (rows.shares * problem.is_cap).sum(axis=1))
    base = index.value - index.rate * counted
    rises = base[:, None] + index.rate[:, None] * shift + lagrangian + tilt
    alone = index.value + _tilted(index.gradient, left, right)
    return Planes(
        np.concatenate([rises, alone[:, None]], axis=1),
        np.concatenate([weights, np.zeros_like(weights[:, :1])], axis=1),
    )


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
    """The best bounds over boxes [n] for each of B positions [n, B]; index: their planes there."""
    left, right = at - low, high - at
    kept, slopes, usable = _slacks_above(problem, left, right, at)
    worth, rate = problem.worth(tokens)
    base = index.value - index.rate * counted[:, None]
    best = index.value + _tilted(index.gradient, left[:, None, :], right[:, None, :])
    for m in range(len(rows.shares)):
        row = Multipliers(rows.shares[m : m + 1], rows.prices[m : m + 1])
        # linear in the law's rate: its prices apart from what tokens are worth
        prices = _weights(problem, row, rate, np.zeros(len(rate)))[:, 0]
        shares = _weights(problem, row, rate, np.ones(len(rate)))[:, 0] - prices
        fixed, rising = (np.einsum("nk,nkd->nd", x, slopes) for x in (prices, shares))
        plane = index.gradient + fixed[:, None, :] + index.rate[:, :, None] * rising[:, None, :]
        tilt = _tilted(plane, left[:, None, :], right[:, None, :])
        shift = (worth - rate * tokens) * float((row.shares * problem.is_cap).sum())
        held = (shares * kept).sum(axis=1) + shift
        bound = base + tilt + (prices * kept).sum(axis=1)[:, None] + index.rate * held[:, None]
        bound[((prices + shares) * ~usable).sum(axis=1) > 0.0] = np.inf
        best = np.minimum(best, bound)
    return best


def alone_bounds(
    problem: Problem, low: FloatArray, high: FloatArray, at: FloatArray, counted: FloatArray
) -> FloatArray:
    """Upper bounds of the index over boxes [n] if exactly `counted` tokens counted."""
    index = problem.index.planes(low, high, at, counted)
    return index.value + _tilted(index.gradient, at - low, high - at)


def _slacks_above(
    problem: Problem, left: FloatArray, right: FloatArray, at: FloatArray
) -> tuple[FloatArray, FloatArray, NDBool]:
    """Planes above the slacks over boxes that reach so far left and right of points [n, D].

    Their heights there [n, K], 0 where not usable, slopes [n, K, D], and whether they are usable.
    """
    slacks, slopes = problem.slacks_and_gradients(at)
    # m falls with its resource under ≤ and rises with it under ≥
    remainder = np.where(problem.signs > 0, problem.form.below(left, right, at), 0.0)
    if problem.is_condensed.any():
        above = problem.form.above(left, right, at)
        remainder = np.where(problem.is_condensed, above, remainder)
    usable = np.isfinite(slacks)  # −inf: a fixed part alone exceeds its bound at the point
    return np.where(usable, slacks + remainder, 0.0), slopes, usable


def _tilted(gradient: FloatArray, left: FloatArray, right: FloatArray) -> FloatArray:
    """The most that planes rise within boxes, from points left and right of their ends."""
    rise: FloatArray = (np.maximum(gradient, 0.0) * right + np.maximum(-gradient, 0.0) * left).sum(
        axis=-1
    )
    return rise


def _weights(
    problem: Problem, rows: Multipliers, worth: FloatArray, rate: FloatArray
) -> FloatArray:
    """Total weight of each slack in each box and row [n, M, K]: prices, and shares of tokens.

    A floor's price asks for tokens too, so the caps carry it in proportion to their shares.
    worth [n]: of one more token; rate [n]: of one more that counts [index].
    """
    asked = (rows.prices * problem.is_floor).sum(axis=1, keepdims=True)
    caps = rows.shares * problem.is_cap
    total = caps.sum(axis=1, keepdims=True)
    spread = np.divide(caps, total, out=np.zeros_like(caps), where=total > 0)
    usable = np.where((asked > 0) & (total == 0), 0.0, 1.0)
    prices = rows.prices * np.where(problem.is_floor, usable, 1.0)
    steady = prices + usable * asked * spread
    gains = rate[:, None, None] * (rows.shares - caps + worth[:, None, None] * caps)
    weights: FloatArray = steady + gains
    return weights
