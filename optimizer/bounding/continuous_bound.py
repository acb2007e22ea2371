"""A tight bound on what fractional sizes could score, where the problem is not convex.

The plain relaxation leaves out the law's saturation, lower limits on sums such as the parameter
count, and what repeated tokens lose in worth. Its bound can be points of score too high. Cutting
the box of all sizes into smaller ones, over which the tangent planes of
`optimizer.bounding.tangent_planes` are tight, closes that gap. A line over all levels of one limit
is bounded the same way.

Derivation: docs/theory.md.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from constraints.algebra.log_form import FloatArray
from optimizer.bounding.multipliers import Multipliers
from optimizer.bounding.tangent_planes import Planes, planes
from optimizer.bounding.tightening import tightened
from optimizer.problem.problem import Problem, feasible
from optimizer.problem.rounding import safety

__all__ = ["continuous_bound", "line_above"]

TIGHT_ENOUGH = 0.01
"""How far above the optimum the bound may stay [index]."""
MOST_BOXES = 4000
"""Boxes bounded at most, before the search stops with the bound it has [box]."""
FEW = 64
"""Boxes that several cuts in a row may lead to [box]: to bound more takes hardly longer."""
MOST_BOXES_OF_A_LINE = 600
"""The same for one line of a front [box]; a front has many lines.

Its lattice points lie below the continuous optimum anyway: more boxes lower a line by hundredths.
"""


def continuous_bound(problem: Problem, rows: Multipliers, optimum: float, bound: float) -> float:
    """An upper bound of the index over all real sizes within the axes' ends [index].

    The search stops within 0.01 of the optimum, or after 4,000 boxes.

    Args:
        problem: a region and a law.
        rows: multipliers for the bounds over boxes.
        optimum: the index at a feasible point of the continuous problem [index].
        bound: one that is known already; the result is no greater [index].
    """
    return min(bound, _tightened(problem, rows, optimum, lambda found: found.best))


def line_above(
    problem: Problem, rows: Multipliers, name: str, down: float, slope: float, goal: float
) -> float:
    """The height of a line that no plan lies above, over the levels of one limit [index].

    At every level of the limit from exp(−down)·bound to its bound, height + slope · ln(level/bound)
    is no less than the index of any plan within that level, even one of real sizes.

    Args:
        problem: with the limit at its bound.
        rows: multipliers for the bounds over boxes.
        name: of the limit.
        down: how far below the bound the line reaches, in logarithms.
        slope: of the line [index per unit of ln level].
        goal: a height that the line can't be lower than; the search stops close to it [index].
    """
    own = problem.names.index(name)

    def height(found: Planes) -> FloatArray:
        """The least height [n] of the line above some row of each box.

        A row is straight over ln level, so the line is above it if it is so at both ends.
        """
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
    """An upper bound of a measure over all real sizes, close to `goal` if boxes suffice for it.

    Args:
        problem: a region and a law.
        rows: multipliers for the bounds over boxes.
        goal: what the measure can't be lower than [index].
        measure: from bounds over n boxes to what is bounded [n].
        most_boxes: when to stop [box].
    """
    low, high = problem.ends
    closed, boxes = -np.inf, 0
    while len(low):
        boxes += len(low)
        low, high = tightened(problem.affine_gates, low, high)
        some = (low <= high).all(axis=1)
        low, high = low[some], high[some]
        slacks = problem.greatest_slacks(low, high)
        least, most, counted = problem.tokens(slacks)
        inside = feasible(problem, slacks, least, most)
        low, high, most, counted = low[inside], high[inside], most[inside], counted[inside]
        bounds = measure(planes(problem, low, high, None, most, counted, rows))
        if boxes > most_boxes:
            closed = max(closed, float(bounds.max(initial=-np.inf)))
            break
        open_ = bounds > goal + TIGHT_ENOUGH
        closed = max(closed, float(bounds[~open_].max(initial=-np.inf)))
        low, high = low[open_], high[open_]
        for _ in range(_cuts(len(low))):
            low, high = _halves(low, high)
    best = max(closed, goal)
    return best + safety(best)


def _cuts(count: int) -> int:
    """How often to cut so many boxes before they are bounded; more often while they are few."""
    return max(1, int(math.log2(FEW / count))) if count else 0


def _halves(low: FloatArray, high: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Each box cut in two along its longest side."""
    rows, axis = np.arange(len(low)), np.argmax(high - low, axis=1)
    middle = (low[rows, axis] + high[rows, axis]) / 2
    left, right = high.copy(), low.copy()
    left[rows, axis] = middle
    right[rows, axis] = middle
    return np.concatenate([low, right]), np.concatenate([left, high])
