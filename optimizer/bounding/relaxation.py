"""The convex relaxation of the continuous problem, and the upper bound that its duals prove.

The variables are x (logarithms of the sizes), t (of tokens) and t' (of counted tokens). In these
the law's index is concave and every limit convex, with one exception: limits that bound a sum of
monomials from below, such as parameters ≥ 7B, tokens per parameter ≤ r, or the law's saturation t'
≤ ln(r·parameters).

The plain program leaves these limits out, so its optimum bounds the lattice's. If the law looks at
sums of sizes, it takes planes around them in their place, valid over the whole box of sizes.

Condensed at a point, each such sum is replaced by its best monomial there (the arithmetic-geometric
mean inequality). The condensed program is stricter than the limits, but has the same first-order
conditions at the point, and hence the right shadow prices (Chiang 2005, "Geometric programming for
communication systems", §3.2.2).

What a solver reports as the optimum is no proven bound: `safe_bound` recomputes one from the duals.

Derivation: docs/theory.md.
"""

from __future__ import annotations

import numpy as np

from optimizer.bounding.interior_point import interior_point
from optimizer.bounding.multipliers import default_rows, row_from_duals
from optimizer.bounding.solution import Solution, Status
from optimizer.bounding.tangent_planes import planes
from optimizer.problem.problem import Problem
from optimizer.problem.rounding import safety

__all__ = ["safe_bound", "solve_relaxation"]


def solve_relaxation(problem: Problem, near: Solution | None = None) -> Solution:
    """Solve the relaxation of a problem.

    Args:
        problem: a region and a law.
        near: where to condense the limits that are not convex, and to take the tangent of g, what
            repeated tokens are worth. None for the plain program, which leaves those limits out and
            counts every token as new.

    Returns:
        The optimum with its duals, or a status that says why there is none.
    """
    found = interior_point(problem, near)
    if found is not None:
        return found
    from optimizer.bounding.convex_program import solve_program  # CVXPY is slow to import

    return solve_program(problem, near)


def safe_bound(problem: Problem, solution: Solution) -> float:
    """An upper bound of the index over the whole lattice [index], from a solution's duals.

    Weak duality, computed here instead of taken from the solver: the bound is valid for any duals
    and at any point, and tight for good ones. The plane touches at the solution, moved into the box
    of the axes' ends.

    Args:
        problem: a region and a law.
        solution: of the problem's relaxation, solved or not.
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
