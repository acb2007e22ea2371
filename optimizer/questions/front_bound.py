"""Upper bounds between neighbouring points of a front with one cost: no plan lies above them.

A point of the front is proved best within its levels, so the front is flat up to there. Between
that level and the next point, the best plans score no more than the next point. They also score no
more than a line between the two, as steep as their chord and lifted until no box of real sizes
reaches above it.
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
    """The upper bound between two neighbours on a front.

    It is flat at the lower point's score up to the amount `flat`. It jumps there to `start`, rises
    from there to the upper point's score, straight over the logarithm of the amount, meets that
    score at `meets`, and stays there.

    Attributes:
        flat: amount of the cost up to which the lower point is proved best, in the cost's unit.
        start: upper bound just above that amount [score].
        meets: amount at which the bound meets the upper point's score, in the cost's unit.
    """

    flat: Exact
    start: float
    meets: float


def upper_line(region: Region, law: Law, limit: Limit, front: Front) -> tuple[Segment, ...]:
    """The upper bounds between the neighbours of a front in one cost, from left to right.

    Args:
        region: all plans that satisfy the limits.
        law: that scores them.
        limit: on the cost.
        front: the points found, in order of the cost.
    """
    pairs = zip(front.points, front.points[1:], strict=False)
    return tuple(_segment(region, law, limit, lower, upper) for lower, upper in pairs)


def _segment(
    region: Region, law: Law, limit: Limit, lower: FrontPoint, upper: FrontPoint
) -> Segment:
    """The upper bound between two neighbours; a step where a line would not be lower."""
    start, end, response = lower.levels[0], upper.amounts[0], law.response
    high = float(response(upper.plan.index))
    if start >= end * BELOW:  # no amount lies between
        return Segment(end, high, float(end))
    stairs = Segment(start, high, float(start))
    if upper.plan.index > response.straight_below:  # a line in the index is a curve in the score
        return stairs
    problem = Problem(region.within(limit, end), law)
    down, goal = log_exact(end) - log_exact(start), upper.plan.index
    slope = (goal - lower.plan.index) / (log_exact(end) - log_exact(lower.amounts[0]))
    height = line_above(problem, lower.rows + upper.rows, limit.name, down, slope, goal)
    if height - slope * down >= goal:
        return stairs
    meets = float(end) * math.exp((goal - height) / slope)
    return Segment(start, float(response(height - slope * down)), meets)
