"""Model types with experts whose layers all have attention, perhaps latent, and an FFN.

Names and defaults are those of the transformers config classes.
"""

from __future__ import annotations

from dataclasses import replace

from constraints.configs.dense_families import block
from constraints.configs.experts_read import ExpertType
from constraints.configs.family import Family
from constraints.configs.reader import Reader
from constraints.configs.windows import Windows
from constraints.errors import ConfigError
from constraints.models.architecture import Style
from constraints.models.attention import Attention

__all__ = ["EXPERT_FAMILIES"]


def _gpt_oss(config: Reader) -> Style:
    bias = config.flag("attention_bias", True)
    attention = Attention(qkv_bias=bias, output_bias=bias, attention_sinks=True)
    return Style(tie_word_embeddings=config.is_tied, attention=attention)


def _qwen2_moe(config: Reader) -> Style:
    attention = Attention(qkv_bias=config.flag("qkv_bias", True))
    return Style(tie_word_embeddings=config.is_tied, attention=attention)


def _glm4_moe(config: Reader) -> Style:
    return block(output="", qk_norm="head" if config.flag("use_qk_norm") else "none")(config)


def _phimoe(config: Reader) -> Style:
    usual = block(norm="layer")(config)
    return replace(usual, head_bias=config.flag("lm_head_bias"))


def _afmoe(config: Reader) -> Style:
    if config.flag("attention_bias"):  # its code gives the gate none, unlike Qwen3-Next
        raise ConfigError("attention_bias", "must be false", True)
    attention = Attention(qk_norm="head", gate=True)
    return Style(tie_word_embeddings=config.is_tied, norms_per_layer=4, attention=attention)


def _dbrx(config: Reader) -> Style:
    return Style(tie_word_embeddings=config.is_tied, norm="layer", norm_bias=False)


def _plain(config: Reader) -> Style:
    return Style(tie_word_embeddings=config.is_tied)


def _glm4_moe_lite(config: Reader) -> Style:
    rotated, width = config.whole("qk_rope_head_dim"), config.get("head_dim")
    if width not in (None, rotated):
        raise ConfigError("head_dim", f"must equal qk_rope_head_dim = {rotated}", width)
    return _plain(config)


def _llama4_ffn(config: Reader) -> int:
    return config.whole("intermediate_size_mlp")


_LOCAL = ("num_local_experts", "num_experts")
_NUMBER = ("num_experts", "num_local_experts")
_DEEPSEEK = ExpertType(
    ("n_routed_experts", "num_experts"), shared=("n_shared_experts",), placement="leading"
)
_LISTED = replace(_DEEPSEEK, lists_layers=True)
_QWEN = ExpertType(_NUMBER, placement="steps")
_IN_FFN = ExpertType(_LOCAL, ("intermediate_size",))
_OLMOE = Family(
    block(qk_norm="full"),
    experts=ExpertType(_NUMBER, ("intermediate_size",)),
    own_head_dim=False,
)
_DEEPSEEK_V3 = Family(_plain, experts=_DEEPSEEK, latent=True)
_GLM_4_MOE = Family(_glm4_moe, experts=_DEEPSEEK)

EXPERT_FAMILIES: dict[str, Family] = {
    "mixtral": Family(block(qkv="", output=""), windows=Windows(), experts=_IN_FFN),
    "qwen2_moe": Family(
        _qwen2_moe,
        windows=Windows(switch=True),
        experts=replace(_QWEN, shared_width="shared_expert_intermediate_size", shared_gate=True),
    ),
    "qwen3_moe": Family(block(qk_norm="head"), windows=Windows(switch=True), experts=_QWEN),
    "qwen3_vl_moe_text": Family(block(qk_norm="head"), experts=_QWEN),
    "olmoe": _OLMOE,
    "flex_olmo": replace(_OLMOE, own_head_dim=True),
    "granitemoe": Family(block(), experts=_IN_FFN, own_head_dim=False),
    "granitemoeshared": Family(
        block(),
        experts=replace(_IN_FFN, shared_width="shared_intermediate_size"),
        own_head_dim=False,
    ),
    "gpt_oss": Family(
        _gpt_oss,
        windows=Windows(every=2),
        experts=replace(
            _IN_FFN,
            per_token=("num_experts_per_tok", "experts_per_token"),
            router_bias=True,
            expert_bias=True,
        ),
    ),
    "deepseek_v2": replace(_DEEPSEEK_V3, fixed={"mlp_bias": False}),
    "deepseek_v3": _DEEPSEEK_V3,
    "kimi_k2": _DEEPSEEK_V3,
    "deepseek_v32": replace(_DEEPSEEK_V3, experts=_LISTED),
    "glm_moe_dsa": replace(_DEEPSEEK_V3, experts=_LISTED, shares_indexers=True),
    "glm4_moe_lite": replace(
        _DEEPSEEK_V3,
        style=_glm4_moe_lite,
        experts=_LISTED,
        fixed={"first_k_dense_replace": 1},
    ),
    "glm4_moe": _GLM_4_MOE,
    "glm4v_moe_text": replace(_GLM_4_MOE, fixed={"use_qk_norm": False}),
    "dots1": Family(block(qk_norm="head"), windows=Windows(), experts=_DEEPSEEK),
    "minimax_m2": Family(
        block(qkv="", output="", qk_norm="full"),
        windows=Windows(),
        experts=_IN_FFN,
        fixed={"use_qk_norm": True, "shared_intermediate_size": 0},
    ),
    "phimoe": Family(_phimoe, windows=Windows(), experts=_IN_FFN, own_head_dim=False),
    "llama4_text": Family(
        block(),
        ffn=_llama4_ffn,
        windows=Windows(every=4, field="attention_chunk_size", pattern=(), chunked=True),
        experts=replace(_IN_FFN, always_shared=1, placement="every"),
    ),
    "ernie4_5_moe": Family(
        _plain,
        experts=ExpertType(
            ("moe_num_experts", "num_experts"),
            per_token=("moe_k", "num_experts_per_tok"),
            shared=("moe_num_shared_experts",),
            placement="span",
            router_bias=True,
        ),
        fixed={"use_bias": False},
    ),
    "hunyuan_v1_moe": Family(
        block(qk_norm="head"),
        experts=ExpertType(
            ("num_experts",),
            ("moe_intermediate_size", "intermediate_size"),
            ("moe_topk", "num_experts_per_tok"),
            always_shared=1,
        ),
        fixed={"use_cla": False, "use_mla": False, "use_qk_norm": True, "num_shared_expert": 1},
    ),
    "dbrx": Family(
        _dbrx,
        {
            "num_hidden_layers": ("n_layers",),
            "hidden_size": ("d_model",),
            "num_attention_heads": ("n_heads",),
            "num_key_value_heads": ("attn_config.kv_n_heads",),
        },
        experts=ExpertType(
            ("ffn_config.moe_num_experts",),
            ("ffn_config.ffn_hidden_size",),
            ("ffn_config.moe_top_k",),
        ),
        positions=("max_seq_len",),
        own_head_dim=False,
    ),
    "afmoe": Family(
        _afmoe,
        windows=Windows(every=4, pattern=("global_attn_every_n_layers",)),
        experts=ExpertType(
            _NUMBER,
            shared=("num_shared_experts",),
            dense="num_dense_layers",
            placement="leading",
            router_bias=True,
        ),
    ),
    "exaone_moe": Family(
        block(qkv="", output="", qk_norm="head"),
        windows=Windows(every=4),
        experts=ExpertType(
            _NUMBER, shared=("num_shared_experts",), placement="leading", lists_layers=True
        ),
    ),
}
"""Model types with experts by name."""
