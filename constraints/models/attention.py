"""Attention: what its matrices take, what it computes between tokens, and what it keeps of them.

A layer may see all earlier tokens (full), those of a window (Mistral, Gemma, gpt-oss), those of its
own chunk (Llama 4), or the few that an indexer picks (DeepSeek-V3.2). Keys and values may be stored
by head (MHA, GQA, MQA) or compressed to a latent vector (MLA, DeepSeek-V2).

Each kind of mixer, also those of `constraints.models.recurrent`, answers the same five questions:
`matrices` [parameter], `vectors` [parameter], `mixing` [multiply-add/token], `cache` [number] and
`kept` [number/token], which training memory asks.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from constraints.algebra.posynomial import Posynomial, constant
from constraints.errors import InputError
from constraints.models.variables import HEAD_DIM, HEADS, HIDDEN, KEY_VALUE, QUERY

__all__ = ["Attention", "Indexer", "Latent", "QkNorm", "tokens_seen"]

QkNorm = Literal["none", "head", "full"]


def tokens_seen(seq_len: int, window: int | None = None, *, chunked: bool = False) -> Fraction:
    """Tokens that a token sees on average in a causal sequence [token].

    A token at position i of n sees i others, n/2 on average (Megatron-LM's count since 2025-03-06),
    but no more than its window w: w − w²/(2n) on average. In chunks of w tokens it is w/2.

    Args:
        seq_len: length of the sequence, n [token].
        window: tokens that a token sees at most, w [token]; None for all earlier ones.
        chunked: whether the window is a fixed piece of the sequence instead of the latest tokens.
    """
    if window is None or window >= seq_len:
        return Fraction(seq_len, 2)
    if chunked:
        whole, rest = divmod(seq_len, window)
        return Fraction(whole * window**2 + rest**2, 2 * seq_len)
    return window - Fraction(window**2, 2 * seq_len)


@dataclass(frozen=True)
class Attention:
    """Attention that stores keys and values by head.

    Attributes:
        window: tokens that a token sees at most [token]; None for all earlier ones.
        chunked: whether the window is a fixed piece of the sequence (Llama 4).
        qkv_bias: whether the query, key and value matrices have biases.
        output_bias: whether the output matrix has a bias.
        qk_norm: norms of queries and keys: per head (`head`, Qwen 3), over the full width (`full`,
            OLMo 2) or `none`.
        norm_vectors: vectors of such a norm, 1 for weights alone, 2 with biases.
        attention_sinks: whether each head has one learned logit (gpt-oss).
        gate: whether a gate as wide as the queries weighs the output (Qwen3-Next).
    """

    window: int | None = None
    chunked: bool = False
    qkv_bias: bool = False
    output_bias: bool = False
    qk_norm: QkNorm = "none"
    norm_vectors: int = 1
    attention_sinks: bool = False
    gate: bool = False

    def __post_init__(self) -> None:
        """Check that a window has a token."""
        if self.window is not None and self.window < 1:
            raise InputError("window", "must be ≥ 1", self.window)

    def matrices(self) -> Posynomial:
        """Parameters of the matrices of one layer [parameter]."""
        return HIDDEN * self._inwards() + QUERY * HIDDEN

    def vectors(self) -> Posynomial:
        """Parameters of the biases, norms and sinks of one layer [parameter]."""
        found = self.norm_vectors * self._normed()
        if self.qkv_bias:
            found += self._inwards()
        if self.output_bias:
            found += HIDDEN
        return found + HEADS if self.attention_sinks else found

    def _inwards(self) -> Posynomial:
        """Width of a token's queries, keys and values, and of the gate if there is one."""
        return (2 if self.gate else 1) * QUERY + 2 * KEY_VALUE

    def _normed(self) -> Posynomial:
        return {"none": constant(0), "head": 2 * HEAD_DIM, "full": QUERY + KEY_VALUE}[self.qk_norm]

    def mixing(self, seq_len: int) -> Posynomial:
        """Multiply-adds between a token and those it sees, in one layer [multiply-add/token].

        One product makes scores from queries and keys, another weighs the values.

        Args:
            seq_len: length of the sequence [token].
        """
        return 2 * tokens_seen(seq_len, self.window, chunked=self.chunked) * QUERY

    def cache(self, context: int) -> Posynomial:
        """Numbers that one layer keeps of a stream, its keys and values [number].

        Args:
            context: length of the stream [token].
        """
        return 2 * min(context, self.window or context) * KEY_VALUE

    def kept(self) -> Posynomial:
        """Numbers that the backward pass needs of a token: queries, keys, values and output."""
        return 2 * QUERY + 2 * KEY_VALUE


@dataclass(frozen=True)
class Indexer:
    """The indexer of sparse attention (DeepSeek-V3.2): it picks the tokens that a token sees.

    Attributes:
        heads: its heads [head].
        head_dim: width of one [unitless].
        top: tokens that it picks [token].
        own: False in a layer that sees what the indexer of an earlier layer picked (GLM-5).
    """

    heads: int
    head_dim: int
    top: int
    own: bool = True


@dataclass(frozen=True)
class Latent:
    """Multi-head latent attention (DeepSeek-V2, arXiv 2405.04434, §2.1), by its widths.

    Attributes:
        q_lora_rank: width of the compressed queries [unitless]; None if they are not compressed.
        kv_lora_rank: width of the compressed keys and values [unitless].
        qk_nope_head_dim: width of a head's keys without positions [unitless].
        qk_rope_head_dim: width of a head's keys with rotary positions [unitless].
        v_head_dim: width of a head's values [unitless].
        bias: whether the compressing matrices and the output matrix have biases.
        indexer: what picks the tokens to see; None if all earlier ones are seen.
    """

    q_lora_rank: int | None
    kv_lora_rank: int
    qk_nope_head_dim: int
    qk_rope_head_dim: int
    v_head_dim: int
    bias: bool = False
    indexer: Indexer | None = None

    def __post_init__(self) -> None:
        """Check that widths are positive, and that an indexer has compressed queries to read."""
        for name in ("kv_lora_rank", "qk_nope_head_dim", "qk_rope_head_dim", "v_head_dim"):
            if getattr(self, name) < 1:
                raise InputError(name, "must be ≥ 1", getattr(self, name))
        if self.q_lora_rank is not None and self.q_lora_rank < 1:
            raise InputError("q_lora_rank", "must be ≥ 1", self.q_lora_rank)
        if self.indexer is not None and self.q_lora_rank is None:
            raise InputError("q_lora_rank", "must be given where an indexer reads it")

    @property
    def key_width(self) -> int:
        """Width of one head's queries and keys [unitless]."""
        return self.qk_nope_head_dim + self.qk_rope_head_dim

    def matrices(self) -> Posynomial:
        """Parameters of the matrices of one layer [parameter]."""
        values = self.qk_nope_head_dim + self.v_head_dim
        kept = HIDDEN * (self.kv_lora_rank + self.qk_rope_head_dim)
        outwards = self.kv_lora_rank * values * HEADS + self.v_head_dim * HEADS * HIDDEN
        if self.q_lora_rank is None:
            return kept + outwards + self.key_width * HIDDEN * HEADS
        rank, indexer = self.q_lora_rank, self.indexer
        found = kept + outwards + rank * HIDDEN + rank * self.key_width * HEADS
        if indexer is None or not indexer.own:
            return found
        queries = constant(rank * indexer.heads * indexer.head_dim)
        return found + queries + (indexer.head_dim + indexer.heads) * HIDDEN

    def vectors(self) -> Posynomial:
        """Parameters of the norms and biases of one layer [parameter]."""
        rank = self.q_lora_rank or 0
        found = constant(self.kv_lora_rank + rank)
        if self.indexer is not None and self.indexer.own:
            found += 2 * self.indexer.head_dim
        if self.bias:
            found += HIDDEN + self.kv_lora_rank + self.qk_rope_head_dim + rank
        return found

    def mixing(self, seq_len: int) -> Posynomial:
        """Multiply-adds between a token and those it sees, in one layer [multiply-add/token].

        Keys and values differ in width. An indexer scores all earlier tokens.

        Args:
            seq_len: length of the sequence [token].
        """
        width = (self.key_width + self.v_head_dim) * HEADS
        if self.indexer is None:
            return tokens_seen(seq_len) * width
        scored = tokens_seen(seq_len) * self.indexer.heads * self.indexer.head_dim
        scored *= self.indexer.own
        return tokens_seen(seq_len, self.indexer.top) * width + constant(scored)

    def cache(self, context: int) -> Posynomial:
        """Numbers that one layer keeps of a stream, its latent vectors [number].

        Args:
            context: length of the stream [token].
        """
        keys = self.indexer.head_dim if self.indexer is not None and self.indexer.own else 0
        return constant(context * (self.kv_lora_rank + self.qk_rope_head_dim + keys))

    def kept(self) -> Posynomial:
        """Numbers that the backward pass needs of a token, those of the latent vectors included."""
        compressed = self.kv_lora_rank + self.qk_rope_head_dim + (self.q_lora_rank or 0)
        return 2 * (self.key_width + self.v_head_dim) * HEADS + constant(compressed)
