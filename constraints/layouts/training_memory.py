"""Memory that training takes on one accelerator: features of a model times numbers of a layout.

    bytes = Σ featureⱼ(sizes) · coefficientⱼ(layout)

The features are posynomials, so one product serves a report, a box of designs and every layout at
once. Model states: bytes a parameter by recipe (Megatron-LM's distributed optimizer; Rajbhandari
et al. 2020, arXiv 1910.02054, for ZeRO). Activations: for a decoder layer with FlashAttention and
fused norms, bytes a token,

    8h + 2·(2q + 2g) + c·f + 4H        h hidden, q query width, g key/value width, f FFN, H heads

with c = 6 gated and 4 plain; eager kernels keep 16h + 8 and two more bytes of f (an fp32 copy in
every norm, the activation before its product). All is divided over tensor parallelism with
sequence parallelism and over context parallelism; without sequence parallelism only what the
matrices make is divided (Korthikanti et al. 2022, arXiv 2205.05198, table 2, for the GPT layer
that this generalises). FlashAttention is selective recomputation of the attention core, so that
is no choice here.

A mixture of experts keeps, for k places of experts a token and E experts in all, in place of c·f

    k·(4h + c·f) + c·(shared width) + 8E       inputs and outputs of experts, router

which is derived, no measurement being at hand. Routed experts are spread over expert parallelism,
not over tensor parallelism, and their optimizer states over all that hold the same experts
(Megatron-Core's parallel folding, arXiv 2504.14960), loads taken as even.
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
from constraints.models.counting import (
    EXPERT_FFN,
    EXPERTS,
    FFN,
    HEADS,
    HIDDEN,
    KEY_VALUE,
    MOE_LAYERS,
    QUERY,
    VOCAB,
    layers_of,
    matrices,
    places,
    routed_parameters,
    vectors,
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

Kernels = Literal["fused", "eager"]
Recipe = Literal["unsharded", "distributed-optimizer", "zero1", "zero2", "zero3"]

LOGIT_BYTES = 4
"""Bytes of a logit that the loss keeps (Megatron-LM's estimate); plain PyTorch keeps 10-14."""
LEAST_MARGIN = 6 * 10**9
MARGIN_SHARE = 0.12
"""Left free by default: measurements exceed predictions by 4-12 GB, median 6.4 (Skywork-13B,
table 10), so that a tight fit can still fail."""


@dataclass(frozen=True)
class Sharding:
    """Bytes of model states a parameter: on every replica, and spread over replicas.

    gathered: bytes a parameter of the one layer that stands whole while it is used.
    """

    kept: int
    spread: int
    gathered: int = 0


RECIPES: dict[Recipe, Sharding] = {
    "unsharded": Sharding(18, 0),  # bf16 weights, fp32 gradients, fp32 master, Adam: 2+4+4+8
    "distributed-optimizer": Sharding(6, 12),  # Megatron-LM docs, dist_optimizer.md
    "zero1": Sharding(4, 12),
    "zero2": Sharding(2, 14),
    "zero3": Sharding(0, 16, 4),  # and PyTorch's FSDP; bf16 weights and gradients gathered
}


@lru_cache(maxsize=64)
def features(style: Style, kernels: Kernels = "fused") -> tuple[Posynomial, ...]:
    """What of a model takes memory, in the order of `coefficients`.

    Parameters of all layers, of an embedding table, of one layer [parameter]; activations of all
    layers and of one, divided by every parallelism [byte/token]; activations of all layers and of
    one that only sequence parallelism divides [byte/token]; layer inputs [unitless]; logits. Of a
    mixture of experts also routed experts of all layers and of one [parameter], which are not
    among the parameters before; one layer is one with experts.
    """
    fused, layers = kernels == "fused", layers_of(style)
    kept = (6 if style.gated_ffn else 4) if fused else (8 if style.gated_ffn else 6)
    attention = BYTES_16_BIT * _kept_widths(style) + 4 * HEADS
    whole = 8 * HIDDEN if fused else 16 * HIDDEN + 8
    alike = style  # one layer is the first of a model whose layers are all alike
    ffn, all_ffn = kept * FFN, layers * kept * FFN
    routed: tuple[Posynomial, ...] = ()
    if style.experts is not None:
        alike = replace(style, experts=replace(style.experts, dense_layers=0))
        met = places(style) * (2 * BYTES_16_BIT * HIDDEN + kept * EXPERT_FFN)
        ffn = met + kept * style.experts.shared_experts * EXPERT_FFN + 8 * EXPERTS
        all_ffn = style.experts.dense_layers * kept * FFN + MOE_LAYERS * ffn
        routed = (routed_parameters(style), routed_parameters(style) / MOE_LAYERS)
    return (
        _unrouted(style),
        VOCAB * HIDDEN,
        _unrouted(alike) / layers_of(alike),
        layers * attention + all_ffn,
        attention + ffn,
        layers * whole,
        whole,
        layers * HIDDEN,
        VOCAB,
        *routed,
    )


def _kept_widths(style: Style) -> Posynomial:
    """Widths of queries, keys, values and their outcome that a layer keeps, and of latents."""
    latent = style.latent
    if latent is None:
        return 2 * QUERY + 2 * KEY_VALUE
    compressed = latent.kv_lora_rank + latent.qk_rope_head_dim + (latent.q_lora_rank or 0)
    return 2 * (latent.key_width + latent.v_head_dim) * HEADS + constant(compressed)


def _unrouted(style: Style) -> Posynomial:
    """Parameters of all layers without routed experts [parameter]."""
    return matrices(style, constant(0)) + vectors(style, constant(0))


def coefficients(
    layout: Layout, sharding: Sharding, seq_len: int, *, tied: bool
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Bytes a unit of each feature, on the first and on the last pipeline stage.

    1F1B keeps as many micro-batches in flight as there are stages, so the first stage holds the
    activations of all layers once, however many stages there are; the last holds one micro-batch
    of its own layers, the head and the logits. Without a pipeline one stage holds everything.
    Routed experts' states are divided by expert parallelism, what replicas share by all parts.
    """
    t, p, e = layout.tensor, layout.pipeline, layout.expert
    state = (sharding.kept + sharding.spread / (layout.data * layout.context)) / t
    routed = sharding.kept / (p * e) + sharding.spread / layout.gpus
    tokens = seq_len * layout.micro_batch / layout.context
    split, whole = tokens / t, tokens / (t if layout.sequence_parallel else 1)
    logits = tokens * LOGIT_BYTES / t
    full = layout.recomputation == "full"
    gathered = sharding.gathered / t

    def stage(layers: float, tables: int, head: bool) -> tuple[float, ...]:
        return (
            state / p,
            state * tables,
            gathered,
            0.0 if full else split * layers,
            split if full else 0.0,
            0.0 if full else whole * layers,
            whole if full else 0.0,
            BYTES_16_BIT * whole * layers if full else 0.0,
            logits if head else 0.0,
            routed,
            sharding.gathered / e,
        )

    alone = p == 1
    first = stage(1.0, 2 if alone and not tied else 1, alone)
    return first, stage(1.0 / p, 1, True)


def gpt_activation_bytes(
    s: int, b: int, h: int, heads: int, t: int, *, sequence_parallel: bool, selective: bool
) -> float:
    """Activations of one GPT layer (4h FFN, dropout, eager attention) [byte].

    Korthikanti 2022, table 2: s·b·h·(10 + 24/t + 5·a·s/(h·t)); sequence parallelism divides all by
    t, selective recomputation drops the last term. For comparison with that paper's figures.
    """
    core = 0.0 if selective else 5 * heads * s / (h * t)
    rest = 34 / t if sequence_parallel else 10 + 24 / t
    return s * b * h * (rest + core)


def usable_bytes(memory: int, margin: float | None) -> int:
    """Memory that predictions may fill [byte]: less a share, or less max(6 GB, 12 %)."""
    if margin is not None:
        if not 0 <= margin < 1:
            raise InputError("memory_margin", "must be ≥ 0 and < 1", margin)
        return int(memory * (1 - margin))
    return min(memory - LEAST_MARGIN, int(memory / (1 + MARGIN_SHARE)))
