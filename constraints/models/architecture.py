"""A decoder-only transformer, by the field names of a Hugging Face config.

`Architecture` is sizes; `Style` is what a team chooses once and a search leaves alone: which
norms, which biases, gated or plain FFN, tied or untied embeddings.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields
from fractions import Fraction
from typing import Literal

from constraints.errors import InputError
from constraints.models.experts import Experts, Latent

__all__ = [
    "EXPERTS_IN_ALL",
    "EXPERTS_MET",
    "EXPERT_SIZES",
    "MOE_LAYERS",
    "PARAMETERS",
    "SIZES",
    "Architecture",
    "Norm",
    "QkNorm",
    "Style",
]

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
EXPERT_SIZES = ("num_experts", "num_experts_per_tok", "moe_intermediate_size")
"""Those that a mixture of experts has as well."""
MOE_LAYERS = "num_moe_layers"
"""All layers but the leading dense ones: what counts are written in, since it never subtracts."""
EXPERTS_IN_ALL = "experts_in_all"
EXPERTS_MET = "experts_met"
"""Experts of a layer and those that a token meets, the shared ones included in both."""
PARAMETERS = "parameters"
"""How many parameters there are in all."""


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
    experts: what of a mixture of experts is no size, None for a dense model. latent: latent
    attention, None for the usual one.
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
    experts: Experts | None = None
    latent: Latent | None = None

    def __post_init__(self) -> None:
        """Counts are not negative."""
        for name in ("norms_per_layer", "learned_positions"):
            if getattr(self, name) < 0:
                raise InputError(name, "must be ≥ 0", getattr(self, name))


@dataclass(frozen=True)
class Architecture:
    """One decoder-only transformer.

    num_hidden_layers [layer]; hidden_size, intermediate_size, head_dim [unitless widths];
    num_attention_heads, num_key_value_heads [head]; vocab_size [token type].
    head_dim is independent of hidden_size / num_attention_heads.
    num_experts, num_experts_per_tok [expert], moe_intermediate_size [width]: of a mixture of
    experts, None for a dense model; intermediate_size is then that of the leading dense layers.
    """

    num_hidden_layers: int
    hidden_size: int
    intermediate_size: int
    num_attention_heads: int
    num_key_value_heads: int
    head_dim: int
    vocab_size: int
    style: Style = field(default_factory=Style)
    num_experts: int | None = None
    num_experts_per_tok: int | None = None
    moe_intermediate_size: int | None = None

    def __post_init__(self) -> None:
        """Sizes are whole and positive; KV heads divide the heads."""
        experts = self.style.experts
        if experts is None and any(getattr(self, name) is not None for name in EXPERT_SIZES):
            raise InputError("num_experts", "must be given with a style that has experts")
        for name in SIZES if experts is None else (*SIZES, *EXPERT_SIZES):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int) or value < 1:
                raise InputError(name, "must be a whole number ≥ 1", value)
            if value > LARGEST_SIZE:
                raise InputError(name, "must be ≤ 1e12", value)
        if self.num_attention_heads % self.num_key_value_heads:
            heads, kv_heads = self.num_attention_heads, self.num_key_value_heads
            rule = f"must divide num_attention_heads = {heads}"
            raise InputError("num_key_value_heads", rule, kv_heads)
        if experts is not None and (self.num_experts_per_tok or 0) > (self.num_experts or 0):
            rule = f"must be ≤ num_experts = {self.num_experts}"
            raise InputError("num_experts_per_tok", rule, self.num_experts_per_tok)
        if experts is not None and experts.dense_layers >= self.num_hidden_layers:
            rule = f"must be < num_hidden_layers = {self.num_hidden_layers}"
            raise InputError("dense_layers", rule, experts.dense_layers)

    @property
    def expert_width(self) -> int:
        """Width of one expert, or of the FFN of a dense model, which is its one expert."""
        return self.moe_intermediate_size or self.intermediate_size

    @property
    def experts_in_all(self) -> float:
        """Experts of a layer, shared ones included, in widths of a routed one; 1 if dense."""
        shared = self.style.experts.shared_experts if self.style.experts else 0
        return float((self.num_experts or 1) + shared)

    @property
    def experts_met(self) -> float:
        """Those that a token passes through; 1 if dense."""
        shared = self.style.experts.shared_experts if self.style.experts else 0
        return float((self.num_experts_per_tok or 1) + shared)

    @property
    def sizes(self) -> dict[str, int]:
        """The integer sizes by name; with experts those of them, and the layers that have them."""
        sizes = {name: getattr(self, name) for name in SIZES}
        if self.style.experts is None:
            return sizes
        layers = self.num_hidden_layers - self.style.experts.dense_layers
        own = {name: getattr(self, name) for name in EXPERT_SIZES}
        return {**sizes, **own, MOE_LAYERS: layers}

    def to_dict(self) -> dict[str, object]:
        """Sizes and tie_word_embeddings by their config names, and what else is not the default."""
        plain = Style()
        unusual = {
            item.name: getattr(self.style, item.name)
            for item in fields(Style)
            if getattr(self.style, item.name) != getattr(plain, item.name)
        }
        for name in ("experts", "latent"):
            part = unusual.pop(name, None)
            if part is not None:
                unusual.update({key: _plain(value) for key, value in asdict(part).items()})
        tied = self.style.tie_word_embeddings
        sizes = {name: size for name, size in self.sizes.items() if name != MOE_LAYERS}
        return {**sizes, "tie_word_embeddings": tied, **unusual}


def _plain(value: object) -> object:
    """A fraction as a number that JSON has."""
    if isinstance(value, Fraction):
        return value.numerator if value.denominator == 1 else float(value)
    return value
