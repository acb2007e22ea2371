"""Choices among equals against plain enumeration, and the value of one more."""

import math
from fractions import Fraction

import pytest

from constraints.clock.layout_choice import LayoutChoice
from constraints.hardware.accelerators import find_accelerator
from constraints.models.architecture import Style
from constraints.resources.deployment import Deployment
from constraints.space.dense_space import dense_space
from constraints.space.feasible_region import feasible_region
from constraints.space.region import Region
from optimizer.laws.library import law
from optimizer.laws.response import Bent
from optimizer.problem.candidate import Candidate
from optimizer.problem.problem import Problem
from optimizer.questions.near_optimal import near_optimal_band
from optimizer.questions.one_more import GIB, gains, with_more_compute, with_more_memory
from optimizer.questions.preference import Preference, awkwardness, preferred_plan
from optimizer.searching.search import SearchResult, bound_rows, search
from tests.brute_force import Found, best_plans, designs, flops_per_token, new_tokens
from tests.random_problems import random_region

LAW = law("performance-law")
NUMBERS = range(0, 400, 2)
BUDGET = 78 * 10**22


def solved(region: Region, gamma: int) -> tuple[Problem, SearchResult, list[Found]]:
    chosen = LAW.scaled(gamma)
    return Problem(region, chosen), search(region, chosen, 1), best_plans(region, float(gamma))


def chosen_plan(
    problem: Problem, result: SearchResult, preference: Preference, within: float
) -> Candidate:
    rows, best = bound_rows(problem, result.relaxed.optimum), result.plans[0]
    plan = preferred_plan(problem, rows, best, within, preference)
    assert plan is not None
    return plan


@pytest.mark.enumeration("number")
@pytest.mark.parametrize("number", NUMBERS)
def test_the_band_and_its_most_modest_plans_are_those_of_enumeration(number: int) -> None:
    region, gamma, _ = random_region(number)
    problem, result, plans = solved(region, gamma)
    if not plans or plans[0].index < 30 or plans[0].index > 85:
        return
    within = 0.3 + number % 5
    near = [plan for plan in plans if plan.index >= plans[0].index - within]
    rows = bound_rows(problem, result.relaxed.optimum)
    band = near_optimal_band(problem, rows, result.plans[0], within)
    assert band is not None
    assert band.designs == len(near)
    assert band.smallest.parameters == min(plan.parameters for plan in near)
    assert band.shallowest.sizes["num_hidden_layers"] == min(plan.sizes[0] for plan in near)


@pytest.mark.enumeration("number")
@pytest.mark.parametrize("number", range(1, 240, 2))
def test_the_cheapest_plan_is_cheaper_than_all_of_enumeration(number: int) -> None:
    region, gamma, _ = random_region(number)
    problem, result, plans = solved(region, gamma)
    if not plans or plans[0].index < 30 or plans[0].index > 85:
        return
    floor = plans[0].index - 1.0
    plan = chosen_plan(problem, result, "cost", 1.0)
    assert plan.index >= floor
    token_weight = 5.39801689
    for other in plans:
        if other.index < floor:
            continue
        # the law falls by its token weight for each unit of ln T'
        counted = min(other.tokens, 1000 * other.parameters)
        least = counted * math.exp(-(other.index - floor) / token_weight)
        least = max(least, (region.token_span(_sizes(region, other)) or (0, 0))[0])
        flops = _per_token(region, other) * least
        assert float(plan.training_flops) <= flops * (1 + 1e-6) + region.token_step * (
            _per_token(region, other)
        )


def _sizes(region: Region, plan: Found) -> dict[str, int]:
    return dict(zip(region.space.lattice.sizes, plan.sizes, strict=True))


def _per_token(region: Region, plan: Found) -> Fraction:
    (design,) = (x for x in designs(region.space) if x.named == plan.sizes)
    return flops_per_token(region.space, design)


def test_a_preference_gives_up_no_more_than_it_may() -> None:
    problem, result, _ = solved_default()
    best = result.plans[0]
    for preference in ("params", "depth", "serving", "cost", "tokens"):
        plan = chosen_plan(problem, result, preference, 0.3)  # type: ignore[arg-type]
        assert best.index - 0.3 <= plan.index <= best.index
    assert chosen_plan(problem, result, "cost", 0.3).training_flops < best.training_flops
    assert chosen_plan(problem, result, "tokens", 0.3).tokens < best.tokens


def solved_default() -> tuple[Problem, SearchResult, Region]:
    region = feasible_region(dense_space(), BUDGET)
    return Problem(region, LAW), search(region, LAW, 1), region


def test_without_room_the_preferred_plan_is_the_best_one() -> None:
    problem, result, _ = solved_default()
    assert chosen_plan(problem, result, "params", 0.0).sizes == result.plans[0].sizes


def test_round_sizes_are_preferred_where_they_cost_next_to_nothing() -> None:
    problem, result, _ = solved_default()
    best = result.plans[0]
    plan = chosen_plan(problem, result, "hardware", 0.1)
    assert awkwardness(plan.sizes) < awkwardness(best.sizes)
    assert plan.index >= best.index - 0.1
    assert plan.sizes["intermediate_size"] % 1024 == 0


def test_serving_is_lightest_for_the_deployment_that_is_meant() -> None:
    problem, result, _ = solved_default()
    rows, best = bound_rows(problem, result.relaxed.optimum), result.plans[0]
    served = Deployment(find_accelerator("rtx-4090"), weights="int4", context=32768)
    plan = preferred_plan(problem, rows, best, 1.0, "serving", served)
    assert plan is not None
    memory = served.memory(Style())
    sizes = {**plan.sizes, "num_attention_heads": plan.sizes["hidden_size"] // 128}
    of_best = {**best.sizes, "num_attention_heads": best.sizes["hidden_size"] // 128}
    assert memory.value(sizes) < memory.value(of_best)


def test_repeated_tokens_are_worth_saving_too() -> None:
    assert new_tokens(4 * 10**12, 10**12) < 4e12


@pytest.mark.parametrize("score", [25.0, 60.0, 90.0, 95.0, 99.9])
def test_the_inverse_of_a_link_is_the_least_index_with_that_score(score: float) -> None:
    response = Bent(25, 90, 10)
    index = response.inverse(score)
    if score == 25.0:
        assert index == -math.inf
    else:
        assert response(index) == pytest.approx(score)
        assert response(index - 1e-3) < score


def test_one_more_day_gains_what_solving_with_one_more_day_gains() -> None:
    region = feasible_region(dense_space(), BUDGET)
    result = search(region, LAW, 1)
    larger = with_more_compute(region, Fraction(1, 30))
    found = gains({"day": larger}, LAW, result.plans[0], result.relaxed.optimum)
    again = search(feasible_region(dense_space(), BUDGET * Fraction(31, 30)), LAW, 1)
    assert found["day"] == pytest.approx(again.plans[0].index - result.plans[0].index)
    assert found["day"] > 0


def test_one_more_gibibyte_helps_where_memory_is_short() -> None:
    part = find_accelerator("rtx-4090")
    choice = LayoutChoice(8, part, 8192, Style())
    region = feasible_region(dense_space(), 10**24, layout_choice=choice)
    result = search(region, LAW, 1)
    roomier = with_more_memory(region)
    assert roomier is not None
    assert roomier.layout_choice is not None
    assert roomier.layout_choice.usable == choice.usable + GIB
    found = gains({"GiB": roomier}, LAW, result.plans[0], result.relaxed.optimum)
    assert found["GiB"] > 0
    assert with_more_memory(feasible_region(dense_space(), BUDGET)) is None


def test_the_default_problem_with_layouts_and_serving_is_searched_in_few_boxes() -> None:
    choice = LayoutChoice(1024, find_accelerator("h100-sxm"), 8192, Style())
    served = Deployment(find_accelerator("rtx-4090"), weights="int4", context=32768, rate=40)
    region = feasible_region(dense_space(), BUDGET, layout_choice=choice, deployment=served)
    result = search(region, LAW)
    assert result.certificate is not None
    assert result.certificate.boxes < 2000
    assert result.plans[0].sizes["num_hidden_layers"] < 60
