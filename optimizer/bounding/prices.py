"""Shadow prices: what the score gains when one limit moves by one per cent.

They are the duals of the true continuous problem at its optimum. Where that problem is not convex,
the program condensed at the optimum has the same first-order conditions, so its duals are the right
ones. The duals of the plain relaxation are not, since it leaves limits out (Boyd & Vandenberghe
2004, §5.6, on what duals price).

Derivation: docs/theory.md.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from copy import copy
from dataclasses import dataclass

import numpy as np

from constraints.algebra.log_form import FloatArray
from optimizer.bounding.continuous_bound import continuous_bound
from optimizer.bounding.interior_point import followed_optimum, interior_point
from optimizer.bounding.multipliers import default_rows, row_from_duals
from optimizer.bounding.relaxation import safe_bound, solve_relaxation
from optimizer.bounding.solution import Solution, Status
from optimizer.problem.problem import Problem

__all__ = ["Relaxed", "relax", "true_optimum"]

ROUNDS = 12
"""Condensations at most; each is exact to second order, so a few suffice."""
THE_SAME = 1e-7
"""Where two condensations are nearer than this in logarithms, the point is an optimum."""
LOOSE = 0.05
"""A bound this far above the optimum is worth tightening [index]."""
SETTLED = 1e-4
"""Where two condensations are nearer than this in logarithms, the second is the last.

Prices change by as little, relatively.
"""
ACTIVE = 1e-6
"""Slacks below this, in logarithms, count as none left; gains below this per unit count as none."""
RUNAWAY = 30.0
"""Duals so many times what tokens gain are no price [unitless]."""
PER_CENT = math.log(1.01)
"""One per cent as a step in logarithms."""


@dataclass(frozen=True)
class Relaxed:
    """The continuous problem, solved.

    Attributes:
        bound: upper bound of the index over the region, with room for rounding [index].
        optimum: a point that is optimal in the true continuous problem; None if none was found.
        shadow_prices: gain per +1 % of each bound as reports show it [score]; zeros included.
        unique: False if more limits meet at the optimum than determine it. Prices then depend on
            the direction in which limits move, and each is one of several valid ones.
    """

    bound: float
    optimum: Solution | None
    shadow_prices: Mapping[str, float]
    unique: bool


def relax(problem: Problem, optimum: Solution | None = None) -> Relaxed:
    """Bound, optimum and shadow prices of a problem's continuous form.

    Args:
        problem: a region and a law.
        optimum: what `true_optimum` says of it; a rough one is where the search for it starts.
    """
    if optimum is None or optimum.is_rough:
        optimum = true_optimum(problem, optimum)
    if optimum is None:
        return Relaxed(safe_bound(problem, solve_relaxation(problem)), None, {}, True)
    bound = safe_bound(problem, optimum)
    if bound > optimum.index + LOOSE:
        rows = default_rows(problem) + row_from_duals(problem, optimum.duals, optimum.counted)
        bound = continuous_bound(problem, rows, optimum.index, bound)
    return Relaxed(bound, optimum, _prices(problem, optimum), _unique(problem, optimum))


def true_optimum(
    problem: Problem, start: Solution | None = None, *, rough: bool = False
) -> Solution | None:
    """The optimum of the continuous problem with every limit in force, and its duals.

    Repeated tokens count as what they are worth.

    Args:
        problem: a region and a law.
        start: of a problem with the same limits, whose optimum may be near; None if none is known.
        rough: whether a rough solution will do.

    Returns:
        The optimum, None if the problem was not solved.
    """
    has_more = problem.is_condensed.any() or problem.region.text.unique_tokens is not None
    if has_more and (followed := followed_optimum(problem, start, rough=rough)) is not None:
        return followed
    plain = solve_relaxation(problem)
    if plain.status is not Status.SOLVED:
        return None
    settled = _settled(problem, plain, interior_point, THE_SAME) if has_more else plain
    if settled is not None:
        return settled
    from optimizer.bounding.local_optimum import continuous_optimum  # SciPy is slow to import

    found = continuous_optimum(problem, plain)
    if found is not None:
        # keep this point: the condensed program takes g by its tangent, so its own optimum may
        # lie elsewhere along a direction in which the index is flat; its duals are right
        return found.with_duals(solve_relaxation(problem, found))
    return _settled(problem, plain, solve_relaxation, SETTLED)


def _settled(
    problem: Problem,
    plain: Solution,
    solve: Callable[[Problem, Solution], Solution | None],
    apart: float,
) -> Solution | None:
    """The optimum where condensations lead to one point soon; None where they don't.

    A program condensed at its own optimum has that problem's first-order conditions there.

    Args:
        problem: a region and a law.
        plain: the solution of the plain relaxation, at which the first program is condensed.
        solve: solves a program condensed at a solution.
        apart: how near two solutions in a row count as one point, in logarithms.
    """
    near = plain
    for _ in range(ROUNDS):
        solution = solve(problem, near)
        if solution is None or solution.status is not Status.SOLVED:
            return None
        moved = np.abs(solution.logs - near.logs).max() + abs(solution.tokens - near.tokens)
        near = solution
        if moved <= apart:
            return near
    return None


def _prices(problem: Problem, optimum: Solution) -> dict[str, float]:
    """Shadow prices of the limits and of the ends of the axes by name [score per +1 %]."""
    response = problem.law.response
    worth = float(response.slope(optimum.index)) * PER_CENT
    far, prices = RUNAWAY * float(problem.index.rate(np.array([optimum.counted]))[0]), {}
    for k, limit in enumerate(problem.limits):
        rising = 1.0 if limit.shown_sense == "<=" else -1.0
        dual = max(float(optimum.duals[k]), 0.0)
        if dual > far and not limit.fixed.terms:
            dual = _gain(problem, optimum, limit=k)
        prices[limit.name] = rising * dual * worth
    for j, axis in enumerate(problem.lattice.free):
        if len(axis.values) == 1:
            continue
        for name, sign, duals in (("min", -1, optimum.low_duals), ("max", 1, optimum.high_duals)):
            dual = max(float(duals[j]), 0.0)
            if dual > far:
                dual = _gain(problem, optimum, end=(j, sign))
            prices[f"{axis.name}_{name}"] = sign * dual * worth
    told = {name: p if abs(p) >= ACTIVE * PER_CENT else 0.0 for name, p in prices.items()}
    return _netted(told)


def _gain(
    problem: Problem,
    optimum: Solution,
    limit: int | None = None,
    end: tuple[int, int] | None = None,
) -> float:
    """The index gained per unit of the logarithm of one bound, by solving the problem anew.

    Where limits leave no room between them, their duals are any numbers with the right sum.

    Args:
        problem: a region and a law.
        optimum: of it.
        limit: the place of the limit that is loosened.
        end: in its place, an axis and which end of it moves out: −1 for the low, 1 for the high.

    Returns:
        The gain; 0 if the looser problem was not solved.
    """
    looser = copy(problem)
    if limit is not None:
        looser.log_bounds = problem.log_bounds.copy()
        looser.log_bounds[limit] += problem.signs[limit] * PER_CENT
    if end is not None:
        column, sign = end
        low, high = (each.copy() for each in problem.ends)
        (low if sign < 0 else high)[0, column] += sign * PER_CENT
        looser.__dict__["ends"] = (low, high)
    moved = true_optimum(looser)
    return 0.0 if moved is None else max(moved.index - optimum.index, 0.0) / PER_CENT


def _netted(prices: dict[str, float]) -> dict[str, float]:
    """Prices in which the two ends of one range don't cancel each other.

    If both ends hold the plan, only what moving both would gain is a price.
    """
    for low in [name for name in prices if name.endswith("_min")]:
        high = f"{low.removesuffix('_min')}_max"
        if prices[low] < 0.0 < prices.get(high, 0.0):
            net = prices[low] + prices[high]
            prices[low], prices[high] = min(net, 0.0), max(net, 0.0)
    return prices


def _unique(problem: Problem, optimum: Solution) -> bool:
    """Whether the gradients of the limits active at the optimum are linearly independent."""
    slacks, gradients = problem.slacks_and_gradients(optimum.logs[None, :])
    used = problem.token_uses
    room = slacks[0] + used @ np.array([optimum.tokens, optimum.counted])
    rows = [np.hstack([gradients[0], used])[np.abs(room) < ACTIVE]]
    low, high = (end[0] for end in problem.ends)
    free = np.pad(np.eye(len(low)), ((0, 0), (0, 2)))
    rows.append(free[np.abs(low - optimum.logs) < ACTIVE])
    rows.append(free[(np.abs(high - optimum.logs) < ACTIVE) & (high > low)])  # held ones count once
    worth, rate = problem.worth(np.array([optimum.tokens]))
    if abs(worth[0] - optimum.counted) < ACTIVE:
        rows.append(np.concatenate([np.zeros(len(problem.lattice.names)), rate, [-1.0]])[None, :])
    active: FloatArray = np.vstack(rows)
    return int(np.linalg.matrix_rank(active, tol=ACTIVE)) == len(active)
