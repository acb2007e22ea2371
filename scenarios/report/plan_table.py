"""Plans, their proof and their prices, for a terminal of 80 columns or more."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

import click
from rich.console import Console
from rich.padding import Padding
from rich.table import Table

from constraints.algebra.units import format_count, format_flops
from optimizer.plans.plan import Plan
from optimizer.searching.search import SearchStatus
from scenarios.answers.answer import Answer
from scenarios.report.conflict_words import conflict_lines
from scenarios.report.console import heads, plain_console, plain_table, warn_outside, warn_untrusted
from scenarios.report.plan_words import (
    band_lines,
    binding_lines,
    budget_lines,
    experts_line,
    is_first,
    layout_line,
    mfu_line,
    one_more_line,
    preferred_line,
    price_lines,
    proof_words,
    serving_line,
    shared_line,
    swing_rows,
    text_line,
)
from scenarios.report.trust_words import disagreement, opinions_table, robust_lines
from scenarios.report.words import accuracy_line, convention_line, ffn_words, layers_words

__all__ = ["plans_table", "print_answer"]


def print_answer(answer: Answer) -> None:
    """Plans, proof and prices; warnings on stderr."""
    console = plain_console()
    for line in budget_lines(answer.budget, answer.scenario):
        console.print(line)
    console.print()
    if answer.plans:
        _print_plans(console, answer)
    elif answer.result.status is SearchStatus.INFEASIBLE:
        for told in conflict_lines(answer.result.conflict, answer.region, answer.scenario):
            console.print(told)
    else:
        console.print(f"Not proved, and no plan found: {answer.result.status.message}.")
    _warn(answer)


def _print_plans(console: Console, answer: Answer) -> None:
    console.print(plans_table(_ranked(answer)))
    console.print()
    best = answer.plans[0]
    names = (name for plan in answer.plans for name in plan.binding)
    for line in (
        preferred_line(answer),
        shared_line(answer),
        f"Held back by: {'; '.join(binding_lines(answer)) or 'no limit'}.",
        convention_line(answer.region, names),
        experts_line(answer),
        layout_line(best, answer.scenario.memory_margin),
        text_line(answer),
        serving_line(answer),
        proof_words(answer),
    ):
        if line:
            console.print(line)
    _print_prices(console, answer)
    if answer.swings:
        _print_swings(console, answer)
    more = one_more_line(answer)
    if more:
        console.print(more)
    console.print()
    for line in band_lines(answer):
        console.print(line)
    console.print()
    console.print(accuracy_line(answer.law, best.near, best.law_score))
    for line in robust_lines(answer):
        console.print(line)
    _print_opinions(console, answer)


def _print_prices(console: Console, answer: Answer) -> None:
    prices, best = price_lines(answer), answer.plans[0]
    if not prices:
        return
    console.print()
    console.print("What a limit is worth, in points of the score, near the optimum:")
    table = plain_table(header=False)
    for row in prices:
        table.add_row(*row)
    console.print(Padding(table, (0, 0, 0, 2), expand=False))
    if best.layout is not None and "training_memory" in best.binding:
        console.print("  (these leave the cluster's memory out; the next line does not)")
    if not answer.result.relaxed.unique:
        console.print("  (more limits meet here than needed: each price holds one way only)")


def _print_opinions(console: Console, answer: Answer) -> None:
    if not answer.opinions:
        return
    console.print()
    console.print("What other laws say of plan 1, and where they put the same budget:")
    console.print(Padding(opinions_table(answer), (0, 0, 0, 2), expand=False))
    apart = disagreement(answer)
    if apart:
        console.print(apart)


def _print_swings(console: Console, answer: Answer) -> None:
    share = f"{answer.swings[0].share:.0%}"
    console.print()
    console.print(f"The score if a limit moves by {share}, re-solved, and as its price foretells:")
    table = plain_table()
    for heading in ("", "looser", "tighter", "price"):
        table.add_column(heading, justify="right" if heading else "left", no_wrap=True)
    for row in swing_rows(answer):
        table.add_row(*row)
    console.print(Padding(table, (0, 0, 0, 2), expand=False))


def _ranked(answer: Answer) -> list[tuple[str, Plan]]:
    """The plans and what the table calls them, the preferred one first."""
    ranked = [(str(rank), plan) for rank, plan in enumerate(answer.plans, 1)]
    if answer.preferred is not None and not is_first(answer, answer.preferred):
        ranked.insert(0, ("P", answer.preferred))
    return ranked


def plans_table(ranked: Sequence[tuple[str, Plan]]) -> Table:
    """Plans, one a row, under names."""
    plans = [plan for _, plan in ranked]
    of_experts = plans[0].architecture.style.experts is not None
    shape = _EXPERTS if of_experts else _DENSE
    varied = [
        (heading, lambda plan, name=name: str(getattr(plan.architecture, name)))
        for heading, name in (("width", "head_dim"), ("vocab", "vocab_size"))
        if len({getattr(plan.architecture, name) for plan in plans}) > 1
    ]
    spent = [] if plans[0].gpu_hours is None or of_experts else [("GPU-h", _gpu_hours)]
    dated = [] if plans[0].days is None else [("days", _days)]
    table = plain_table()
    columns = [*shape, *varied, *spent, *dated]
    for heading in ("#", *(heading for heading, _ in columns)):
        table.add_column(heading, justify="right", no_wrap=True)
    for rank, plan in ranked:
        table.add_row(rank, *(cell(plan) for _, cell in columns))
    return table


def _experts(plan: Plan) -> str:
    """Experts that a token meets, of all, and shared ones: `8/256+1`."""
    return ffn_words(plan.architecture).split(" ")[0]


def _gpu_hours(plan: Plan) -> str:
    return "" if plan.gpu_hours is None else format_count(plan.gpu_hours, aligned=True)


def _days(plan: Plan) -> str:
    return "" if plan.days is None else f"{plan.days:#.3g}".removesuffix(".")


Cell: TypeAlias = tuple[str, Callable[[Plan], str]]
_DENSE: tuple[Cell, ...] = (
    ("score", lambda plan: f"{plan.score:.2f}"),
    ("layers", lambda plan: layers_words(plan.architecture)),
    ("hidden", lambda plan: str(plan.architecture.hidden_size)),
    ("FFN", lambda plan: str(plan.architecture.intermediate_size)),
    ("heads", lambda plan: heads(plan.architecture)),
    ("params", lambda plan: format_count(plan.parameters, aligned=True)),
    ("tokens", lambda plan: format_count(plan.tokens, aligned=True)),
    ("tok/par", lambda plan: f"{plan.tokens_per_parameter:,.0f}"),
    ("FLOP", lambda plan: format_flops(plan.training_flops)),
)
_EXPERTS: tuple[Cell, ...] = (
    *_DENSE[:3],
    ("experts", _experts),
    ("width", lambda plan: str(plan.architecture.moe_intermediate_size)),
    *_DENSE[4:6],
    ("active", lambda plan: format_count(plan.active_parameters, aligned=True)),
    *(_DENSE[6], _DENSE[8]),
)
"""What a mixture has in place of an FFN; 80 columns leave no room for tokens a parameter."""


def _warn(answer: Answer) -> None:
    line = mfu_line(answer.budget)
    if line:
        click.echo(f"Note: {line}", err=True)
    if not answer.plans:
        return
    best = answer.plans[0]
    warn_outside(best.outside)
    warn_untrusted(answer.law, best.near, best.score)
