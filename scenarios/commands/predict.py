"""`flopwise predict`: the score of one architecture."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from scenarios.options.option_types import CONTEXT, COUNT, MONTH, WHOLE
from scenarios.options.options import cluster_options, json_option
from scenarios.options.sections import SectionedCommand

if TYPE_CHECKING:
    from constraints.hardware.accelerators import Accelerator
    from constraints.models.architecture import Architecture
    from constraints.resources.training_time import TrainingTime
    from optimizer.plans.prediction import Prediction

__all__ = ["predict"]

NEEDED = {"layers": "--layers", "hidden": "--hidden", "ffn": "--ffn", "vocab": "--vocab"}


@click.command(cls=SectionedCommand)
@click.option("--config", type=click.Path(), help="A Hugging Face config.json.")
@click.option("--layers", type=WHOLE, help="num_hidden_layers.")
@click.option("--hidden", type=WHOLE, help="hidden_size.")
@click.option("--ffn", type=WHOLE, help="intermediate_size.")
@click.option("--heads", type=WHOLE, help="num_attention_heads.  [default: hidden / head-dim]")
@click.option("--kv-heads", type=WHOLE, help="num_key_value_heads.  [default: heads]")
@click.option("--head-dim", type=WHOLE, help="head_dim.  [default: hidden / heads]")
@click.option("--vocab", type=WHOLE, help="vocab_size.")
@click.option("--tied/--untied", default=None, help="Tie embeddings.  [default: untied]")
@click.option("--tokens", type=WHOLE, required=True, help="Training tokens, e.g. 15T.")
@click.option(
    "--seq-len", type=CONTEXT, default=8192, show_default=True, help="Context; 8k is 8,192."
)
@click.option(
    "--law",
    help="Law that scores, by name or file.  [default: performance-law, of experts "
    "calibrated-experts]",
)
@click.option(
    "--naive-experts",
    is_flag=True,
    help="Let a law of dense models read the experts that a token meets as one FFN.",
)
@click.option("--date", type=MONTH, help="When the model comes out, e.g. 2027-03.  [default: now]")
@click.option("--gamma", type=COUNT, default=1, help="The law's precision loss ≥ 1.")
@click.option(
    "--flop-count",
    type=click.Choice(["causal", "6nd"]),
    default="causal",
    show_default=True,
    help="How training FLOPs are counted.",
)
@cluster_options
@json_option
def predict(config: str | None, naive_experts: bool, as_json: bool, **options: Any) -> None:
    """Score of one architecture, from flags or a config.json.

    \b
      flopwise predict --config config.json --tokens 15T
      flopwise predict --layers 32 --hidden 4096 --ffn 14336 --heads 32 \\
          --kv-heads 8 --vocab 128256 --tokens 15T
    """
    from optimizer.laws.library import law
    from optimizer.plans.prediction import predict_score
    from scenarios.commands.hardware import hardware_from_options, tell_alias
    from scenarios.exports.document import dump
    from scenarios.exports.prediction_json import prediction_document
    from scenarios.questions.law_choice import DENSE_LAW, EXPERTS_LAW, circumstances_of
    from scenarios.report.prediction_table import print_prediction

    part = options["gpu"]
    _, gpu, measured = hardware_from_options(options)
    tell_alias(part, gpu)
    architecture = _from_config(config, options) if config is not None else _from_flags(options)
    of_experts = architecture.style.experts is not None
    name = options["law"] or (EXPERTS_LAW if of_experts else DENSE_LAW)
    style = architecture.style
    prediction = predict_score(
        architecture,
        int(options["tokens"]),
        law(name).scaled(options["gamma"]).at(circumstances_of(options["date"], style.gated_ffn)),
        int(options["seq_len"]),
        options["flop_count"],
        naive=naive_experts,
    )
    time = _training_time(prediction, gpu, measured, options)
    if as_json:
        click.echo(dump(prediction_document(prediction, time)))
    else:
        print_prediction(prediction, time)


def _training_time(
    prediction: Prediction,
    gpu: Accelerator | None,
    measured: tuple[float, Architecture] | None,
    options: dict[str, Any],
) -> TrainingTime | None:
    from constraints.errors import InputError
    from constraints.hardware.throughput import throughput_of
    from constraints.resources.training_time import training_time

    if gpu is None:
        for name in ("gpus", "mfu", "goodput"):
            if options[name] is not None:
                raise InputError(f"--{name}", "must be given with --gpu")
        return None
    counting = (prediction.seq_len, prediction.flop_count)
    mfu, goodput, precision = options["mfu"], options["goodput"], options["precision"]
    experts = prediction.architecture.style.experts is not None
    used = throughput_of(gpu, mfu, goodput, precision, measured, counting, experts=experts)
    return training_time(prediction.training_flops, used, options["gpus"])


def _from_config(path: str, options: dict[str, Any]) -> Architecture:
    from constraints.configs.hf_config import read_config
    from constraints.errors import InputError

    for name in ("layers", "hidden", "ffn", "heads", "kv_heads", "head_dim", "vocab", "tied"):
        if options[name] is not None:
            option = f"--{name.replace('_', '-')}"
            raise InputError(option, "must not be given with --config", options[name])
    return read_config(Path(path))


def _from_flags(options: dict[str, Any]) -> Architecture:
    from constraints.errors import InputError
    from constraints.models.architecture import Architecture, Style

    for name, option in NEEDED.items():
        if options[name] is None:
            raise InputError(option, "must be given (or --config)")
    hidden, heads, head_dim = options["hidden"], options["heads"], options["head_dim"]
    if heads is None and head_dim is None:
        raise InputError("--heads", "must be given, or --head-dim")
    if heads is None or head_dim is None:
        known, name = (head_dim, "--head-dim") if heads is None else (heads, "--heads")
        if hidden % known:
            raise InputError("--hidden", f"must be a multiple of {name} = {known}", hidden)
        heads, head_dim = (hidden // known, known) if heads is None else (known, hidden // known)
    return Architecture(
        num_hidden_layers=int(options["layers"]),
        hidden_size=int(hidden),
        intermediate_size=int(options["ffn"]),
        num_attention_heads=int(heads),
        num_key_value_heads=int(options["kv_heads"] or heads),
        head_dim=int(head_dim),
        vocab_size=int(options["vocab"]),
        style=Style(tie_word_embeddings=bool(options["tied"])),
    )
