import numpy as np
import pytest

from constraints.space.boxes import Boxes
from optimizer.bounding.tangent_planes import Multipliers, default_rows, planes
from optimizer.laws.library import law
from optimizer.problem.problem import Problem
from tests.random_problems import random_region

LAW = law("performance-law")


def random_boxes(problem: Problem, draw: np.random.Generator, count: int) -> Boxes:
    last = problem.lattice.whole().high[0]
    ends = draw.integers(0, last + 1, size=(2, count, len(last)))
    return Boxes(ends.min(axis=0), ends.max(axis=0))


def random_rows(problem: Problem, draw: np.random.Generator) -> Multipliers:
    shares = draw.exponential(size=(3, len(problem.signs)))
    shares *= problem.is_cap | problem.is_saturation
    shares /= shares.sum(axis=1, keepdims=True)
    prices = draw.exponential(5.0, size=shares.shape) * (problem.is_gate | problem.is_floor)
    return default_rows(problem) + Multipliers(shares, prices)


def check_bounds(problem: Problem, draw: np.random.Generator, count: int, points: int) -> None:
    boxes = random_boxes(problem, draw, count)
    low, high = problem.lattice.ends(boxes)
    _, most, counted = problem.tokens(problem.greatest_slacks(low, high))
    rows = random_rows(problem, draw)
    at = low + draw.random(low.shape) * (high - low)
    touched = most + draw.normal(size=len(most))
    bounds = planes(problem, low, high, at, touched, counted, rows).best
    for i in range(len(boxes)):
        for point in boxes[np.array([i])].enumerate()[:points]:
            plan = problem.candidate(problem.lattice.point(point))
            assert plan is None or plan.index <= bounds[i] + 1e-9 * max(1.0, abs(bounds[i]))


@pytest.mark.enumeration("number")
@pytest.mark.parametrize("number", range(60))
def test_no_plan_in_a_box_exceeds_its_bound_whatever_the_multipliers(number: int) -> None:
    draw = np.random.default_rng(number)
    region, _, _ = random_region(number, deployed=number % 2 == 1)
    check_bounds(Problem(region, LAW), draw, 20, 200)


@pytest.mark.enumeration("number")
@pytest.mark.parametrize("number", range(30))
def test_the_exact_plan_of_a_point_is_what_the_arrays_say(number: int) -> None:
    region, _, _ = random_region(number, deployed=number % 2 == 1)
    problem = Problem(region, LAW)
    whole = problem.lattice.whole()
    points = whole.enumerate()[:300]
    slacks = problem.point_slacks(points)
    _, _, counted = problem.tokens(slacks)
    index = problem.index.value(problem.lattice.logs(points), counted)
    for point, value in zip(points, index, strict=True):
        plan = problem.candidate(problem.lattice.point(point))
        if plan is not None:
            assert plan.index <= value + 1e-9
            if region.token_step == 1 and plan.tokens > 10**7:
                assert plan.index == pytest.approx(value, abs=1e-5)
