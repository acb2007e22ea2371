"""A decoder-only transformer, by the field names of a Hugging Face config.

`Architecture` is sizes; `Style` is what a team chooses once and a search leaves alone: which
norms, which biases, gated or plain FFN, tied or untied embeddings.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Literal

from constraints.errors import InputError

__all__ = ["SIZES", "Architecture", "Norm", "QkNorm", "Style"]

Norm = Literal["rms", "layer", "none"]
QkNorm = Literal["none", "head", "full"]

LARGEST_SIZE = 10**12
"""Far beyond any model; keeps arithmetic in its types."""

SIZES = (
    "num_hidden_layers",
    "hidden_size",
    "intermediate_size",
    "num_attention_heads",
    "num_key_value_heads",
    "head_dim",
    "vocab_size",
)
"""The integer sizes of an architecture, which are also the variables of its posynomials."""


@dataclass(frozen=True)
class Style:
    """What of a transformer is not a size. The default is a Llama block, embeddings untied.

    gated_ffn: three FFN matrices (SwiGLU, GeGLU) rather than two.
    norm: RMSNorm (weight), LayerNorm (weight and bias) or non-parametric.
    norm_bias: whether LayerNorm carries a bias (MPT: no).
    norms_per_layer: 2 usual; 4 with pre- and post-norms (Gemma 2); 1 in parallel blocks.
    final_norm, embedding_norm: a norm before the head, one after the embedding (BLOOM).
    qk_norm: norms of queries and keys, per head (Qwen 3) or over the full width (OLMo 2).
    qkv_bias, output_bias, ffn_bias, head_bias: biases of those matrices.
    learned_positions: rows of a learned position table, 0 for rotary or ALiBi.
    attention_sinks: one learned logit per head and layer (gpt-oss).
    """

    tie_word_embeddings: bool = False
    gated_ffn: bool = True
    norm: Norm = "rms"
    norm_bias: bool = True
    norms_per_layer: int = 2
    final_norm: bool = True
    embedding_norm: bool = False
    qk_norm: QkNorm = "none"
    qkv_bias: bool = False
    output_bias: bool = False
    ffn_bias: bool = False
    head_bias: bool = False
    learned_positions: int = 0
    attention_sinks: bool = False

    def __post_init__(self) -> None:
        """Counts are not negative."""
        for name in ("norms_per_layer", "learned_positions"):
            if getattr(self, name) < 0:
                raise InputError(name, "must be ≥ 0", getattr(self, name))


@dataclass(frozen=True)
class Architecture:
    """One dense decoder-only transformer.

    num_hidden_layers [layer]; hidden_size, intermediate_size, head_dim [unitless widths];
    num_attention_heads, num_key_value_heads [head]; vocab_size [token type].
    head_dim is independent of hidden_size / num_attention_heads.
    """

    num_hidden_layers: int
    hidden_size: int
    intermediate_size: int
    num_attention_heads: int
    num_key_value_heads: int
    head_dim: int
    vocab_size: int
    style: Style = field(default_factory=Style)

    def __post_init__(self) -> None:
        """Sizes are whole and positive; KV heads divide the heads."""
        for name in SIZES:
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int) or value < 1:
                raise InputError(name, "must be a whole number ≥ 1", value)
            if value > LARGEST_SIZE:
                raise InputError(name, "must be ≤ 1e12", value)
        if self.num_attention_heads % self.num_key_value_heads:
            heads, kv_heads = self.num_attention_heads, self.num_key_value_heads
            rule = f"must divide num_attention_heads = {heads}"
            raise InputError("num_key_value_heads", rule, kv_heads)

    @property
    def sizes(self) -> dict[str, int]:
        """The integer sizes by name."""
        return {name: getattr(self, name) for name in SIZES}

    def to_dict(self) -> dict[str, object]:
        """Sizes and tie_word_embeddings by their config names, and what else is not the default."""
        plain = Style()
        unusual = {
            item.name: getattr(self.style, item.name)
            for item in fields(Style)
            if getattr(self.style, item.name) != getattr(plain, item.name)
        }
        tied = self.style.tie_word_embeddings
        return {**self.sizes, "tie_word_embeddings": tied, **unusual}
