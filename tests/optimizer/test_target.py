"""The least cost of a score against enumeration, and against what the budget search says."""

from fractions import Fraction

import pytest

from constraints.space.region import OUT_OF_REACH
from optimizer.questions.target import TargetStatus, least_cost
from optimizer.searching.search import search
from tests.optimizer.reference_problems import reference_region
from tests.optimizer.test_front import LAW, ONE_COST, every_plan, objectives, small_region


@pytest.mark.enumeration("number")
@pytest.mark.parametrize("number", range(240))
def test_the_least_cost_is_that_of_enumeration(number: int) -> None:
    region = small_region(number)
    name = ONE_COST[number % len(ONE_COST)]
    (cost,) = objectives(region, (name,))
    plans = every_plan(region, (name,))
    scores = sorted(float(LAW.response(index)) for _, index in plans)
    middle, highest = (scores[len(scores) // 2], scores[-1]) if scores else (40.0, 50.0)
    for wanted in (30.0, middle - 1e-6, highest - 1e-6, highest + 0.1):
        result = least_cost(region, LAW, cost.limit, wanted)
        enough = [costs[0] for costs, index in plans if LAW.response(index) >= wanted]
        if not enough:
            assert result.status in (TargetStatus.UNREACHABLE, TargetStatus.INFEASIBLE)
            assert result.plan is None
            continue
        assert result.status is TargetStatus.REACHED
        assert result.amount is not None
        assert Fraction(result.amount) == Fraction(min(enough))
        assert result.plan is not None
        assert LAW.response(result.plan.index) >= wanted


@pytest.mark.parametrize("score", [50, 60, 70, 75, 80, 92, 97])
def test_the_least_flops_of_a_score_buy_just_that_score(score: float) -> None:
    region = reference_region().with_bound("training_flops", OUT_OF_REACH)
    result = least_cost(region, LAW, region.compute, score)
    assert result.amount is not None
    best = search(region.with_bound("training_flops", result.amount), LAW, 1).plans[0]
    assert float(LAW.response(best.index)) == pytest.approx(score, abs=1e-6)
    less = search(region.with_bound("training_flops", result.amount * Fraction(999, 1000)), LAW, 1)
    assert float(LAW.response(less.plans[0].index)) < score


def test_what_cannot_be_reached_says_how_far_one_gets() -> None:
    region = reference_region()
    result = least_cost(region, LAW, region.compute, 90)
    assert result.status is TargetStatus.UNREACHABLE
    assert result.highest.plans[0] == search(region, LAW, 1).plans[0]


def test_without_any_plan_the_conflict_is_told() -> None:
    region = small_region(0).with_bound("tokens_max", 1)
    result = least_cost(region, LAW, region.compute, 40)
    assert result.status is TargetStatus.INFEASIBLE
    assert result.highest.conflict
