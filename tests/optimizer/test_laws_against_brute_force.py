"""Every kind of law, searched and bounded, against loops that write its formula again."""

import math
from functools import cache

import numpy as np
import pytest

from optimizer.bounding.multipliers import default_rows
from optimizer.laws.law import Circumstances, Law
from optimizer.laws.library import find_record
from optimizer.laws.robust_law import Robustness
from optimizer.problem.candidate import Candidate
from optimizer.problem.problem import Problem
from optimizer.questions.preference import preferred_plan
from optimizer.questions.robust import robust_law
from optimizer.searching.search import SearchStatus, search
from tests.brute_force import Judge, best_plans
from tests.optimizer.test_bounds import check_bounds
from tests.optimizer.test_search_against_brute_force import agree
from tests.random_problems import random_region

TOP = 4
CHUNK = 20
PROBLEMS = 400
NOW = Circumstances(2026.5)
DRAWS = 20
OBJECTIVES: tuple[Robustness, ...] = ("mean", "cvar", "regret")


def s_curve(found: dict[str, float]) -> Judge:
    """`calibrated`, as its module's first lines say it, in points of the index."""

    def judge(n: int, h: int, d: int, tokens: float, size: int) -> float:
        body = 11.5 / 3 ** (9 / 11.5) * n * h ** (2 - 9 / 11.5) * d ** (9 / 11.5) / 1e9
        return (
            found["constant"]
            - found["size"] * body**-0.1
            - found["tokens"] * (tokens / 1e12) ** -0.1
            + found["depth"] * math.log(n / 32)
            + found["gate"]
        )

    return judge


def loss(found: dict[str, float]) -> Judge:
    def judge(n: int, h: int, d: int, tokens: float, size: int) -> float:
        return -100 * (found["A"] * size ** -found["alpha"] + found["B"] * tokens ** -found["beta"])

    return judge


@cache
def judged(name: str) -> tuple[Law, Judge]:
    record = find_record(name)
    made = s_curve if name == "calibrated" else loss
    return record.law.at(NOW), made(dict(record.coefficients))


@pytest.mark.parametrize("name", ["calibrated", "chinchilla"])
@pytest.mark.enumeration("first")
@pytest.mark.parametrize("first", range(0, PROBLEMS, CHUNK))
def test_search_finds_exactly_the_plans_of_plain_enumeration(name: str, first: int) -> None:
    law, judge = judged(name)
    for number in range(first, first + CHUNK):
        region, _, more = random_region(number, deployed=number % 2 == 1)
        result = search(region, law, TOP)
        served, lifetime = more.get("deployment"), more.get("lifetime_tokens", 0)
        expected = best_plans(region, 1.0, served, lifetime, judge)
        assert agree(result, expected), number
        assert result.status is (SearchStatus.OPTIMAL if expected else SearchStatus.INFEASIBLE)
        if expected:
            assert result.relaxed.bound >= expected[0].index - 1e-9


@pytest.mark.enumeration("number")
@pytest.mark.parametrize("number", range(0, 120, 3))
def test_a_robust_plan_is_the_best_by_its_objective_over_all_draws(number: int) -> None:
    region, _, more = random_region(number, deployed=number % 2 == 1)
    record = find_record("calibrated")
    draws = [law.at(NOW) for law in record.drawn[:DRAWS]]
    judges = [
        s_curve(dict(zip(record.shape.terms, row, strict=True))) for row in record.draws[:DRAWS]
    ]
    served, lifetime = more.get("deployment"), more.get("lifetime_tokens", 0)
    bests = [best_plans(region, 1.0, served, lifetime, judge)[:1] for judge in judges]
    if not all(bests):
        return
    for objective in OBJECTIVES:

        def judge(
            n: int, h: int, d: int, tokens: float, size: int, by: Robustness = objective
        ) -> float:
            values = [one(n, h, d, tokens, size) for one in judges]
            if by == "mean":
                return sum(values) / DRAWS
            if by == "cvar":
                return sum(sorted(values)[:2]) / 2
            tops = [best[0].index for best in bests]
            worst = min(v - top for v, top in zip(values, tops, strict=True))
            return worst + sum(tops) / DRAWS

        law = robust_law(region, record.law.at(NOW), draws, objective)
        result = search(region, law, TOP)
        expected = best_plans(region, 1.0, served, lifetime, judge)
        assert agree(result, expected), (number, objective)
        assert result.relaxed.bound >= expected[0].index - 1e-9


@pytest.mark.enumeration("number")
@pytest.mark.parametrize("number", range(40))
@pytest.mark.parametrize("name", ["calibrated", "chinchilla"])
def test_no_plan_in_a_box_exceeds_its_bound_whatever_the_multipliers(
    name: str, number: int
) -> None:
    draw = np.random.default_rng(number)
    region, _, _ = random_region(number, deployed=number % 2 == 1)
    law, _ = judged(name)
    laws = [law]
    if name == "calibrated":
        draws = [x.at(NOW) for x in find_record(name).drawn[:DRAWS]]
        laws += [robust_law(region, law, draws, objective) for objective in OBJECTIVES]
    for one in laws:
        check_bounds(Problem(region, one), draw, 10, 60)


def fewest(problem: Problem, plan: Candidate, floor: float) -> int:
    """The fewest tokens on which a design reaches an index, by halving."""
    span = problem.region.token_span(plan.sizes)
    assert span is not None
    step, (low, high) = problem.region.token_step, span
    while low < high:
        middle = (low + high) // 2 // step * step
        values = {**plan.sizes, "tokens": problem.region.text.effective(middle)}
        reached = float(problem.law.index(values, float(plan.parameters))) >= floor
        low, high = (low, middle) if reached else (middle + step, high)
    return low


@pytest.mark.enumeration("number")
@pytest.mark.parametrize("number", range(0, 60, 3))
@pytest.mark.parametrize("kind", ["calibrated", "chinchilla", *OBJECTIVES])
def test_the_fewest_tokens_near_the_best_are_found_by_laws_that_bend(
    kind: str, number: int
) -> None:
    region, _, _ = random_region(number)
    law, _ = judged("chinchilla" if kind == "chinchilla" else "calibrated")
    if kind in OBJECTIVES:
        draws = [x.at(NOW) for x in find_record("calibrated").drawn[:DRAWS]]
        law = robust_law(region, law, draws, kind)  # type: ignore[arg-type]
    result, problem = search(region, law, 1), Problem(region, law)
    if not result.plans:
        return
    floor = law.response.inverse(float(law.response(result.plans[0].index)) - 2.0)
    found = preferred_plan(problem, default_rows(problem), result.plans[0], 2.0, "tokens")
    assert found is not None
    assert found.index >= floor
    least = [
        fewest(problem, plan, floor)
        for point in problem.lattice.whole().enumerate()
        if (plan := problem.candidate(problem.lattice.point(point))) is not None
        and plan.index >= floor
    ]
    assert abs(found.tokens - min(least)) <= max(region.token_step, 1e-9 * min(least))
