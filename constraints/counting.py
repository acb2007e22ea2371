"""Parameters and training FLOPs of a dense transformer, as posynomials in its sizes.

Checked to the last parameter against transformers on every dense row of
tests/data/parameter_oracles.csv. Conventions: a multiply-add is 2 FLOP; the input embedding is a
look-up and costs nothing; norms, biases, softmax and rotations are not counted (< 1 %).
"""

from __future__ import annotations

from typing import Literal

from constraints.architecture import Architecture, Style
from constraints.errors import InputError
from constraints.posynomial import Posynomial, constant, variable

__all__ = [
    "FFN",
    "FORWARD_AND_BACKWARD",
    "HEADS",
    "HEAD_DIM",
    "HIDDEN",
    "KEY_VALUE",
    "KV_HEADS",
    "LAYERS",
    "QUERY",
    "VOCAB",
    "FlopCount",
    "gemm_parameters",
    "layer_matrices",
    "layer_vectors",
    "outer_parameters",
    "parameter_count",
    "parameters",
    "training_flops_per_token",
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
QUERY = HEADS * HEAD_DIM
KEY_VALUE = KV_HEADS * HEAD_DIM

FORWARD_AND_BACKWARD = 3  # the backward pass costs twice the forward (Kaplan 2020, §2.1)
FLOP_PER_MULTIPLY_ADD = 2


def layer_matrices(style: Style) -> Posynomial:
    """Parameters of one layer's attention and FFN matrices [parameter/layer]."""
    return _attention_matrices() + _ffn_matrices(style)


def layer_vectors(style: Style) -> Posynomial:
    """Biases, norms and sinks of one layer [parameter/layer]."""
    vectors = _layer_biases(style) + style.norms_per_layer * _norm(style) + _qk_norm(style)
    return vectors + HEADS if style.attention_sinks else vectors


def outer_parameters(style: Style) -> Posynomial:
    """Parameters outside the layers: embeddings, head, outer norms [parameter]."""
    outside = (1 if style.tie_word_embeddings else 2) * VOCAB * HIDDEN
    outside += style.learned_positions * HIDDEN
    outside += (int(style.final_norm) + int(style.embedding_norm)) * _norm(style)
    return outside + VOCAB if style.head_bias else outside


def parameters(style: Style) -> Posynomial:
    """Exact number of parameters of an architecture of this style [parameter]."""
    return LAYERS * (layer_matrices(style) + layer_vectors(style)) + outer_parameters(style)


def gemm_parameters(style: Style) -> Posynomial:
    """Parameters that multiply each token: attention, FFN and the head, tied or not [parameter]."""
    return LAYERS * layer_matrices(style) + VOCAB * HIDDEN


def training_flops_per_token(style: Style, seq_len: int, count: FlopCount) -> Posynomial:
    """Model FLOPs of training on one token, forward and backward [FLOP/token].

    `causal`: 6 per GEMM parameter and 12·layers·query width per attended position, of which
    causal attention has seq_len/2 on average (Megatron-LM's count since 2025-03-06).
    `6nd`: 6 per parameter, embeddings included. Recomputation is not counted, as in every MFU.
    seq_len [token].
    """
    if seq_len < 1:
        raise InputError("seq_len", "must be ≥ 1", seq_len)
    per_parameter = FORWARD_AND_BACKWARD * FLOP_PER_MULTIPLY_ADD
    if count == "6nd":
        return per_parameter * parameters(style)
    # scores and weighted values: 2 GEMMs · 2 FLOP · 3 passes · seq_len/2 positions
    attention = per_parameter * seq_len * LAYERS * QUERY
    return per_parameter * gemm_parameters(style) + attention


def parameter_count(architecture: Architecture) -> int:
    """Exact number of parameters of one architecture [parameter]."""
    return int(parameters(architecture.style).value(architecture.sizes))


def _attention_matrices() -> Posynomial:
    return HIDDEN * (QUERY + 2 * KEY_VALUE) + QUERY * HIDDEN


def _ffn_matrices(style: Style) -> Posynomial:
    return (3 if style.gated_ffn else 2) * HIDDEN * FFN


def _layer_biases(style: Style) -> Posynomial:
    biases = constant(0)
    if style.qkv_bias:
        biases += QUERY + 2 * KEY_VALUE
    if style.output_bias:
        biases += HIDDEN
    if style.ffn_bias:
        biases += (2 if style.gated_ffn else 1) * FFN + HIDDEN
    return biases


def _norm(style: Style) -> Posynomial:
    vectors = {"none": 0, "rms": 1, "layer": 1 + int(style.norm_bias)}[style.norm]
    return vectors * HIDDEN


def _qk_norm(style: Style) -> Posynomial:
    return {
        "none": constant(0),
        "head": 2 * HEAD_DIM,
        "full": QUERY + KEY_VALUE,
    }[style.qk_norm]
