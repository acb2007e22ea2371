"""The report of a front: a plot, a table of its points, and the front in words."""

from __future__ import annotations

from constraints.algebra.units import format_count
from optimizer.plans.plan import Plan
from scenarios.answers.front import Traced
from scenarios.exports.command_lines import command_line
from scenarios.report.composed.stamp import plan_remarks, stamp_of
from scenarios.report.document import Column, Line, Preformatted, Report, Section, Table
from scenarios.report.plots.terminal_plot import terminal_plot
from scenarios.report.words.budget_words import budget_lines
from scenarios.report.words.cost_words import cost_amount, heading
from scenarios.report.words.front_words import front_lines
from scenarios.report.words.score_words import score_heading, score_text
from scenarios.report.words.words import (
    accuracy_line,
    architecture_line,
    ffn_words,
    heads_words,
    layers_words,
)

__all__ = ["front_report", "nothing_report"]

MOST_ROWS = 20
"""Most points in a terminal's table; files have all of them [point]."""


def front_report(traced: Traced, *, interrupted: bool = False) -> Report:
    """The report of a front.

    Args:
        traced: a front with at least one point.
        interrupted: whether the search was cut off.
    """
    top = traced.plans[traced.front.points.index(traced.top)]
    names = " and ".join(heading(cost) for cost in traced.costs)
    lines = map(Line, front_lines(traced, interrupted=interrupted))
    accuracy = accuracy_line(traced.law, top.near, top.law_score)
    sections = (
        Section("Budget", tuple(map(Line, budget_lines(traced.resolved))), frozenset(("text",))),
        Section("Plot", _plot(traced), frozenset(("text",))),
        Section("Points", (_points(traced),), frozenset(("text", "markdown"))),
        Section("What it says", (*_architectures(traced), *_steps(top), *lines)),
        Section("How sure", (Line(accuracy),)),
    )
    return Report(
        f"Score against {names}",
        sections,
        plan_remarks(traced.budget, top, traced.law),
        stamp_of(traced.resolved),
        command_line("pareto", traced.question.given),
    )


def _architectures(traced: Traced) -> tuple[Line, ...]:
    """What the plans have in common besides their sizes; nothing if it differs."""
    said = {architecture_line(plan.architecture) for plan in traced.plans}
    return (Line(f"All with {said.pop()}"),) if len(said) == 1 else ()


def _steps(top: Plan) -> tuple[Line, ...]:
    """The steps that all plans train in, where layouts depend on them."""
    if top.layout is None:
        return ()
    step = format_count(top.layout.batch)
    return (Line(f"All train in steps of {step} tokens, as the best plan does."),)


def nothing_report(traced: Traced) -> Report:
    """The report of a front without points, when there are plans but none scores above chance."""
    floor = f"{traced.law.response.floor:g}"
    line = f"Nothing to trade off: no plan scores above the law's floor of {floor} (chance)."
    return Report("Nothing to trade off", (Section("", (Line(line),)),))


def _plot(traced: Traced) -> tuple[Preformatted, ...]:
    """The plot of a front in characters; none for two costs."""
    cost = traced.costs[0]
    if len(traced.costs) > 1:
        return ()
    rows = zip(traced.front.points, traced.plans, strict=True)
    pairs = sorted((cost.shown(point.amounts[0]), plan.score) for point, plan in rows)
    plot = terminal_plot(pairs, heading(cost), lambda value: cost_amount(cost.name, value))
    return (Preformatted(tuple(plot)),) if plot else ()


def _points(traced: Traced) -> Table:
    """The table of a front's points."""
    shape = (
        score_heading(traced.law),
        "layers",
        "hidden",
        "FFN",
        "heads",
        "params",
        "tokens",
        "tok/par",
    )
    headings = [*(heading(cost) for cost in traced.costs), *shape]
    rows = []
    for point, plan in zip(traced.front.points, traced.plans, strict=True):
        sizes = plan.architecture
        rows.append(
            (
                *(
                    cost_amount(cost.name, cost.shown(amount))
                    for cost, amount in zip(traced.costs, point.amounts, strict=True)
                ),
                score_text(traced.law, plan.score),
                layers_words(sizes),
                str(sizes.hidden_size),
                ffn_words(sizes),
                heads_words(sizes),
                format_count(plan.parameters, aligned=True),
                format_count(plan.tokens, aligned=True),
                f"{plan.tokens_per_parameter:,.0f}",
            )
        )
    columns = tuple(Column(name, right=True, wrap="never") for name in headings)
    return Table(
        columns, tuple(rows), most_rows=MOST_ROWS, elsewhere="points; all of them: --csv or --json"
    )
