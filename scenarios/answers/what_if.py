"""What other budgets and limits would give: the front around a plan, and changed limits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction

from constraints.algebra.units import Range
from constraints.clock.layout_choice import LayoutChoice
from constraints.errors import InputError
from constraints.space.objectives import objective
from optimizer.plans.plan import Plan, make_plan
from optimizer.questions.one_more import gains, with_more_compute
from optimizer.searching.family import search_family
from optimizer.searching.search import SearchStatus
from scenarios.answers.answer import Answer
from scenarios.answers.front import Traced, trace
from scenarios.questions.hardware import middle_of
from scenarios.questions.scenario import BUDGETS, Scenario
from scenarios.questions.trade_off import TradeOff

__all__ = ["WhatIf", "front_around", "what_if"]

REACH = 4
"""The front spans the budget divided and multiplied by this [unitless]."""
POINTS = 30
"""Most points of the front [point]."""
DEPTHS = 12
"""Numbers of layers that are tried on either side of the best [layer]."""
DEPTHS_REACH = 0.4
"""How far they reach, as a share of the best [unitless]."""


@dataclass(frozen=True)
class WhatIf:
    """A proved answer and what other budgets and limits would give.

    Attributes:
        answer: the answer, with its swings.
        traced: the front from a quarter of the budget to four times the budget.
        changes: change of the score under each changed limit [score], by the change in words.
        by_depth: the best plan with each of some numbers of layers around the best [layer].
    """

    answer: Answer
    traced: Traced
    changes: Mapping[str, float]
    by_depth: tuple[tuple[int, Plan], ...] = ()


def what_if(answer: Answer) -> WhatIf:
    """Find, by proven searches, what other budgets and limits would give.

    Args:
        answer: an answer with at least one plan.
    """
    best = answer.result.plans[0]
    region, law, resolved = answer.region, answer.law, answer.resolved
    *_, traced = front_around(answer)
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
        tuple(_by_depth(answer)),
    )


def front_around(answer: Answer) -> Iterator[Traced]:
    """The front from a quarter of an answer's budget to four times it, as it grows.

    Args:
        answer: an answer with at least one plan.
    """
    wider = answer.resolved.pinned_to(answer.region)
    wider = wider.asked_anew(_larger(wider.scenario, answer.region.layout_choice))
    return trace(TradeOff(wider.scenario, None, None, POINTS, Fraction(1, REACH**2)), wider)


def _by_depth(answer: Answer) -> Iterator[tuple[int, Plan]]:
    """The best plan with each number of layers at even steps around the best; proved ones alone."""
    best, resolved = answer.plans[0], answer.resolved.pinned_to(answer.region)
    depth, span = best.architecture.num_hidden_layers, resolved.scenario.layers
    step = max(round(depth * DEPTHS_REACH / DEPTHS), 1)
    for layers in range(depth - DEPTHS * step, depth + DEPTHS * step + 1, step):
        outside = span is not None and (
            (span.values is not None and layers not in span.values)
            or (span.low is not None and layers < span.low)
            or (span.high is not None and layers > span.high)
        )
        if layers < 1 or outside:
            continue
        asked = replace(resolved.scenario, layers=Range.single(layers))
        try:
            narrowed = resolved.asked_anew(asked)
        except InputError:  # a layout, or dense layers, leave no such depth
            continue
        found = search_family(narrowed.regions, narrowed.law, 1)
        if found.status is SearchStatus.OPTIMAL:
            home = found.plan_regions[0]
            plan = make_plan(found.plans[0], home, narrowed.law, narrowed.budget, ())
            yield layers, plan


def _larger(scenario: Scenario, choice: LayoutChoice | None) -> Scenario:
    """The scenario with `REACH` times its budget, at one speed and with the steps that it has."""
    larger = {
        name: value * REACH for name in BUDGETS if (value := getattr(scenario, name)) is not None
    }
    found = replace(scenario, **larger)
    found = replace(found, mfu=middle_of(found.mfu), moe_mfu=middle_of(found.moe_mfu))
    return found if choice is None else replace(found, batch=choice.batch)
