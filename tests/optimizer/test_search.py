from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from constraints.algebra.units import Range
from constraints.clock.layout_choice import LayoutChoice
from constraints.errors import InputError
from constraints.hardware.accelerators import find_accelerator
from constraints.hardware.throughput import Throughput
from constraints.models.architecture import Style
from constraints.resources.budget import budget_from_cluster
from constraints.space.dense_space import dense_space
from constraints.space.feasible_region import feasible_region
from optimizer.bounding.multipliers import default_rows
from optimizer.laws.library import law
from optimizer.plans.plan import make_plan
from optimizer.problem.problem import Problem
from optimizer.searching.branch_and_bound import branch_and_bound
from optimizer.searching.certificate import Certificate
from optimizer.searching.search import SearchStatus, search
from tests.optimizer.reference_problems import planner_region, reference_region

LAW = law("performance-law")


def test_the_reference_problem_has_the_published_optimum() -> None:
    # reference: 64 layers, hidden 4096, FFN 10240, 11.8e9 parameters, 11.0e12 tokens, 74.92
    best = search(reference_region(), LAW).plans[0]
    assert list(best.sizes.values())[:3] == [64, 4096, 10240]
    assert best.parameters == pytest.approx(11.8e9, rel=5e-3)
    assert best.tokens == pytest.approx(11.0e12, rel=5e-3)
    assert round(best.index, 2) == 74.92


def test_the_planners_problem_beats_the_planner_with_its_own_token_step() -> None:
    # its program says 71.97: it tries only FFN sizes a multiple of 2048 above the hidden size
    theirs = search(planner_region("2048:16384:2048"), LAW)
    assert round(theirs.plans[0].index, 2) == 71.97
    assert search(planner_region(), LAW).plans[0].index >= theirs.plans[0].index


def test_the_planners_problem_on_a_128_lattice_is_the_published_optimum() -> None:
    # DESIGN: optimum 72.939 on a 128-step lattice; T free, hidden/FFN steps 128 without heads
    region = planner_region("2048:16384:128", "4096:114688:128", 1, whole_heads=False)
    result = search(region, LAW)
    assert result.status is SearchStatus.OPTIMAL
    assert result.plans[0].index == pytest.approx(72.929, abs=0.02)


def test_a_lattice_of_a_million_million_points_is_proved() -> None:
    region = planner_region(
        "512:32768:1", "512:262144:1", 1, layers=tuple(range(1, 127)), whole_heads=False
    )
    result = search(region, LAW)
    assert result.certificate is not None
    assert result.certificate.lattice_points > 10**12
    assert result.certificate.boxes < 20_000
    assert result.plans[0].index <= result.relaxed.bound


def test_the_first_plans_are_the_same_however_many_are_asked_for() -> None:
    region = feasible_region(dense_space(), 78 * 10**22)
    ten = search(region, LAW, 10).plans
    assert search(region, LAW, 1).plans == ten[:1]
    assert search(region, LAW, 4).plans == ten[:4]
    assert len({tuple(plan.sizes.values()) for plan in ten}) == 10


@hypothesis_settings(max_examples=25)
@given(st.floats(20.5, 25.5), st.floats(0.0, 0.3))
def test_a_bigger_budget_never_lowers_the_score(exponent: float, more: float) -> None:
    space = dense_space("wide")
    small = search(feasible_region(space, int(10**exponent)), LAW, 1).plans
    large = search(feasible_region(space, int(10 ** (exponent + more))), LAW, 1).plans
    assert large[0].index >= small[0].index


@hypothesis_settings(max_examples=15)
@given(st.integers(1, 60), st.integers(1, 40))
def test_another_limit_never_raises_the_score(billions: int, trillions: int) -> None:
    free = search(reference_region(), LAW, 1).plans[0]
    bound = reference_region(
        parameters=Range(None, billions * 10**9), tokens=Range(None, trillions * 10**12)
    )
    held = search(bound, LAW, 1).plans
    assert not held or held[0].index <= free.index


def test_a_small_budget_gets_a_proven_plan_and_a_warning() -> None:
    used = Throughput.of(find_accelerator("h100"))
    budget = budget_from_cluster(used, 8, 7, None)
    region = feasible_region(dense_space(), budget.training_flops)
    result = search(region, LAW)
    assert result.status is SearchStatus.OPTIMAL
    plan = make_plan(result.plans[0], region, LAW, budget)
    assert any("tokens" in what for what in plan.outside)
    assert plan.days == pytest.approx(7, rel=1e-6)


@pytest.mark.parametrize("layers", [32, 40, 48, 64, 80])
def test_usual_depths_get_plans(layers: int) -> None:
    ranges = {"num_hidden_layers": Range.single(layers)}
    plan = search(feasible_region(dense_space(ranges=ranges), 78 * 10**22), LAW, 1).plans[0]
    assert plan.sizes["num_hidden_layers"] == layers


def test_an_ffn_of_14336_gets_a_plan() -> None:
    ranges = {"intermediate_size": Range.single(14336)}
    assert search(feasible_region(dense_space(ranges=ranges), 78 * 10**22), LAW, 1).plans


def test_one_single_architecture_is_a_region_too() -> None:
    sizes = {"num_hidden_layers": 32, "hidden_size": 4096, "intermediate_size": 14336}
    ranges = {name: Range.single(value) for name, value in sizes.items()}
    result = search(feasible_region(dense_space("wide", ranges), 10**23), LAW)
    assert len(result.plans) == 1
    assert result.certificate is not None
    assert result.certificate.lattice_points == 1


def test_every_limit_of_a_plan_holds_and_is_reported() -> None:
    used = Throughput.of(find_accelerator("h100"))
    budget = budget_from_cluster(used, 1024, 30, Fraction(5, 2))
    region = feasible_region(dense_space(), budget.training_flops, parameters=Range(10**10))
    for candidate in search(region, LAW).plans:
        plan = make_plan(candidate, region, LAW, budget)
        assert {limit.name for limit in region.limits} <= {state.name for state in plan.limits}
        assert all(state.slack >= 0 for state in plan.limits)
        assert "training_flops" in plan.binding
        assert plan.dollars == pytest.approx((plan.gpu_hours or 0) * 2.5)


def test_giving_up_is_said_and_never_called_optimal() -> None:
    result = search(feasible_region(dense_space(), 78 * 10**22), LAW, max_boxes=1)
    assert result.status is SearchStatus.UNPROVED
    assert result.certificate is None
    assert "before the proof" in result.status.message


def test_a_certificate_accounts_for_every_point() -> None:
    with pytest.raises(AssertionError, match="9 of 10 points accounted for"):
        Certificate(1.0, 0.0, 10, 3, 3, 3, 5)


def test_at_least_one_plan_is_asked_for() -> None:
    with pytest.raises(InputError, match="top must be ≥ 1, got '0'"):
        search(reference_region(), LAW, 0)


def test_the_same_problem_has_the_same_answer_whatever_was_solved_before() -> None:
    first = search(reference_region(), LAW)
    search(reference_region(10**22), LAW)
    again = search(reference_region(), LAW)
    assert again.plans == first.plans
    assert again.relaxed.bound == first.relaxed.bound
    assert again.relaxed.shadow_prices == first.relaxed.shadow_prices


def test_threads_get_the_answers_that_one_gets() -> None:
    regions = [reference_region(10**k) for k in (21, 22, 23, 24)] * 3
    alone = [search(region, LAW, 1) for region in regions]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda region: search(region, LAW, 1), regions))
    assert [r.plans for r in together] == [r.plans for r in alone]
    assert [r.relaxed.bound for r in together] == [r.relaxed.bound for r in alone]


def test_lattices_beyond_any_machine_word_are_counted_exactly() -> None:
    ranges = {
        "num_hidden_layers": Range(1, 10**6, 1),
        "hidden_size": Range(1, 10**6, 1),
        "intermediate_size": Range(1, 10**6, 1),
        "num_key_value_heads": Range(1, 10, 1),
        "vocab_size": Range(1, 10**6, 1),
    }
    space = dense_space("wide", ranges, whole_heads=False)
    result = search(feasible_region(space, 78 * 10**22), LAW, 1, max_boxes=2000)
    assert space.lattice.size == 10**25
    assert result.status is not SearchStatus.INFEASIBLE


def test_a_law_without_a_penalty_can_be_searched() -> None:
    plain = replace(LAW, penalty=())
    result = search(feasible_region(dense_space(), 78 * 10**22), plain, 1)
    assert result.status is SearchStatus.OPTIMAL


def test_the_least_budget_that_is_no_budget_still_names_what_conflicts() -> None:
    result = search(feasible_region(dense_space(), Fraction(1, 10**35)), LAW)
    assert any(item.limit == "training_flops" for item in result.conflict)


def test_an_infeasible_needle_is_explained_in_time() -> None:
    shape = {"ffn_ratio": Range(Fraction("3.00001"), Fraction("3.00002"))}
    space = dense_space("wide", shape, whole_heads=False)
    result = search(feasible_region(space, 10**23), LAW)
    assert result.status is SearchStatus.INFEASIBLE
    assert {item.limit for item in result.conflict} == {"ffn_ratio_min", "ffn_ratio_max"}
    assert result.conflict[0].value == 3.0


def test_a_box_of_several_head_widths_is_kept_if_the_wider_heads_alone_fit() -> None:
    """Activations hold 4·hidden/head_dim, so memory is not least at the low end of head widths."""
    one, width = Range.single, Range.single(16384)
    sizes = {"num_hidden_layers": one(8), "hidden_size": width, "intermediate_size": width}
    heads = {"num_key_value_heads": one(1), "head_dim": Range(values=(32, 64))}
    part, style = find_accelerator("h100-sxm"), Style()
    choice = LayoutChoice(512, part, 8192, style, "zero3", memory=2_101_200_000)
    space = dense_space("wide", {**sizes, **heads}, style=style, seq_len=8192)
    problem = Problem(feasible_region(space, 10**22, layout_choice=choice), LAW)
    outcome = branch_and_bound(problem, default_rows(problem))
    assert [plan.sizes["head_dim"] for plan in outcome.best] == [64]


def test_problems_that_differ_in_a_bound_or_a_budget_share_all_else() -> None:
    region = reference_region(parameters=Range(10**9, 10**11))
    other = region.with_bound("parameters_max", 10**10)
    problem, moved = Problem(region, LAW), Problem(other, LAW)
    assert moved.stacked is problem.stacked
    assert moved.index is problem.index
    assert moved.log_bounds.tolist() != problem.log_bounds.tolist()
    assert Problem(region, law("calibrated")).stacked is not problem.stacked  # it has no saturation
