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
from constraints.space.boxes import Boxes
from optimizer.bounding.multipliers import Multipliers, kept_parts, parts_of
from optimizer.problem.law_index import LawIndex, Tangents
from optimizer.problem.problem import Problem
from optimizer.problem.robust_index import RobustIndex
from optimizer.problem.same import Same

__all__ = [
    "Planes",
    "alone_bounds",
    "bounds_of_each",
    "most_of_sizes",
    "planes",
]

MOST_KEPT = 64
"""Laws and boxes over which what sizes add is kept."""


@dataclass(frozen=True)
class Planes:
    """Upper bounds of the index over n boxes: one for each of M rows, and one without any limit.

    Attributes:
        index: the bounds [index], shape [n, M + 1].
        weights: of each slack in each bound [index per unit of slack], shape [n, M + 1, K].

    A bound that was not looked at is infinite, with weights of zero.
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
    *,
    floor: float = -np.inf,
    of_sizes: FloatArray | None = None,
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
        of_sizes: what `most_of_sizes` says of the boxes [n]; only with planes that touch in the
            middle. None if not known.
    """
    if of_sizes is None:
        around = _around(low, high, at)
        index = problem.index.planes(low, high, around.at, counted)
        alone = index.value + around.rise(index.gradient)
        some = ~(alone < floor)  # a NaN is below nothing
        around, index = around[some], index[some]
    else:
        assert at is None
        alone = of_sizes + problem.index.gain(counted)
        some = ~(alone < floor)
        around = _around(low[some], high[some], None)
        index = problem.index.planes(low[some], high[some], around.at, counted[some])
    shape = len(alone), len(rows.shares) + 1, len(problem.signs)
    bounds, weights = np.full(shape[:2], np.inf), np.zeros(shape)
    own = None if dearer is None else dearer[some]
    given = problem, rows, index, around, tokens[some], counted[some], own
    bounds[some, :-1], weights[some, :-1] = _of_rows(*given)
    bounds[:, -1] = alone
    return Planes(bounds, weights)


def most_of_sizes(problem: Problem, boxes: Boxes) -> FloatArray | None:
    """The most that sizes add to the index over boxes that are kept [index], shape [n].

    Tokens add the same whatever the sizes, so that this is computed once.

    Args:
        problem: a region and a law.
        boxes: of positions on the lattice's axes.

    Returns:
        It is None for boxes that are not kept, and for a law with draws, whose worst ones depend on
        tokens.
    """
    if boxes.logs is None or isinstance(problem.index, RobustIndex):
        return None
    return _most_of_sizes(problem.index, Same(boxes))


@lru_cache(maxsize=MOST_KEPT)
def _most_of_sizes(index: LawIndex, boxes: Same) -> FloatArray:
    low, high = boxes.value.logs
    around, none = _around(low, high, None), np.zeros(len(low))
    found = index.of_sizes().planes(low, high, around.at, none)
    most = found.value + around.rise(found.gradient)
    most.flags.writeable = False  # it is handed out again and again
    return most


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
    parts = kept_parts(problem, rows)
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
        parts = parts_of(problem, row)
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
