"""The page of an answer: its plans, the front around them, and what each limit does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Any

from constraints.algebra.units import format_count, format_flops
from constraints.space.objectives import objective
from optimizer.questions.sensitivity import Swing
from scenarios.answers.answer import Answer
from scenarios.answers.what_if import WhatIf
from scenarios.exports.command_lines import plan_again
from scenarios.report.composed.plan_report import plan_report
from scenarios.report.document import Remark, Section
from scenarios.report.html.front_page import front_data
from scenarios.report.html.page import Page
from scenarios.report.plots.plot_data import columns_of, costs_known, plan_name, row
from scenarios.report.words.headline_words import headline
from scenarios.report.words.plan_words import foretold, swing_name
from scenarios.report.words.score_words import points_text
from scenarios.report.words.words import plural, quantity, shape_words

__all__ = ["plan_chips", "plan_data", "plan_page"]

POINTS = (
    "Orange point: the plan, the best of its budget; blue: the best of other budgets, each proved"
)
MODELS = "diamonds: published models"
CAPTIONS = {
    "first": f"{POINTS}; dashed line: no plan lies above it; {MODELS} with the scores that they "
    "report; shade: the law's 90 % interval.",
    "compute": f"{POINTS}; squares: what other laws would train on the same budget; lines: equal "
    f"training compute, 6 FLOP a parameter and token; {MODELS}.",
    "other": f"{POINTS}; {MODELS} where they tell both; squares: what other laws would train.",
}
"""What the plot shows, over score and budget, over parameters and tokens, and over other axes."""


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
        data=plan_data(found),
        caption=f"{CAPTIONS['first']}{_stepped(found.answer)}",
        chips=plan_chips(found.answer),
        table="All plans: first those of the budget, then the best of other budgets",
    )


def _lead(found: WhatIf) -> str:
    """The best plan and what it scores, and what other budgets would change about the score."""
    law = found.answer.law
    changes = [
        f"{what} {'buys' if change > 0 else 'costs'} {points_text(law, abs(change), 1)}"
        for what, change in found.changes.items()
        if abs(change) >= WORTH_TELLING
    ]
    more = "; ".join(changes)
    return f"{headline(found.answer)}{f' {more[:1].upper()}{more[1:]}.' if more else ''}"


def plan_chips(answer: Answer) -> tuple[tuple[str, str], ...]:
    """The budget, the cluster, the law and the proof in short."""
    budget, best = answer.budget, answer.plans[0]
    hours = budget.gpu_hours(budget.training_flops) if answer.resolved.paced else None
    used = f"{format_flops(float(budget.training_flops))} FLOP"
    chips = [("budget", used if hours is None else f"{format_count(hours)} GPU-hours")]
    if budget.throughput is not None:
        count = "" if budget.gpus is None else f"{budget.gpus:,} × "
        chips.append(("cluster", f"{count}{budget.throughput.accelerator.name}"))
    if best.layout is not None:
        chips.append(("layout", str(best.layout.layout).split(",")[0]))
    proof = answer.result.certificate
    proved = (
        "not proved" if proof is None else f"optimal of {plural(proof.lattice_points, 'design')}"
    )
    return (*chips, ("law", answer.resolved.in_force.law.name), ("proof", proved))


WORTH_TELLING = 0.05
"""Smallest change that the lead sentence mentions [score]."""


def _unsettled(found: WhatIf) -> list[Remark]:
    """A warning if a search for another budget gave up, so that its plans are not proved."""
    if found.traced.front.settled:
        return []
    rule = "a search for another budget gave up: better plans than those shown may exist there."
    return [Remark("Warning", rule)]


def plan_data(found: WhatIf) -> dict[str, Any]:
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
        "swings": [_swing(answer, swing, prices.get(swing.limit)) for swing in answer.swings],
        "chosen": first,
        "marked": first,
        "captions": {view: f"{said}{_stepped(answer)}" for view, said in CAPTIONS.items()},
        "rivals": _rivals(answer),
        "flat": _flat(found),
    }


def _stepped(answer: Answer) -> str:
    """That all plans of the plot have the steps of the answer's, where layouts depend on them."""
    choice = answer.region.layout_choice
    if choice is None:
        return ""
    return f" All train in steps of {format_count(choice.batch)} tokens, as plan 1 does."


def _rivals(answer: Answer) -> list[dict[str, Any]]:
    """The plans of other laws, with the figures that do not depend on a law."""
    found = []
    for opinion in answer.opinions:
        own, model = opinion.own, answer.region.architecture(opinion.own.sizes)
        size, tokens = format_count(own.parameters), format_count(own.tokens)
        name = f"{opinion.law.name} would train {shape_words(model)}, {size} on {tokens}"
        values = {
            "params": float(own.parameters),
            "tokens": float(own.tokens),
            "tokens-per-parameter": float(own.tokens / own.parameters),
            "layers": model.num_hidden_layers,
            "hidden": model.hidden_size,
        }
        found.append({"name": name, "label": opinion.law.name, "values": values})
    return found


def _flat(found: WhatIf) -> dict[str, Any] | None:
    """The best score by number of layers; None if there are too few numbers."""
    answer = found.answer
    if len(found.by_depth) < 3:
        return None
    return {
        "across": "layers",
        "up": f"score, {answer.law.unit}",
        "best": answer.plans[0].architecture.num_hidden_layers,
        "rows": [
            [layers, round(plan.score, 4), plan_name(plan)] for layers, plan in found.by_depth
        ],
    }


def _swing(answer: Answer, swing: Swing, price: float | None) -> dict[str, Any]:
    """One limit's bars: its name, both changes, and the change that its shadow price foretells."""
    return {
        "name": swing_name(answer, swing),
        "looser": swing.looser,
        "tighter": swing.tighter,
        "price": foretold(swing, price),
    }
