"""A front for a terminal: a plot, the points, what they say."""

from __future__ import annotations

import click
from rich.table import Table

from constraints.algebra.units import format_count
from optimizer.plans.plan import Plan
from optimizer.questions.front import FrontPoint
from scenarios.questions.trade_off import Traced
from scenarios.report.console import plain_console, plain_table, warn_outside, warn_untrusted
from scenarios.report.cost_words import cost_amount, heading
from scenarios.report.front_words import front_lines
from scenarios.report.plan_words import budget_lines, mfu_line
from scenarios.report.terminal_plot import terminal_plot
from scenarios.report.words import accuracy_line, ffn_words, layers_words

__all__ = ["cells", "print_front"]

MOST_ROWS = 20


def print_front(traced: Traced, *, interrupted: bool = False) -> None:
    """Plot, points and what they say; warnings on stderr."""
    console = plain_console()
    for line in budget_lines(traced.budget, traced.question.scenario):
        console.print(line)
    console.print()
    front, cost = traced.front, traced.costs[0]
    if len(traced.costs) == 1:
        pairs = [(cost.shown(point.amounts[0]), plan.score) for point, plan in _rows(traced)]
        plot = terminal_plot(
            sorted(pairs), heading(cost), lambda value: cost_amount(cost.name, value)
        )
        for line in plot:
            click.echo(line)
        console.print()
    console.print(_table(traced))
    if len(front.points) > MOST_ROWS:
        console.print(f"({MOST_ROWS} of {len(front.points)} points; all of them: --csv or --json)")
    console.print()
    for line in front_lines(traced, interrupted=interrupted):
        console.print(line)
    console.print()
    top = traced.plans[front.points.index(traced.top)]
    console.print(accuracy_line(traced.law, top.near, top.law_score))
    note = mfu_line(traced.budget)
    if note:
        click.echo(f"Note: {note}", err=True)
    warn_outside(top.outside)
    warn_untrusted(traced.law, top.near, top.score)


def _rows(traced: Traced) -> list[tuple[FrontPoint, Plan]]:
    return list(zip(traced.front.points, traced.plans, strict=True))


def _thinned(rows: list[list[str]]) -> list[list[str]]:
    """Rows spread evenly, the first and the last among them."""
    if len(rows) <= MOST_ROWS:
        return rows
    return [rows[round(i * (len(rows) - 1) / (MOST_ROWS - 1))] for i in range(MOST_ROWS)]


def _table(traced: Traced) -> Table:
    headings, rows = cells(traced)
    table = plain_table()
    for name in headings:
        table.add_column(name, justify="right", no_wrap=True)
    for row in _thinned(rows):
        table.add_row(*row)
    return table


def cells(traced: Traced) -> tuple[list[str], list[list[str]]]:
    """Headings, and a row of text for each point."""
    shape = ("score", "layers", "hidden", "FFN", "params", "tokens", "tok/par")
    headings = [*(heading(cost) for cost in traced.costs), *shape]
    rows = []
    for point, plan in _rows(traced):
        sizes = plan.architecture
        rows.append(
            [
                *(
                    cost_amount(cost.name, cost.shown(amount))
                    for cost, amount in zip(traced.costs, point.amounts, strict=True)
                ),
                f"{plan.score:.2f}",
                layers_words(sizes),
                str(sizes.hidden_size),
                ffn_words(sizes),
                format_count(plan.parameters, aligned=True),
                format_count(plan.tokens, aligned=True),
                f"{plan.tokens_per_parameter:,.0f}",
            ]
        )
    return headings, rows
