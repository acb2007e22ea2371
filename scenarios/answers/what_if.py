"""What other budgets and limits would give: the front around a plan, and changed limits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction

from constraints.clock.layout_choice import LayoutChoice
from constraints.space.objectives import objective
from optimizer.questions.one_more import gains, with_more_compute
from scenarios.answers.answer import Answer
from scenarios.answers.front import Traced, trace
from scenarios.questions.hardware import middle_of
from scenarios.questions.scenario import BUDGETS, Scenario
from scenarios.questions.trade_off import TradeOff

__all__ = ["WhatIf", "what_if"]

REACH = 4
"""The front spans the budget divided and multiplied by this [unitless]."""
POINTS = 30
"""Most points of the front [point]."""


@dataclass(frozen=True)
class WhatIf:
    """A proved answer and what other budgets and limits would give.

    Attributes:
        answer: the answer, with its swings.
        traced: the front from a quarter of the budget to four times the budget.
        changes: change of the score under each changed limit [score], by the change in words.
    """

    answer: Answer
    traced: Traced
    changes: Mapping[str, float]


def what_if(answer: Answer) -> WhatIf:
    """Find, by proven searches, what other budgets and limits would give.

    Args:
        answer: an answer with at least one plan.
    """
    best = answer.result.plans[0]
    region, law, resolved = answer.region, answer.law, answer.resolved
    wider = resolved.pinned_to(region)
    wider = wider.asked_anew(_larger(wider.scenario, region.layout_choice))
    question = TradeOff(wider.scenario, None, None, POINTS, Fraction(1, REACH**2))
    *_, traced = trace(question, wider)
    memory = objective("serving-memory", region, answer.budget, resolved.deployment)
    half = region.spent(memory.limit, best.sizes, best.tokens) * Fraction(1, 2)
    changed = {
        "half as much compute again": with_more_compute(region, Fraction(1, 2)),
        "half the compute": with_more_compute(region, Fraction(-1, 2)),
        "half the serving memory": region.within(memory.limit, half),
    }
    return WhatIf(
        answer if answer.swings else answer.with_swings(),
        traced,
        gains(changed, law, best, answer.result.relaxed.optimum),
    )


def _larger(scenario: Scenario, choice: LayoutChoice | None) -> Scenario:
    """The scenario with `REACH` times its budget, at one speed and with the steps that it has."""
    larger = {
        name: value * REACH for name in BUDGETS if (value := getattr(scenario, name)) is not None
    }
    found = replace(scenario, **larger)
    found = replace(found, mfu=middle_of(found.mfu), moe_mfu=middle_of(found.moe_mfu))
    return found if choice is None else replace(found, batch=choice.batch)
