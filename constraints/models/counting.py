"""Parameters and training FLOPs of a transformer, as posynomials in its sizes.

The transformer may be dense or a mixture of experts, and its layers of several kinds
(`constraints.models.layers`). A mixture is written in the layers that have experts
(`num_moe_layers`); it is counted in whole, or with only those experts that a token gets (active
parameters). The counts are checked to the last parameter against transformers on every row of
tests/data/parameter_oracles.csv, and on every config of tests/data/hf_configs.json.

Conventions: a multiply-add is 2 FLOPs; the input embedding is a look-up and costs nothing; norms,
biases, softmax and rotations are not counted (< 1 %).
"""

from __future__ import annotations

from functools import lru_cache
from typing import Literal

from constraints.algebra.posynomial import Posynomial, constant
from constraints.errors import InputError
from constraints.models.architecture import Architecture, Style
from constraints.models.layers import ffns_of, last_layer, layers_of, mixers_of, norm, norms_of
from constraints.models.variables import (
    EXPERT_FFN,
    EXPERTS,
    FFN,
    HIDDEN,
    MOE_LAYERS,
    ROUTED,
    VOCAB,
)

__all__ = [
    "FORWARD_AND_BACKWARD",
    "FlopCount",
    "active_parameter_count",
    "active_parameters",
    "cache_numbers",
    "expert_matrices",
    "gemm_parameters",
    "matrices",
    "mixing",
    "outer_parameters",
    "parameter_count",
    "parameters",
    "places",
    "prediction_parameters",
    "routed_parameters",
    "training_flops_per_token",
    "vectors",
]

FlopCount = Literal["causal", "6nd"]
"""`causal`: GEMMs and causal attention; `6nd`: 6 FLOPs for each active parameter and token."""

FORWARD_AND_BACKWARD = 3  # the backward pass costs twice the forward (Kaplan 2020, §2.1)
FLOP_PER_MULTIPLY_ADD = 2
MOST_KEPT = 512
"""Number of styles whose counts are kept for reuse: in a batch, most scenarios share theirs."""


@lru_cache(maxsize=MOST_KEPT)
def matrices(style: Style, experts: Posynomial = EXPERTS) -> Posynomial:
    """Parameters of the matrices of all layers [parameter].

    Args:
        style: all properties of the model that are not sizes.
        experts: number of routed experts to count in each layer [expert]; all of them by default.
    """
    ffn = {"dense": _ffn_matrices(style)}
    if style.experts is not None:
        ffn["experts"] = expert_matrices(style, experts)
    mixed = sum((count * mixer.matrices() for count, mixer in mixers_of(style)), constant(0))
    return mixed + sum((count * ffn[kind] for count, kind in ffns_of(style)), constant(0))


def expert_matrices(style: Style, experts: Posynomial) -> Posynomial:
    """Parameters of one layer's router, shared experts and some routed experts [parameter/layer].

    Args:
        style: style of a mixture of experts.
        experts: number of routed experts to count [expert]; the router always counts in full.
    """
    assert style.experts is not None
    each, width = _expert(style), style.experts.latent_width
    projections = constant(0) if width is None else 2 * width * HIDDEN
    whole = (3 if style.gated_ffn else 2) * HIDDEN * EXPERT_FFN
    shared = constant(style.experts.shared_experts) * whole
    return experts * each + shared + projections + HIDDEN * EXPERTS


@lru_cache(maxsize=MOST_KEPT)
def vectors(style: Style, experts: Posynomial = EXPERTS) -> Posynomial:
    """Parameters of the biases, norms, gates, sinks and states of all layers [parameter].

    Args:
        style: all properties of the model that are not sizes.
        experts: number of routed experts to count in each layer [expert]; all of them by default.
    """
    ffn = {"dense": _ffn_biases(style), "experts": _expert_vectors(style, experts)}
    found = norms_of(style) * norm(style) + style.activation_parameters * layers_of(style)
    found += sum((count * mixer.vectors() for count, mixer in mixers_of(style)), constant(0))
    return found + sum((count * ffn[kind] for count, kind in ffns_of(style)), constant(0))


@lru_cache(maxsize=MOST_KEPT)
def outer_parameters(style: Style) -> Posynomial:
    """Parameters outside the layers: embeddings, head and outer norms [parameter]."""
    width = HIDDEN if style.embedding_width is None else constant(style.embedding_width)
    outside = (1 if style.tie_word_embeddings else 2) * VOCAB * width
    if style.embedding_width is not None:
        outside += 2 * width * HIDDEN
    outside += style.learned_positions * HIDDEN
    outside += (int(style.final_norm) + int(style.embedding_norm)) * norm(style)
    return outside + VOCAB if style.head_bias else outside


@lru_cache(maxsize=MOST_KEPT)
def parameters(style: Style) -> Posynomial:
    """All parameters of an architecture of this style, exactly [parameter].

    Modules that predict tokens further ahead are left out: see `prediction_parameters`.
    """
    return matrices(style) + vectors(style) + outer_parameters(style)


@lru_cache(maxsize=MOST_KEPT)
def active_parameters(style: Style) -> Posynomial:
    """Parameters that a token meets, both embeddings included [parameter].

    In a dense model these are all; of the routed experts only those count that the token gets.
    """
    if style.experts is None:
        return parameters(style)
    return matrices(style, ROUTED) + vectors(style, ROUTED) + outer_parameters(style)


def prediction_parameters(style: Style) -> Posynomial:
    """Parameters of the modules that predict tokens further ahead, their own ones [parameter].

    Each has a layer, a matrix that joins its two inputs, and three norms (DeepSeek-V3, arXiv
    2412.19437 §2.2). It shares embedding and head with the model.
    """
    mixer, ffn = last_layer(style)
    layer = mixer.matrices() + mixer.vectors() + style.norms_per_layer * norm(style)
    if ffn == "experts":
        layer += expert_matrices(style, EXPERTS) + _expert_vectors(style, EXPERTS)
    else:
        layer += _ffn_matrices(style) + _ffn_biases(style)
    return style.prediction_modules * (layer + 2 * HIDDEN * HIDDEN + 3 * norm(style))


def cache_numbers(style: Style, context: int) -> Posynomial:
    """Numbers that all layers keep of a stream: KV cache and states [number].

    Args:
        style: all properties of the model that are not sizes.
        context: length of the stream [token].
    """
    return sum((count * mixer.cache(context) for count, mixer in mixers_of(style)), constant(0))


def mixing(style: Style, seq_len: int) -> Posynomial:
    """Multiply-adds between tokens, in all layers' forward pass [multiply-add/token].

    Each layer is charged the tokens that it sees on average, or its state.

    Args:
        style: all properties of the model that are not sizes.
        seq_len: length of the sequence [token].
    """
    return sum((count * mixer.mixing(seq_len) for count, mixer in mixers_of(style)), constant(0))


def gemm_parameters(style: Style) -> Posynomial:
    """Parameters that multiply each token: attention, FFN and the head, tied or not [parameter].

    Routed experts count by their places, as places that stay empty are multiplied, too.
    """
    width = style.embedding_width
    head = VOCAB * HIDDEN if width is None else width * VOCAB + 2 * width * HIDDEN
    return matrices(style, places(style)) + head


def routed_parameters(style: Style) -> Posynomial:
    """Parameters of the routed experts of all layers, biases included [parameter]."""
    assert style.experts is not None
    one = _expert(style)
    if style.experts.expert_bias:
        one += (2 if style.gated_ffn else 1) * EXPERT_FFN + HIDDEN
    return MOE_LAYERS * EXPERTS * one


def places(style: Style) -> Posynomial:
    """Places of routed experts that are computed for each token in a layer [expert].

    They exceed the experts that a token gets by the capacity factor.
    """
    return ROUTED if style.experts is None else style.experts.capacity_factor * ROUTED


@lru_cache(maxsize=MOST_KEPT)
def training_flops_per_token(style: Style, seq_len: int, count: FlopCount) -> Posynomial:
    """FLOPs of training on one token, forward and backward [FLOP/token].

    `causal` counts 6 FLOPs for each GEMM parameter and for each multiply-add between tokens, of
    modules that predict tokens further ahead, too. `6nd` counts 6 FLOPs for each active parameter,
    embeddings included. Recomputation is not counted, as in every MFU.

    Args:
        style: all properties of the model that are not sizes.
        seq_len: length of training sequences [token].
        count: the convention, `causal` or `6nd`.

    Raises:
        InputError: if seq_len is below 1.
    """
    if seq_len < 1:
        raise InputError("seq_len", "must be ≥ 1", seq_len)
    per_parameter = FORWARD_AND_BACKWARD * FLOP_PER_MULTIPLY_ADD
    if count == "6nd":
        return per_parameter * active_parameters(style)
    ahead = style.prediction_modules * _prediction(style, seq_len)
    return per_parameter * (gemm_parameters(style) + mixing(style, seq_len) + ahead)


def _prediction(style: Style, seq_len: int) -> Posynomial:
    """Multiply-adds of a module that predicts tokens further ahead [multiply-add/token]."""
    mixer, ffn = last_layer(style)
    layer = mixer.matrices() + mixer.mixing(seq_len) + 2 * HIDDEN * HIDDEN + VOCAB * HIDDEN
    return layer + (
        expert_matrices(style, places(style)) if ffn == "experts" else _ffn_matrices(style)
    )


def parameter_count(architecture: Architecture) -> int:
    """All parameters of one architecture, exactly [parameter]."""
    return int(parameters(architecture.style).value(architecture.sizes))


def active_parameter_count(architecture: Architecture) -> int:
    """Parameters of one architecture that a token meets, exactly [parameter]."""
    return int(active_parameters(architecture.style).value(architecture.sizes))


def _ffn_matrices(style: Style) -> Posynomial:
    """Parameters of the FFN matrices of one dense layer [parameter/layer]."""
    return (3 if style.gated_ffn else 2) * HIDDEN * FFN


def _ffn_biases(style: Style) -> Posynomial:
    """Parameters of the FFN biases of one dense layer [parameter/layer]."""
    if not style.ffn_bias:
        return constant(0)
    return (2 if style.gated_ffn else 1) * FFN + HIDDEN


def _expert(style: Style) -> Posynomial:
    """Parameters of the matrices of one routed expert [parameter]."""
    assert style.experts is not None
    width = style.experts.latent_width
    return (3 if style.gated_ffn else 2) * (HIDDEN if width is None else width) * EXPERT_FFN


def _expert_vectors(style: Style, experts: Posynomial) -> Posynomial:
    """Parameters of gates and biases of one layer with experts [parameter/layer]."""
    if style.experts is None:
        return constant(0)
    own = HIDDEN if style.experts.shared_gate else constant(0)
    if style.experts.router_bias:
        own += EXPERTS
    if style.experts.expert_bias:
        own += experts * ((2 if style.gated_ffn else 1) * EXPERT_FFN + HIDDEN)
    return own
