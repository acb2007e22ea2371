"""The convex relaxation of the continuous problem, and the bound that its duals give.

In x, t, t' (logarithms of sizes, tokens, and tokens that count) the law's index is concave and
every limit convex, except the few that bound a sum of monomials from below: parameters ≥ 7B,
tokens per parameter ≤ r, the law's saturation t' ≤ ln(r·S). Those are left out of the plain
program, whose optimum therefore bounds the lattice's; a law that looks at sums of sizes gets them
from planes around them there. Condensed to their best monomial at a point (the
arithmetic-geometric mean inequality) they make an inner program with the same first-order
conditions there, hence the right prices (Chiang 2005, "Geometric programming for communication
systems", §3.2.2).

A solver's value is not a bound: `safe_bound` recomputes one from the duals.
"""

from __future__ import annotations

import numpy as np

from optimizer.bounding.convex_program import solve_program
from optimizer.bounding.solution import Solution, Status
from optimizer.bounding.tangent_planes import default_rows, planes, row_from_duals
from optimizer.problem.problem import Problem, safety

__all__ = ["safe_bound", "solve_relaxation"]


def solve_relaxation(problem: Problem, near: Solution | None = None) -> Solution:
    """Solve a problem's program.

    near: where to condense the limits that are not convex, and to touch the worth of repeated
    tokens; None leaves those limits out and takes every token for new.
    """
    return solve_program(problem, near)


def safe_bound(problem: Problem, solution: Solution) -> float:
    """An upper bound of the index over the whole lattice, from a solution's duals.

    Weak duality, recomputed here: valid for any duals and any point, tight for good ones. The
    plane touches at the solution, pulled into the box of the axes.
    """
    low, high = problem.ends
    rows, at = default_rows(problem), (low + high) / 2
    if solution.status is Status.SOLVED:
        at = np.clip(solution.logs[None, :], low, high)
        rows = rows + row_from_duals(problem, solution.duals, solution.counted)
    _, most, counted = problem.tokens(problem.greatest_slacks(low, high))
    tokens = np.array([solution.tokens]) if solution.status is Status.SOLVED else most
    bound = float(planes(problem, low, high, at, tokens, counted, rows).best[0])
    return bound + safety(bound)
