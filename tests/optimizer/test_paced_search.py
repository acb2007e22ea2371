"""The search where designs pay for their own speed, against every design one by one."""

import random

import pytest

from constraints.space.region import Region
from optimizer.laws.law import Law
from optimizer.laws.library import law
from optimizer.problem.problem import Problem
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


def test_time_is_spent_in_full_or_no_more_is_of_use() -> None:
    for seed in range(20):
        region = paced_region(seed)
        found = search(region, law("calibrated"), 1)
        if found.plans:
            (plan,) = found.plans
            spent = region.spent(region.compute, plan.sizes, plan.tokens)
            more = region.spent(region.compute, plan.sizes, plan.tokens + 1)
            assert spent <= region.compute.bound < more
