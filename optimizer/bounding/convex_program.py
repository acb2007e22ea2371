"""The continuous problem as a CVXPY program, compiled once for each structure.

A structure says which monomials occur where. Coefficients, bounds and ends of the axes are
parameters of the program, so the next problem of the same structure takes milliseconds to solve.

Derivation: docs/theory.md.
"""

from __future__ import annotations

import threading
import warnings
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

import cvxpy as cp
import numpy as np

from constraints.algebra.log_form import FloatArray
from optimizer.bounding.solution import Solution, Status
from optimizer.problem.problem import Problem
from optimizer.problem.robust_index import RobustIndex

__all__ = ["ConvexProgram", "solve_program"]

FAR = 1e3
"""A slack in logarithms that no limit can use up: switches a condensed limit off."""

_LOCK = threading.RLock()
"""Held while a program is used: programs are shared and hold their parameters and results.

CVXPY is not thread-safe either.
"""

Rows: TypeAlias = tuple[tuple[float, ...], ...]


@dataclass(frozen=True)
class _Structure:
    """What a compiled program depends on.

    Attributes:
        exponents: of the terms of each limit's resource [K][M, D].
        powers: of t in each of these terms [K][M].
        signs: +1 for ≤, −1 for ≥ [K].
        uses: coefficients of t and t' that complete each slack to a condition ≥ 0, shape [K, 2].
        condensed: whether a monomial stands in for the limit's sum [K].
        weights: of x, t' and s (the logarithms of the law's sums of sizes) in the index [D + 1 +
            C].
        penalty: exponents of each penalty term in x, t' and s [M, D + 1 + C].
        falls: whether the index may fall as a sum rises [C].
        worst: how many draws a robust law averages over [draw]; 0 if it is not robust.
        draws: matrices of a robust law's draws, as `RobustIndex.stacked` gives them; else None.
    """

    exponents: tuple[Rows, ...]
    powers: Rows
    signs: tuple[float, ...]
    uses: Rows
    condensed: tuple[bool, ...]
    weights: tuple[float, ...]
    penalty: Rows
    falls: tuple[bool, ...]
    worst: int
    draws: tuple[Rows, Rows, tuple[float, ...]] | None


def solve_program(problem: Problem, near: Solution | None) -> Solution:
    """Solve a problem's program, compiled now or before.

    Args:
        problem: a region and a law.
        near: where to condense the limits that are not convex; None to leave them out.
    """
    with _LOCK:
        return _program(_structure(problem, near)).solve(problem, near)


class ConvexProgram:
    """The compiled program of one structure."""

    def __init__(self, structure: _Structure) -> None:
        """Write the program down; its parameters are set when a problem is solved.

        Args:
            structure: of the problems that it can solve.
        """
        sums, limits = len(structure.falls), range(len(structure.signs))
        axes = len(structure.weights) - 1 - sums
        self._x, self._t, self._useful = cp.Variable(axes), cp.Variable(), cp.Variable()
        self._condensed = [k for k in limits if structure.condensed[k]]
        self._plain = [k for k in limits if not structure.condensed[k]]
        # few large parameters, since CVXPY checks each one anew at every solve
        sizes = [len(structure.exponents[k]) for k in self._plain]
        ends = np.cumsum([0, *sizes]).tolist()
        self._terms = cp.Parameter(ends[-1])
        self._slices = {k: slice(*ends[i : i + 2]) for i, k in enumerate(self._plain)}
        self._tilts = cp.Parameter((max(len(self._condensed), 1), axes))
        self._levels = cp.Parameter(max(len(self._condensed), 1))
        self._penalty = cp.Parameter(max(len(structure.penalty), 1))
        self._ends = cp.Parameter((2, axes))
        self._limits = [self._limit(structure, k) for k in limits]
        self._low, self._high = self._x >= self._ends[0], self._x <= self._ends[1]
        self._worth = cp.Parameter(2)  # t' ≤ worth[0] + worth[1]·t, a tangent of g
        tokens = [self._useful <= self._worth[0] + self._worth[1] * self._t, self._t >= 0]
        if sums:  # s lies between two planes in x; the lower one matters where the law may fall
            self._sums, self._slopes = cp.Variable(sums), cp.Parameter((sums, axes))
            self._heights = cp.Parameter((2, sums))
            tokens.append(self._sums <= self._slopes @ self._x + self._heights[0])
            if any(structure.falls):
                tokens.append(self._sums >= self._slopes @ self._x + self._heights[1])
        self._robust = structure.draws is not None  # then the program holds the constants
        index = self._index(structure, axes)
        constraints = [*self._limits, self._low, self._high, *tokens]
        self._problem = cp.Problem(cp.Maximize(index), constraints)

    def solve(self, problem: Problem, near: Solution | None) -> Solution:
        """Set the parameters to those of a problem and solve it; the caller holds the lock.

        Args:
            problem: of this program's structure.
            near: where to condense the limits that are not convex; None to leave them out.
        """
        self._load(problem, near)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # the status tells of inaccurate solutions
                # with a warm start, answers would depend on what was solved before
                self._problem.solve(solver=cp.CLARABEL, warm_start=False)
        except cp.SolverError:
            return _nothing(problem, Status.FAILED)
        if self._problem.status in ("infeasible", "infeasible_inaccurate"):
            return _nothing(problem, Status.INFEASIBLE)
        if self._problem.status not in ("optimal", "optimal_inaccurate"):
            return _nothing(problem, Status.FAILED)
        return Solution(
            Status.SOLVED,
            np.asarray(self._x.value, dtype=np.float64),
            float(self._t.value),
            float(self._useful.value),
            float(self._problem.value) + (0.0 if self._robust else problem.index.constant),
            np.array([float(limit.dual_value) for limit in self._limits]),
            np.asarray(self._low.dual_value, dtype=np.float64),
            np.asarray(self._high.dual_value, dtype=np.float64),
        )

    def _index(self, structure: _Structure, axes: int) -> cp.Expression:
        """The law's index, without its constant unless the law is robust."""

        def mixed(weights: FloatArray) -> cp.Expression:
            found = weights[..., :axes] @ self._x + weights[..., axes] * self._useful
            return found + weights[..., axes + 1 :] @ self._sums if structure.falls else found

        terms: cp.Expression | None = None
        if structure.penalty:
            terms = cp.exp(mixed(np.array(structure.penalty)) + self._penalty)
        if structure.draws is None:
            gain = mixed(np.array(structure.weights))
            return gain if terms is None else gain - cp.sum(terms)
        weights, shares, constants = map(np.array, structure.draws)
        gains = constants + mixed(weights)
        if terms is not None:
            gains = gains - shares @ terms
        return cp.sum_smallest(gains, structure.worst) / structure.worst

    def _limit(self, structure: _Structure, k: int) -> cp.Constraint:
        """Limit k as slack + (what t and t' add) ≥ 0, its bound folded into the coefficients."""
        if k in self._condensed:
            row, (t, counted) = self._condensed.index(k), structure.uses[k]
            tokens = t * self._t + counted * self._useful
            return self._tilts[row] @ self._x + self._levels[row] + tokens >= 0
        powers, terms = np.array(structure.powers[k]), self._terms[self._slices[k]]
        resource = np.array(structure.exponents[k]) @ self._x + powers * self._t + terms
        logarithm = resource[0] if len(powers) == 1 else cp.log_sum_exp(resource)
        return -structure.signs[k] * logarithm >= 0

    def _load(self, problem: Problem, near: Solution | None) -> None:
        """Set the parameters of the program to those of a problem."""
        self._ends.value = np.vstack(problem.ends)
        terms, at = problem.index.log_coefficients, None if near is None else near.logs
        self._penalty.value = terms if len(terms) else np.zeros(1)
        if problem.index.sums is not None:
            self._slopes.value, *heights = problem.index.sum_planes(*problem.ends, at)
            self._heights.value = np.stack(heights)
        self._terms.value = np.concatenate(
            [problem.terms(k, at).log_coefficients - problem.log_bounds[k] for k in self._plain]
        )
        tilts, levels = np.zeros(self._tilts.shape), np.full(self._levels.shape, FAR)
        worth = np.array([0.0, 1.0])  # g(t) ≤ t
        if near is not None:
            value, rate = problem.worth(np.array([near.tokens]))
            worth = np.append(value - rate * near.tokens, rate)
            if self._condensed:
                values, gradients = problem.slacks_and_gradients(near.logs[None, :])
                tilts = gradients[0, self._condensed]
                levels = values[0, self._condensed] - tilts @ near.logs
        self._tilts.value, self._levels.value, self._worth.value = tilts, levels, worth


@lru_cache(maxsize=64)
def _program(structure: _Structure) -> ConvexProgram:
    """The compiled program of a structure, from the cache if it was used lately."""
    return ConvexProgram(structure)


def _structure(problem: Problem, near: Solution | None) -> _Structure:
    """The structure of a problem's program."""
    index, at = problem.index, None if near is None else near.logs
    terms = [problem.terms(k, at) for k in range(len(problem.signs))]
    return _Structure(
        exponents=tuple(_rows(own.exponents) for own in terms),
        powers=tuple(tuple(own.token_powers[:, 0].tolist()) for own in terms),
        signs=tuple(problem.signs.tolist()),
        uses=_rows(problem.token_uses),
        condensed=tuple(problem.is_condensed.tolist()),
        weights=(*index.weights.tolist(), index.token_weight, *index.sum_weights.tolist()),
        penalty=_rows(np.column_stack([index.exponents, index.token_powers, index.sum_powers])),
        falls=tuple(index.falls.tolist()),
        worst=index.worst if isinstance(index, RobustIndex) else 0,
        draws=_stacked(index) if isinstance(index, RobustIndex) else None,
    )


def _stacked(index: RobustIndex) -> tuple[Rows, Rows, tuple[float, ...]]:
    """A robust law's draws as tuples, which can be hashed."""
    weights, shares, constants = index.stacked()
    return _rows(weights), _rows(shares), tuple(constants.tolist())


def _rows(matrix: FloatArray) -> Rows:
    """A matrix as tuples, which can be hashed."""
    return tuple(tuple(row) for row in matrix.tolist())


def _nothing(problem: Problem, status: Status) -> Solution:
    """What is returned when a program has no solution: zeros, and the status."""
    axes, slacks = np.zeros(len(problem.lattice.names)), np.zeros(len(problem.signs))
    return Solution(status, axes, 0.0, 0.0, -np.inf, slacks, axes, axes)
