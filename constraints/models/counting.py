"""Parameters and training FLOPs of a transformer, as posynomials in its sizes.

The transformer may be dense or a mixture of experts. The latter is written in the layers that have
experts (`num_moe_layers`); it is counted in whole, or with only those experts that a token gets
(active parameters). The counts are checked to the last parameter against transformers on every row
of tests/data/parameter_oracles.csv.

Conventions: a multiply-add is 2 FLOPs; the input embedding is a look-up and costs nothing; norms,
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
"""`causal`: GEMMs and causal attention; `6nd`: 6 FLOPs for each active parameter and token."""

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
"""Number of styles whose counts are kept for reuse: in a batch, most scenarios share theirs."""


def layers_of(style: Style) -> Posynomial:
    """Number of all layers [layer]."""
    experts = style.experts
    return LAYERS if experts is None else MOE_LAYERS + experts.dense_layers


def layer_matrices(style: Style) -> Posynomial:
    """Parameters of the attention and FFN matrices of one dense layer [parameter/layer]."""
    return attention_matrices(style) + _ffn_matrices(style)


def expert_matrices(style: Style, experts: Posynomial) -> Posynomial:
    """Parameters of one layer's router, shared experts and some routed experts [parameter/layer].

    Args:
        style: style of a mixture of experts.
        experts: number of routed experts to count [expert]; the router always counts in full.
    """
    assert style.experts is not None
    ffn = (3 if style.gated_ffn else 2) * HIDDEN * EXPERT_FFN
    shared = constant(style.experts.shared_experts) * ffn
    return experts * ffn + shared + HIDDEN * EXPERTS


@lru_cache(maxsize=MOST_KEPT)
def matrices(style: Style, experts: Posynomial = EXPERTS) -> Posynomial:
    """Parameters of the matrices of all layers [parameter].

    Args:
        style: all properties of the model that are not sizes.
        experts: number of routed experts to count in each layer [expert]; all of them by default.
    """
    if style.experts is None:
        return LAYERS * layer_matrices(style)
    dense = style.experts.dense_layers * _ffn_matrices(style)
    attention = layers_of(style) * attention_matrices(style)
    return attention + dense + MOE_LAYERS * expert_matrices(style, experts)


def layer_vectors(style: Style) -> Posynomial:
    """Parameters of the biases, norms and sinks of one dense layer [parameter/layer]."""
    return _attention_vectors(style) + _ffn_biases(style)


@lru_cache(maxsize=MOST_KEPT)
def vectors(style: Style, experts: Posynomial = EXPERTS) -> Posynomial:
    """Parameters of the biases, norms, gates and sinks of all layers [parameter].

    Args:
        style: all properties of the model that are not sizes.
        experts: number of routed experts to count in each layer [expert]; all of them by default.
    """
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
    """Parameters outside the layers: embeddings, head and outer norms [parameter]."""
    outside = (1 if style.tie_word_embeddings else 2) * VOCAB * HIDDEN
    outside += style.learned_positions * HIDDEN
    outside += (int(style.final_norm) + int(style.embedding_norm)) * _norm(style)
    return outside + VOCAB if style.head_bias else outside


@lru_cache(maxsize=MOST_KEPT)
def parameters(style: Style) -> Posynomial:
    """All parameters of an architecture of this style, exactly [parameter]."""
    return matrices(style) + vectors(style) + outer_parameters(style)


@lru_cache(maxsize=MOST_KEPT)
def active_parameters(style: Style) -> Posynomial:
    """Parameters that a token meets, both embeddings included [parameter].

    In a dense model these are all; of the routed experts only those count that the token gets.
    """
    if style.experts is None:
        return parameters(style)
    return matrices(style, ROUTED) + vectors(style, ROUTED) + outer_parameters(style)


def cache_per_token(style: Style) -> Posynomial:
    """Numbers that all layers keep of a token for later ones, the KV cache [number/token]."""
    if style.latent is None:
        return 2 * layers_of(style) * KEY_VALUE
    return (style.latent.kv_lora_rank + style.latent.qk_rope_head_dim) * layers_of(style)


def gemm_parameters(style: Style) -> Posynomial:
    """Parameters that multiply each token: attention, FFN and the head, tied or not [parameter].

    Routed experts count by their places, as places that stay empty are multiplied, too.
    """
    return matrices(style, places(style)) + VOCAB * HIDDEN


def routed_parameters(style: Style) -> Posynomial:
    """Parameters of the routed experts of all layers, biases included [parameter]."""
    assert style.experts is not None
    one = (3 if style.gated_ffn else 2) * HIDDEN * EXPERT_FFN
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

    `causal` counts 6 FLOPs for each GEMM parameter, and 12 · layers · (width of queries) for each
    attended position. With causal attention there are seq_len/2 such positions on average
    (Megatron-LM's count since 2025-03-06). `6nd` counts 6 FLOPs for each active parameter,
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
    # scores and weighted values: 2 GEMMs · 2 FLOP · 3 passes · seq_len/2 positions
    attention = per_parameter * seq_len * layers_of(style) * attended(style)
    return per_parameter * gemm_parameters(style) + attention


def parameter_count(architecture: Architecture) -> int:
    """All parameters of one architecture, exactly [parameter]."""
    return int(parameters(architecture.style).value(architecture.sizes))


def active_parameter_count(architecture: Architecture) -> int:
    """Parameters of one architecture that a token meets, exactly [parameter]."""
    return int(active_parameters(architecture.style).value(architecture.sizes))


def attention_matrices(style: Style) -> Posynomial:
    """Parameters of the attention matrices of one layer [parameter/layer]."""
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
    """Mean width of the two GEMMs between tokens in a layer, over all heads [unitless].

    The one makes scores from queries and keys, the other weighs the values. Both are as wide as the
    queries, except with latent attention, where keys and values differ in width.
    """
    if style.latent is None:
        return QUERY
    return Fraction(style.latent.key_width + style.latent.v_head_dim, 2) * HEADS


def _attention_vectors(style: Style) -> Posynomial:
    """Parameters of attention biases, norms and sinks of one layer [parameter/layer]."""
    found = style.norms_per_layer * _norm(style) + _qk_norm(style)
    if style.qkv_bias:
        found += QUERY + 2 * KEY_VALUE
    if style.output_bias:
        found += HIDDEN
    if style.latent is not None:
        found += constant(style.latent.kv_lora_rank + (style.latent.q_lora_rank or 0))
    return found + HEADS if style.attention_sinks else found


def _ffn_matrices(style: Style) -> Posynomial:
    """Parameters of the FFN matrices of one dense layer [parameter/layer]."""
    return (3 if style.gated_ffn else 2) * HIDDEN * FFN


def _ffn_biases(style: Style) -> Posynomial:
    """Parameters of the FFN biases of one dense layer [parameter/layer]."""
    if not style.ffn_bias:
        return constant(0)
    return (2 if style.gated_ffn else 1) * FFN + HIDDEN


def _norm(style: Style) -> Posynomial:
    """Parameters of one norm over the hidden size [parameter]."""
    vectors = {"none": 0, "rms": 1, "layer": 1 + int(style.norm_bias)}[style.norm]
    return vectors * HIDDEN


def _qk_norm(style: Style) -> Posynomial:
    """Parameters of the norms of queries and keys of one layer [parameter/layer]."""
    return {
        "none": constant(0),
        "head": 2 * HEAD_DIM,
        "full": QUERY + KEY_VALUE,
    }[style.qk_norm]
