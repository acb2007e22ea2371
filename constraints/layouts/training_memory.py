"""Memory that training takes on one accelerator: features of a model times a layout's coefficients.

    bytes = Σⱼ featureⱼ(sizes) · coefficientⱼ(layout)

The features are posynomials, so the same ones serve a report, a box of designs and all layouts.
Model states take so many bytes a parameter, by recipe (Megatron-LM's distributed optimizer;
Rajbhandari et al. 2020, arXiv 1910.02054, for ZeRO). Activations of a decoder layer with
FlashAttention and fused norms take, in bytes a token,

    8h + 2·(2q + 2g) + c·f + 4H

with the hidden size h, the widths q of all queries, g of all keys (or values) and f of the FFN, the
number of heads H, and c = 6 for a gated FFN, 4 for a plain one. Eager kernels keep 16h + 8 in place
of 8h, and two more bytes for each of f: an fp32 copy in every norm, and the activation before its
product. Context parallelism divides all this, and so does tensor parallelism with sequence
parallelism; without the latter it divides only what the matrices make (Korthikanti et al. 2022,
arXiv 2205.05198, table 2, for the GPT layer that this generalises). FlashAttention amounts to
selective recomputation of the attention core, so that this is not offered as a choice.

A mixture of experts, with E experts in a layer of which k are computed for a token, keeps

    k·(4h + c·w) + c·(shared experts)·w + 8E

in place of c·f, where w is the width of an expert: inputs and outputs of the experts, their inner
activations, those of shared experts, and the router's. This is derived, as no measurement is at
hand. Routed experts are spread over expert parallelism instead of tensor parallelism, and their
optimizer states over all parts that hold the same experts (Megatron-Core's parallel folding, arXiv
2504.14960). Tokens are taken to spread evenly over the experts.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

from constraints.algebra.posynomial import Posynomial, constant
from constraints.algebra.units import BYTES_16_BIT
from constraints.errors import InputError
from constraints.layouts.layout import Layout
from constraints.models.architecture import Style
from constraints.models.attention import Attention, Latent
from constraints.models.counting import matrices, places, routed_parameters, vectors
from constraints.models.layer_group import Mixer
from constraints.models.layers import ffns_of, last_layer, layers_of, mixers_of
from constraints.models.variables import (
    EXPERT_FFN,
    EXPERTS,
    FFN,
    HEADS,
    HIDDEN,
    MOE_LAYERS,
    VOCAB,
)

__all__ = [
    "LEAST_MARGIN",
    "MARGIN_SHARE",
    "RECIPES",
    "Kernels",
    "Recipe",
    "Sharding",
    "coefficients",
    "features",
    "gpt_activation_bytes",
    "usable_bytes",
]

Kernels = Literal["fused", "fused-norms", "eager"]
"""Which kernels are fused: norms and the loss, as in Megatron-LM; norms alone, with PyTorch's own
loss; or neither, which keeps the most activations."""
Recipe = Literal["unsharded", "distributed-optimizer", "zero1", "zero2", "zero3"]
"""How model states are sharded over the replicas."""

LOGIT_BYTES = 4
"""Bytes that a fused loss keeps of a logit, which tensor parallelism divides [byte]: Megatron-LM's
estimate."""
PLAIN_LOGIT_BYTES = 14
"""Bytes that PyTorch's own loss keeps of a logit, gathered from tensor parallelism [byte]: 16 bits,
and fp32 for its cast, its softmax and its gradient."""
PLAIN_OVERHEAD = 1.2
"""What PyTorch's allocator takes for activations, over what they are [unitless]: of 1.0, 1.1 and
1.2 the one that tells best which of 815 measured layouts ran out of memory (96 %)."""
LEAST_MARGIN = 6 * 10**9
"""Memory that is left free at least, by default [byte]."""
MARGIN_SHARE = 0.12
"""Share of the predicted memory that is left free at least, by default [unitless].

Measurements exceed predictions by 4-12 GB, median 6.4 (Skywork-13B, table 10), so that a tight fit
can still fail."""


@dataclass(frozen=True)
class Sharding:
    """Bytes of model states (weights, gradients, optimizer states) for each parameter.

    Attributes:
        kept: bytes that every replica keeps [byte/parameter].
        spread: bytes that are divided among the replicas [byte/parameter].
        gathered: bytes for parameters of a single layer, which is gathered whole while it is used
            [byte/parameter].
    """

    kept: int
    spread: int
    gathered: int = 0


RECIPES: dict[Recipe, Sharding] = {
    "unsharded": Sharding(18, 0),  # bf16 weights, fp32 gradients, fp32 master, Adam: 2+4+4+8
    "distributed-optimizer": Sharding(6, 12),  # Megatron-LM docs, dist_optimizer.md
    "zero1": Sharding(4, 12),
    "zero2": Sharding(2, 14),
    "zero3": Sharding(0, 16, 4),  # as PyTorch's FSDP; bf16 weights and gradients are gathered
}
"""Bytes of model states for each parameter, by recipe [byte/parameter]."""


@lru_cache(maxsize=64)
def features(style: Style, kernels: Kernels = "fused") -> tuple[Posynomial, ...]:
    """What of a model takes memory, as posynomials in its sizes, in the order of `coefficients`.

    Args:
        style: all properties of the model that are not sizes.
        kernels: which kernels are fused; they differ in the activations that they keep.

    Returns:
        By index:
        0. parameters of all layers [parameter];
        1. parameters of one embedding table [parameter];
        2. parameters of one layer [parameter];
        3. activations of all layers that tensor parallelism divides in any case [byte/token];
        4. those of one layer [byte/token];
        5. activations of all layers that it divides only with sequence parallelism [byte/token];
        6. those of one layer [byte/token];
        7. inputs of all layers [number/token];
        8. logits [number/token];
        9. of a mixture of experts, parameters of all layers' routed experts [parameter];
        10. those of one layer [parameter].
        In a mixture of experts, 0 and 2 leave out the routed experts, and one layer is a layer
        with experts.
    """
    fused, layers = kernels != "eager", layers_of(style)
    kept = (6 if style.gated_ffn else 4) if fused else (8 if style.gated_ffn else 6)
    whole = 8 * HIDDEN if fused else 16 * HIDDEN + 8
    alike = style  # a style whose layers are all alike, to find the parameters of one
    of_ffn = {"dense": kept * FFN}
    routed: tuple[Posynomial, ...] = ()
    if style.experts is not None:
        alike = replace(style, experts=replace(style.experts, dense_layers=0))
        met = places(style) * (2 * BYTES_16_BIT * HIDDEN + kept * EXPERT_FFN)
        shared = kept * style.experts.shared_experts * EXPERT_FFN
        of_ffn["experts"] = met + shared + 8 * EXPERTS
        routed = (routed_parameters(style), routed_parameters(style) / MOE_LAYERS)
    mixed = sum((n * _kept_by(mixer) for n, mixer in mixers_of(style)), constant(0))
    fed = sum((n * of_ffn[kind] for n, kind in ffns_of(style)), constant(0))
    mixer, kind = last_layer(style)
    return (
        _unrouted(style),
        VOCAB * HIDDEN,
        _unrouted(alike) / layers_of(alike),
        mixed + fed,
        _kept_by(mixer) + of_ffn[kind],
        layers * whole,
        whole,
        layers * HIDDEN,
        VOCAB,
        *routed,
    )


def _kept_by(mixer: Mixer) -> Posynomial:
    """Bytes that a mixer keeps of a token; attention also keeps a number a head in fp32."""
    own = BYTES_16_BIT * mixer.kept()
    return own + 4 * HEADS if isinstance(mixer, Attention | Latent) else own


def _unrouted(style: Style) -> Posynomial:
    """Parameters of all layers without their routed experts [parameter]."""
    return matrices(style, constant(0)) + vectors(style, constant(0))


def coefficients(
    layout: Layout,
    sharding: Sharding,
    seq_len: int,
    *,
    tied: bool,
    kernels: Kernels = "fused",
    layers: int | None = None,
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Bytes for each unit of each feature, on the first and on the last pipeline stage.

    The 1F1B schedule keeps as many micro-batches in flight as there are stages. So the first stage
    holds activations worth all layers, however many stages there are; interleaved v times, it holds
    1 + (p − 1)/(p·v) times as many (Narayanan et al. 2021, arXiv 2104.04473, §2.2). The last stage
    holds one micro-batch of its own layers, the head and the logits. Without a pipeline, one stage
    holds everything. States of routed experts are divided by pipeline and expert parallelism, and
    what replicas share of them by all parts.

    Args:
        layout: the layout.
        sharding: bytes of model states for each parameter.
        seq_len: length of training sequences [token].
        tied: whether input and output embeddings are one table.
        kernels: which kernels are fused; without `fused` the loss keeps whole logits.
        layers: number of layers, where a pipeline need not divide it [layer]; None if it does.

    Returns:
        Coefficients on the first and on the last stage [byte per unit of the feature], those of
        routed experts included.
    """
    t, p, e = layout.tensor, layout.pipeline, layout.expert
    state = (sharding.kept + sharding.spread / (layout.data * layout.context)) / t
    routed = sharding.kept / (p * e) + sharding.spread / layout.gpus
    tokens = seq_len * layout.micro_batch / layout.context
    over = 1.0 if kernels == "fused" else PLAIN_OVERHEAD
    split, whole = over * tokens / t, over * tokens / (t if layout.sequence_parallel else 1)
    logits = tokens * (LOGIT_BYTES / t if kernels == "fused" else PLAIN_LOGIT_BYTES)
    full = layout.recomputation == "full"
    gathered = sharding.gathered / t

    def stage(share: float, in_flight: float, tables: int, head: bool) -> tuple[float, ...]:
        """Coefficients of a stage with a share of all layers, over an even one."""
        layers = share * in_flight
        return (
            share * state / p,
            state * tables,
            gathered,
            0.0 if full else split * layers,
            split if full else 0.0,
            0.0 if full else whole * layers,
            whole if full else 0.0,
            BYTES_16_BIT * whole * layers if full else 0.0,
            logits if head else 0.0,
            share * routed,
            sharding.gathered / e,
        )

    alone = p == 1
    in_flight = 1.0 if layout.virtual == 1 else 1 + (p - 1) / (p * layout.virtual)
    fullest, last = (layout.stretch(layers, last=end) for end in (False, True))
    first = stage(fullest, in_flight, 2 if alone and not tied else 1, alone)
    return first, stage(last, 1.0 / p, 1, True)


def gpt_activation_bytes(
    s: int, b: int, h: int, heads: int, t: int, *, sequence_parallel: bool, selective: bool
) -> float:
    """Activations of one GPT layer (FFN of 4h, dropout, eager attention) on one part [byte].

    Korthikanti 2022, table 2: s·b·h·(10 + 24/t + 5·a·s/(h·t)). Sequence parallelism divides all of
    it by t; selective recomputation drops the last term. For comparison with that paper's figures.

    Args:
        s: sequence length [token].
        b: micro-batch [sequence].
        h: hidden size [unitless].
        heads: number of attention heads, a in the formula [head].
        t: tensor parallelism [part].
        sequence_parallel: whether sequence parallelism is on.
        selective: whether the attention core is recomputed.
    """
    core = 0.0 if selective else 5 * heads * s / (h * t)
    rest = 34 / t if sequence_parallel else 10 + 24 / t
    return s * b * h * (rest + core)


def usable_bytes(memory: int, margin: float | None) -> int:
    """Memory that predictions may fill on a part [byte].

    Args:
        memory: memory of the part [byte].
        margin: share of it to leave free [unitless]; None to leave 6 GB free, or 12 % of the
            prediction if that is more.

    Raises:
        InputError: if the margin is not ≥ 0 and < 1.
    """
    if margin is not None:
        if not 0 <= margin < 1:
            raise InputError("memory_margin", "must be ≥ 0 and < 1", margin)
        return int(memory * (1 - margin))
    return min(memory - LEAST_MARGIN, int(memory / (1 + MARGIN_SHARE)))
