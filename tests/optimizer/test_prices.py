"""Shadow prices against published figures and against finite differences of proven re-solves."""

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import pytest

from constraints.algebra.limit import Limit
from constraints.algebra.units import Range
from constraints.resources.text_supply import TextSupply
from constraints.space.region import Region
from optimizer.bounding.convex_program import _program
from optimizer.bounding.local_optimum import continuous_optimum
from optimizer.bounding.multipliers import default_rows, row_from_duals
from optimizer.bounding.prices import PER_CENT, Relaxed, relax
from optimizer.bounding.relaxation import safe_bound, solve_relaxation
from optimizer.bounding.solution import Status
from optimizer.laws.library import law
from optimizer.problem.problem import Problem
from optimizer.searching.box_search import Ending
from optimizer.searching.branch_and_bound import branch_and_bound
from tests.optimizer.reference_problems import planner_region, reference_region

LAW = law("performance-law")
# limits, and a depth at which no further limit is about to bind
CASES: dict[str, tuple[int, dict[str, Any]]] = {
    "saturated": (56, {}),
    "least size": (70, {"parameters": Range(30 * 10**9)}),
    "greatest size": (40, {"parameters": Range(None, 5 * 10**9)}),
    "most tokens": (56, {"tokens": Range(None, 5 * 10**12)}),
    "least tokens": (40, {"tokens": Range(20 * 10**12)}),
    "repeated text": (80, {"text": TextSupply(10**12)}),
    "most epochs": (80, {"text": TextSupply(10**12), "epochs": 3}),
    "tokens to serve": (56, {"lifetime_tokens": 5 * 10**12}),
}


def per_log(relaxed: Relaxed, name: str) -> float:
    return relaxed.shadow_prices[name] / PER_CENT


def fine_region(case: str) -> Region:
    """Every integer hidden and FFN size: nearly the continuum."""
    layers, limits = CASES[case]
    ranges = {
        "num_hidden_layers": Range.single(layers),
        "hidden_size": Range(512, 30_000, 1),
        "intermediate_size": Range(512, 120_000, 1),
    }
    return reference_region(ranges=ranges, whole_heads=False, **limits)


def slope(region: Region, limit: Limit, step: Fraction, best: Callable[[Region], float]) -> float:
    """Central difference of the best index per unit of ln(limit as people know it)."""
    high = best(region.with_bound(limit.name, limit.bound * (1 + step)))
    low = best(region.with_bound(limit.name, limit.bound * (1 - step)))
    return (-1 if limit.reciprocal else 1) * (high - low) / (2 * float(step))


def continuous_best(region: Region) -> float:
    """The best index of the continuum, by SciPy from the plain relaxation, without prices."""
    problem = Problem(region, LAW)
    at = continuous_optimum(problem, solve_relaxation(problem))
    assert at is not None
    logs = at.logs[None, :]
    return float(problem.index.value(logs, problem.tokens(problem.slacks(logs))[2])[0])


def proven_best(region: Region) -> float:
    problem = Problem(region, LAW)
    relaxed = relax(problem)
    assert relaxed.optimum is not None
    rows = default_rows(problem) + row_from_duals(
        problem, relaxed.optimum.duals, relaxed.optimum.counted
    )
    outcome = branch_and_bound(problem, rows, 1, relaxed.optimum.logs)
    assert outcome.ending is Ending.PROVED
    return outcome.best[0].index


def test_compute_is_priced_with_the_saturation_not_without() -> None:
    # reference: the plain relaxation says 5.398 per ln C, the truth is 5.169
    problem = Problem(reference_region(), LAW)
    plain, relaxed = solve_relaxation(problem), relax(problem)
    assert plain.duals[0] == pytest.approx(5.398, abs=5e-4)
    assert per_log(relaxed, "training_flops") == pytest.approx(5.169, abs=5e-4)
    assert relaxed.unique


def priced_limits(region: Region) -> list[tuple[Limit, float]]:
    relaxed = relax(Problem(region, LAW))
    assert relaxed.unique
    prices = [(limit, per_log(relaxed, limit.name)) for limit in region.limits]
    return [(limit, price) for limit, price in prices if price]


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES)
def test_prices_match_finite_differences_of_proven_re_solves(case: str) -> None:
    # whole sizes leave a noise of about 2e-4 in the index, hence the step and the tolerance
    region = fine_region(case)
    for limit, price in priced_limits(region):
        measured = slope(region, limit, Fraction(1, 40), proven_best)
        assert price == pytest.approx(measured, rel=0.02, abs=0.02)


@pytest.mark.slow
@pytest.mark.parametrize("depth", ["free", "fixed"])
@pytest.mark.parametrize("case", CASES)
def test_prices_match_finite_differences_of_the_continuum(case: str, depth: str) -> None:
    region = fine_region(case) if depth == "fixed" else reference_region(**CASES[case][1])
    priced = priced_limits(region)
    assert len(priced) >= 2
    for limit, price in priced:
        measured = slope(region, limit, Fraction(1, 1000), continuous_best)
        assert price == pytest.approx(measured, rel=1e-3, abs=1e-3)


@pytest.mark.parametrize("case", CASES)
def test_the_continuous_bound_is_never_below_a_proven_optimum(case: str) -> None:
    region = fine_region(case)
    assert relax(Problem(region, LAW)).bound >= proven_best(region)


def test_the_planners_plain_bound_is_the_published_one() -> None:
    # reference: 73.0219, lower limits left out
    problem = Problem(planner_region(token_step=1), LAW)
    plain = safe_bound(problem, solve_relaxation(problem))
    assert plain == pytest.approx(73.0219, abs=5e-3)
    assert relax(problem).bound < plain


def test_a_limit_with_slack_is_free() -> None:
    relaxed = relax(Problem(reference_region(parameters=Range(10**6, 10**15)), LAW))
    assert relaxed.shadow_prices["parameters_max"] == 0.0
    assert relaxed.shadow_prices["parameters_min"] == 0.0


def test_prices_are_flagged_where_more_limits_meet_than_needed() -> None:
    # two limits on the same quantity at the same place: their prices can be shared at will
    plain = reference_region(tokens=Range(None, 5 * 10**12))
    best = proven_best(plain)
    relaxed = relax(Problem(plain, LAW))
    assert relaxed.optimum is not None
    twice = reference_region(tokens=Range(5 * 10**12, 5 * 10**12))
    doubled = relax(Problem(twice, LAW))
    assert best > 0
    assert relaxed.unique
    assert not doubled.unique


def test_a_compiled_program_serves_other_budgets_sizes_and_counts() -> None:
    before = _program.cache_info().misses
    answers = []
    for flops in (10**22, 10**23, 10**24):
        answers.append(relax(Problem(reference_region(flops), LAW)).bound)
    assert answers == sorted(answers)
    assert _program.cache_info().misses <= before + 1


def test_an_infeasible_program_says_so_and_still_bounds() -> None:
    problem = Problem(reference_region(10**15, tokens=Range(10**14)), LAW)
    solution = solve_relaxation(problem)
    assert solution.status is Status.INFEASIBLE
    assert safe_bound(problem, solution) > -1e9


def test_useless_duals_still_give_a_valid_bound() -> None:
    problem = Problem(reference_region(), LAW)
    solution = solve_relaxation(problem)
    spoiled = type(solution)(**{**solution.__dict__, "duals": solution.duals * 0 + 3.0})
    assert safe_bound(problem, spoiled) >= safe_bound(problem, solution) - 1e-6
    assert safe_bound(problem, spoiled) >= 74.92
