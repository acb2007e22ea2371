"""The search where designs pay for their own speed, against every design one by one."""

import math
import random
from fractions import Fraction

import numpy as np
import pytest

from constraints.algebra.limit import TOKENS
from constraints.space.boxes import Boxes
from constraints.space.region import Region
from optimizer.bounding.prices import true_optimum
from optimizer.laws.evidence.naive import naive
from optimizer.laws.law import Law
from optimizer.laws.library import law
from optimizer.problem.candidate import Candidate
from optimizer.problem.problem import Problem
from optimizer.questions.target import least_cost
from optimizer.searching.search import SearchStatus, search
from tests.paced_problems import all_designs, cost_by_layouts, paced_region

CHUNK = 20
"""Problems of a chunk; benchmarks of the clock ran 1,000."""


def greatest_index(region: Region, rule: Law) -> float | None:
    """The greatest index of any design with its most tokens; None if there is no plan."""
    problem = Problem(region, rule)
    found = (problem.candidate(sizes) for sizes in all_designs(region))
    return max((plan.index for plan in found if plan is not None), default=None)


@pytest.mark.parametrize("experts", [False, True], ids=["dense", "experts"])
@pytest.mark.parametrize("first", range(0, 2 * CHUNK, CHUNK))
def test_the_best_plan_is_that_of_all_designs_one_by_one(first: int, experts: bool) -> None:
    rule = law("calibrated-experts" if experts else "performance-law")
    for seed in range(first, first + CHUNK):
        region = paced_region(seed, experts=experts)
        best, found = greatest_index(region, rule), search(region, rule, 1)
        if best is None:
            assert found.status is SearchStatus.INFEASIBLE, seed
        else:
            assert found.status is SearchStatus.OPTIMAL, seed
            assert found.plans[0].index == pytest.approx(best, rel=1e-12, abs=1e-12), seed
            assert found.relaxed.bound >= best, seed


def test_a_design_pays_what_its_fastest_layout_takes() -> None:
    draw, paid = random.Random(1), 0
    for seed in range(12):
        region = paced_region(seed)
        assert region.layout_choice is not None
        designs = list(all_designs(region))
        for sizes in draw.sample(designs, min(len(designs), 3)):
            own = region.layout_choice.cost(region.space.complete(sizes))
            told = cost_by_layouts(region, sizes)
            assert (own is None) == (told is None)
            if own is not None and told is not None:
                assert float(own) == pytest.approx(told, rel=1e-9)
                assert own >= 1
                paid += 1
    assert paid > 5


def test_no_point_of_a_box_pays_less_than_its_bound() -> None:
    draw, told = random.Random(2), 0
    for seed in range(60):
        for experts in (False, True):
            region = paced_region(seed, experts=experts)
            problem = Problem(region, law("calibrated-experts"))
            if problem.layouts is None:
                continue
            whole = problem.lattice.whole()
            ends = np.sort(
                [
                    [draw.randint(int(low), int(high)) for low, high in zip(*pair, strict=True)]
                    for pair in [(whole.low[0], whole.high[0])] * 2
                ],
                axis=0,
            )
            box = Boxes(ends[:1], ends[1:])
            points = box.enumerate()
            least = problem.layouts.least(*problem.lattice.ends(box))[0]
            assert (problem.layouts.at(points) >= least - 1e-9).all(), seed
            told += len(points)
    assert told > 500


def fewest_tokens(problem: Problem, plan: Candidate, floor: float) -> int:
    """The fewest tokens on which a design still reaches an index, and keeps to the limits."""
    known = {name: float(size) for name, size in plan.sizes.items()}
    low, high = 0, plan.tokens
    while high - low > 1:
        middle = (low + high) // 2
        index = float(problem.law.index({**known, TOKENS: middle}, float(plan.parameters)))
        low, high = (low, middle) if index >= floor else (middle, high)
    span = problem.region.token_span(plan.sizes)
    assert span is not None
    return max(high, span[0])


@pytest.mark.parametrize("experts", [False, True], ids=["dense", "experts"])
def test_the_least_time_that_reaches_a_score_is_that_of_all_designs(experts: bool) -> None:
    rule, reached = naive(law("chinchilla")) if experts else law("chinchilla"), 0
    for seed in range(30):
        region = paced_region(seed, experts=experts)
        problem = Problem(region, rule)
        plans = [x for x in map(problem.candidate, all_designs(region)) if x is not None]
        if not plans:
            continue
        score = float(rule.response(max(plan.index for plan in plans) - 5.0))
        floor = rule.response.inverse(score)
        amounts = [
            region.spent(region.compute, plan.sizes, fewest_tokens(problem, plan, floor))
            for plan in plans
            if plan.index >= floor
        ]
        found = least_cost(region, rule, region.compute, score)
        assert found.amount is not None, seed
        assert float(found.amount) == pytest.approx(float(min(amounts)), rel=1e-6), seed
        reached += 1
    assert reached > 8


def test_compute_is_priced_at_the_speed_of_the_plan() -> None:
    rule, priced = law("chinchilla"), 0
    for seed in range(20):
        region = paced_region(seed)
        found = search(region, rule, 1)
        price = found.relaxed.shadow_prices.get("training_flops", 0.0)
        if not found.plans or not price or not found.relaxed.unique:
            continue
        sizes, ends = found.plans[0].sizes, []
        for share in (Fraction(999, 1000), Fraction(1001, 1000)):
            moved = region.with_bound("training_flops", region.compute.bound * share)
            solved = true_optimum(Problem(moved, rule).keeping(sizes))
            assert solved is not None
            ends.append(float(rule.response(solved.index)))
        slope = (ends[1] - ends[0]) / math.log(1.001 / 0.999) * math.log(1.01)
        assert price == pytest.approx(slope, rel=1e-3, abs=1e-6), seed
        priced += 1
    assert priced > 5


def test_time_is_spent_in_full_or_no_more_is_of_use() -> None:
    for seed in range(20):
        region = paced_region(seed)
        found = search(region, law("calibrated"), 1)
        if found.plans:
            (plan,) = found.plans
            spent = region.spent(region.compute, plan.sizes, plan.tokens)
            more = region.spent(region.compute, plan.sizes, plan.tokens + 1)
            assert spent <= region.compute.bound < more
