"""A tight bound on what fractional sizes could score, where the problem is not convex.

The plain relaxation leaves out the law's saturation, lower limits on size and what repetition
costs; its bound can be points too high. Cutting the box of sizes into smaller ones, on which the
tangent bounds of `optimizer.bounds` are tight, closes that gap.
"""

from __future__ import annotations

import numpy as np

from constraints.logform import FloatArray
from optimizer.bounds import Multipliers, upper_bounds
from optimizer.problem import Problem, feasible, safety

__all__ = ["continuous_bound"]

TIGHT_ENOUGH = 0.02
"""Points of the index: how far above the optimum the bound may stay."""
MOST_BOXES = 4000


def continuous_bound(problem: Problem, rows: Multipliers, optimum: float, bound: float) -> float:
    """An upper bound of the index over all real sizes within the axes' ends, at most `bound`.

    rows: multipliers. optimum: the index at a point of the continuous problem; the search stops
    within 0.02 of it, or after 4,000 boxes.
    """
    low, high = problem.ends
    closed, boxes = -np.inf, 0
    while len(low):
        boxes += len(low)
        slacks = problem.greatest_slacks(low, high)
        least, most, useful = problem.tokens(slacks)
        inside = feasible(problem, slacks, least, most)
        low, high, most, useful = low[inside], high[inside], most[inside], useful[inside]
        bounds = upper_bounds(problem, low, high, (low + high) / 2, most, useful, rows)
        if boxes > MOST_BOXES:
            closed = max(closed, float(bounds.max(initial=-np.inf)))
            break
        open_ = bounds > optimum + TIGHT_ENOUGH
        closed = max(closed, float(bounds[~open_].max(initial=-np.inf)))
        low, high = _halves(low[open_], high[open_])
    best = max(closed, optimum)
    return min(bound, best + safety(best))


def _halves(low: FloatArray, high: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Each box in two along its longest side."""
    rows, axis = np.arange(len(low)), np.argmax(high - low, axis=1)
    middle = (low[rows, axis] + high[rows, axis]) / 2
    left, right = high.copy(), low.copy()
    left[rows, axis] = middle
    right[rows, axis] = middle
    return np.concatenate([low, right]), np.concatenate([left, high])
