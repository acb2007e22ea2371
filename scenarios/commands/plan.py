"""The command `flopwise plan`: the best plans within a budget."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from scenarios.options.asked import question_asked
from scenarios.options.options import json_option, options_of
from scenarios.options.outputs import (
    output_files,
    plan_output_options,
    time_limit_option,
    write_proof,
)
from scenarios.options.sections import SectionedCommand

__all__ = ["plan"]

NO_PROVED_PLAN = 1


@click.command(cls=SectionedCommand)
@options_of("plan")
@plan_output_options
@time_limit_option
@json_option
@click.pass_context
def plan(ctx: click.Context, /, as_json: bool, time_limit: float, **options: Any) -> None:
    """Best plans for one budget, proved.

    Give the budget in one way: --gpus and --days, --gpu-hours, --flops, or --cost and --price.

    \b
      flopwise plan --gpus 1024 --gpu h100-sxm --days 30
      flopwise plan --flops 4e23 --params 7B:70B --tokens 1T:15T --top 10
      flopwise plan --cost 2e6 --price 2.50 --gpu h100-sxm --layers 32,40,48
      flopwise plan --gpus 2048 --gpu h100-sxm --days 60 --moe
    """
    from constraints.errors import InputError
    from optimizer.searching.deadline import within_seconds
    from scenarios.exports.document import dump
    from scenarios.front_door import answering
    from scenarios.front_door.results import PlanResult
    from scenarios.report.text import print_report

    files, sensitivity = output_files(options), options.pop("sensitivity")
    folder = options.pop("export")
    question = question_asked("plan", ctx, options)
    if options["robust"] == "regret" and (sensitivity or files["html"]):
        what = "--sensitivity" if sensitivity else "--html"
        rule = "goes with mean or cvar: regret is about one region, and those look around it"
        raise InputError(what, rule, "--robust regret")
    if options["robust"] and files["proof"]:
        rule = "goes with one law: an objective over draws of it has no proof file"
        raise InputError("--proof", rule, f"--robust {options['robust']}")
    with within_seconds(float(time_limit)):
        found = answering.answer(question, sensitivity=sensitivity)
        write_proof(found, files["proof"])
    assert isinstance(found, PlanResult)
    if any(files.values()):
        from scenarios.report.files import write_plans

        before = [*found.at_floor(), *found.compared()]
        write_plans(found.answer, files, before, found.report(), found.to_frame)
    if folder is not None and found.plans:
        _export(found.to_dict(), Path(folder))
    if as_json:
        click.echo(dump(found.to_dict()))
    else:
        print_report(found.report())
    if found.status != "optimal":
        ctx.exit(NO_PROVED_PLAN)


def _export(document: Mapping[str, Any], folder: Path) -> None:
    """Write the best plan for every framework that can express it, and say which can't."""
    from scenarios.launch.launched import launched_plan
    from scenarios.launch.targets import exported_to_all, written

    files, refused = exported_to_all(launched_plan("plan 1", document))
    paths = written(files, folder, force=False)
    click.echo(f"Note: wrote {len(paths)} files below {folder}.", err=True)
    for reason in refused:
        click.echo(f"Note: not exported: {reason}.", err=True)
