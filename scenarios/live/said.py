"""Answers as the page shows them: reports and plans as plain JSON, in the words of the reports."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from constraints.algebra.units import format_count
from optimizer.plans.plan import Plan
from scenarios.answers.answer import Answer
from scenarios.front_door.results import PlanResult, TargetResult
from scenarios.report.document import Block, Line, Report, Section, Table
from scenarios.report.html.plan_page import plan_chips
from scenarios.report.words.headline_words import headline
from scenarios.report.words.score_words import score_text
from scenarios.report.words.words import interval_words, shape_words

__all__ = ["said_of_goal", "said_of_plans"]


def said_of_goal(found: TargetResult) -> dict[str, Any]:
    """What a score takes: in full, and in figures for the card of its scenario."""
    figures: list[list[str]] = []
    for plan in found.plans:
        hours, days = plan.gpu_hours, plan.days
        figures += [] if hours is None else [["GPU-hours", format_count(hours)]]
        figures += [] if days is None else [["days", f"{days:,.3g}"]]
        figures += [["shape", shape_words(plan.architecture)]]
    return {**_report(found.report()), "figures": figures}


def said_of_plans(found: PlanResult) -> dict[str, Any]:
    """The plans of a result: in one sentence, in short, in figures side by side, and in full."""
    answer, shown = found.answer, _report(found.report())
    if not answer.plans:
        lead = "No plan satisfies all limits." if found.status == "infeasible" else "Not proved."
        return {**shown, "status": found.status, "lead": lead, "chips": [], "figures": []}
    shown["sections"] = [x for x in shown["sections"] if x["heading"] != "The answer"]
    return {
        **shown,
        "status": found.status,
        "lead": headline(answer),
        "chips": list(map(list, plan_chips(answer))),
        "figures": list(map(list, _figures(answer, answer.plans[0]))),
    }


def _figures(answer: Answer, plan: Plan) -> Iterator[tuple[str, str]]:
    """What cards compare of the best plans of scenarios: names of figures, with their values."""
    law, better = answer.resolved.in_force.law, answer.resolved.with_least_error
    band = interval_words(plan.interval)
    asked = dict(plan_chips(answer))
    yield from ((name, asked[name]) for name in ("cluster", "budget") if name in asked)
    yield "score", f"{score_text(law, plan.law_score)}{f' ({band})' if band else ''}"
    if better is not None:
        yield better.name, score_text(better, plan.score_by(better))
    yield "shape", shape_words(plan.architecture)
    yield "parameters", format_count(plan.parameters)
    if plan.active_parameters != plan.parameters:
        yield "active", format_count(plan.active_parameters)
    yield "tokens", format_count(plan.tokens)
    if plan.days is not None:
        yield "days", f"{plan.days:.3g}"
    own = answer.days_by_the_clock(plan)
    if own is not None:
        yield "by the clock", f"{own:.3g} days"
    if plan.gpu_hours is not None:
        yield "GPU-hours", format_count(plan.gpu_hours)
    if plan.dollars is not None:
        yield "cost", f"${format_count(plan.dollars)}"
    if plan.layout is not None:
        seconds, mfu = plan.layout.planned(answer.budget.throughput)
        yield "layout", str(plan.layout)
        yield "a step", f"{seconds:.3g} s, MFU {mfu:.2f}"
    yield "learning rate", f"{plan.recipe.learning_rate:.2g}"


def _report(report: Report) -> dict[str, Any]:
    """A report as a terminal shows it, in pieces."""
    return {
        "title": report.title,
        "sections": [_section(section) for section in report.shown_in("text")],
        "remarks": [[remark.kind, remark.text] for remark in report.remarks],
        "command": report.repeat,
    }


def _section(section: Section) -> dict[str, Any]:
    blocks = [_block(block) for block in section.blocks]
    return {"heading": section.heading, "folded": section.folded, "blocks": blocks}


def _block(block: Block) -> dict[str, Any]:
    if isinstance(block, Line):
        return {"text": block.text.strip()}
    if isinstance(block, Table):
        columns = [[column.heading, column.right] for column in block.columns]
        return {"columns": columns, "rows": list(map(list, block.rows)), "header": block.header}
    return {"lines": list(block.lines)}
