"""The command `flopwise pareto`: the exact trade-off between the score and one or two costs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from scenarios.options.asked import question_asked
from scenarios.options.options import json_option, options_of
from scenarios.options.outputs import (
    output_files,
    output_options,
    time_limit_option,
    write_proof,
)
from scenarios.options.sections import SectionedCommand

if TYPE_CHECKING:
    from scenarios.answers.front import Traced

__all__ = ["pareto"]

INFEASIBLE, INTERRUPTED = 1, 130


@click.command(cls=SectionedCommand)
@options_of("pareto")
@output_options
@time_limit_option
@json_option
@click.pass_context
def pareto(ctx: click.Context, /, as_json: bool, time_limit: float, **options: Any) -> None:
    """Exact trade-off between the score and one cost or two.

    Every point is proved optimal at its cost and beaten by no other; between neighbours a proven
    line tells what is impossible. --x is the cost, by default the budget's own unit over its
    range (from a tenth, if only one amount is given); with --y there are two.

    \b
      flopwise pareto --gpu h100-sxm --gpu-hours 1e5:5e6 --html front.html
      flopwise pareto --gpus 1024 --gpu h100-sxm --days 30 --x serving-memory
      flopwise pareto --gpus 1024 --gpu h100-sxm --days 30 --x days --y params
    """
    from optimizer.searching.deadline import within_seconds
    from scenarios.answers.front import trace
    from scenarios.exports.document import dump
    from scenarios.front_door import answering
    from scenarios.front_door.result import Result
    from scenarios.front_door.results import ParetoResult
    from scenarios.questions.trade_off import TradeOff
    from scenarios.report.progress import last_of
    from scenarios.report.text import print_report

    files = output_files(options)
    question = question_asked("pareto", ctx, options)
    assert isinstance(question, TradeOff)
    with within_seconds(float(time_limit)):
        traced, interrupted = last_of(trace(question), "Points", question.points, _points)
    if traced is None:  # interrupted before anything was known
        raise KeyboardInterrupt
    found: Result = ParetoResult(traced, interrupted)
    if not traced.front.points:
        why = answering.plan(question.scenario)  # no plan at all, or none above chance
        found = found if why.plans else why
    with within_seconds(float(time_limit)):
        write_proof(found, files["proof"])
    if traced.front.points and any(files.values()):
        from scenarios.report.files import write_front

        write_front(traced, files, interrupted=interrupted)
    if as_json:
        click.echo(dump(found.to_dict()))
    else:
        print_report(found.report())
    if not traced.front.points:
        ctx.exit(INFEASIBLE)
    if interrupted:
        ctx.exit(INTERRUPTED)


def _points(traced: Traced) -> int:
    return len(traced.front.points)
