"""A plan as a page: the plan, the front it lies on, and what each limit does."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from constraints.space.objectives import objective
from optimizer.questions.sensitivity import Swing
from scenarios.answers.answer import Answer
from scenarios.answers.dense_or_experts import Kinds
from scenarios.answers.what_if import WhatIf
from scenarios.exports.command_line import command_line, plan_again
from scenarios.report.html.front_page import front_data
from scenarios.report.html.page import Page
from scenarios.report.html.stamp import stamp, warnings
from scenarios.report.kinds_table import kinds_lines
from scenarios.report.plan_words import (
    binding_lines,
    experts_line,
    foretold,
    is_first,
    layout_line,
    preferred_line,
    proof_words,
    serving_line,
    text_line,
)
from scenarios.report.plot_data import columns_of, costs_known, plan_name, row
from scenarios.report.trust_words import disagreement, opinion_line, robust_lines
from scenarios.report.words import accuracy_line, convention_line, limit_words, quantity

__all__ = ["plan_page"]

CAPTION = (
    "Orange point: the plan, the best of its budget; blue: the best of other budgets, each proved; "
    "dashed line: no plan lies above it; diamonds: published models with the scores that they "
    "report; shade: the law's mean error on published models nearby."
)


def plan_page(found: WhatIf, kinds: Kinds | None = None) -> Page:
    """The page of an answer with a plan; kinds: of both kinds of models, if both were asked for."""
    answer = found.answer
    best, scenario = answer.plans[0], answer.scenario
    what_if = [
        f"{what} {'buys' if change > 0 else 'costs'} {abs(change):.1f}"
        for what, change in found.what_if.items()
        if abs(change) >= WORTH_TELLING
    ]
    lines = [
        f"The best plan scores {best.score:.2f}; {'; '.join(what_if)} points.",
        f"Train {plan_name(best).split(':')[0]} tokens.",
        *_preferred(answer),
        *([] if kinds is None else _of_both(kinds)),
        f"Held back by: {'; '.join(binding_lines(answer)) or 'no limit'}.",
        convention_line(answer.region, (name for x in answer.plans for name in x.binding)),
        experts_line(answer),
        layout_line(best, scenario.memory_margin),
        text_line(answer),
        serving_line(answer),
        proof_words(answer),
        accuracy_line(answer.law, best.near, best.law_score),
        *robust_lines(answer),
        *filter(None, (opinion_line(answer), disagreement(answer))),
    ]
    return Page(
        title="What to train",
        summary=[line for line in lines if line],
        warnings=[*warnings(answer.budget, best, answer.law), *_unsettled(found)],
        data=_data(found),
        caption=CAPTION,
        table="All plans: first those of the budget, then the best of other budgets",
        stamp=stamp(answer.budget, scenario, answer.law, command_line("plan", scenario.given)),
    )


def _preferred(answer: Answer) -> Iterator[str]:
    """The plan that is preferred among near-equal ones, if it is another than the best."""
    line = preferred_line(answer)
    if line and answer.preferred is not None and not is_first(answer, answer.preferred):
        yield f"Or train plan P, {plan_name(answer.preferred).split(':')[0]} tokens. {line}"


def _of_both(kinds: Kinds) -> Iterator[str]:
    """The best plans of both kinds, and how sure their order is."""
    named = (("a dense model", kinds.dense), ("a mixture of experts", kinds.experts))
    bests = [f"{name}: {plan_name(x.plans[0])}" for name, x in named if x.plans]
    yield f"Dense or experts, both proved: {'; '.join(bests)}. {' '.join(kinds_lines(kinds))}"


WORTH_TELLING = 0.05


def _unsettled(found: WhatIf) -> list[str]:
    """That the other budgets' plans are not proved, where a search gave up."""
    if found.traced.front.settled:
        return []
    return ["A search for another budget gave up: better plans than those shown may exist there."]


def _data(found: WhatIf) -> dict[str, Any]:
    """That of the front, with the plans of the answer behind its points."""
    answer, data = found.answer, front_data(found.traced)
    region = found.traced.region
    deployment = answer.scenario.deployment
    costs = costs_known(region, answer.budget, deployment, found.traced.costs)
    layouts = region.layout_choice is not None
    first = len(data["points"])
    for plan, home in zip(answer.plans, answer.result.plan_regions, strict=True):
        own = costs  # of the plan's own region, where designs differ in what is no axis
        if home is not answer.region:
            names = [cost.name for cost in costs]
            own = tuple(objective(x, home, answer.budget, deployment) for x in names)
        held = ", ".join(map(quantity, plan.binding))
        data["points"].append(row(plan, own, home, held, layouts=layouts))
    data["names"] += [plan_name(plan) for plan in answer.plans]
    data["commands"] += [
        plan_again(answer, plan, home)
        for plan, home in zip(answer.plans, answer.result.plan_regions, strict=True)
    ]
    prices = answer.result.relaxed.shadow_prices
    return data | {
        "columns": [asdict(x) for x in columns_of(costs, answer.law.unit, layouts=layouts)],
        "swings": [_swing(swing, prices.get(swing.limit)) for swing in answer.swings],
        "chosen": first,
        "marked": first,
    }


def _swing(swing: Swing, price: float | None) -> dict[str, Any]:
    """A bar: its name, both changes, and what the shadow price foretells for the looser limit."""
    return {
        "name": limit_words(swing.limit, swing.sense, swing.bound),
        "looser": swing.looser,
        "tighter": swing.tighter,
        "price": foretold(swing, price),
    }
