"""A decoder-only transformer, by the field names of a Hugging Face config.

`Architecture` holds the sizes. `Style` holds what a team chooses once and a search leaves alone:
the kind of attention, which norms, which biases, gated or plain FFN, tied or untied embeddings.
Models whose layers are of several kinds say in `Style.layers` how many there are of each.
"""

from __future__ import annotations

from dataclasses import MISSING, asdict, dataclass, field, fields
from fractions import Fraction
from typing import Any, Literal

from constraints.errors import InputError
from constraints.models.attention import Attention, Indexer, Latent
from constraints.models.experts import Experts
from constraints.models.layer_group import LayerGroup

__all__ = [
    "EXPERTS_IN_ALL",
    "EXPERTS_MET",
    "EXPERT_SIZES",
    "MOE_LAYERS",
    "PARAMETERS",
    "SIZES",
    "Architecture",
    "Norm",
    "Style",
]

Norm = Literal["rms", "layer", "none"]

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
        ffn_bias: whether the FFN matrices have biases.
        head_bias: whether the head has a bias.
        learned_positions: rows of a learned position table [token]; 0 for rotary embeddings or
            ALiBi.
        activation_parameters: learned numbers of the activation in each layer (xIELU of Apertus).
        embedding_width: width of the embeddings where matrices project them to the hidden size and
            back (OPT 350M) [unitless]; None if they are as wide as the hidden size.
        attention: the attention of all layers: usual or latent.
        global_every: with a window, every so many layers one sees all tokens (Gemma) [layer]; 0 if
            all layers have the window.
        experts: the properties of a mixture of experts that are not sizes; None for a dense model.
        layers: the groups of layers of a model whose layers are of several kinds; empty if they all
            have the `attention` above, and an FFN.
        prediction_modules: modules that predict tokens further ahead in training (DeepSeek-V3's
            MTP), each with a layer like the last one. `parameters` leaves them out, as everyone's
            counts do; training FLOPs do not.
    """

    tie_word_embeddings: bool = False
    gated_ffn: bool = True
    norm: Norm = "rms"
    norm_bias: bool = True
    norms_per_layer: int = 2
    final_norm: bool = True
    embedding_norm: bool = False
    ffn_bias: bool = False
    head_bias: bool = False
    learned_positions: int = 0
    activation_parameters: int = 0
    embedding_width: int | None = None
    attention: Attention | Latent = field(default_factory=Attention)
    global_every: int = 0
    experts: Experts | None = None
    layers: tuple[LayerGroup, ...] = ()
    prediction_modules: int = 0

    def __post_init__(self) -> None:
        """Check that counts are not negative, and that only windows have exceptions."""
        counts = ("norms_per_layer", "learned_positions", "global_every", "prediction_modules")
        for name in (*counts, "activation_parameters"):
            if getattr(self, name) < 0:
                raise InputError(name, "must be ≥ 0", getattr(self, name))
        if self.global_every and self.window is None:
            raise InputError(
                "global_every", "must be given with {window}, which is missing", self.global_every
            )
        if self.global_every == 1:
            raise InputError("global_every", "must be ≥ 2: with 1 no layer has the window", 1)

    @property
    def latent(self) -> Latent | None:
        """The widths of latent attention; None if attention is usual."""
        return self.attention if isinstance(self.attention, Latent) else None

    @property
    def window(self) -> int | None:
        """Tokens that a token sees at most in a layer with a window [token]; None without one."""
        return self.attention.window if isinstance(self.attention, Attention) else None


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
        groups = sum(group.layers for group in self.style.layers)
        if groups not in (0, self.num_hidden_layers):
            rule = f"must be {self.num_hidden_layers} in all groups together"
            raise InputError("num_hidden_layers", rule, groups)

    @property
    def expert_width(self) -> int:
        """Width of a routed expert [unitless]; in a dense model the width of the FFN."""
        return self.moe_intermediate_size or self.intermediate_size

    @property
    def depth(self) -> int:
        """Layers as laws count them [layer], a mixer and an FFN for each.

        Where both stand in layers of their own (Nemotron-H), it is the more numerous of the two.
        """
        groups = self.style.layers
        if all(group.mixers and group.ffn for group in groups):
            return self.num_hidden_layers
        mixing = sum(group.layers for group in groups if group.mixers)
        return max(mixing, sum(group.layers for group in groups if group.ffn))

    @property
    def is_hybrid(self) -> bool:
        """Whether some layers have linear attention or Mamba."""
        mixers = (mixer for group in self.style.layers for mixer in group.mixers)
        return any(not isinstance(mixer, Attention | Latent) for mixer in mixers)

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
        if self.style.layers:
            layers = sum(group.layers for group in self.style.layers if group.ffn == "experts")
        own = {name: getattr(self, name) for name in EXPERT_SIZES}
        return {**sizes, **own, MOE_LAYERS: layers}

    def to_dict(self) -> dict[str, object]:
        """The architecture as plain values, by the names of a config.json where it has them.

        These are the sizes, `tie_word_embeddings`, and what of the style differs from the default.
        """
        unusual = _unusual(self.style)
        parts = [unusual.pop(name, None) for name in ("experts", "attention")]
        if (groups := unusual.pop("layers", None)) is not None:
            unusual["layers"] = [_group(group) for group in groups]
        for part in parts:
            if isinstance(part, Experts | Latent):
                kept = asdict(part)  # all its values, as they make sense together
                unusual.update({key: _plain(value) for key, value in kept.items()})
            elif part is not None:
                unusual.update(_unusual(part))
        tied = self.style.tie_word_embeddings
        sizes = {name: size for name, size in self.sizes.items() if name != MOE_LAYERS}
        return {**sizes, "tie_word_embeddings": tied, **unusual}


def _group(group: LayerGroup) -> dict[str, object]:
    """A group of layers as plain values: how many, the kinds of their mixers and of their FFN."""
    mixers = [{"kind": type(mixer).__name__, **_unusual(mixer)} for mixer in group.mixers]
    return {"layers": group.layers, "mixers": mixers, "ffn": group.ffn}


def _unusual(part: Any) -> dict[str, Any]:
    """The fields of a value object that differ from their defaults, by name."""
    found = {}
    for item in fields(part):
        value = getattr(part, item.name)
        usual = item.default if item.default_factory is MISSING else item.default_factory()
        if value != usual:
            found[item.name] = asdict(value) if isinstance(value, Indexer) else value
    return found


def _plain(value: object) -> object:
    """A fraction as a number that JSON can hold; any other value as it is."""
    if isinstance(value, Fraction):
        return value.numerator if value.denominator == 1 else float(value)
    return value
