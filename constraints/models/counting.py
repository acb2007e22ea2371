"""Parameters and training FLOPs of a transformer, dense or of experts, as posynomials in its sizes.

Checked to the last parameter against transformers on every row of
tests/data/parameter_oracles.csv. A mixture of experts is written in the layers that have experts
(`num_moe_layers`), and counted whole or, with the experts that a token gets, active.
Conventions: a multiply-add is 2 FLOP; the input embedding is a look-up and costs nothing; norms,
biases, softmax and rotations are not counted (< 1 %).
"""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache
from typing import Literal

from constraints.algebra.posynomial import Posynomial, constant, variable
from constraints.errors import InputError
from constraints.models.architecture import Architecture, Style

__all__ = [
    "EXPERTS",
    "EXPERT_FFN",
    "FFN",
    "FORWARD_AND_BACKWARD",
    "HEADS",
    "HEAD_DIM",
    "HIDDEN",
    "KEY_VALUE",
    "KV_HEADS",
    "LAYERS",
    "MOE_LAYERS",
    "QUERY",
    "ROUTED",
    "VOCAB",
    "FlopCount",
    "active_parameter_count",
    "active_parameters",
    "attended",
    "attention_matrices",
    "cache_per_token",
    "expert_matrices",
    "gemm_parameters",
    "layer_matrices",
    "layer_vectors",
    "layers_of",
    "matrices",
    "outer_parameters",
    "parameter_count",
    "parameters",
    "places",
    "routed_parameters",
    "training_flops_per_token",
    "vectors",
]

FlopCount = Literal["causal", "6nd"]
"""`causal`: GEMMs and causal attention; `6nd`: six FLOP a parameter and token."""

LAYERS = variable("num_hidden_layers")
HIDDEN = variable("hidden_size")
FFN = variable("intermediate_size")
HEADS = variable("num_attention_heads")
KV_HEADS = variable("num_key_value_heads")
HEAD_DIM = variable("head_dim")
VOCAB = variable("vocab_size")
MOE_LAYERS = variable("num_moe_layers")
EXPERTS = variable("num_experts")
ROUTED = variable("num_experts_per_tok")
EXPERT_FFN = variable("moe_intermediate_size")
QUERY = HEADS * HEAD_DIM
KEY_VALUE = KV_HEADS * HEAD_DIM

FORWARD_AND_BACKWARD = 3  # the backward pass costs twice the forward (Kaplan 2020, §2.1)
FLOP_PER_MULTIPLY_ADD = 2
MOST_KEPT = 512
"""Counts of so many styles are kept: in a batch most scenarios share theirs."""


def layers_of(style: Style) -> Posynomial:
    """All layers [layer]."""
    experts = style.experts
    return LAYERS if experts is None else MOE_LAYERS + experts.dense_layers


def layer_matrices(style: Style) -> Posynomial:
    """Parameters of one dense layer's attention and FFN matrices [parameter/layer]."""
    return attention_matrices(style) + _ffn_matrices(style)


def expert_matrices(style: Style, experts: Posynomial) -> Posynomial:
    """Matrices of one layer's router, shared and so many routed experts [parameter/layer]."""
    assert style.experts is not None
    ffn = (3 if style.gated_ffn else 2) * HIDDEN * EXPERT_FFN
    shared = constant(style.experts.shared_experts) * ffn
    return experts * ffn + shared + HIDDEN * EXPERTS


@lru_cache(maxsize=MOST_KEPT)
def matrices(style: Style, experts: Posynomial = EXPERTS) -> Posynomial:
    """Parameters of all layers' matrices, with so many routed experts of each [parameter]."""
    if style.experts is None:
        return LAYERS * layer_matrices(style)
    dense = style.experts.dense_layers * _ffn_matrices(style)
    attention = layers_of(style) * attention_matrices(style)
    return attention + dense + MOE_LAYERS * expert_matrices(style, experts)


def layer_vectors(style: Style) -> Posynomial:
    """Biases, norms and sinks of one dense layer [parameter/layer]."""
    return _attention_vectors(style) + _ffn_biases(style)


@lru_cache(maxsize=MOST_KEPT)
def vectors(style: Style, experts: Posynomial = EXPERTS) -> Posynomial:
    """Biases, norms, gates and sinks of all layers, with so many experts of each [parameter]."""
    if style.experts is None:
        return LAYERS * layer_vectors(style)
    own = HIDDEN if style.experts.shared_gate else constant(0)
    if style.experts.router_bias:
        own += EXPERTS
    if style.experts.expert_bias:
        own += experts * ((2 if style.gated_ffn else 1) * EXPERT_FFN + HIDDEN)
    dense = style.experts.dense_layers * _ffn_biases(style)
    return layers_of(style) * _attention_vectors(style) + dense + MOE_LAYERS * own


def outer_parameters(style: Style) -> Posynomial:
    """Parameters outside the layers: embeddings, head, outer norms [parameter]."""
    outside = (1 if style.tie_word_embeddings else 2) * VOCAB * HIDDEN
    outside += style.learned_positions * HIDDEN
    outside += (int(style.final_norm) + int(style.embedding_norm)) * _norm(style)
    return outside + VOCAB if style.head_bias else outside


@lru_cache(maxsize=MOST_KEPT)
def parameters(style: Style) -> Posynomial:
    """Exact number of parameters of an architecture of this style [parameter]."""
    return matrices(style) + vectors(style) + outer_parameters(style)


@lru_cache(maxsize=MOST_KEPT)
def active_parameters(style: Style) -> Posynomial:
    """Those that a token meets, both embeddings included [parameter].

    All of a dense model; of the routed experts those that the token gets.
    """
    if style.experts is None:
        return parameters(style)
    return matrices(style, ROUTED) + vectors(style, ROUTED) + outer_parameters(style)


def cache_per_token(style: Style) -> Posynomial:
    """Numbers that all layers keep of a token for those to come [number/token]."""
    if style.latent is None:
        return 2 * layers_of(style) * KEY_VALUE
    return (style.latent.kv_lora_rank + style.latent.qk_rope_head_dim) * layers_of(style)


def gemm_parameters(style: Style) -> Posynomial:
    """Parameters that multiply each token: attention, FFN and the head, tied or not [parameter].

    Places of experts that stay empty are multiplied, too.
    """
    return matrices(style, places(style)) + VOCAB * HIDDEN


def routed_parameters(style: Style) -> Posynomial:
    """Parameters of all layers' routed experts, biases included [parameter]."""
    assert style.experts is not None
    one = (3 if style.gated_ffn else 2) * HIDDEN * EXPERT_FFN
    if style.experts.expert_bias:
        one += (2 if style.gated_ffn else 1) * EXPERT_FFN + HIDDEN
    return MOE_LAYERS * EXPERTS * one


def places(style: Style) -> Posynomial:
    """Places of routed experts that are computed for each token [expert]."""
    return ROUTED if style.experts is None else style.experts.capacity_factor * ROUTED


@lru_cache(maxsize=MOST_KEPT)
def training_flops_per_token(style: Style, seq_len: int, count: FlopCount) -> Posynomial:
    """Model FLOPs of training on one token, forward and backward [FLOP/token].

    `causal`: 6 per GEMM parameter and 12·layers·query width per attended position, of which
    causal attention has seq_len/2 on average (Megatron-LM's count since 2025-03-06).
    `6nd`: 6 per active parameter, embeddings included. Recomputation is not counted, as in
    every MFU.
    seq_len [token].
    """
    if seq_len < 1:
        raise InputError("seq_len", "must be ≥ 1", seq_len)
    per_parameter = FORWARD_AND_BACKWARD * FLOP_PER_MULTIPLY_ADD
    if count == "6nd":
        return per_parameter * active_parameters(style)
    # scores and weighted values: 2 GEMMs · 2 FLOP · 3 passes · seq_len/2 positions
    attention = per_parameter * seq_len * layers_of(style) * attended(style)
    return per_parameter * gemm_parameters(style) + attention


def parameter_count(architecture: Architecture) -> int:
    """Exact number of parameters of one architecture [parameter]."""
    return int(parameters(architecture.style).value(architecture.sizes))


def active_parameter_count(architecture: Architecture) -> int:
    """Exact number of parameters that a token meets [parameter]."""
    return int(active_parameters(architecture.style).value(architecture.sizes))


def attention_matrices(style: Style) -> Posynomial:
    """Parameters of one layer's attention matrices [parameter/layer]."""
    latent = style.latent
    if latent is None:
        return HIDDEN * (QUERY + 2 * KEY_VALUE) + QUERY * HIDDEN
    values = latent.qk_nope_head_dim + latent.v_head_dim
    kept = HIDDEN * (latent.kv_lora_rank + latent.qk_rope_head_dim)
    outwards = latent.kv_lora_rank * values * HEADS + latent.v_head_dim * HEADS * HIDDEN
    if latent.q_lora_rank is None:
        return kept + outwards + latent.key_width * HIDDEN * HEADS
    rank = latent.q_lora_rank
    return kept + outwards + rank * HIDDEN + rank * latent.key_width * HEADS


def attended(style: Style) -> Posynomial:
    """Width of scores and weighted values of a layer, halved as both are one GEMM each."""
    if style.latent is None:
        return QUERY
    return Fraction(style.latent.key_width + style.latent.v_head_dim, 2) * HEADS


def _attention_vectors(style: Style) -> Posynomial:
    """Biases of attention, norms and sinks of any layer [parameter/layer]."""
    found = style.norms_per_layer * _norm(style) + _qk_norm(style)
    if style.qkv_bias:
        found += QUERY + 2 * KEY_VALUE
    if style.output_bias:
        found += HIDDEN
    if style.latent is not None:
        found += constant(style.latent.kv_lora_rank + (style.latent.q_lora_rank or 0))
    return found + HEADS if style.attention_sinks else found


def _ffn_matrices(style: Style) -> Posynomial:
    return (3 if style.gated_ffn else 2) * HIDDEN * FFN


def _ffn_biases(style: Style) -> Posynomial:
    """Of a plain FFN [parameter/layer]."""
    if not style.ffn_bias:
        return constant(0)
    return (2 if style.gated_ffn else 1) * FFN + HIDDEN


def _norm(style: Style) -> Posynomial:
    vectors = {"none": 0, "rms": 1, "layer": 1 + int(style.norm_bias)}[style.norm]
    return vectors * HIDDEN


def _qk_norm(style: Style) -> Posynomial:
    return {
        "none": constant(0),
        "head": 2 * HEAD_DIM,
        "full": QUERY + KEY_VALUE,
    }[style.qk_norm]
