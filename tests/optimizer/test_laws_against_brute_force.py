"""Every kind of law, searched and bounded, against loops that write its formula again."""

import math
from functools import cache

import numpy as np
import pytest

from optimizer.bounds import planes
from optimizer.laws.law import Circumstances, Law
from optimizer.laws.library import find_record
from optimizer.problem import Problem
from optimizer.robust import robust_law
from optimizer.robust_index import Objective
from optimizer.search import SearchStatus, search
from tests.brute_force import Judge, best_plans
from tests.optimizer.test_bounds import random_boxes, random_rows
from tests.optimizer.test_search_against_brute_force import agree
from tests.random_problems import random_region

TOP = 4
CHUNK = 50
PROBLEMS = 400
NOW = Circumstances(2026.5)
DRAWS = 20
OBJECTIVES: tuple[Objective, ...] = ("mean", "cvar", "regret")


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
            n: int, h: int, d: int, tokens: float, size: int, by: Objective = objective
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
        problem = Problem(region, one)
        boxes = random_boxes(problem, draw, 10)
        low, high = problem.lattice.logs(boxes.low), problem.lattice.logs(boxes.high)
        _, most, useful = problem.tokens(problem.greatest_slacks(low, high))
        rows = random_rows(problem, draw)
        at = low + draw.random(low.shape) * (high - low)
        touched = most + draw.normal(size=len(most))
        bounds = planes(problem, low, high, at, touched, useful, rows).best
        for i in range(len(boxes)):
            for point in boxes[np.array([i])].enumerate()[:60]:
                plan = problem.candidate(problem.lattice.point(point))
                assert plan is None or plan.index <= bounds[i] + 1e-9 * max(1, abs(bounds[i]))
