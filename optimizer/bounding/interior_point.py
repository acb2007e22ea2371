"""The convex program of a usual problem, solved by an interior point of our own.

The program is that of `optimizer.bounding.convex_program`, which says it in CVXPY's words and stays
the reference. CVXPY takes longer to import than a plan takes to find, so the usual case is solved
here: laws without draws, whose sums of sizes, if there are any, only raise the index.

With variables z = (x, t, t'), it maximises the index F(z) under conditions cᵢ(z) ≥ 0, all concave
and smooth. Newton's method goes along the central path of

    ∇F(z) + Σ λᵢ·∇cᵢ(z) = 0        cᵢ(z) = wᵢ        wᵢ·λᵢ = μ → 0,        w, λ > 0

(Nocedal & Wright 2006, "Numerical Optimization", §19.2-3). A solution counts only if these hold
nearly; else the reference solves the problem. Nothing is proved by it either way: bounds are
recomputed from the multipliers (`optimizer.bounding.relaxation.safe_bound`).

Derivation: docs/theory.md.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from constraints.algebra.log_form import FloatArray
from optimizer.bounding.solution import Solution, Status
from optimizer.problem.problem import Problem
from optimizer.problem.robust_index import RobustIndex

__all__ = ["followed_optimum", "interior_point"]

STEPS = 80
"""Newton's steps at most."""
STEPS_FOLLOWED = 40
"""Newton's steps at most where each condenses the program anew; more don't settle."""
SOLVED = 1e-9
"""What may be left of the conditions above, relative to the size of their terms."""
ROUGH = 1e-3
"""The same where a rough solution will do."""
CENTRED = 0.15
"""By how much a step lowers μ beyond what its length allows [unitless]."""
BOUNDARY = 0.995
"""Share of the way to the boundary that a step may go [unitless]."""
FIRM = 1e-14
"""Added to the diagonal of Newton's matrix, scaled to ones, so that it can be solved."""
WARM = 1e-3
"""Least slacks and duals, and least share of an axis from its ends, where a solution is the start.
"""
LEAST = 1e-12
"""Least μ that steps aim at; below it, rounding rules."""
LONGEST = 20.0
"""Longest step in logarithms; longer ones overflow exponentials."""
MOST_POWER = 300.0
"""Largest power given to exp."""


def interior_point(problem: Problem, near: Solution | None) -> Solution | None:
    """The solution of a problem's convex program; None where the reference has to solve it.

    Args:
        problem: a region and a law.
        near: where to condense the limits that are not convex; None to leave them out.
    """
    index = problem.index
    if isinstance(index, RobustIndex) or (near is None and index.falls.any()):
        return None
    with np.errstate(all="ignore"):
        return _Program(problem, None if near is None else (near.logs, near.tokens)).solved()


def followed_optimum(
    problem: Problem, start: Solution | None = None, *, rough: bool = False
) -> Solution | None:
    """The optimum of the continuous problem with every limit in force; None if it was not reached.

    Each of Newton's steps condenses the program anew, where it has come to. What it comes to at
    last is the optimum of the program condensed there, as after many programs solved in a row.

    Args:
        problem: a region and a law.
        start: of a problem with the same limits, whose optimum may be near; None to start in the
            middle.
        rough: whether a rough solution will do.
    """
    if isinstance(problem.index, RobustIndex):
        return None
    found = None
    with np.errstate(all="ignore"):
        if start is not None:
            place = start.logs, start.tokens
            found = _Program(problem, place).solved(follow=True, start=start, rough=rough)
        if found is None:
            middle = _middle(problem)
            place = middle[:-2], float(middle[-2])
            found = _Program(problem, place).solved(follow=True, rough=rough)
    return found


def _middle(problem: Problem) -> FloatArray:
    """The middle of the axes, and the tokens and counted tokens that the limits leave there.

    Shape [D + 2].
    """
    low, high = problem.ends
    middle = (low + high) / 2
    _, most, counted = problem.tokens(problem.slacks(middle))
    tokens = max(float(most[0]), 1.0)
    return np.concatenate([middle[0], [tokens, min(float(counted[0]), tokens)]])


@dataclass(frozen=True)
class _Terms:
    """Sums of exponentials: exp(rows · z + start), added up from `first` on.

    Attributes:
        rows: exponents in z [M, n].
        start: logarithms of the coefficients [M].
        first: the first term of each sum [K].
        counts: terms of each sum [K].
    """

    rows: FloatArray
    start: FloatArray
    first: np.ndarray[tuple[int], np.dtype[np.intp]]
    counts: np.ndarray[tuple[int], np.dtype[np.intp]]


class _Program:
    """The program of one problem, in the variables that are free to move.

    Attributes:
        free: the columns of x whose ends differ; the others stay at their ends, `x0`.
        gain: weights of z in F, without the penalty [n].
        penalty: exponents in z of the terms that F loses [M, n]; `starts` are their logarithms at
            z = 0 [M].
        sums: the resources of the limits `plain`, whose slacks are −sign · ln of a sum.
        rows: of the conditions rows · z + heights ≥ 0 [L, n]: both ends of the axes, t ≥ 0, what
            tokens are worth, and the limits that are `condensed`.
        heights: of these conditions [L].
        worth: the row of what tokens are worth; those of condensed limits come after it.
    """

    def __init__(self, problem: Problem, place: tuple[FloatArray, float] | None) -> None:
        self.problem = problem
        low, high = (end[0] for end in problem.ends)
        self.low, self.high = low, high
        self.free = np.flatnonzero(high > low)
        self.x0 = np.where(high > low, 0.0, low)
        self.condensed = [] if place is None else np.flatnonzero(problem.is_condensed).tolist()
        at = None if place is None else place[0]
        self._index(at)
        self._limits(at)
        self._linear()
        if place is not None:
            self._touch(*place)

    def _condense(self, at: FloatArray, tokens: float) -> None:
        """Write down anew what depends on the place of condensation."""
        if self.problem.index.sums is not None:
            self._index(at)
        if not self.problem.form.is_sum:
            self._limits(at)
        self._touch(at, tokens)

    def _index(self, at: FloatArray | None) -> None:
        """F in z, with the law's sums of sizes replaced by planes in x."""
        index = self.problem.index
        weights, powers = index.weights, index.exponents
        constant, starts = index.constant, index.log_coefficients
        if index.sums is not None:
            slopes, above, _ = index.sum_planes(*self.problem.ends, at)
            weights = weights + index.sum_weights @ slopes
            powers = powers + index.sum_powers @ slopes
            constant = constant + float(index.sum_weights @ above)
            starts = starts + index.sum_powers @ above
        self.constant = constant + float(weights @ self.x0)
        self.gain = np.concatenate([weights[self.free], [0.0, index.token_weight]])
        self.penalty = np.column_stack([powers[:, self.free], 0 * starts, index.token_powers])
        self.starts = starts + powers @ self.x0

    def _limits(self, at: FloatArray | None) -> None:
        """Slacks of the limits that stand in the program as they are: −sign · ln of a sum."""
        problem, stacked = self.problem, self.problem.stacked
        terms, self.plain = stacked.plain_terms(at, *problem.ends), stacked.plain
        rows = np.concatenate([terms.exponents[:, self.free], terms.token_powers], axis=1)
        starts = terms.log_coefficients - np.repeat(problem.log_bounds[self.plain], terms.counts)
        first = np.concatenate([[0], np.cumsum(terms.counts)[:-1]]).astype(np.intp)
        self.sums = _Terms(rows, starts + terms.exponents @ self.x0, first, terms.counts)
        self.signs = problem.signs[self.plain]

    def _linear(self) -> None:
        """All affine conditions: ends of the axes, t ≥ 0, t' ≤ t, and room for condensed limits."""
        low, high, eye = self.low[self.free], self.high[self.free], np.eye(len(self.free) + 2)
        never = np.zeros((len(self.condensed), len(eye)))
        never[:, -2:] = self.problem.token_uses[self.condensed]
        self.rows = np.concatenate([eye[:-2], -eye[:-2], eye[-2:-1], eye[-2:-1] - eye[-1:], never])
        self.heights = np.concatenate([-low, high, np.zeros(2 + len(never))])
        self.worth = len(self.rows) - len(never) - 1

    def _touch(self, at: FloatArray, tokens: float) -> None:
        """Tangents at a place: of what tokens are worth, and of the condensed limits."""
        value, slope = self.problem.worth(np.array([tokens]))
        self.rows[self.worth, -2] = slope[0]
        self.heights[self.worth] = value[0] - slope[0] * tokens
        if self.condensed:
            values, gradients = self.problem.slacks_and_gradients(at[None, :])
            tilts, after = gradients[0, self.condensed], self.worth + 1
            self.rows[after:, :-2] = tilts[:, self.free]
            self.heights[after:] = values[0, self.condensed] + tilts @ (self.x0 - at)

    def solved(
        self, *, follow: bool = False, start: Solution | None = None, rough: bool = False
    ) -> Solution | None:
        """The solution; None if Newton's method did not come to one.

        Args:
            follow: whether to condense the program anew at every step.
            start: whose point and multipliers to start from; None for the middle.
            rough: whether a rough solution will do.
        """
        z = self._central() if start is None else self._inside(start)
        gradient, curvature = self._objective(z)
        c, slopes, bends = self._conditions(z)
        w, duals = np.maximum(c, 0.1), np.ones(len(c))
        if start is not None:
            w, duals = np.maximum(c, WARM), np.maximum(self._duals_of(start), WARM)
        for _ in range(STEPS_FOLLOWED if follow else STEPS):
            mu = float(w @ duals) / len(w)
            left = gradient + duals @ slopes, c - w
            size = 1.0 + np.abs(gradient).max()
            apart = max(np.abs(left[0]).max() / size, np.abs(left[1]).max(), mu / size)
            if apart < (ROUGH if rough else SOLVED):
                return replace(self._solution(z, duals), is_rough=rough)
            ratio = duals / w
            matrix = slopes.T @ (ratio[:, None] * slopes) - curvature - bends(duals)
            step = self._step(matrix, gradient, slopes, left[1], w, duals, mu)
            if step is None:
                return None
            z, w, duals = z + step[0], w + step[1], duals + step[2]
            if follow:
                self._condense(self._logs(z), float(z[-2]))
            gradient, curvature = self._objective(z)
            c, slopes, bends = self._conditions(z)
        return None

    def _step(
        self,
        matrix: FloatArray,
        gradient: FloatArray,
        slopes: FloatArray,
        missing: FloatArray,
        w: FloatArray,
        duals: FloatArray,
        mu: float,
    ) -> tuple[FloatArray, FloatArray, FloatArray] | None:
        """A step in z, w and the duals that stays inside: towards μ = 0 first, then centred."""
        ratio, extra = duals / w, np.zeros(len(w))
        scale = 1.0 / np.sqrt(np.maximum(matrix.diagonal(), 1e-300))
        scaled = matrix * scale[:, None] * scale
        scaled.flat[:: len(scaled) + 1] += FIRM
        right = gradient - (ratio * missing) @ slopes
        for final in (False, True):
            try:
                dz = scale * np.linalg.solve(scaled, scale * (right + extra @ slopes))
            except np.linalg.LinAlgError:
                return None
            dw = slopes @ dz + missing
            dl = extra - ratio * dw - duals
            by_w, by_l = _room(w, dw), _room(duals, dl)
            if not final:
                after = float((w + by_w * dw) @ (duals + by_l * dl)) / len(w)
                centred = min((after / mu) ** 3, CENTRED) if mu > 0 else 0.0
                extra = (max(centred * mu, LEAST) - dw * dl) / w  # second order (Mehrotra)
        by = min(by_w, by_l) * min(1.0, LONGEST / max(float(np.abs(dz).max()), 1e-300))
        return (by * dz, by * dw, by * dl) if math.isfinite(by) else None

    def _central(self) -> FloatArray:
        """The middle of the axes, with the tokens that the limits leave there."""
        middle = _middle(self.problem)
        return np.concatenate([middle[:-2][self.free], middle[-2:]])

    def _inside(self, start: Solution) -> FloatArray:
        """The point of a solution, off the ends of the axes."""
        low, high = self.low[self.free], self.high[self.free]
        off = WARM * (high - low)
        sizes = np.clip(start.logs[self.free], low + off, high - off)
        return np.concatenate([sizes, [start.tokens, start.counted]])

    def _duals_of(self, start: Solution) -> FloatArray:
        """The multipliers of a solution, in the order of the conditions.

        What tokens are worth carries the duals of all caps.
        """
        problem, limits = self.problem, start.duals
        tokens = [0.0, float(limits[problem.is_cap].sum())]
        ends = start.low_duals[self.free], start.high_duals[self.free]
        return np.concatenate([limits[self.plain], *ends, tokens, limits[self.condensed]])

    def _logs(self, z: FloatArray) -> FloatArray:
        """The logarithms of all sizes [D]."""
        logs = self.x0.copy()
        logs[self.free] = z[:-2]
        return logs

    def _objective(self, z: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Gradient [n] and curvature [n, n] of F."""
        terms = np.exp(np.minimum(self.penalty @ z + self.starts, MOST_POWER))
        weighed = terms[:, None] * self.penalty
        return self.gain - weighed.sum(axis=0), -self.penalty.T @ weighed

    def _conditions(self, z: FloatArray) -> tuple[FloatArray, FloatArray, _Bends]:
        """Conditions [C], their slopes [C, n], and their curvature, weighted."""
        rows, first = self.sums.rows, self.sums.first
        powers = rows @ z + self.sums.start
        top = np.maximum.reduceat(powers, first)
        counts = self.sums.counts
        shares = np.exp(powers - np.repeat(top, counts))
        totals = np.add.reduceat(shares, first)
        shares = shares / np.repeat(totals, counts)
        means = np.add.reduceat(shares[:, None] * rows, first, axis=0)
        values = np.concatenate(
            [-self.signs * (np.log(totals) + top), self.rows @ z + self.heights]
        )
        slopes = np.concatenate([-self.signs[:, None] * means, self.rows])
        return values, slopes, _Bends(rows, shares, means, self.signs, counts)

    def _solution(self, z: FloatArray, duals: FloatArray) -> Solution:
        """The point and the multipliers by the places that they have in the problem."""
        problem, m = self.problem, len(self.free)
        of_limits = np.zeros(len(problem.signs))
        of_limits[self.plain] = duals[: len(self.plain)]
        if self.condensed:
            of_limits[self.condensed] = duals[-len(self.condensed) :]
        ends = duals[len(self.plain) :]
        low, high = np.zeros((2, len(self.x0)))
        low[self.free], high[self.free] = ends[:m], ends[m : 2 * m]
        terms = np.exp(self.penalty @ z + self.starts)
        value = self.constant + float(self.gain @ z - terms.sum())
        tokens, counted = float(z[-2]), float(z[-1])
        return Solution(Status.SOLVED, self._logs(z), tokens, counted, value, of_limits, low, high)


@dataclass(frozen=True)
class _Bends:
    """The curvature of the slacks of sums.

    Attributes:
        rows: exponents of all terms [M, n].
        shares: of each term in its sum [M].
        means: of the exponents in each sum [K, n].
        signs: +1 for ≤, −1 for ≥ [K].
        counts: terms of each sum [K].
    """

    rows: FloatArray
    shares: FloatArray
    means: FloatArray
    signs: FloatArray
    counts: np.ndarray[tuple[int], np.dtype[np.intp]]

    def __call__(self, duals: FloatArray) -> FloatArray:
        """The curvature of all slacks, weighted with their multipliers [n, n]."""
        weights = -self.signs * duals[: len(self.signs)]
        each = np.repeat(weights, self.counts) * self.shares
        found: FloatArray = self.rows.T @ (each[:, None] * self.rows)
        return found - self.means.T @ (weights[:, None] * self.means)


def _room(values: FloatArray, steps: FloatArray) -> float:
    """How far values may go along steps and stay above zero, at most 1."""
    fastest = float((steps / values).min())
    return 1.0 if fastest >= -BOUNDARY else -BOUNDARY / fastest
