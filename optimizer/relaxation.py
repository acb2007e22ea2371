"""The continuous problem as a log-log convex program (CVXPY), and what its duals say.

In x, t, t' (logarithms of sizes, tokens, and tokens that count) the law's index is concave and
every limit convex, except the few that bound a sum of monomials from below: parameters ≥ 7B,
tokens per parameter ≤ r, the law's saturation t' ≤ ln(r·S). Those are left out of the plain
program, whose optimum therefore bounds the lattice's. Condensed to their best monomial at a
point (the arithmetic-geometric mean inequality) they make an inner program with the same
first-order conditions there, hence the right prices (Chiang 2005, "Geometric programming for
communication systems", §3.2.2).

The program is compiled once; limits and monomials are parameters, so that a re-solve takes
milliseconds. A solver's value is not a bound: `safe_bound` recomputes one from the duals.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from enum import Enum

import cvxpy as cp
import numpy as np

from constraints.logform import FloatArray
from optimizer.bounds import Multipliers, default_rows, row_from_duals, upper_bounds
from optimizer.problem import Problem

__all__ = ["Relaxation", "Solution", "Status", "safe_bound"]

FAR = 1e3
"""A slack in logarithms that no limit can use up: switches a condensed limit off."""


class Status(Enum):
    """How a solver ended."""

    SOLVED = "solved"
    INFEASIBLE = "infeasible"
    FAILED = "failed"


@dataclass(frozen=True)
class Solution:
    """A point of the continuous problem and its multipliers.

    logs [D], tokens, useful: x, t and t'. index: the law's index there, as the solver has it.
    duals [K]: index gained per unit of the logarithm of each limit, saturation last.
    low_duals, high_duals [D]: of the ends of each axis.
    """

    status: Status
    logs: FloatArray
    tokens: float
    useful: float
    index: float
    duals: FloatArray
    low_duals: FloatArray
    high_duals: FloatArray


class Relaxation:
    """The program of one problem, compiled; solve it plain or condensed, as often as you like."""

    def __init__(self, problem: Problem) -> None:
        """State the program over the problem's free axes."""
        self.problem = problem
        axes, slacks = len(problem.weights), len(problem.signs)
        self._x, self._t, self._useful = cp.Variable(axes), cp.Variable(), cp.Variable()
        self._bounds = cp.Parameter(slacks)
        self._tilts = {k: cp.Parameter(axes) for k in np.flatnonzero(problem.is_condensed).tolist()}
        self._levels = {k: cp.Parameter() for k in self._tilts}
        self._limits = [self._limit(k) for k in range(slacks)]
        ends = problem.lattice.whole()
        low, high = problem.lattice.logs(ends.low)[0], problem.lattice.logs(ends.high)[0]
        self._low, self._high = self._x >= low, self._x <= high
        rest = [self._low, self._high, self._useful <= self._t, self._t >= 0]
        self._program = cp.Problem(cp.Maximize(self._index()), [*self._limits, *rest])

    def solve(
        self, condensed_at: FloatArray | None = None, log_bounds: FloatArray | None = None
    ) -> Solution:
        """Solve the program, with other bounds if given.

        condensed_at [D]: where to condense the limits that are not convex; None leaves them out.
        log_bounds [K]: of the plain limits, the problem's own by default.
        """
        self._bounds.value = self.problem.log_bounds if log_bounds is None else log_bounds
        self._condense(condensed_at)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # inaccurate solutions are told by the status
                self._program.solve(solver=cp.CLARABEL)
        except cp.SolverError:
            return _nothing(self.problem, Status.FAILED)
        if self._program.status in ("infeasible", "infeasible_inaccurate"):
            return _nothing(self.problem, Status.INFEASIBLE)
        if self._program.status not in ("optimal", "optimal_inaccurate"):
            return _nothing(self.problem, Status.FAILED)
        return Solution(
            Status.SOLVED,
            np.asarray(self._x.value, dtype=np.float64),
            float(self._t.value),
            float(self._useful.value),
            float(self._program.value) + self.problem.constant,
            np.array([float(limit.dual_value) for limit in self._limits]),
            np.asarray(self._low.dual_value, dtype=np.float64),
            np.asarray(self._high.dual_value, dtype=np.float64),
        )

    def _limit(self, k: int) -> cp.Constraint:
        """Limit k as `m + (tokens it may use) ≥ 0`, in the convention of `optimizer.problem`."""
        problem = self.problem
        if problem.is_saturation[k]:
            tokens = -self._useful
        elif problem.is_cap[k]:
            tokens = -self._t
        else:
            tokens = self._t if problem.is_floor[k] else 0
        if k in self._tilts:
            return self._tilts[k] @ self._x + self._levels[k] + tokens >= 0
        exponents, coefficients = problem.terms(k)
        resource = exponents @ self._x + coefficients
        logarithm = resource[0] if len(coefficients) == 1 else cp.log_sum_exp(resource)
        return float(problem.signs[k]) * (self._bounds[k] - logarithm) + tokens >= 0

    def _index(self) -> cp.Expression:
        problem = self.problem
        exponents, coefficients = problem.penalty_terms()
        penalty = cp.sum(cp.exp(exponents @ self._x + coefficients))
        return problem.weights @ self._x + problem.token_weight * self._useful - penalty

    def _condense(self, at: FloatArray | None) -> None:
        """Set the monomials of the limits that are not convex: tangents of m at the point."""
        if at is not None:
            values, gradients = self.problem.slacks_and_gradients(at[None, :])
        for k in self._tilts:
            if at is None:
                self._tilts[k].value = np.zeros(len(self.problem.weights))
                self._levels[k].value = FAR
            else:
                self._tilts[k].value = gradients[0, k]
                self._levels[k].value = values[0, k] - gradients[0, k] @ at


def safe_bound(problem: Problem, solution: Solution) -> float:
    """An upper bound of the index over the whole lattice, from a solution's duals.

    Weak duality, recomputed here: valid for any duals and any point, tight for good ones. The
    plane touches at the solution, pulled into the box of the axes.
    """
    ends = problem.lattice.whole()
    low, high = problem.lattice.logs(ends.low), problem.lattice.logs(ends.high)
    rows: Multipliers = default_rows(problem)
    at = (low + high) / 2
    if solution.status is Status.SOLVED:
        at = np.clip(solution.logs[None, :], low, high)
        rows = rows + row_from_duals(problem, solution.duals)
    useful = problem.tokens(problem.greatest_slacks(low, high))[2]
    return float(upper_bounds(problem, low, high, at, useful, rows)[0]) + 1e-9


def _nothing(problem: Problem, status: Status) -> Solution:
    axes, slacks = np.zeros(len(problem.weights)), np.zeros(len(problem.signs))
    return Solution(status, axes, 0.0, 0.0, -np.inf, slacks, axes, axes)
