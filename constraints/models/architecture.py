"""A decoder-only transformer, by the field names of a Hugging Face config.

`Architecture` holds the sizes. `Style` holds what a team chooses once and a search leaves alone:
which norms, which biases, gated or plain FFN, tied or untied embeddings.
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
"""The largest size allowed, far beyond any model; it keeps numbers within their types."""

SIZES = (
    "num_hidden_layers",
    "hidden_size",
    "intermediate_size",
    "num_attention_heads",
    "num_key_value_heads",
    "head_dim",
    "vocab_size",
)
"""Names of the integer sizes of an architecture; they are also the variables of its posynomials."""
EXPERT_SIZES = ("num_experts", "num_experts_per_tok", "moe_intermediate_size")
"""Names of the sizes that a mixture of experts has as well."""
MOE_LAYERS = "num_moe_layers"
"""Name of the number of layers with experts, which are all but the leading dense ones.

Counts of a mixture of experts are written in it and not in all layers, as posynomials can't
subtract."""
EXPERTS_IN_ALL = "experts_in_all"
"""Name of the number of experts of a layer, shared ones included."""
EXPERTS_MET = "experts_met"
"""Name of the number of experts that a token meets in a layer, shared ones included."""
PARAMETERS = "parameters"
"""Name of the number of all parameters."""


@dataclass(frozen=True)
class Style:
    """All properties of a transformer that are not sizes. The default is a Llama block, untied.

    Attributes:
        tie_word_embeddings: whether the input embedding is also the head.
        gated_ffn: three FFN matrices (SwiGLU, GeGLU) if True, two if False.
        norm: RMSNorm with weights (`rms`), LayerNorm with weights (`layer`), or norms without
            parameters (`none`).
        norm_bias: whether LayerNorm also has biases (in MPT it has none).
        norms_per_layer: norms of a layer: usually 2, 4 with pre- and post-norms (Gemma 2), 1 in
            parallel blocks.
        final_norm: whether there is a norm before the head.
        embedding_norm: whether there is a norm after the embedding (BLOOM).
        qk_norm: norms of queries and keys: per head (`head`, Qwen 3), over the full width (`full`,
            OLMo 2) or `none`.
        qkv_bias: whether the query, key and value matrices have biases.
        output_bias: whether the output matrix of attention has a bias.
        ffn_bias: whether the FFN matrices have biases.
        head_bias: whether the head has a bias.
        learned_positions: rows of a learned position table [token]; 0 for rotary embeddings or
            ALiBi.
        attention_sinks: whether each head of each layer has one learned logit (gpt-oss).
        experts: the properties of a mixture of experts that are not sizes; None for a dense model.
        latent: the widths of latent attention; None for usual attention.
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
        """Check that counts are not negative."""
        for name in ("norms_per_layer", "learned_positions"):
            if getattr(self, name) < 0:
                raise InputError(name, "must be ≥ 0", getattr(self, name))


@dataclass(frozen=True)
class Architecture:
    """One decoder-only transformer.

    head_dim is independent of hidden_size / num_attention_heads.

    Attributes:
        num_hidden_layers: number of layers [layer].
        hidden_size: width of the residual stream [unitless].
        intermediate_size: width of the FFN [unitless]; in a mixture of experts, that of the leading
            dense layers.
        num_attention_heads: number of query heads [head].
        num_key_value_heads: number of key and value heads [head].
        head_dim: width of a head [unitless].
        vocab_size: number of token types [token type].
        style: all properties that are not sizes.
        num_experts: routed experts of a layer [expert]; None for a dense model.
        num_experts_per_tok: routed experts that a token gets [expert]; None for a dense model.
        moe_intermediate_size: width of a routed expert [unitless]; None for a dense model.
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
        """Check that sizes are whole and positive and fit together."""
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
        """Width of a routed expert [unitless]; in a dense model the width of the FFN."""
        return self.moe_intermediate_size or self.intermediate_size

    @property
    def experts_in_all(self) -> float:
        """Experts of a layer, shared ones included, in widths of a routed expert [expert].

        1 for a dense model.
        """
        shared = self.style.experts.shared_experts if self.style.experts else 0
        return float((self.num_experts or 1) + shared)

    @property
    def experts_met(self) -> float:
        """Experts that a token meets in a layer, shared ones included, in the same widths [expert].

        1 for a dense model.
        """
        shared = self.style.experts.shared_experts if self.style.experts else 0
        return float((self.num_experts_per_tok or 1) + shared)

    @property
    def sizes(self) -> dict[str, int]:
        """The integer sizes by name, as the posynomials of `constraints.models.counting` need them.

        Of a mixture of experts these include the experts' sizes and the layers with experts.
        """
        sizes = {name: getattr(self, name) for name in SIZES}
        if self.style.experts is None:
            return sizes
        layers = self.num_hidden_layers - self.style.experts.dense_layers
        own = {name: getattr(self, name) for name in EXPERT_SIZES}
        return {**sizes, **own, MOE_LAYERS: layers}

    def to_dict(self) -> dict[str, object]:
        """The architecture as plain values, by the names of a config.json where it has them.

        These are the sizes, `tie_word_embeddings`, and what of the style differs from the default.
        """
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
    """A fraction as a number that JSON can hold; any other value as it is."""
    if isinstance(value, Fraction):
        return value.numerator if value.denominator == 1 else float(value)
    return value
