"""Hybrid model types: layers with attention beside layers with linear attention or Mamba.

Names and defaults are those of the transformers config classes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from constraints.configs.dense_families import block
from constraints.configs.experts_read import ExpertType, expert_layers
from constraints.configs.family import Family
from constraints.configs.layer_rows import FULL, LINEAR, Row, layer_types
from constraints.configs.reader import Reader
from constraints.errors import ConfigError
from constraints.models.architecture import Style
from constraints.models.attention import Attention
from constraints.models.layer_group import FfnKind
from constraints.models.recurrent import GatedDelta, Mamba, Mamba2

__all__ = ["HYBRID_FAMILIES"]

QWEN_EXPERTS = ExpertType(
    ("num_experts", "num_local_experts"),
    shared_width="shared_expert_intermediate_size",
    shared_gate=True,
    placement="steps",
)
QWEN_3_5_EXPERTS = replace(QWEN_EXPERTS, placement="all")
JAMBA_EXPERTS = ExpertType(("num_experts",), ("intermediate_size",), placement="period")


def _ffns(config: Reader, kind: ExpertType | None, layers: int) -> list[FfnKind]:
    """The kind of FFN of each layer."""
    return ["dense"] * layers if kind is None else expert_layers(config, kind, layers)


def _gated(config: Reader) -> Style:
    """Attention with gates on its output and normed queries and keys."""
    usual = block(qk_norm="head")(config)
    assert isinstance(usual.attention, Attention)
    return replace(usual, attention=replace(usual.attention, gate=True))


def _qwen_rows(config: Reader, style: Style, kind: ExpertType | None) -> Sequence[Row]:
    layers = config.need("num_hidden_layers")
    every = config.first(("full_attention_interval",))[1]
    kinds = layer_types(config, (FULL, LINEAR))
    if kinds is None:
        every = config.whole("full_attention_interval")
        kinds = [LINEAR if (i + 1) % every else FULL for i in range(layers)]
    delta = GatedDelta(
        key_heads=config.whole("linear_num_key_heads"),
        value_heads=config.whole("linear_num_value_heads"),
        key_dim=config.whole("linear_key_head_dim"),
        value_dim=config.whole("linear_value_head_dim"),
        kernel=config.whole("linear_conv_kernel_dim"),
    )
    ffns = _ffns(config, kind, layers)
    mixers = {FULL: style.attention, LINEAR: delta}
    return [Row((mixers[each],), ffn, 2) for each, ffn in zip(kinds, ffns, strict=True)]


def _qwen3_next(config: Reader, style: Style) -> Sequence[Row]:
    return _qwen_rows(config, style, QWEN_EXPERTS)


def _qwen3_5_moe(config: Reader, style: Style) -> Sequence[Row]:
    return _qwen_rows(config, style, QWEN_3_5_EXPERTS)


def _qwen3_5(config: Reader, style: Style) -> Sequence[Row]:
    return _qwen_rows(config, style, None)


def _mamba2(config: Reader, *, norm: bool = True) -> Mamba2:
    """A Mamba-2 mixer by the names of Bamba, Granite 4 and Falcon-H1."""
    heads = config.whole("mamba_n_heads")
    given, expand = config.get("mamba_d_head"), config.whole("mamba_expand")
    inner = expand * config.need("hidden_size")
    if not config.nulled("mamba_d_ssm") and config.first(("mamba_d_ssm",))[1] is not None:
        inner = config.whole("mamba_d_ssm")  # Falcon-H1's
    width = inner // heads if given in (None, "auto") else config.whole("mamba_d_head")
    if width * heads != inner:
        rule = f"must make an inner width of {inner} with {heads} heads"
        raise ConfigError("mamba_d_head", rule, width)
    return Mamba2(
        heads,
        width,
        config.whole("mamba_n_groups"),
        config.whole("mamba_d_state"),
        config.whole("mamba_d_conv"),
        conv_bias=config.flag("mamba_conv_bias", True),
        bias=config.flag("mamba_proj_bias"),
        norm=norm,
    )


def _granite_experts(config: Reader) -> ExpertType | None:
    """Granite 4's experts; none where their number is 0, which leaves the shared FFN alone."""
    if not config.first(("num_local_experts",))[1]:
        return None
    return ExpertType(
        ("num_local_experts",), ("intermediate_size",), shared_width="shared_intermediate_size"
    )


def _granite_rows(config: Reader, style: Style) -> Sequence[Row]:
    layers = config.need("num_hidden_layers")
    kinds = layer_types(config, (FULL, LINEAR), "layer_types", "layers_block_type")
    kinds = [LINEAR] * layers if kinds is None else kinds
    mamba = _mamba2(config) if LINEAR in kinds else style.attention
    mixers = {FULL: style.attention, LINEAR: mamba}
    ffn: FfnKind = "dense" if _granite_experts(config) is None else "experts"
    return [Row((mixers[kind],), ffn, 2) for kind in kinds]


def _granite_ffn(config: Reader) -> int:
    return config.whole("shared_intermediate_size")


def _bamba_rows(config: Reader, style: Style) -> Sequence[Row]:
    layers = config.need("num_hidden_layers")
    kinds = layer_types(config, (FULL, LINEAR), "layer_types", "layers_block_type")
    if kinds is None:
        full = config.layers("attn_layer_indices", layers)
        kinds = [FULL if i in full else LINEAR for i in range(layers)]
    mixers = {FULL: style.attention, LINEAR: _mamba2(config)}
    return [Row((mixers[kind],), "dense", 2) for kind in kinds]


def _falcon_rows(config: Reader, style: Style) -> Sequence[Row]:
    if config.flag("projectors_bias") != config.flag("mamba_proj_bias"):
        raise ConfigError("projectors_bias", "must equal mamba_proj_bias")
    mamba = _mamba2(config, norm=config.flag("mamba_rms_norm"))
    layers = config.need("num_hidden_layers")
    return [Row((style.attention, mamba), "dense", 2)] * layers


def _jamba_rows(config: Reader, style: Style) -> Sequence[Row]:
    layers, hidden = config.need("num_hidden_layers"), config.need("hidden_size")
    step, offset = config.whole("attn_layer_period"), config.whole("attn_layer_offset", least=0)
    if offset >= step:
        raise ConfigError("attn_layer_offset", f"must be < {step}, its period", offset)
    rank = config.get("mamba_dt_rank")
    auto = rank in (None, "auto")
    mamba = Mamba(
        inner=config.whole("mamba_expand") * hidden,
        state=config.whole("mamba_d_state"),
        kernel=config.whole("mamba_d_conv"),
        dt_rank=-(-hidden // 16) if auto else config.whole("mamba_dt_rank"),
        conv_bias=config.flag("mamba_conv_bias", True),
        bias=config.flag("mamba_proj_bias"),
    )
    several = config.whole("num_experts") > 1
    ffns = _ffns(config, JAMBA_EXPERTS if several else None, layers)
    return [
        Row((style.attention if i % step == offset else mamba,), ffn, 2)
        for i, ffn in enumerate(ffns)
    ]


LETTERS = {"M": "mamba", "*": FULL, "-": "mlp", "E": "moe"}
"""Letters of `hybrid_override_pattern`."""


def _nemotron_kinds(config: Reader) -> list[str]:
    name, pattern = config.first(("hybrid_override_pattern", "hybrid_layer_pattern"))
    names = ("layers_block_type", "layer_types")
    if pattern is None:
        listed = _listed_kinds(config, names)
        if listed is None:
            raise ConfigError("hybrid_override_pattern", "must be in the config")
        return listed
    if not isinstance(pattern, str) or not pattern or set(pattern) - set(LETTERS):
        raise ConfigError(name, f"must be of the letters {' '.join(LETTERS)}", pattern)
    kinds = [LETTERS[letter] for letter in pattern]
    if config.first(names)[1] is not None and kinds != _listed_kinds(config, names):
        raise ConfigError(name, f"must say the same as {' or '.join(names)}", pattern)
    return kinds


def _listed_kinds(config: Reader, names: Sequence[str]) -> list[str] | None:
    known = (LINEAR, FULL, "mlp", "moe")
    lists = [each for name in names if (each := layer_types(config, known, name)) is not None]
    if any(other != lists[0] for other in lists):
        raise ConfigError(names[0], f"must say the same as {names[1]}", config.get(names[0]))
    found = lists[0] if lists else None
    return found and ["mamba" if kind == LINEAR else kind for kind in found]


def _nemotron_rows(config: Reader, style: Style) -> Sequence[Row]:
    mamba = Mamba2(
        config.whole("mamba_num_heads"),
        config.whole("mamba_head_dim"),
        config.whole("n_groups", "mamba_n_groups"),
        config.whole("ssm_state_size"),
        config.whole("conv_kernel", "mamba_d_conv"),
        conv_bias=config.flag("use_conv_bias", True),
        bias=config.flag("use_bias"),
    )
    kinds = {
        "mamba": Row((mamba,), None, 1),
        FULL: Row((style.attention,), None, 1),
        "mlp": Row((), "dense", 1),
        "moe": Row((), "experts", 1),
    }
    rows = [kinds[kind] for kind in _nemotron_kinds(config)]
    if kinds["moe"] in rows:
        config.whole("moe_shared_expert_intermediate_size")  # at 0 its code takes another width
        if style.ffn_bias:
            raise ConfigError("mlp_bias", "must be false for layers with experts", True)
    return rows


HYBRID_FAMILIES: dict[str, Family] = {
    "qwen3_next": Family(_gated, experts=QWEN_EXPERTS, rows=_qwen3_next),
    "qwen3_5_text": Family(_gated, rows=_qwen3_5),
    "qwen3_5_moe_text": Family(_gated, experts=QWEN_3_5_EXPERTS, rows=_qwen3_5_moe),
    "granitemoehybrid": Family(
        block(),
        ffn=_granite_ffn,
        experts=ExpertType(
            ("num_local_experts",), ("intermediate_size",), shared_width="shared_intermediate_size"
        ),
        rows=_granite_rows,
    ),
    "bamba": Family(block(ffn="mlp_bias"), rows=_bamba_rows),
    "falcon_h1": Family(block(ffn="mlp_bias"), rows=_falcon_rows),
    "jamba": Family(block(qkv="", output=""), experts=JAMBA_EXPERTS, rows=_jamba_rows),
    "nemotron_h": Family(
        block(qkv="", output="", ffn="mlp_bias", gated=False),
        {"head_dim": ("head_dim", "attention_head_dim")},
        experts=ExpertType(
            ("n_routed_experts", "num_local_experts"),
            shared_width="moe_shared_expert_intermediate_size",
            latent_width="moe_latent_size",
        ),
        rows=_nemotron_rows,
        fixed={"attention_bias": False, "tie_word_embeddings": False},
    ),
}
"""Hybrid model types by name."""
