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


def _minimax(config: Reader) -> Style:
    return block(qkv="", output="", qk_norm="full" if config.flag("use_qk_norm", True) else "none")(
        config
    )


def _phimoe(config: Reader) -> Style:
    usual = block(norm="layer")(config)
    return replace(usual, head_bias=config.flag("lm_head_bias"))


def _afmoe(config: Reader) -> Style:
    attention = Attention(qk_norm="head", gate=True)
    return Style(tie_word_embeddings=config.is_tied, norms_per_layer=4, attention=attention)


def _ernie_moe(config: Reader) -> Style:
    if config.flag("use_bias"):
        raise ConfigError("use_bias", "must be false", True)
    return Style(tie_word_embeddings=config.is_tied)


def _dbrx(config: Reader) -> Style:
    return Style(tie_word_embeddings=config.is_tied, norm="layer", norm_bias=False)


def _latent(config: Reader) -> Style:
    return Style(tie_word_embeddings=config.is_tied)


def _hunyuan(config: Reader) -> Style:
    for name in ("use_cla", "use_mla"):
        if config.flag(name):
            raise ConfigError(name, "must be false", True)
    normed = config.get("use_qk_norm") is not False
    return block(qk_norm="head" if normed else "none")(config)


def _llama4_ffn(config: Reader) -> int:
    return config.whole("intermediate_size_mlp")


def _dbrx_kv_heads(config: Reader) -> int:
    return config.whole("attn_config.kv_n_heads")


_LOCAL = ("num_local_experts", "num_experts")
_DEEPSEEK = ExpertType(
    ("n_routed_experts", "num_experts"), shared=("n_shared_experts",), placement="leading"
)
_LISTED = replace(_DEEPSEEK, lists_layers=True)
_QWEN = ExpertType(("num_experts", "num_local_experts"), placement="steps")
_IN_FFN = ExpertType(_LOCAL, ("intermediate_size",))
_V2 = {
    "intermediate_size": 11008,
    "n_routed_experts": 64,
    "moe_intermediate_size": 1407,
    "n_shared_experts": 2,
    "num_experts_per_tok": 6,
    "first_k_dense_replace": 0,
}
_WIDTHS = {
    "q_lora_rank": 1536,
    "kv_lora_rank": 512,
    "qk_nope_head_dim": 128,
    "qk_rope_head_dim": 64,
    "v_head_dim": 128,
}
_V3 = {
    "intermediate_size": 18432,
    "n_routed_experts": 256,
    "moe_intermediate_size": 2048,
    "n_shared_experts": 1,
    "num_experts_per_tok": 8,
    "first_k_dense_replace": 3,
}
_INDEX = {"index_topk": 2048, "index_head_dim": 128, "index_n_heads": 64}
_GLM_5 = {
    **_V3,
    "intermediate_size": 12288,
    "q_lora_rank": 2048,
    "kv_lora_rank": 512,
    "qk_nope_head_dim": 192,
    "qk_rope_head_dim": 64,
    "v_head_dim": 256,
}
_DEEPSEEK_V3 = Family(_latent, defaults={**_V3, **_WIDTHS}, experts=_DEEPSEEK, latent=True)

EXPERT_FAMILIES: dict[str, Family] = {
    "mixtral": Family(
        block(qkv="", output=""),
        defaults={
            "num_key_value_heads": 8,
            "num_local_experts": 8,
            "num_experts_per_tok": 2,
            "intermediate_size": 14336,
        },
        windows=Windows(),
        experts=_IN_FFN,
    ),
    "qwen2_moe": Family(
        _qwen2_moe,
        defaults={
            "num_key_value_heads": 16,
            "num_experts": 60,
            "num_experts_per_tok": 4,
            "moe_intermediate_size": 1408,
            "shared_expert_intermediate_size": 5632,
            "max_window_layers": 28,
        },
        windows=Windows(switch=True),
        experts=ExpertType(
            ("num_experts", "num_local_experts"),
            shared_width="shared_expert_intermediate_size",
            shared_gate=True,
            placement="steps",
        ),
    ),
    "qwen3_moe": Family(
        block(qk_norm="head"),
        defaults={
            "num_key_value_heads": 4,
            "num_experts": 128,
            "num_experts_per_tok": 8,
            "moe_intermediate_size": 768,
            "max_window_layers": 28,
        },
        windows=Windows(switch=True),
        experts=_QWEN,
    ),
    "olmoe": Family(
        block(qk_norm="full"),
        defaults={"num_experts": 64, "num_experts_per_tok": 8, "intermediate_size": 2048},
        experts=ExpertType(("num_experts", "num_local_experts"), ("intermediate_size",)),
    ),
    "flex_olmo": Family(
        block(qk_norm="full"),
        defaults={"num_experts": 7, "num_experts_per_tok": 5, "intermediate_size": 11008},
        experts=ExpertType(("num_experts", "num_local_experts"), ("intermediate_size",)),
    ),
    "granitemoe": Family(
        block(),
        defaults={"num_local_experts": 8, "num_experts_per_tok": 2, "intermediate_size": 11008},
        experts=_IN_FFN,
    ),
    "granitemoeshared": Family(
        block(),
        defaults={
            "num_local_experts": 8,
            "num_experts_per_tok": 2,
            "intermediate_size": 11008,
            "shared_intermediate_size": 0,
        },
        experts=ExpertType(_LOCAL, ("intermediate_size",), shared_width="shared_intermediate_size"),
    ),
    "gpt_oss": Family(
        _gpt_oss,
        defaults={
            "num_key_value_heads": 8,
            "head_dim": 64,
            "num_local_experts": 128,
            "num_experts_per_tok": 4,
            "intermediate_size": 2880,
            "sliding_window": 128,
        },
        windows=Windows(every=2),
        experts=ExpertType(
            _LOCAL,
            ("intermediate_size",),
            ("num_experts_per_tok", "experts_per_token"),
            router_bias=True,
            expert_bias=True,
        ),
    ),
    "deepseek_v2": Family(_latent, defaults={**_V2, **_WIDTHS}, experts=_DEEPSEEK, latent=True),
    "deepseek_v3": _DEEPSEEK_V3,
    "kimi_k2": _DEEPSEEK_V3,
    "deepseek_v32": replace(_DEEPSEEK_V3, defaults={**_V3, **_WIDTHS, **_INDEX}, experts=_LISTED),
    "glm_moe_dsa": replace(
        _DEEPSEEK_V3, defaults={**_GLM_5, **_INDEX, "index_n_heads": 32}, experts=_LISTED
    ),
    "glm4_moe_lite": replace(
        _DEEPSEEK_V3,
        defaults={
            **_GLM_5,
            "intermediate_size": 10240,
            "moe_intermediate_size": 1536,
            "n_routed_experts": 64,
            "num_experts_per_tok": 4,
            "q_lora_rank": 768,
            "first_k_dense_replace": 1,
        },
        experts=_LISTED,
    ),
    "glm4_moe": Family(
        _glm4_moe,
        defaults={
            "num_key_value_heads": 8,
            "intermediate_size": 10944,
            "moe_intermediate_size": 1408,
            "n_routed_experts": 128,
            "n_shared_experts": 1,
            "num_experts_per_tok": 8,
            "first_k_dense_replace": 1,
        },
        experts=_DEEPSEEK,
    ),
    "dots1": Family(
        block(qk_norm="head"),
        defaults={
            "num_key_value_heads": 32,
            "intermediate_size": 10944,
            "moe_intermediate_size": 1408,
            "first_k_dense_replace": 0,
            "max_window_layers": 62,
            "sliding_window": 4096,
        },
        windows=Windows(),
        experts=_DEEPSEEK,
    ),
    "minimax_m2": Family(
        _minimax,
        defaults={
            "num_key_value_heads": 8,
            "head_dim": 128,
            "num_local_experts": 256,
            "num_experts_per_tok": 8,
            "intermediate_size": 1536,
            "shared_intermediate_size": 0,
        },
        windows=Windows(),
        experts=replace(_IN_FFN, shared_width="shared_intermediate_size"),
    ),
    "phimoe": Family(
        _phimoe,
        defaults={
            "num_key_value_heads": 8,
            "num_local_experts": 16,
            "num_experts_per_tok": 2,
            "intermediate_size": 6400,
        },
        windows=Windows(),
        experts=_IN_FFN,
    ),
    "llama4_text": Family(
        block(),
        defaults={
            "num_key_value_heads": 8,
            "head_dim": 128,
            "num_local_experts": 16,
            "num_experts_per_tok": 1,
            "intermediate_size": 8192,
            "intermediate_size_mlp": 16384,
            "attention_chunk_size": 8192,
            "interleave_moe_layer_step": 1,
        },
        ffn=_llama4_ffn,
        windows=Windows(every=4, field="attention_chunk_size", pattern=(), chunked=True),
        experts=ExpertType(_LOCAL, ("intermediate_size",), always_shared=1, placement="every"),
    ),
    "ernie4_5_moe": Family(
        _ernie_moe,
        True,
        defaults={
            "num_key_value_heads": 4,
            "intermediate_size": 12288,
            "moe_num_experts": 64,
            "moe_k": 6,
            "moe_intermediate_size": 1536,
            "moe_num_shared_experts": 2,
            "moe_layer_start_index": 1,
            "moe_layer_interval": 1,
        },
        experts=ExpertType(
            ("moe_num_experts", "num_experts"),
            per_token=("moe_k", "num_experts_per_tok"),
            shared=("moe_num_shared_experts",),
            placement="span",
            router_bias=True,
        ),
    ),
    "hunyuan_v1_moe": Family(
        _hunyuan,
        defaults={"num_shared_expert": 1, "intermediate_size": 11008},
        experts=ExpertType(
            ("num_experts",),
            ("moe_intermediate_size", "intermediate_size"),
            ("moe_topk", "num_experts_per_tok"),
            shared=("num_shared_expert",),
        ),
    ),
    "dbrx": Family(
        _dbrx,
        names={
            "num_hidden_layers": ("n_layers",),
            "hidden_size": ("d_model",),
            "num_attention_heads": ("n_heads",),
        },
        defaults={
            "attn_config.kv_n_heads": 1,
            "ffn_config.moe_num_experts": 4,
            "ffn_config.moe_top_k": 1,
            "ffn_config.ffn_hidden_size": 3584,
        },
        kv_heads=_dbrx_kv_heads,
        experts=ExpertType(
            ("ffn_config.moe_num_experts",),
            ("ffn_config.ffn_hidden_size",),
            ("ffn_config.moe_top_k",),
        ),
        positions=("max_seq_len",),
    ),
    "afmoe": Family(
        _afmoe,
        defaults={
            "head_dim": 128,
            "num_experts": 64,
            "num_experts_per_tok": 6,
            "num_shared_experts": 2,
            "num_dense_layers": 1,
            "moe_intermediate_size": 1408,
            "intermediate_size": 6144,
            "sliding_window": 1024,
        },
        windows=Windows(every=4, pattern=("global_attn_every_n_layers",)),
        experts=ExpertType(
            ("num_experts", "num_local_experts"),
            shared=("num_shared_experts",),
            dense="num_dense_layers",
            placement="leading",
            router_bias=True,
        ),
    ),
    "exaone_moe": Family(
        block(qkv="", output="", qk_norm="head"),
        defaults={
            "num_key_value_heads": 32,
            "num_experts": 64,
            "num_experts_per_tok": 8,
            "num_shared_experts": 1,
            "moe_intermediate_size": 1024,
            "first_k_dense_replace": 1,
            "sliding_window": 4096,
        },
        windows=Windows(every=4),
        experts=ExpertType(
            ("num_experts", "num_local_experts"),
            shared=("num_shared_experts",),
            placement="leading",
            lists_layers=True,
        ),
    ),
}
"""Model types with experts by name."""
