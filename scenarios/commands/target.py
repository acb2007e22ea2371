"""`flopwise target`: the least budget that reaches a score."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from scenarios.commands.plan import scenario_from_options
from scenarios.options.expert_options import experts_options
from scenarios.options.options import (
    budget_options,
    data_options,
    goal_options,
    json_option,
    layout_options,
    serving_options,
    space_options,
)
from scenarios.options.sections import GIVEN, SectionedCommand

if TYPE_CHECKING:
    from collections.abc import Mapping

    from scenarios.questions.goal import Goal

__all__ = ["goal_from_options", "target"]

NOT_REACHED = 1


@click.command(cls=SectionedCommand)
@goal_options
@budget_options
@space_options
@experts_options
@layout_options
@data_options
@serving_options
@json_option
@click.pass_context
def target(ctx: click.Context, /, as_json: bool, **options: Any) -> None:
    """The least of a cost that reaches a score, proved.

    A budget is a limit here, and may be left out. --days without --gpus is a deadline: the answer
    says how many GPUs meet it. A score out of reach says how far one can get, and what is in the
    way (exit code 1).

    \b
      flopwise target --score 80 --gpu h100-sxm
      flopwise target --score 80 --gpu h100-sxm --days 45 --price 2.50 --minimise cost
      flopwise target --score 75 --gpus 1024 --gpu h100-sxm --days 60 --minimise serving-memory
    """
    from scenarios.commands.hardware import tell_alias
    from scenarios.exports.document import dump
    from scenarios.exports.target_json import target_document
    from scenarios.report.target_table import print_target

    goal = goal_from_options(options, ctx.meta[GIVEN])
    tell_alias(goal.scenario.given.get("--gpu"), goal.scenario.gpu)
    reached = goal.answer()
    if as_json:
        click.echo(dump(target_document(reached)))
    else:
        print_target(reached)
    if reached.amount is None:
        ctx.exit(NOT_REACHED)


def goal_from_options(options: dict[str, Any], given: Mapping[str, str]) -> Goal:
    """The goal that the options ask for; given: their text."""
    from constraints.errors import InputError
    from scenarios.questions.goal import Goal

    score, minimise = options.pop("score", None), options.pop("minimise")
    if score is None:
        raise InputError("score", "must be given")
    if minimise is None:
        minimise = "flops" if options["gpu"] is None else "gpu-hours"
    scenario = scenario_from_options(
        {**options, "top": 1, "prefer": None, "within": None, "robust": None}, given
    )
    return Goal(scenario, score, minimise)
