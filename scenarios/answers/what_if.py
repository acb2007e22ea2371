"""What lies around a plan: the front of its budget, and how the score moves with each limit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction

from constraints.space.objectives import objective
from optimizer.questions.one_more import gains, with_more_compute
from scenarios.answers.answer import Answer, pinned_to
from scenarios.questions.scenario import Scenario
from scenarios.questions.trade_off import Traced, TradeOff

__all__ = ["WhatIf", "what_if"]

REACH = 4
"""Times the budget, either way, that the front spans."""
POINTS = 30


@dataclass(frozen=True)
class WhatIf:
    """A proved answer, with what each limit does, and its surroundings.

    traced: the front from a quarter of the budget to four times it. what_if: change of the score
    by what was changed, in words [score].
    """

    answer: Answer
    traced: Traced
    what_if: Mapping[str, float]


def what_if(answer: Answer) -> WhatIf:
    """The surroundings of an answer with a plan, all by proven re-solves."""
    best = answer.result.plans[0]
    region, law, scenario = answer.region, answer.law, answer.scenario
    (budget,) = scenario.budgets_given()
    across = budget.removeprefix("--")  # a budget is a cost of the same name
    larger = _larger(pinned_to(region, scenario))
    question = TradeOff(larger, across, None, POINTS, Fraction(1, REACH**2))
    *_, traced = question.trace()
    memory = objective("serving-memory", region, answer.budget, scenario.deployment)
    half = region.spent(memory.limit, best.sizes, best.tokens) * Fraction(1, 2)
    changes = {
        "half as much compute again": with_more_compute(region, Fraction(1, 2)),
        "half the compute": with_more_compute(region, Fraction(-1, 2)),
        "half the serving memory": region.within(memory.limit, half),
    }
    return WhatIf(
        answer if answer.swings else answer.with_swings(),
        traced,
        gains(changes, law, best, answer.result.relaxed.optimum),
    )


def _larger(scenario: Scenario) -> Scenario:
    """The scenario on a larger budget."""
    changed = {
        name: value * REACH
        for name in ("days", "gpu_hours", "flops", "cost")
        if (value := getattr(scenario, name)) is not None
    }
    return replace(scenario, **changed)
