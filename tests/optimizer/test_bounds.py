import numpy as np
import pytest

from constraints.algebra.limit import Limit, LimitKind
from constraints.algebra.posynomial import variable
from constraints.space.boxes import Boxes
from optimizer.bounding.multipliers import Multipliers, default_rows
from optimizer.bounding.tangent_planes import most_of_sizes, planes
from optimizer.bounding.tightening import first_boxes
from optimizer.laws.library import law
from optimizer.problem.problem import Problem
from optimizer.problem.whole_gates import WholeGates
from tests.paced_problems import paced_region
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
    dearer = None if problem.layouts is None else problem.layouts.least(low, high)
    held = np.ones(len(low), dtype=bool) if dearer is None else np.isfinite(dearer)
    rows = random_rows(problem, draw)
    at = low + draw.random(low.shape) * (high - low)
    touched = most + draw.normal(size=len(most))
    with np.errstate(invalid="ignore"):  # of boxes that no layout holds
        given = problem, low, high, None if count % 2 else at, touched, counted
        bounds = planes(*given, rows, dearer).best
        floor = float(np.median(bounds[held])) if held.any() else 0.0
        above = planes(*given, rows, dearer, floor=floor).best
    assert np.array_equal(above[held & (bounds >= floor)], bounds[held & (bounds >= floor)])
    assert (above >= bounds)[held].all()
    for i in np.flatnonzero(held).tolist():
        for point in boxes[np.array([i])].enumerate()[:points]:
            plan = problem.candidate(problem.lattice.point(point))
            assert plan is None or plan.index <= bounds[i] + 1e-9 * max(1.0, abs(bounds[i]))


@pytest.mark.enumeration("number")
@pytest.mark.parametrize("number", range(60))
def test_no_plan_in_a_box_exceeds_its_bound_whatever_the_multipliers(number: int) -> None:
    draw = np.random.default_rng(number)
    region, _, _ = random_region(number, deployed=number % 2 == 1)
    check_bounds(Problem(region, LAW), draw, 20 + number % 2, 200)


@pytest.mark.parametrize("experts", [False, True], ids=["dense", "experts"])
@pytest.mark.parametrize("number", range(12))
def test_bounds_hold_where_designs_pay_for_their_speed(number: int, experts: bool) -> None:
    region = paced_region(number, experts=experts)
    rule = law("calibrated-experts") if experts else LAW
    check_bounds(Problem(region, rule), np.random.default_rng(number), 8 + number % 2, 60)


@pytest.mark.enumeration("number")
@pytest.mark.parametrize("number", range(40))
def test_gates_in_whole_numbers_decide_as_every_design_does_exactly(number: int) -> None:
    region, _, _ = random_region(number, deployed=number % 2 == 1)
    problem = Problem(region, LAW)
    points = problem.lattice.whole().enumerate()[:400]
    sizes = [problem.lattice.point(point) for point in points]
    gates = [limit for limit in region.limits if limit.kind is LimitKind.GATE]
    known = [gate for gate in gates if gate.resource.variables <= sizes[0].keys()]
    assert problem.whole_gates.all_known == (len(known) == len(gates))
    holds = problem.whole_gates.hold(problem.lattice.values(points))
    assert holds.tolist() == [all(gate.holds(x) for gate in known) for x in sizes]


def test_a_gate_too_large_for_whole_numbers_is_left_to_exact_fractions() -> None:
    cube = variable("x") ** 3
    at_most, far = Limit("x", cube, "<=", 10**9, ""), {"x": 10**12}
    assert not WholeGates([at_most], far).all_known
    assert WholeGates([at_most], {"x": 10**4}).hold({"x": np.array([1000, 1001])}).tolist() == [
        True,
        False,
    ]


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


@pytest.mark.enumeration("number")
@pytest.mark.parametrize("number", range(40))
def test_every_design_that_the_gates_allow_is_in_one_of_the_first_boxes(number: int) -> None:
    region, _, _ = random_region(number, deployed=number % 2 == 1)
    problem = Problem(region, LAW)
    boxes = first_boxes(problem)
    inside = {tuple(point) for point in boxes.enumerate().tolist()}
    assert len(inside) == boxes.total()
    points = problem.lattice.whole().enumerate()
    holds = problem.gates_hold(problem.slacks(problem.lattice.logs(points)), 0.0)
    assert {tuple(point) for point in points[holds].tolist()} <= inside
    low, high = problem.lattice.ends(Boxes(boxes.low, boxes.high))
    assert np.array_equal(problem.lattice.ends(boxes), (low, high))
    assert np.array_equal(problem.bare_slacks_over(boxes), problem.greatest_bare_slacks(low, high))
    rule = most_of_sizes(problem, boxes)
    assert rule is not None
    _, most, counted = problem.tokens(problem.greatest_slacks(low, high))
    rows = default_rows(problem)
    alone = planes(problem, low, high, None, most, counted, rows).index[:, -1]
    assert rule + problem.index.gain(counted) == pytest.approx(alone, rel=1e-9, abs=1e-9)
    assert most_of_sizes(problem, Boxes(boxes.low, boxes.high)) is None
