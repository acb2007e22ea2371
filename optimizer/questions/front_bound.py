"""What lies between neighbours of a front with one cost: nothing above a proven line.

A point is the best within its levels, so up to there the front is flat. From there to its
neighbour the best plans score no more than the neighbour, and no more than a line between the
two, as steep as their chord and lifted until no box of real sizes reaches above it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from constraints.algebra.limit import Limit
from constraints.algebra.posynomial import Exact, log_exact
from constraints.space.region import Region
from optimizer.bounding.continuous_bound import line_above
from optimizer.laws.law import Law
from optimizer.problem.problem import Problem
from optimizer.questions.front import Front, FrontPoint
from optimizer.questions.levels import BELOW

__all__ = ["Segment", "upper_line"]


@dataclass(frozen=True)
class Segment:
    """The bound between two neighbours.

    flat: the amount up to which the lower point is proven best. start: upper bound of the score
    just above it, whence the bound rises, straight over the logarithm of the amount, to the upper
    point's score at the amount `meets` and stays there.
    """

    flat: Exact
    start: float
    meets: float


def upper_line(region: Region, law: Law, limit: Limit, front: Front) -> tuple[Segment, ...]:
    """The bounds between the neighbours of a front in one cost, from left to right."""
    pairs = zip(front.points, front.points[1:], strict=False)
    return tuple(_segment(region, law, limit, lower, upper) for lower, upper in pairs)


def _segment(
    region: Region, law: Law, limit: Limit, lower: FrontPoint, upper: FrontPoint
) -> Segment:
    start, end, response = lower.levels[0], upper.amounts[0], law.response
    high = float(response(upper.plan.index))
    if start >= end * BELOW:  # nothing lies between
        return Segment(end, high, float(end))
    stairs = Segment(start, high, float(start))
    if upper.plan.index > response.straight_below:  # a line of the index is bent in the score
        return stairs
    problem = Problem(region.within(limit, end), law)
    down, goal = log_exact(end) - log_exact(start), upper.plan.index
    slope = (goal - lower.plan.index) / (log_exact(end) - log_exact(lower.amounts[0]))
    height = line_above(problem, lower.rows + upper.rows, limit.name, down, slope, goal)
    if height - slope * down >= goal:
        return stairs
    meets = float(end) * math.exp((goal - height) / slope)
    return Segment(start, float(response(height - slope * down)), meets)
