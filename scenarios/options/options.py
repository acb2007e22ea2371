"""Options that commands share: how each is spelled, read and explained. Imports click alone."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any, TypeVar

import click

from scenarios.options.option_types import (
    CONTEXT,
    COUNT,
    DAYS,
    INTERVAL,
    LAYOUT,
    MANY,
    MARGIN,
    MONTH,
    NOT_NEGATIVE,
    OPEN_INTERVAL,
    OUTPUT,
    PICTURE,
    SCORE,
    SHARE,
    SPAN,
    SPAN_OF_DAYS,
    TOP,
    WHOLE,
    WHOLE_RANGE,
)
from scenarios.options.sections import OUTPUT_FILES, decorated

__all__ = [
    "COSTS",
    "FIELD_OPTIONS",
    "OUTPUTS",
    "budget_options",
    "budget_range_options",
    "choice_options",
    "cluster_options",
    "data_options",
    "fit_output_options",
    "front_options",
    "goal_options",
    "json_option",
    "layout_options",
    "output_files",
    "output_options",
    "plan_output_options",
    "serving_options",
    "space_options",
]

Command = TypeVar("Command", bound=Callable[..., Any])


FIELD_OPTIONS = {
    "num_hidden_layers": "--layers",
    "hidden_size": "--hidden",
    "intermediate_size": "--ffn",
    "ffn_ratio": "--ffn-ratio",
    "num_experts": "--experts",
    "num_experts_per_tok": "--experts-per-token",
    "moe_intermediate_size": "--expert-ffn",
    "shared_experts": "--shared-experts",
    "dense_layers": "--dense-layers",
    "sparsity": "--sparsity",
    "granularity": "--granularity",
    "active_ffn_ratio": "--active-ffn-ratio",
    "active_parameters": "--active-params",
    "capacity_factor": "--capacity-factor",
    "hidden_per_layer": "--hidden-per-layer",
    "tokens_per_parameter": "--tokens-per-parameter",
    "num_attention_heads": "--heads",
    "num_key_value_heads": "--kv-heads",
    "head_dim": "--head-dim",
    "vocab_size": "--vocab",
    "token_step": "--tokens-step",
    "gpu": "--gpu",
    "gpus": "--gpus",
    "days": "--days",
    "mfu": "--mfu",
    "goodput": "--goodput",
    "gpu_hours": "--gpu-hours",
    "flops": "--flops",
    "training_flops": "--flops",
    "cost": "--cost",
    "price": "--price",
    "parameters": "--params",
    "tokens": "--tokens",
    "seq_len": "--seq-len",
    "gamma": "--gamma",
    "law": "--law",
    "date": "--date",
    "anchor": "--anchor",
    "robust": "--robust",
    "top": "--top",
    "points": "--points",
    "score": "--score",
    "unique_tokens": "--unique-tokens",
    "epochs": "--epochs",
    "lifetime_tokens": "--lifetime-tokens",
    "layout": "--layout",
    "precision": "--precision",
    "tokens_per_second_per_gpu": "--tokens-per-second-per-gpu",
    "memory_margin": "--memory-margin",
    "serve_on": "--serve-on",
    "serve_count": "--serve-count",
    "serve_weights": "--serve-weights",
    "serve_context": "--serve-context",
    "serve_batch": "--serve-batch",
    "serve_rate": "--serve-rate",
    "serve_first_token": "--serve-first-token",
}
"""The option behind each field that an error may name."""

_CLUSTER = (
    click.option("--gpus", type=WHOLE, help="Number of accelerators."),
    click.option("--gpu", metavar="NAME", help="The accelerator, e.g. h100-sxm: `flopwise gpus`."),
    click.option("--gpu-file", type=click.Path(), help="CSV with accelerators of your own."),
    click.option("--mfu", type=SHARE, help="Model FLOPs utilisation; else a default by --gpu."),
    click.option(
        "--precision",
        type=click.Choice(["bf16", "fp16", "fp8"]),
        default="bf16",
        show_default=True,
        help="Precision of training, for the default MFU (of the bf16 peak).",
    ),
    click.option(
        "--tokens-per-second-per-gpu",
        metavar="RATE@MODEL",
        help="A run of your own in place of --mfu: 9500@llama-3-8b or 9500@config.json.",
    ),
    click.option("--goodput", type=SHARE, help="Share of time that trains.  [default: 0.9]"),
)
_PRICE = click.option("--price", type=COUNT, help="Dollars per GPU-hour.")
_BUDGET = (
    click.option("--days", type=DAYS, help="Days on the cluster: 30, 30d, 720h, 4w."),
    click.option("--gpu-hours", type=COUNT, help="Budget in GPU-hours, e.g. 7e5."),
    click.option("--flops", type=COUNT, help="Budget in training FLOP, e.g. 4e23."),
    click.option("--cost", type=COUNT, help="Budget in dollars; with --price."),
    _PRICE,
)
_BUDGETS = (
    click.option("--days", type=SPAN_OF_DAYS, help="Days on the cluster: 30, or 10:60."),
    click.option("--gpu-hours", type=SPAN, help="GPU-hours, e.g. 1e5:5e6."),
    click.option("--flops", type=SPAN, help="Training FLOP, e.g. 1e22:1e24."),
    click.option("--cost", type=SPAN, help="Dollars, e.g. 1e5:1e7; with --price."),
    _PRICE,
)
LAW = (
    click.option(
        "--law",
        metavar="NAME",
        help="Law that scores: a name (see `flopwise laws`) or a .json file.  [default: "
        "performance-law; with experts calibrated-experts]",
    ),
    click.option(
        "--date", type=MONTH, help="When the model comes out, e.g. 2027-03.  [default: now]"
    ),
    click.option("--anchor", type=click.Path(), help="CSV of your own models, to move the law."),
    click.option("--gamma", type=COUNT, default=1, help="The law's precision loss ≥ 1."),
)
_SPACE = (
    click.option("--layers", type=WHOLE_RANGE, help="Layers: 20:100, 20:100:2 or 22,23,30."),
    click.option(
        "--hidden",
        type=WHOLE_RANGE,
        help="Hidden sizes, e.g. 1024:16384:128; multiples of head-dim × kv-heads.",
    ),
    click.option("--ffn", type=WHOLE_RANGE, help="FFN sizes, e.g. 4096:65536:256."),
    click.option("--ffn-ratio", type=INTERVAL, help="FFN/hidden, e.g. 2.5:4."),
    click.option("--hidden-per-layer", type=INTERVAL, help="hidden/layers, e.g. 64:180."),
    click.option("--head-dim", type=WHOLE_RANGE, help="Width of a head.  [default: 128]"),
    click.option("--kv-heads", type=WHOLE_RANGE, help="KV heads, one or several.  [default: 8]"),
    click.option("--vocab", type=WHOLE_RANGE, help="Vocabulary.  [default: 128000]"),
    click.option("--tied/--untied", default=False, help="Tie input and output embeddings."),
    click.option(
        "--seq-len", type=CONTEXT, default=8192, show_default=True, help="Context; 8k is 8,192."
    ),
    click.option("--params", type=OPEN_INTERVAL, help="Parameters, e.g. 7B:70B."),
    click.option(
        "--active-params", type=OPEN_INTERVAL, help="Parameters that a token meets, e.g. 3B:40B."
    ),
    click.option("--tokens", type=INTERVAL, help="Training tokens, e.g. 1T:15T."),
    click.option("--tokens-step", type=WHOLE, default=1, help="Tokens in multiples of this."),
    click.option(
        "--tokens-per-parameter", type=INTERVAL, help="Tokens per parameter, e.g. 20:1000."
    ),
    click.option(
        "--space",
        type=click.Choice(["conventional", "wide"]),
        default="conventional",
        show_default=True,
        help="conventional: shapes that published models have.",
    ),
    *LAW,
    click.option(
        "--flop-count",
        type=click.Choice(["causal", "6nd"]),
        default="causal",
        show_default=True,
        help="How training FLOPs are counted.",
    ),
)

_CHOICE = (
    click.option(
        "--robust",
        type=click.Choice(["mean", "cvar", "regret"]),
        help="Best over a law's draws: on average, in the worst tenth, in regret.",
    ),
    click.option("--top", type=TOP, default=5, show_default=True, help="How many plans."),
    click.option(
        "--prefer",
        type=click.Choice(
            ["params", "depth", "serving", "cost", "tokens", "hardware", "granularity"]
        ),
        help="What to have least of among near-equal plans; hardware: awkward sizes; "
        "granularity: width of an expert over hidden.  [default: none; of experts granularity]",
    ),
    click.option(
        "--within",
        type=NOT_NEGATIVE,
        help="Points below the best that --prefer may cost.  [default: 0.3; hardware 0.05; "
        "granularity 0.1]",
    ),
)
_SENSITIVITY = (
    click.option(
        "--sensitivity", is_flag=True, help="Also the score with each limit 10 % looser, tighter."
    ),
)
_DATA = (
    click.option("--unique-tokens", type=WHOLE, help="Unique tokens there are, e.g. 5T."),
    click.option("--epochs", type=COUNT, help="Times they may be used at most, e.g. 4."),
    click.option(
        "--lifetime-tokens", type=COUNT, default=0, help="Tokens to serve from the same budget."
    ),
    click.option(
        "--lifetime-price", type=COUNT, help="Dollars per GPU-hour of serving, if not --price."
    ),
)
_LAYOUT = (
    click.option(
        "--layout", type=LAYOUT, help="Only models that fit in training, in steps of 4 M tokens."
    ),
    click.option(
        "--sharding",
        type=click.Choice(["unsharded", "distributed-optimizer", "zero1", "zero2", "zero3"]),
        default="distributed-optimizer",
        show_default=True,
        help="How replicas share model states; zero3 as in FSDP.",
    ),
    click.option(
        "--kernels",
        type=click.Choice(["fused", "eager"]),
        default="fused",
        show_default=True,
        help="What activations are kept; FlashAttention in both.",
    ),
    click.option(
        "--sequence-parallel/--no-sequence-parallel",
        default=True,
        help="Split norms over tensor parallelism too.  [default: on]",
    ),
    click.option(
        "--memory-margin", type=MARGIN, help="Memory to leave free.  [default: max(6 GB, 12 %)]"
    ),
)
_SERVING = (
    click.option("--serve-on", metavar="NAME", help="The model must be served on this part."),
    click.option("--serve-count", type=WHOLE, help="Parts that hold a replica.  [default: 1]"),
    click.option(
        "--serve-weights",
        type=click.Choice(["bf16", "fp8", "int8", "int4"]),
        help="Format of the layers' matrices.  [default: bf16]",
    ),
    click.option("--serve-context", type=CONTEXT, help="Tokens of a stream.  [default: 8192]"),
    click.option("--serve-batch", type=WHOLE, help="Streams at once.  [default: 1]"),
    click.option("--serve-rate", type=COUNT, help="Tokens/s that each stream must get."),
    click.option("--serve-first-token", type=COUNT, help="Seconds to the first token, at most."),
)

COSTS = (
    "flops",
    "gpu-hours",
    "cost",
    "days",
    "params",
    "active-params",
    "tokens",
    "serving-memory",
    "serving-cost",
    "decode-rate",
)
"""Names of `constraints.space.objectives`, which is too heavy for --help."""
_FRONT = (
    click.option("--x", type=click.Choice(COSTS), help="The cost.  [default: the budget's unit]"),
    click.option("--y", type=click.Choice(COSTS), help="A second cost: the front is a surface."),
    click.option("--points", type=MANY, default=40, show_default=True, help="How many, at most."),
)
_GOAL = (
    click.option("--score", type=SCORE, required=True, help="The score to reach."),
    click.option(
        "--minimise", "--minimize", type=click.Choice(COSTS), help="The cost.  [default: gpu-hours]"
    ),
)
OUTPUTS = frozenset({"as_json", "html", "csv", "markdown", "plot", "sensitivity"})
"""Parameters of commands that do not belong to the question."""
_OUTPUT = (
    click.option("--html", type=OUTPUT, help="A report as one self-contained page."),
    click.option("--csv", type=OUTPUT, help="The table as CSV."),
    click.option("--markdown", type=OUTPUT, help="The table and what it says as Markdown."),
    click.option("--plot", type=PICTURE, help="The plot, as .png or .svg."),
)


json_option = click.option("--json", "as_json", is_flag=True, help="JSON on stdout.")


def cluster_options(command: Command) -> Command:
    """The options that say what trains, and how fast."""
    return decorated(command, "Cluster", _CLUSTER)


def budget_options(command: Command) -> Command:
    """The options that give a budget."""
    return cluster_options(decorated(command, "Budget, in one way", _BUDGET))


def budget_range_options(command: Command) -> Command:
    """The options that give a budget, or all budgets between two."""
    return cluster_options(decorated(command, "Budget or range of it, in one way", _BUDGETS))


def choice_options(command: Command) -> Command:
    """The options that choose among plans."""
    return decorated(command, "Choice among plans", _CHOICE)


def data_options(command: Command) -> Command:
    """The options that say how much text there is, to train on and to serve."""
    return decorated(command, "Text and lifetime", _DATA)


def layout_options(command: Command) -> Command:
    """The options that say how training is spread over the cluster."""
    return decorated(command, "Memory of the cluster", _LAYOUT)


def serving_options(command: Command) -> Command:
    """The options that say where the model is to be served."""
    return decorated(command, "Serving", _SERVING)


def front_options(command: Command) -> Command:
    """The options that say what is traded off."""
    return decorated(command, "Trade-off", _FRONT)


def goal_options(command: Command) -> Command:
    """The options that say what is to be reached, and with the least of what."""
    return decorated(command, "Goal", _GOAL)


def output_files(options: dict[str, Any]) -> dict[str, str | None]:
    """The files to write, by kind, taken out of a command's options. Raises UsageError."""
    files = {key: options.pop(key, None) for key in ("html", "csv", "markdown", "plot")}
    named = [os.path.realpath(path) for path in files.values() if path is not None]
    if len(set(named)) < len(named):
        raise click.UsageError("two outputs must not be one file")
    return files


def output_options(command: Command) -> Command:
    """The options that name files to write."""
    return decorated(command, OUTPUT_FILES, _OUTPUT)


def plan_output_options(command: Command) -> Command:
    """The options that name files to write plans to."""
    return decorated(command, OUTPUT_FILES, (*_SENSITIVITY, *_OUTPUT[:2]))


def fit_output_options(command: Command) -> Command:
    """The options that name files to write a law's report to."""
    return decorated(command, OUTPUT_FILES, (_OUTPUT[0], _OUTPUT[3]))


def space_options(command: Command) -> Command:
    """The options that shape the region and choose the law."""
    return decorated(command, "Region and law", _SPACE)
