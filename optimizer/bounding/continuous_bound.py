"""A tight bound on what fractional sizes could score, where the problem is not convex.

The plain relaxation leaves out the law's saturation, lower limits on size and what repetition
costs; its bound can be points too high. Cutting the box of sizes into smaller ones, on which the
tangent bounds of `optimizer.bounding.tangent_planes` are tight, closes that gap. A line over all levels of one
limit is bounded the same way.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from constraints.algebra.log_form import FloatArray
from optimizer.bounding.tangent_planes import Multipliers, Planes, planes
from optimizer.bounding.tightening import tightened
from optimizer.problem.problem import Problem, feasible, safety

__all__ = ["continuous_bound", "line_above"]

TIGHT_ENOUGH = 0.02
"""Points of the index: how far above the optimum the bound may stay."""
MOST_BOXES = 4000
MOST_BOXES_OF_A_LINE = 600
"""A front has many lines, and its lattice lies below them: more boxes lower them by hundredths."""


def continuous_bound(problem: Problem, rows: Multipliers, optimum: float, bound: float) -> float:
    """An upper bound of the index over all real sizes within the axes' ends, at most `bound`.

    rows: multipliers. optimum: the index at a point of the continuous problem; the search stops
    within 0.02 of it, or after 4,000 boxes.
    """
    return min(bound, _tightened(problem, rows, optimum, lambda found: found.best))


def line_above(
    problem: Problem, rows: Multipliers, name: str, down: float, slope: float, goal: float
) -> float:
    """A line that no plan lies above, over the levels of one limit: its height at the bound.

    name: the limit. down: how far below the bound it reaches, in logarithms. slope: index per
    unit of logarithm. goal: a height that it can't be lower than. Height + slope · ln(level/bound)
    is no less than the index of any plan, of real sizes even, within that level.
    """
    own = problem.names.index(name)

    def height(found: Planes) -> FloatArray:
        """The least height of the line above some row of each box [n], at both its ends."""
        fall = np.maximum((slope - found.weights[:, :, own]) * down, 0.0)
        least: FloatArray = (found.index + fall).min(axis=1)
        return least

    return _tightened(problem, rows, goal, height, MOST_BOXES_OF_A_LINE)


def _tightened(
    problem: Problem,
    rows: Multipliers,
    goal: float,
    measure: Callable[[Planes], FloatArray],
    most_boxes: int = MOST_BOXES,
) -> float:
    """An upper bound of a measure of boxes [n] over all real sizes, near `goal` if it can be."""
    low, high = problem.ends
    closed, boxes = -np.inf, 0
    while len(low):
        boxes += len(low)
        low, high = tightened(problem, low, high)
        some = (low <= high).all(axis=1)
        low, high = low[some], high[some]
        slacks = problem.greatest_slacks(low, high)
        least, most, counted = problem.tokens(slacks)
        inside = feasible(problem, slacks, least, most)
        low, high, most, counted = low[inside], high[inside], most[inside], counted[inside]
        bounds = measure(planes(problem, low, high, (low + high) / 2, most, counted, rows))
        if boxes > most_boxes:
            closed = max(closed, float(bounds.max(initial=-np.inf)))
            break
        open_ = bounds > goal + TIGHT_ENOUGH
        closed = max(closed, float(bounds[~open_].max(initial=-np.inf)))
        low, high = _halves(low[open_], high[open_])
    best = max(closed, goal)
    return best + safety(best)


def _halves(low: FloatArray, high: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Each box in two along its longest side."""
    rows, axis = np.arange(len(low)), np.argmax(high - low, axis=1)
    middle = (low[rows, axis] + high[rows, axis]) / 2
    left, right = high.copy(), low.copy()
    left[rows, axis] = middle
    right[rows, axis] = middle
    return np.concatenate([low, right]), np.concatenate([left, high])
