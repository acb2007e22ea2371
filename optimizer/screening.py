"""What every search for plans asks of boxes and points: may they hold one, and how good a one."""

from __future__ import annotations

from dataclasses import dataclass

from constraints.lattice import Boxes, IndexArray
from constraints.logform import FloatArray, NDBool
from optimizer.bounds import Multipliers, Planes, planes
from optimizer.problem import Problem, feasible

__all__ = ["Screened", "feasible_points", "screen_boxes"]


@dataclass(frozen=True)
class Screened:
    """Which of n boxes may hold a plan, and of those m what may be in them.

    inside [n]. low, high [m, D]: their ends in logarithms. useful [m]: upper bounds of the tokens
    that count. planes [m]: upper bounds of the index.
    """

    inside: NDBool
    low: FloatArray
    high: FloatArray
    useful: FloatArray
    planes: Planes

    @property
    def bounds(self) -> FloatArray:
        """The best upper bound of the index in each box [m]."""
        return self.planes.best

    def __getitem__(self, which: NDBool) -> Screened:
        """Those of the m boxes."""
        inside = self.inside.copy()
        inside[inside] = which
        return Screened(
            inside, self.low[which], self.high[which], self.useful[which], self.planes[which]
        )


def screen_boxes(problem: Problem, boxes: Boxes, rows: Multipliers) -> Screened:
    """Drop the boxes outside the limits and bound the others, planes touching at their middles."""
    low, high = problem.lattice.logs(boxes.low), problem.lattice.logs(boxes.high)
    slacks = problem.greatest_slacks(low, high)
    least, most, useful = problem.tokens(slacks)
    inside = feasible(problem, slacks, least, most)
    low, high, most, useful = low[inside], high[inside], most[inside], useful[inside]
    found = planes(problem, low, high, (low + high) / 2, most, useful, rows)
    return Screened(inside, low, high, useful, found)


def feasible_points(problem: Problem, points: IndexArray) -> tuple[IndexArray, FloatArray]:
    """The points [n, D] that may be plans, up to rounding, and their indices [m]."""
    points = points[problem.whole_heads(points)]
    slacks = problem.point_slacks(points)
    least, most, useful = problem.tokens(slacks)
    inside = feasible(problem, slacks, least, most)
    points = points[inside]
    return points, problem.index(problem.lattice.logs(points), useful[inside])
