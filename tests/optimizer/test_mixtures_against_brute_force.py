"""Mixtures of experts, searched and bounded, against loops that write their formulas again."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from optimizer.laws.evidence.naive import naive
from optimizer.laws.law import Circumstances, Law
from optimizer.laws.library import find_record
from optimizer.problem.problem import Problem
from optimizer.searching.family import search_family
from optimizer.searching.search import SearchResult, SearchStatus
from tests.mixture_brute_force import Found, Judge, best_mixtures, naive_index, s_curve
from tests.optimizer.test_bounds import check_bounds
from tests.random_mixtures import random_family

TOP = 4
CHUNK = 20
PROBLEMS = 2000
NOW = Circumstances(2026.5)
SHARES = (1.0, 0.5, 0.2)


@cache
def judged(number: int) -> tuple[Law, Judge]:
    """A law that cycles with the number: all experts, some of their share, the naive reading."""
    kind = number % 5
    if kind == 4:
        return naive(find_record("performance-law").law), naive_index
    record, share = find_record("calibrated-experts"), SHARES[kind % 3]
    coefficients = dict(record.coefficients)
    if kind == 3:  # an index that falls with depth, where layers are a sum
        coefficients["depth"] *= -1
        law = record.shape.law("falling", "", "", coefficients)
    else:
        law = record.law
    return replace(law, expert_share=share).at(NOW), s_curve(coefficients, share)


def agree(result: SearchResult, expected: list[Found]) -> bool:
    """Same positions, tokens and counts in the same order; the same designs where none are tied."""
    if len(result.plans) != min(TOP, len(expected)):
        return False
    for plan, home, truth in zip(result.plans, result.plan_regions, expected, strict=False):
        close = abs(plan.index - truth.index) <= 1e-9 * max(1.0, abs(truth.index))
        if not close:
            return False
        tied = [x for x in expected if abs(x.index - truth.index) <= 2e-9 * abs(truth.index)]
        known = [
            (x.design.region is home, x.design.at.named, x.tokens, x.design.parameters, x.flops)
            for x in tied
        ]
        sizes = tuple(plan.sizes[name] for name in home.space.lattice.sizes)
        if (True, sizes, plan.tokens, plan.parameters, plan.training_flops) not in known:
            return False
    return True


@pytest.mark.enumeration("first")
@pytest.mark.parametrize("first", range(0, PROBLEMS, CHUNK))
def test_search_finds_exactly_the_mixtures_of_plain_enumeration(first: int) -> None:
    for number in range(first, first + CHUNK):
        regions, more = random_family(number)
        law, judge = judged(number)
        counted = float("inf") if law.saturation is None else float(law.saturation)
        if counted < float("inf") and regions[0].text.unique_tokens is not None:
            continue  # what repeated tokens are worth is checked on dense models
        result = search_family(regions, law, TOP)
        served, lifetime = more.get("deployment"), more.get("lifetime_tokens", 0)
        expected = best_mixtures(regions, judge, served, lifetime, counted)
        assert agree(result, expected), number
        assert result.status is (SearchStatus.OPTIMAL if expected else SearchStatus.INFEASIBLE)
        assert result.certificate is not None
        size = sum(region.space.lattice.size for region in regions)
        assert result.certificate.lattice_points == size
        if expected:
            assert result.relaxed.bound >= expected[0].index - 1e-9


@pytest.mark.enumeration("number")
@pytest.mark.parametrize("number", range(0, 2000, 20))
def test_no_mixture_in_a_box_exceeds_its_bound_whatever_the_multipliers(number: int) -> None:
    regions, _ = random_family(number)
    law, _ = judged(number)
    draw = np.random.default_rng(number)
    for region in regions:
        check_bounds(Problem(region, law), draw, 10, 100)
