"""What every search asks of boxes and points: whether they may hold a plan, and how good a one.

Derivation: docs/theory.md.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from constraints.algebra.log_form import FloatArray, NDBool
from constraints.space.boxes import Boxes, Positions
from optimizer.bounding.multipliers import Multipliers
from optimizer.bounding.tangent_planes import Planes, most_of_sizes, planes
from optimizer.problem.problem import Problem, feasible
from optimizer.problem.rounding import SAFETY

__all__ = ["Points", "Screened", "feasible_points", "screen_boxes"]


@dataclass(frozen=True)
class Screened:
    """Which of n boxes may hold a plan, and what the m of them that may could hold.

    Attributes:
        inside: whether a box may hold a plan [n].
        low: lower ends of the m boxes, in logarithms [m, D].
        high: upper ends of the m boxes, in logarithms [m, D].
        fewest: lower bounds of t, the logarithm of the tokens that floors ask for [m].
        counted: upper bounds of t', the logarithm of the counted tokens [m].
        planes: upper bounds of the index over the m boxes.
        dearer: lower bounds of ln(what layouts take of the compute budget / FLOPs counted) [m]; 0
            where they were not looked at.
    """

    inside: NDBool
    low: FloatArray
    high: FloatArray
    fewest: FloatArray
    counted: FloatArray
    planes: Planes
    dearer: FloatArray

    @property
    def bounds(self) -> FloatArray:
        """The best upper bound of the index in each box [index], shape [m]."""
        return self.planes.best

    def replaced(self, which: NDBool, other: Screened) -> Screened:
        """The same with some of the m boxes, by a mask [m], screened anew.

        Args:
            which: the boxes.
            other: what became of these.
        """
        kept = ~which
        kept[which] = other.inside
        inside = self.inside.copy()
        inside[inside] = kept
        anew = which[kept]

        def mixed(own: FloatArray, its: FloatArray) -> FloatArray:
            found = own[kept]
            found[anew] = its
            return found

        return Screened(
            inside,
            mixed(self.low, other.low),
            mixed(self.high, other.high),
            mixed(self.fewest, other.fewest),
            mixed(self.counted, other.counted),
            Planes(
                mixed(self.planes.index, other.planes.index),
                mixed(self.planes.weights, other.planes.weights),
            ),
            mixed(self.dearer, other.dearer),
        )

    def __getitem__(self, which: NDBool) -> Screened:
        """The same with only some of the m boxes left inside, by a mask [m]."""
        inside = self.inside.copy()
        inside[inside] = which
        return Screened(
            inside,
            self.low[which],
            self.high[which],
            self.fewest[which],
            self.counted[which],
            self.planes[which],
            self.dearer[which],
        )


def screen_boxes(
    problem: Problem, boxes: Boxes, rows: Multipliers, floor: float = -np.inf
) -> Screened:
    """Drop the boxes outside the limits and bound the others; planes touch at the middles of boxes.

    What layouts take, which is slow to bound, is looked at only in boxes that could reach the floor
    without it.

    Args:
        problem: a region and a law.
        boxes: n boxes of positions on the lattice's axes.
        rows: multipliers for the bounds.
        floor: least index of interest [index]; bounds of boxes below it need not be tight.
    """
    low, high = problem.lattice.ends(boxes)
    bare, of_sizes = problem.bare_slacks_over(boxes), most_of_sizes(problem, boxes)
    found = _screened(problem, low, high, bare, rows, floor, of_sizes=of_sizes)
    if problem.layouts is None:
        return found
    reach = ~(found.bounds < floor)
    low, high = found.low[reach], found.high[reach]
    dearer = problem.layouts.least(low, high)
    slacks = problem.after_layouts(problem.greatest_bare_slacks(low, high), dearer)
    return found.replaced(reach, _screened(problem, low, high, slacks, rows, floor, dearer=dearer))


def _screened(
    problem: Problem,
    low: FloatArray,
    high: FloatArray,
    slacks: FloatArray,
    rows: Multipliers,
    floor: float,
    *,
    dearer: FloatArray | None = None,
    of_sizes: FloatArray | None = None,
) -> Screened:
    """What n boxes may hold, given their greatest slacks [n, K].

    What layouts take [n] is `dearer`, what sizes add to the index at most [n] is `of_sizes`; either
    may be None, which is not known.
    """
    least, most, counted = problem.tokens(slacks)
    inside = feasible(problem, slacks, least, most)
    low, high, most, counted = low[inside], high[inside], most[inside], counted[inside]
    own = None if dearer is None else dearer[inside]
    most_sizes = None if of_sizes is None else of_sizes[inside]
    given = problem, low, high, None, most, counted, rows, own
    found = planes(*given, floor=floor, of_sizes=most_sizes)
    told = np.zeros(len(low)) if own is None else own
    return Screened(inside, low, high, least[inside], counted, found, told)


@dataclass(frozen=True)
class Points:
    """Lattice points that may be plans, up to rounding.

    Attributes:
        positions: positions on the axes [m, D].
        logs: logarithms of the sizes [m, D].
        fewest: least t that floors allow, a logarithm of tokens [m].
        counted: greatest t', the logarithm of the counted tokens [m].
        index: the law's index [index], shape [m].
        clear: whether the point is a plan for sure, by more than rounding can change [m].
    """

    positions: Positions
    logs: FloatArray
    fewest: FloatArray
    counted: FloatArray
    index: FloatArray
    clear: NDBool

    def __getitem__(self, which: NDBool) -> Points:
        """Some of the m points, by a mask [m]."""
        return Points(
            self.positions[which],
            self.logs[which],
            self.fewest[which],
            self.counted[which],
            self.index[which],
            self.clear[which],
        )


def feasible_points(problem: Problem, points: Positions, floor: float = -np.inf) -> Points:
    """Those of the points that may be plans of at least some index, up to rounding.

    Layouts, which take the longest to look at, are looked at only where all else allows that index.

    Args:
        problem: a region and a law.
        points: positions on the axes [n, D].
        floor: least index of interest [index].
    """
    logs = problem.lattice.logs(points)
    found = _reaching(problem, points, logs, problem.slacks(logs), floor)
    if problem.region.layout_choice is None:
        return found
    slacks = problem.point_slacks(found.positions)
    return _reaching(problem, found.positions, found.logs, slacks, floor)


def _reaching(
    problem: Problem, points: Positions, logs: FloatArray, slacks: FloatArray, floor: float
) -> Points:
    """The points whose slacks leave room for tokens, and whose index is at least `floor`."""
    least, most, counted = problem.tokens(slacks)
    inside = feasible(problem, slacks, least, most)
    clear = problem.gates_hold(slacks, SAFETY) & (least <= most - SAFETY)
    points, logs, least, counted = points[inside], logs[inside], least[inside], counted[inside]
    index = problem.index.value(logs, counted)
    found = Points(points, logs, least, counted, index, clear[inside])
    return found if floor == -np.inf else found[~(found.index < floor)]  # a NaN is below nothing
