"""Sizes, limits, intervals and errors in words."""

from __future__ import annotations

from collections.abc import Iterable

from constraints.algebra.units import format_count, format_flops
from constraints.models.architecture import Architecture
from constraints.models.attention import Attention, Latent
from constraints.models.layer_group import FfnKind, Mixer
from constraints.models.recurrent import GatedDelta, Mamba, Mamba2
from constraints.space.region import Region
from optimizer.laws.evidence.accuracy import Accuracy
from optimizer.laws.law import MMLU, Law
from scenarios.vocabulary.quantity import Format
from scenarios.vocabulary.vocabulary import known

__all__ = [
    "accuracy_line",
    "amount",
    "architecture_line",
    "attention_kind",
    "attention_words",
    "base_name",
    "convention_line",
    "count_words",
    "ffn_form",
    "ffn_words",
    "heads_words",
    "interval_words",
    "layer_kinds",
    "layers_words",
    "limit_words",
    "ordinal",
    "plural",
    "quantity",
    "shape_words",
]


def quantity(name: str) -> str:
    """What reports call the quantity of a limit, such as `hidden/layers`."""
    found = known(base_name(name))
    return base_name(name) if found is None else found.words


def amount(name: str, value: float) -> str:
    """A value of a limit's quantity as text.

    Args:
        name: name of the limit.
        value: the value, in the quantity's unit.
    """
    found = known(base_name(name))
    written = Format.PLAIN if found is None else found.format
    if written is Format.FLOPS:
        return format_flops(value)
    if written is Format.BYTES:
        return f"{value / 1e9:.3g} GB"
    if written is Format.COUNT:
        return format_count(value)
    if found is not None and found.suffix:
        return f"{value:.3g} {found.suffix}"
    return f"{value:.3g}" if value < 1000 else f"{value:.0f}"


def limit_words(name: str, sense: str, bound: float) -> str:
    """A limit as an inequality, such as `FFN/hidden ≥ 2.69`.

    Args:
        name: name of the limit.
        sense: `<=` or `>=`.
        bound: its bound, in the quantity's unit.
    """
    sign = {"<=": "≤", ">=": "≥"}[sense]
    return f"{quantity(name)} {sign} {amount(name, bound)}"


def convention_line(region: Region, names: Iterable[str]) -> str | None:
    """Where the limits of `--space conventional` come from and how to lift them; None without them.

    Args:
        region: the feasible region.
        names: names of the limits that a report mentions.
    """
    own = {base_name(name) for name in names if name in region.space.conventional}
    if not own:
        return None
    options = sorted(found.option for name in own if (found := known(name)) is not None)
    lifted = " or ".join([*options, "--space wide"])
    return (
        "* an end of the shapes of published models, which --space conventional keeps to and the "
        f"proof is within; {lifted} lifts it."
    )


def ffn_words(model: Architecture) -> str:
    """The FFN of a model.

    Dense models have a width, such as `14336`. Mixtures have `8/256+1 × 2048`: 8 of 256 experts and
    1 shared one for each token, all 2048 wide.
    """
    if model.style.experts is None:
        return str(model.intermediate_size)
    shared = model.style.experts.shared_experts
    more = f"+{shared}" if shared else ""
    return f"{model.num_experts_per_tok}/{model.num_experts}{more} × {model.moe_intermediate_size}"


def heads_words(model: Architecture) -> str:
    """Query heads and KV heads, such as `32/8`."""
    return f"{model.num_attention_heads}/{model.num_key_value_heads}"


def ffn_form(model: Architecture) -> str:
    """Whether FFNs have a gate, and so three matrices: `gated FFN` or `plain FFN`."""
    return "gated FFN" if model.style.gated_ffn else "plain FFN"


def architecture_line(model: Architecture) -> str:
    """What a table of sizes leaves out, such as `GQA, heads of width 128, gated FFN.`."""
    return f"{attention_words(model)}, {ffn_form(model)}."


def attention_kind(model: Architecture) -> str:
    """How keys and values are stored: `MHA`, `GQA`, `MQA` or `MLA`; `MLA q`: queries too."""
    if model.style.latent is not None:
        return "MLA" if model.style.latent.q_lora_rank is None else "MLA q"
    if model.num_key_value_heads == model.num_attention_heads:
        return "MHA"
    return "MQA" if model.num_key_value_heads == 1 else "GQA"


def attention_words(model: Architecture) -> str:
    """The kind of attention and its widths, such as `GQA, heads of width 128`."""
    style, latent = model.style, model.style.latent
    if latent is not None:
        queries = f", queries of {latent.q_lora_rank:,}" if latent.q_lora_rank else ""
        return f"MLA, latent vectors of {latent.kv_lora_rank:,}{queries}"
    said = f"{attention_kind(model)}, heads of width {model.head_dim}"
    if style.window is None:
        return said
    every = style.global_every
    rest = f" in all but every {ordinal(every)} layer" if every else ""
    return f"{said}, windows of {style.window:,} tokens{rest}"


def layer_kinds(model: Architecture) -> str:
    """The layers of a model with layers of several kinds, such as `36 gated delta + experts`."""
    return ", ".join(
        f"{group.layers} {' and '.join([*map(_mixer_words, group.mixers), *_ffn_of(group.ffn)])}"
        for group in model.style.layers
    )


def _ffn_of(kind: FfnKind | None) -> list[str]:
    return [] if kind is None else [{"dense": "FFN", "experts": "experts"}[kind]]


def _mixer_words(mixer: Mixer) -> str:
    match mixer:
        case Attention(window=None):
            return "full attention"
        case Attention(chunked=True):
            return f"attention in chunks of {mixer.window:,}"
        case Attention():
            return f"attention in a window of {mixer.window:,}"
        case Latent():
            return "latent attention"
        case GatedDelta():
            return "gated delta"
        case Mamba2():
            return "Mamba-2"
        case Mamba():
            return "Mamba"


def ordinal(number: int) -> str:
    """A number as an ordinal, such as `6th` or `2nd`."""
    tens = number % 100
    ending = "th" if 10 < tens < 20 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


def layers_words(model: Architecture) -> str:
    """The number of layers; if only some have experts, dense ones and the others: `3+58`."""
    dense = model.style.experts.dense_layers if model.style.experts else 0
    if model.style.layers:
        return str(model.num_hidden_layers)
    with_experts = model.num_hidden_layers - dense
    return f"{dense}+{with_experts}" if dense else str(model.num_hidden_layers)


def shape_words(model: Architecture) -> str:
    """Layers, hidden size and FFN, such as `32 × 4096 × 14336`."""
    return f"{model.num_hidden_layers} × {model.hidden_size} × {ffn_words(model)}"


def plural(number: int | float, noun: str, digits: str = ",") -> str:
    """A number with a noun, such as `1 day` or `30 days`.

    Args:
        number: the number.
        noun: the noun, in the singular.
        digits: how to format the number.
    """
    return f"{number:{digits}} {noun}{'' if number == 1 else 's'}"


def count_words(flop_count: str, seq_len: int) -> str:
    """How FLOPs are counted.

    Args:
        flop_count: `causal` or `6nd`.
        seq_len: context in training [token].
    """
    return "6·N·D" if flop_count == "6nd" else f"causal, context {seq_len:,}"


def accuracy_line(law: Law, near: Accuracy | None, score: float) -> str:
    """How far a law is off near a plan, and its 90 % interval of the plan's score.

    Args:
        law: the law.
        near: its errors near the plan; None if no published models lie there.
        score: its score of the plan [score].
    """
    title = f"{law.title} ({law.source.split(';')[0]})"
    if law.unit != MMLU:
        return (
            f"{title}: scores are {law.unit}; published models report nothing to hold it against."
        )
    told = (
        f"{title}: never checked near the best plan (fewer than 5 published models within "
        "a factor of 3 in parameters and tokens)"
        if near is None
        else f"{title}: on {near.models} published models within a factor of 3 in parameters and "
        f"tokens it is off by {near.mean_absolute:.1f} points on average "
        f"(bias {near.bias:+.1f})"
    )
    interval = law.interval(score)
    if interval is None:
        return f"{told}."
    return f"{told}; 90 % interval of a score of {score:.1f}: {interval_words(interval)}."


def interval_words(interval: tuple[float, float] | None) -> str:
    """An interval, such as `62-84`; empty if it is None."""
    return "" if interval is None else f"{interval[0]:.0f}-{interval[1]:.0f}"


def base_name(name: str) -> str:
    """The quantity in a limit's name: `parameters` for `parameters_min`."""
    return name.removesuffix("_min").removesuffix("_max")
