"""A front as Markdown: what it says, then its table."""

from __future__ import annotations

from scenarios.exports.command_line import command_line
from scenarios.questions.trade_off import Traced
from scenarios.report.cost_words import heading
from scenarios.report.front_table import cells
from scenarios.report.front_words import front_lines
from scenarios.report.html.stamp import stamp, warnings
from scenarios.report.words import accuracy_line

__all__ = ["front_markdown"]


def front_markdown(traced: Traced, *, interrupted: bool = False) -> str:
    """The text of a Markdown file."""
    scenario, top = traced.question.scenario, traced.plans[traced.front.points.index(traced.top)]
    names = " and ".join(heading(cost) for cost in traced.costs)
    headings, rows = cells(traced)
    lines = [
        f"# Score against {names}",
        "",
        *(f"{line}\n" for line in front_lines(traced, interrupted=interrupted)),
        accuracy_line(traced.law, top.near, top.law_score),
        "",
        *(f"> {line}\n" for line in warnings(traced.budget, top, traced.law)),
        f"| {' | '.join(headings)} |",
        f"|{'---:|' * len(headings)}",
        *(f"| {' | '.join(row)} |" for row in rows),
        "",
    ]
    repeat = command_line("pareto", scenario.given)
    for what, text in stamp(traced.budget, scenario, traced.law, ""):
        lines.append(f"- {what}: {text}")
    if repeat:
        lines += ["", "~~~~console", repeat, "~~~~"]
    return "\n".join(lines) + "\n"
