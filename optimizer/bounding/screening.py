"""What every search for plans asks of boxes and points: may they hold one, and how good a one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from constraints.algebra.log_form import FloatArray, NDBool
from constraints.space.lattice import Boxes, Positions
from optimizer.bounding.tangent_planes import Multipliers, Planes, planes
from optimizer.problem.problem import Problem, feasible

__all__ = ["Points", "Screened", "feasible_points", "screen_boxes"]


@dataclass(frozen=True)
class Screened:
    """Which of n boxes may hold a plan, and of those m what may be in them.

    inside [n]. low, high [m, D]: their ends in logarithms. fewest [m]: lower bounds of t, the
    tokens that limits ask for. counted [m]: upper bounds of t', the tokens that count.
    planes [m]: upper bounds of the index.
    """

    inside: NDBool
    low: FloatArray
    high: FloatArray
    fewest: FloatArray
    counted: FloatArray
    planes: Planes

    @property
    def bounds(self) -> FloatArray:
        """The best upper bound of the index in each box [m]."""
        return self.planes.best

    def __getitem__(self, which: NDBool) -> Screened:
        """Those of the m boxes."""
        inside = self.inside.copy()
        inside[inside] = which
        low, high, planes = self.low[which], self.high[which], self.planes[which]
        return Screened(inside, low, high, self.fewest[which], self.counted[which], planes)


def screen_boxes(problem: Problem, boxes: Boxes, rows: Multipliers) -> Screened:
    """Drop the boxes outside the limits and bound the others, planes touching at their middles."""
    low, high = problem.lattice.logs(boxes.low), problem.lattice.logs(boxes.high)
    slacks = problem.greatest_slacks(low, high)
    least, most, counted = problem.tokens(slacks)
    inside = feasible(problem, slacks, least, most)
    low, high, most, counted = low[inside], high[inside], most[inside], counted[inside]
    found = planes(problem, low, high, (low + high) / 2, most, counted, rows)
    return Screened(inside, low, high, least[inside], counted, found)


@dataclass(frozen=True)
class Points:
    """Points that may be plans, up to rounding.

    positions [m, D]; logs [m, D]. fewest, counted [m]: t that limits ask for, t' that counts.
    index [m]: of the law.
    """

    positions: Positions
    logs: FloatArray
    fewest: FloatArray
    counted: FloatArray
    index: FloatArray

    def __getitem__(self, which: NDBool) -> Points:
        """Those of the m points."""
        return Points(
            self.positions[which],
            self.logs[which],
            self.fewest[which],
            self.counted[which],
            self.index[which],
        )


def feasible_points(problem: Problem, points: Positions, floor: float = -np.inf) -> Points:
    """Those of the points [n, D] that may be plans of at least an index, up to rounding.

    Layouts, which take the longest to look at, only where all else allows that index.
    """
    points = points[problem.whole_heads(points)]
    found = _reaching(problem, points, problem.slacks(problem.lattice.logs(points)), floor)
    if problem.region.layout_choice is None:
        return found
    slacks = problem.point_slacks(found.positions)
    return _reaching(problem, found.positions, slacks, floor)


def _reaching(problem: Problem, points: Positions, slacks: FloatArray, floor: float) -> Points:
    """Points that the slacks leave room for, and that reach an index."""
    least, most, counted = problem.tokens(slacks)
    inside = feasible(problem, slacks, least, most)
    points, least, counted = points[inside], least[inside], counted[inside]
    logs = problem.lattice.logs(points)
    found = Points(points, logs, least, counted, problem.index.value(logs, counted))
    return found if floor == -np.inf else found[found.index >= floor]
