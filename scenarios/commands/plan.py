"""`flopwise plan`: the best plans for one budget."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from scenarios.options.expert_options import kinds_options
from scenarios.options.options import (
    budget_options,
    choice_options,
    data_options,
    json_option,
    layout_options,
    output_files,
    plan_output_options,
    serving_options,
    space_options,
)
from scenarios.options.sections import GIVEN, SectionedCommand

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from constraints.hardware.accelerators import Accelerator
    from constraints.resources.deployment import Deployment
    from scenarios.questions.mixtures import Mixtures
    from scenarios.questions.scenario import Scenario

__all__ = ["plan", "scenario_from_options"]

RANGES = {
    "layers": "num_hidden_layers",
    "hidden": "hidden_size",
    "ffn": "intermediate_size",
    "ffn_ratio": "ffn_ratio",
    "hidden_per_layer": "hidden_per_layer",
    "head_dim": "head_dim",
    "kv_heads": "num_key_value_heads",
    "vocab": "vocab_size",
    "tokens_per_parameter": "tokens_per_parameter",
    "experts": "num_experts",
    "experts_per_token": "num_experts_per_tok",
    "expert_ffn": "moe_intermediate_size",
    "sparsity": "sparsity",
    "granularity": "granularity",
    "active_ffn_ratio": "active_ffn_ratio",
}
"""Options that give the range of a size or ratio, and its name."""

EXPERT_RANGES = (
    "experts",
    "experts_per_token",
    "expert_ffn",
    "sparsity",
    "granularity",
    "active_ffn_ratio",
)
MIXTURES = {
    "shared_experts": "shared_experts",
    "dense_layers": "dense_layers",
    "capacity_factor": "capacity_factor",
    "moe_mfu": "mfu",
}
"""Options of mixtures that are no range of a size, and the fields of `Mixtures`."""
INFEASIBLE = 1


@click.command(cls=SectionedCommand)
@budget_options
@space_options
@kinds_options
@layout_options
@data_options
@serving_options
@choice_options
@plan_output_options
@json_option
@click.pass_context
def plan(ctx: click.Context, /, as_json: bool, **options: Any) -> None:
    """Best plans for one budget, proved.

    Give the budget in one way: --gpus and --days, --gpu-hours, --flops, or --cost and --price.

    \b
      flopwise plan --gpus 1024 --gpu h100-sxm --days 30
      flopwise plan --flops 4e23 --params 7B:70B --tokens 1T:15T --top 10
      flopwise plan --cost 2e6 --price 2.50 --gpu h100-sxm --layers 32,40,48
      flopwise plan --gpus 2048 --gpu h100-sxm --days 60 --moe
    """
    from constraints.errors import InputError
    from scenarios.answers.answer import answer_to
    from scenarios.answers.dense_or_experts import both_kinds
    from scenarios.commands.hardware import tell_alias
    from scenarios.exports.document import dump
    from scenarios.exports.plan_json import answer_document, kinds_document
    from scenarios.report.kinds_table import print_kinds
    from scenarios.report.plan_table import print_answer

    files = output_files(options)
    sensitive = options.pop("sensitivity")
    scenario = scenario_from_options(options, ctx.meta[GIVEN])
    tell_alias(scenario.given.get("--gpu"), scenario.gpu)
    if scenario.robust == "regret" and (sensitive or files["html"]):
        what = "--sensitivity" if sensitive else "--html"
        rule = "goes with mean or cvar: regret is about one region, and those look around it"
        raise InputError(what, rule, "--robust regret")
    kinds = both_kinds(scenario) if scenario.moe else None
    answer = answer_to(scenario) if kinds is None else kinds.better
    if sensitive:
        answer = answer.with_swings()
    if as_json:
        document = answer_document(answer) if kinds is None else kinds_document(kinds)
        click.echo(dump(document))
    else:
        if kinds is not None:
            print_kinds(kinds)
        print_answer(answer)
    if any(files.values()):
        from scenarios.report.files import write_plans

        write_plans(answer, files, kinds)
    if not answer.plans:
        ctx.exit(INFEASIBLE)


def scenario_from_options(options: dict[str, Any], given: Mapping[str, str]) -> Scenario:
    """The scenario that the shared options describe; given: their text."""
    from constraints.algebra.units import Range
    from scenarios.commands.hardware import hardware_from_options
    from scenarios.questions.scenario import Scenario

    own, gpu, measured = hardware_from_options(options)
    experts = _mixtures(options)
    ranges = {RANGES[key]: options.pop(key) for key in RANGES}
    return Scenario(
        gpu=gpu,
        measured=measured,
        ranges={key: value for key, value in ranges.items() if value is not None},
        params=options.pop("params") or Range(),
        active_params=options.pop("active_params") or Range(),
        tokens=options.pop("tokens") or Range(),
        experts=experts,
        deployment=_deployment(options, own),
        given=given,
        **options,
    )


def _mixtures(options: dict[str, Any]) -> Mixtures | None:
    """What mixtures of experts may be; None if nothing is said of any."""
    from scenarios.questions.mixtures import Mixtures

    given = {field: options.pop(key) for key, field in MIXTURES.items()}
    given = {field: value for field, value in given.items() if value is not None}
    naive = bool(options.pop("naive_experts"))
    ranged = any(options[key] is not None for key in EXPERT_RANGES)
    if not (given or naive or ranged or options.get("moe")):
        return None
    return Mixtures(**given, naive=naive)


def _deployment(options: dict[str, Any], own: Sequence[Accelerator]) -> Deployment | None:
    from constraints.errors import InputError
    from constraints.hardware.accelerators import find_accelerator
    from constraints.resources.deployment import Deployment

    given = {
        key: options.pop(f"serve_{key}")
        for key in ("count", "weights", "context", "batch", "rate", "first_token")
    }
    given = {key: value for key, value in given.items() if value is not None}
    name = options.pop("serve_on")
    if name is None:
        for key, value in given.items():
            option = f"--serve-{key.replace('_', '-')}"
            raise InputError(option, "must be given with --serve-on", value)
        return None
    return Deployment(find_accelerator(name, own, "serve_on"), **given)
