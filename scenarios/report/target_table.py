"""What a score takes, for a terminal."""

from __future__ import annotations

import click
from rich.console import Console
from rich.padding import Padding

from constraints.algebra.posynomial import Exact
from constraints.algebra.units import format_flops
from constraints.resources.budget import HOURS_A_DAY
from constraints.space.region import LIFETIME
from optimizer.questions.target import TargetStatus
from scenarios.questions.goal import Reached
from scenarios.report.conflict_words import conflict_lines
from scenarios.report.console import plain_console, plain_table, warn_outside, warn_untrusted
from scenarios.report.cost_words import cost_counted
from scenarios.report.plan_table import plans_table
from scenarios.report.plan_words import budget_lines, layout_line, mfu_line
from scenarios.report.words import accuracy_line, limit_words, plural

__all__ = ["print_target"]


def print_target(reached: Reached) -> None:
    """The plan, the clusters that deliver it, the proof; or how far one can get."""
    console, status = plain_console(), reached.result.status
    scenario = reached.goal.scenario
    if reached.limited:
        for line in budget_lines(reached.budget, scenario):
            console.print(line)
        console.print()
    if status is TargetStatus.REACHED:
        _print_reached(console, reached)
    elif status is TargetStatus.UNREACHABLE:
        _print_highest(console, reached)
    elif status is TargetStatus.INFEASIBLE:
        for told in conflict_lines(reached.result.highest.conflict, reached.region, scenario):
            console.print(told)
    else:
        console.print(f"Not proved: {status.message}.")
    plan = reached.plan
    note = mfu_line(reached.budget)
    if note:
        click.echo(f"Note: {note}", err=True)
    if plan is not None:
        console.print()
        console.print(accuracy_line(reached.law, plan.near, plan.law_score))
        warn_outside(plan.outside)
        warn_untrusted(reached.law, plan.near, plan.score)


def _print_reached(console: Console, reached: Reached) -> None:
    plan = reached.plan
    assert plan is not None
    assert reached.amount is not None
    cost, score = reached.cost, float(reached.goal.score)
    takes = "leaves at most" if cost.rising else "takes at least"
    console.print(f"A score of {score:g} {takes} {cost_counted(cost, reached.amount, 4)}:")
    console.print()
    console.print(plans_table([("1", plan)]))
    console.print()
    if reached.clusters:
        console.print("What would deliver it:")
        table = plain_table(header=False)
        for _ in range(3):
            table.add_column(no_wrap=True)
        for cluster in reached.clusters:
            price = reached.budget.price
            hours = cluster.gpus * cluster.days * HOURS_A_DAY
            dollars = "" if price is None else f"${hours * float(price):,.0f}"
            days = plural(float(f"{cluster.days:.3g}"), "day", ",g")
            table.add_row(f"{cluster.gpus:,} GPUs", f"× {days}", dollars)
        console.print(Padding(table, (0, 0, 0, 2), expand=False))
    layout = layout_line(plan, reached.goal.scenario.memory_margin)
    if layout:
        console.print(layout)
    more = reached.a_point_more
    if more is not None:
        shown = reached.cost.shown(more)
        takes = "leaves" if cost.rising else "takes"
        console.print(
            f"One point more {takes} {cost_counted(cost, shown, 4)} "
            f"({shown / reached.amount - 1:+.0%})."
        )
    else:
        console.print("One point more is out of reach.")
    proof = reached.result.account
    assert proof is not None
    console.print(
        f"Proved: of {proof.lattice_points:,} designs {proof.outside_limits:,} break a limit or "
        f"cannot reach the score, {proof.below_bound:,} lie in boxes that take more, "
        f"{proof.evaluated:,} were compared one by one ({proof.boxes:,} boxes)."
    )


def _print_highest(console: Console, reached: Reached) -> None:
    plan = reached.plan
    assert plan is not None
    score = float(reached.goal.score)
    digits = 2 if round(plan.score, 2) < score else 6  # a miss by a hair is a miss
    reaches = f"the best reaches {plan.score:.{digits}f}"
    console.print(f"Out of reach: no plan of the region scores {score:g}; {reaches}:")
    console.print()
    console.print(plans_table([("1", plan)]))
    console.print()
    if reached.remedies:
        console.print("In the way, each limit by itself:")
    for remedy in reached.remedies:
        asked = limit_words(remedy.limit, remedy.sense, remedy.bound)
        enough = ""
        if remedy.enough is not None:
            enough = f"; {score:g} takes {limit_words(remedy.limit, remedy.sense, remedy.enough)}"
        console.print(f"  {asked}: without it {remedy.without:.2f}{enough}")
    if not any(remedy.without >= score for remedy in reached.remedies):
        console.print("No one of them is enough by itself.")
    if reached.needed is not None:
        console.print(f"With compute alone it takes {_compute_words(reached, reached.needed)}.")


def _compute_words(reached: Reached, flops: Exact) -> str:
    """An amount of compute in every unit that is known."""
    budget = reached.budget
    hours, days = budget.gpu_hours(flops), budget.days(flops)
    words = f"{format_flops(float(flops))} FLOP"
    if reached.region.compute.name == LIFETIME:
        words += ", serving included,"
    if hours is not None:
        words += f" or {hours:,.0f} GPU-hours"
    return words if days is None else f"{words}: {days:,.1f} days on the same GPUs"
