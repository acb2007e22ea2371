"""The command `flopwise target`: the least cost that reaches a score."""

from __future__ import annotations

from typing import Any

import click

from scenarios.options.asked import question_asked
from scenarios.options.options import json_option, options_of
from scenarios.options.outputs import proof_option, time_limit_option, write_proof
from scenarios.options.sections import SectionedCommand

__all__ = ["target"]

NOT_REACHED = 1


@click.command(cls=SectionedCommand)
@options_of("target")
@proof_option
@time_limit_option
@json_option
@click.pass_context
def target(
    ctx: click.Context, /, as_json: bool, time_limit: float, proof: str | None, **options: Any
) -> None:
    """The least of a cost that reaches a score, proved.

    A budget is a limit here, and may be left out. --days without --gpus is a deadline: the answer
    says how many GPUs meet it. A score out of reach says how far one can get, and what is in the
    way (exit code 1). Without a score, --params and --tokens say what to train: the answer says
    what its best shape takes.

    \b
      flopwise target --score 80 --gpu h100-sxm
      flopwise target --score 80 --gpu h100-sxm --days 45 --price 2.50 --minimise cost
      flopwise target --score 75 --gpus 1024 --gpu h100-sxm --days 60 --minimise serving-memory
      flopwise target --params 70B --tokens 15T --days 60 --gpu h100-sxm
    """
    from optimizer.searching.deadline import within_seconds
    from scenarios.exports.document import dump
    from scenarios.front_door import answering
    from scenarios.front_door.results import TargetResult
    from scenarios.report.text import print_report

    question = question_asked("target", ctx, options)
    with within_seconds(float(time_limit)):
        found = answering.answer(question)
        write_proof(found, proof)
    assert isinstance(found, TargetResult)
    if as_json:
        click.echo(dump(found.to_dict()))
    else:
        print_report(found.report())
    if found.amount is None:
        ctx.exit(NOT_REACHED)
