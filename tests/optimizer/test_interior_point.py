"""Our own interior point against CVXPY, which says the same program in its words."""

from __future__ import annotations

import math
import subprocess
import sys
from fractions import Fraction

import numpy as np
import pytest

from optimizer.bounding.convex_program import solve_program
from optimizer.bounding.interior_point import followed_optimum, interior_point
from optimizer.bounding.local_optimum import continuous_optimum
from optimizer.bounding.prices import true_optimum
from optimizer.bounding.solution import Solution, Status
from optimizer.problem.problem import Problem
from tests.optimizer.reference_problems import reference_region
from tests.optimizer.test_front import LAW
from tests.random_mixtures import random_family
from tests.random_problems import random_region
from tests.random_proofs import law_of

CHUNK = 20
PROBLEMS = 600
PRECISE = 1e-5
"""What the reference itself leaves open in the index, relatively."""


def random_problem(number: int) -> Problem:
    if number % 3 == 2:
        region = random_family(number * 37)[0][0]
    else:
        region = random_region(number, deployed=number % 3 == 1)[0]
    repeated = region.text.unique_tokens is not None
    return Problem(region, law_of(number, experts=number % 3 == 2, repeated=repeated))


def agree(own: Solution, other: Solution) -> bool:
    """As high as the reference or a little higher, as that stops sooner."""
    size = max(1.0, abs(other.index))
    return -PRECISE / 10 <= (own.index - other.index) / size <= PRECISE


@pytest.mark.enumeration("first")
@pytest.mark.parametrize("first", range(0, PROBLEMS, CHUNK))
def test_both_find_the_same_optimum_plain_and_condensed(first: int) -> None:
    solved = 0
    for number in range(first, first + CHUNK):
        problem, near = random_problem(number), None
        for _ in range(2):
            own, other = interior_point(problem, near), solve_program(problem, near)
            if own is None or other.status is not Status.SOLVED:
                assert own is None or other.status is Status.FAILED, number
                break
            assert agree(own, other), number
            solved += 1
            near = other
    assert solved >= CHUNK / 2


@pytest.mark.parametrize("number", range(0, 60))
def test_condensing_until_it_settles_leads_where_slsqp_leads(number: int) -> None:
    problem = random_problem(number)
    plain, found = interior_point(problem, None), true_optimum(problem)
    if plain is None or found is None:
        return
    other = continuous_optimum(problem, plain)
    if other is not None and problem.is_condensed.any():
        assert agree(found, other)


@pytest.mark.parametrize("number", range(0, 120, 2))
def test_one_run_of_steps_leads_where_many_programs_in_a_row_lead(number: int) -> None:
    problem = random_problem(number)
    near, found = interior_point(problem, None), followed_optimum(problem)
    if found is None or near is None or near.status is not Status.SOLVED:
        return
    for _ in range(12):
        after = interior_point(problem, near)
        if after is None or after.status is not Status.SOLVED:
            return
        if np.abs(after.logs - near.logs).max() < 1e-7:
            assert agree(found, after)
            return
        near = after


@pytest.mark.parametrize("number", range(0, 120, 2))
def test_a_rough_optimum_is_near_the_optimum_and_leads_there(number: int) -> None:
    problem = random_problem(number)
    found, rough = followed_optimum(problem), followed_optimum(problem, rough=True)
    if found is None or rough is None:
        return
    assert (rough.is_rough, found.is_rough) == (True, False)
    assert abs(rough.index - found.index) <= 0.05 * max(1.0, abs(found.index))
    polished = followed_optimum(problem, rough)
    assert polished is not None
    assert agree(polished, found)


def test_multipliers_are_the_gains_of_looser_limits() -> None:
    """Against differences of optima; those of the reference problem are the README's prices."""
    problem = Problem(reference_region(), LAW)
    optimum = true_optimum(problem)
    assert optimum is not None
    for k, limit in enumerate(problem.limits):
        step = Fraction(limit.sign, 10_000)
        bound = limit.bound * (1 + step)
        moved = true_optimum(Problem(problem.region.with_bound(limit.name, bound), LAW))
        assert moved is not None
        gain = (moved.index - optimum.index) / abs(math.log1p(step))
        assert gain == pytest.approx(optimum.duals[k], rel=2e-3, abs=1e-5)


def test_a_plan_needs_neither_cvxpy_nor_scipy_nor_pandas() -> None:
    code = (
        "import sys\nfrom scenarios.cli import main\n"
        "try: main(['plan', '--gpus', '1024', '--gpu', 'h100-sxm', '--days', '30'])\n"
        "except SystemExit: pass\n"
        "print(sorted({'cvxpy', 'scipy', 'pandas', 'matplotlib'} & set(sys.modules)))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.splitlines()[-1] == "[]"
