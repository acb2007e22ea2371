"""The line above a front: no plan of enumeration lies above it."""

import math
from fractions import Fraction

import pytest

from constraints.algebra.posynomial import Exact, log_exact
from constraints.space.region import Region
from optimizer.questions.front import trace_front
from optimizer.questions.front_bound import Segment, upper_line
from tests.optimizer.reference_problems import reference_region
from tests.optimizer.test_front import (
    LAW,
    ONE_COST,
    every_plan,
    objectives,
    small_region,
    whole_front,
)


def height(segment: Segment, left: float, right: float, amount: Exact) -> float:
    """The bound at an amount between neighbours with scores left and right."""
    if amount <= segment.flat:
        return left
    start, meets = log_exact(segment.flat), math.log(segment.meets)
    if log_exact(amount) >= meets:
        return right
    return segment.start + (right - segment.start) * (log_exact(amount) - start) / (meets - start)


@pytest.mark.enumeration("number")
@pytest.mark.parametrize("number", range(0, 200, 2))
def test_no_plan_lies_above_the_line(number: int) -> None:
    names = (ONE_COST[number % len(ONE_COST)],)
    region = small_region(number)
    (cost,) = objectives(region, names)
    *_, front = trace_front(region, LAW, (cost,), 4)
    segments = upper_line(region, LAW, cost.limit, front)
    pairs = zip(front.points, front.points[1:], segments, strict=False)
    plans = every_plan(region, names)
    for lower, upper, segment in pairs:
        floor, ceiling = (float(LAW.response(point.plan.index)) for point in (lower, upper))
        for (amount,), index in plans:
            if lower.amounts[0] <= amount < upper.amounts[0]:
                bound = height(segment, floor, ceiling, amount)
                assert float(LAW.response(index)) <= bound + 1e-9
                assert bound <= ceiling + 1e-9


def test_the_line_of_a_whole_front_is_its_stairs() -> None:
    region = small_region(1)
    front = whole_front(region, ("params",))
    (cost,) = objectives(region, ("params",))
    segments = upper_line(region, LAW, cost.limit, front)
    for upper, segment in zip(front.points[1:], segments, strict=True):
        assert segment.flat == upper.amounts[0]


@pytest.mark.slow
def test_the_line_hugs_a_front_of_many_plans() -> None:
    region: Region = reference_region()
    (cost,) = objectives(region, ("flops",))
    low = (Fraction(region.compute.bound) / 10,)
    *_, front = trace_front(region, LAW, (cost,), 40, low)
    segments = upper_line(region, LAW, cost.limit, front)
    for lower, upper, segment in zip(front.points, front.points[1:], segments, strict=False):
        step = float(LAW.response(upper.plan.index)) - float(LAW.response(lower.plan.index))
        assert segment.start - float(LAW.response(lower.plan.index)) <= max(0.35, step / 2)
        assert float(lower.levels[0]) <= segment.meets <= float(upper.amounts[0])
