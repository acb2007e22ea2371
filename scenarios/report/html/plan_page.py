"""The page of an answer: its plans, the front around them, and what each limit does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Any

from constraints.space.objectives import objective
from optimizer.plans.plan import Plan
from optimizer.questions.sensitivity import Swing
from scenarios.answers.what_if import WhatIf
from scenarios.exports.command_lines import plan_again
from scenarios.report.composed.plan_report import plan_report
from scenarios.report.document import Remark, Section
from scenarios.report.html.front_page import front_data
from scenarios.report.html.page import Page
from scenarios.report.plots.plot_data import columns_of, costs_known, plan_name, row
from scenarios.report.words.plan_words import foretold, is_first, preferred_line
from scenarios.report.words.words import limit_words, quantity

__all__ = ["plan_page"]

CAPTION = (
    "Orange point: the plan, the best of its budget; blue: the best of other budgets, each proved; "
    "dashed line: no plan lies above it; diamonds: published models with the scores that they "
    "report; shade: the law's mean error on published models nearby."
)


def plan_page(found: WhatIf, before: Sequence[Section] = (), repeat: str = "") -> Page:
    """The page of an answer.

    Args:
        found: an answer with at least one plan, and what other budgets would give.
        before: sections that come before those of the answer.
        repeat: the command that asks the same question; empty for that of the answer alone.
    """
    report = plan_report(found.answer, before)
    return Page(
        report=replace(
            report,
            remarks=(*report.remarks, *_unsettled(found)),
            repeat=repeat or report.repeat,
        ),
        lead=_lead(found),
        data=_data(found),
        caption=CAPTION,
        table="All plans: first those of the budget, then the best of other budgets",
    )


def _lead(found: WhatIf) -> str:
    """The best plan and the preferred one, and what other budgets would change about the score."""
    answer = found.answer
    best, line = answer.plans[0], preferred_line(answer)
    changes = [
        f"; {what} {'buys' if change > 0 else 'costs'} {abs(change):.1f}"
        for what, change in found.changes.items()
        if abs(change) >= WORTH_TELLING
    ]
    points = f"{best.score:.2f}{''.join(changes)}{' points' if changes else ''}"
    lead = f"Train {_in_short(best)}: it scores {points}."
    if line and answer.preferred is not None and not is_first(answer, answer.preferred):
        lead += f" Or train plan P, {_in_short(answer.preferred)}."
    return lead


def _in_short(plan: Plan) -> str:
    """A plan's sizes, parameters and tokens."""
    return f"{plan_name(plan).split(':')[0]} tokens"


WORTH_TELLING = 0.05
"""Smallest change that the lead sentence mentions [score]."""


def _unsettled(found: WhatIf) -> list[Remark]:
    """A warning if a search for another budget gave up, so that its plans are not proved."""
    if found.traced.front.settled:
        return []
    rule = "a search for another budget gave up: better plans than those shown may exist there."
    return [Remark("Warning", rule)]


def _data(found: WhatIf) -> dict[str, Any]:
    """The data of the front, with the plans of the answer appended to its points."""
    answer, data = found.answer, front_data(found.traced)
    region = found.traced.region
    deployment = answer.resolved.deployment
    costs = costs_known(region, answer.budget, deployment, found.traced.costs)
    layouts = region.layout_choice is not None
    first = len(data["points"])
    for plan, home in zip(answer.plans, answer.result.plan_regions, strict=True):
        own = costs  # a plan with another choice of shared experts has a region of its own
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
    """One limit's bars: its name, both changes, and the change that its shadow price foretells."""
    return {
        "name": limit_words(swing.limit, swing.sense, swing.bound),
        "looser": swing.looser,
        "tighter": swing.tighter,
        "price": foretold(swing, price),
    }
