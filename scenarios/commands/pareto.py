"""`flopwise pareto`: the exact trade-off between score and cost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from scenarios.commands.plan import scenario_from_options
from scenarios.options.expert_options import experts_options
from scenarios.options.options import (
    budget_range_options,
    data_options,
    front_options,
    json_option,
    layout_options,
    output_files,
    output_options,
    serving_options,
    space_options,
)
from scenarios.options.sections import GIVEN, SectionedCommand

if TYPE_CHECKING:
    from collections.abc import Mapping

    from scenarios.questions.trade_off import Traced, TradeOff

__all__ = ["pareto", "trade_off_from_options"]

BUDGETS = {"gpu_hours": "gpu-hours", "flops": "flops", "cost": "cost", "days": "days"}
"""Budget options and the cost that each is."""
INFEASIBLE, INTERRUPTED = 1, 130


@click.command(cls=SectionedCommand)
@front_options
@budget_range_options
@space_options
@experts_options
@layout_options
@data_options
@serving_options
@output_options
@json_option
@click.pass_context
def pareto(ctx: click.Context, /, as_json: bool, **options: Any) -> None:
    """Exact trade-off between the score and one cost or two.

    Every point is proved optimal at its cost and beaten by no other; between neighbours a proven
    line tells what is impossible. --x is the cost, by default the budget's own unit over its
    range (from a tenth, if only one amount is given); with --y there are two.

    \b
      flopwise pareto --gpu h100-sxm --gpu-hours 1e5:5e6 --html front.html
      flopwise pareto --gpus 1024 --gpu h100-sxm --days 30 --x serving-memory
      flopwise pareto --gpus 1024 --gpu h100-sxm --days 30 --x days --y params
    """
    from scenarios.commands.hardware import tell_alias
    from scenarios.exports.document import dump
    from scenarios.exports.front_json import front_document
    from scenarios.report.front_table import print_front
    from scenarios.report.progress import last_of

    files = output_files(options)
    question = trade_off_from_options(options, ctx.meta[GIVEN])
    tell_alias(question.scenario.given.get("--gpu"), question.scenario.gpu)
    last, interrupted = last_of(question.trace(), "Points", question.points, _points)
    if last is None:  # cut off before anything was known
        raise KeyboardInterrupt
    traced = last
    if not traced.front.points:
        _print_nothing(traced, as_json=as_json)
        ctx.exit(INFEASIBLE)
    if as_json:
        click.echo(dump(front_document(traced, interrupted=interrupted)))
    else:
        print_front(traced, interrupted=interrupted)
    if any(files.values()):
        from scenarios.report.files import write_front

        write_front(traced, files, interrupted=interrupted)
    if interrupted:
        ctx.exit(INTERRUPTED)


def _print_nothing(traced: Traced, *, as_json: bool) -> None:
    """Why a front has no points: no plan at all, or none above the law's floor."""
    from scenarios.answers.answer import answer_to
    from scenarios.exports.document import dump
    from scenarios.exports.front_json import front_document
    from scenarios.exports.plan_json import answer_document
    from scenarios.report.plan_table import print_answer

    answer = answer_to(traced.question.scenario)
    if answer.plans:
        floor = f"{traced.law.response.floor:g}"
        click.echo(
            dump(front_document(traced))
            if as_json
            else f"Nothing to trade off: no plan scores above the law's floor of {floor} (chance)."
        )
    elif as_json:
        click.echo(dump(answer_document(answer)))
    else:
        print_answer(answer)


def _points(traced: Traced) -> int:
    return len(traced.front.points)


def trade_off_from_options(options: dict[str, Any], given: Mapping[str, str]) -> TradeOff:
    """The trade-off that the options ask for; given: their text."""
    from fractions import Fraction

    from constraints.errors import InputError
    from scenarios.questions.trade_off import TradeOff

    x, y, points = (options.pop(name) for name in ("x", "y", "points"))
    low = None
    for name in BUDGETS:
        span = options[name]
        if span is None:
            continue
        options[name] = span.high
        x = x or BUDGETS[name]
        if span.low < span.high:
            low = Fraction(span.low) / Fraction(span.high)
            if not {x, y} & set(BUDGETS.values()):
                option = f"--{BUDGETS[name]}"
                rule = f"must be one amount, unless it is traded off: --x {BUDGETS[name]}"
                raise InputError(option, rule, given.get(option))
    if x is None:
        raise InputError("--x", "must be given, or a budget")
    scenario = scenario_from_options(
        {**options, "top": 5, "prefer": None, "within": None, "robust": None}, given
    )
    return TradeOff(scenario, x, y, int(points), low)
