"""Fronts against plain enumeration of every design on every number of tokens."""

import random
from fractions import Fraction

import pytest

from constraints.algebra.posynomial import Exact
from constraints.algebra.units import Range
from constraints.hardware.accelerators import find_accelerator
from constraints.hardware.throughput import Throughput
from constraints.resources.budget import Budget
from constraints.resources.deployment import Deployment
from constraints.space.dense_space import dense_space
from constraints.space.feasible_region import feasible_region
from constraints.space.objectives import Objective, objective
from constraints.space.region import Region
from optimizer.laws.library import law
from optimizer.questions.front import Front, trace_front
from tests.brute_force import designs, flops_per_token, index, parameters, serving

LAW = law("performance-law")
STEP = 5 * 10**11
SERVED = Deployment(find_accelerator("rtx-4090"), weights="int4", context=32768)
ONE_COST = ("flops", "params", "tokens", "serving-memory", "decode-rate")
TWO_COSTS = (("flops", "serving-memory"), ("tokens", "params"), ("decode-rate", "flops"))
PROBLEMS = 1000
CHUNK = 25


def small_region(number: int) -> Region:
    """A region of a few dozen designs, tokens in coarse steps."""
    draw = random.Random(f"front {number}")
    sizes = {
        "num_hidden_layers": draw.sample(range(4, 90), draw.randint(2, 4)),
        "hidden_size": draw.sample(range(512, 9000, 512), draw.randint(2, 3)),
        "intermediate_size": draw.sample(range(1024, 40000, 1024), draw.randint(1, 3)),
    }
    ranges = {
        name: Range(min(values), max(values), None, tuple(sorted(values)))
        for name, values in sizes.items()
    }
    ranges["num_key_value_heads"] = Range.single(4)
    space = dense_space("wide", ranges, flop_count=draw.choice(("causal", "6nd")))
    flops = int(10 ** draw.uniform(22.5, 24.5))
    most = Range(None, draw.randint(2, 9) * STEP)
    return feasible_region(space, flops, tokens=most, token_step=STEP)


def objectives(region: Region, names: tuple[str, ...]) -> tuple[Objective, ...]:
    budget = Budget(region.compute.bound, Throughput.of(find_accelerator("h100-sxm")), 8, 2)
    return tuple(objective(name, region, budget, SERVED) for name in names)


def every_plan(region: Region, names: tuple[str, ...]) -> list[tuple[tuple[Exact, ...], float]]:
    """Costs (a rate as its reciprocal) and index of all plans above the law's floor."""
    space, plans = region.space, []
    for design in designs(space):
        n, h, d = design[:3]
        size, per_token = parameters(space, design), flops_per_token(space, design)
        needs = serving(space, SERVED, design)
        for tokens in range(STEP, int(region.limit("tokens_max").bound) + 1, STEP):
            if tokens * per_token > region.compute.bound:
                break
            costs: dict[str, Exact] = {
                "flops": tokens * per_token,
                "params": size,
                "tokens": tokens,
                "serving-memory": needs["serving_memory"],
                "decode-rate": 1 / needs["decode_rate"],
            }
            score = index(n, h, d, tokens, size, 1.0)
            if score >= 25:
                plans.append((tuple(costs[name] for name in names), score))
    return plans


def undominated(
    plans: list[tuple[tuple[Exact, ...], float]],
) -> set[tuple[tuple[Fraction, ...], float]]:
    kept: list[tuple[tuple[Exact, ...], float]] = []
    for costs, score in sorted(plans, key=lambda plan: (-plan[1], plan[0])):
        if not any(all(a <= b for a, b in zip(other, costs, strict=True)) for other, _ in kept):
            kept.append((costs, score))
    return {(tuple(Fraction(cost) for cost in costs), round(score, 8)) for costs, score in kept}


def whole_front(region: Region, names: tuple[str, ...]) -> Front:
    *_, front = trace_front(region, LAW, objectives(region, names))
    return front


def check(number: int, names: tuple[str, ...]) -> None:
    region = small_region(number)
    front = whole_front(region, names)
    found = {
        (tuple(Fraction(x) for x in point.amounts), round(point.plan.index, 8))
        for point in front.points
    }
    assert found == undominated(every_plan(region, names)), f"problem {number}"
    assert len(found) == len(front.points)
    assert front.complete
    assert front.settled
    assert front.open_ == 0.0


@pytest.mark.enumeration("first")
@pytest.mark.parametrize("first", range(0, PROBLEMS, CHUNK))
def test_a_whole_front_is_that_of_enumeration(first: int) -> None:
    for number in range(first, first + CHUNK):
        check(number, (ONE_COST[number % len(ONE_COST)],))


@pytest.mark.enumeration("first")
@pytest.mark.parametrize("first", range(0, 200, 10))
def test_so_is_one_of_two_costs(first: int) -> None:
    for number in range(first, first + 10):
        check(number, TWO_COSTS[number % len(TWO_COSTS)])


@pytest.mark.enumeration("number")
@pytest.mark.parametrize("number", range(120))
def test_a_few_points_of_a_front_are_points_of_it(number: int) -> None:
    region, names = small_region(number), (ONE_COST[number % len(ONE_COST)],)
    truth = undominated(every_plan(region, names))
    for points in (4, 100):
        *_, front = trace_front(region, LAW, objectives(region, names), points)
        found = {
            (tuple(Fraction(x) for x in point.amounts), round(point.plan.index, 8))
            for point in front.points
        }
        assert found <= truth
        assert len(found) == len(front.points) >= min(points, len(truth))
        assert found == truth or not front.complete
        assert front.complete or points == 4


@pytest.mark.enumeration("number")
@pytest.mark.parametrize("number", range(0, 60, 3))
def test_plans_within_a_points_levels_are_not_better(number: int) -> None:
    names = TWO_COSTS[number % len(TWO_COSTS)]
    region = small_region(number)
    *_, front = trace_front(region, LAW, objectives(region, names), 12)
    plans = every_plan(region, names)
    for point in front.points:
        within = [
            score
            for costs, score in plans
            if all(a <= b for a, b in zip(costs, point.levels, strict=True))
        ]
        assert point.plan.index == pytest.approx(max(within), abs=1e-8)


def test_a_front_without_plans_has_no_points() -> None:
    region = small_region(0).with_bound("tokens_max", 1)
    assert whole_front(region, ("params",)).points == ()
