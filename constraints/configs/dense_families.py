"""Dense model types: how each spells its config, and the style that its code builds.

Names and defaults are those of the transformers config classes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from constraints.configs.family import Family
from constraints.configs.reader import Reader
from constraints.configs.windows import Windows
from constraints.errors import ConfigError
from constraints.models.architecture import Style
from constraints.models.attention import Attention, QkNorm

__all__ = ["DENSE_FAMILIES", "block", "gpt_block"]


def block(
    *,
    qk_norm: QkNorm | Callable[[Reader], QkNorm] = "none",
    bias: bool = False,
    qkv: str = "attention_bias",
    output: str = "attention_bias",
    ffn: str = "",
    norms: int = 2,
    norm: str = "rms",
    gated: bool = True,
) -> Callable[[Reader], Style]:
    """A function that builds a Llama block, from what sets a model type apart from Llama.

    Args:
        qk_norm: norms of queries and keys, or how a config says which.
        bias: default of the fields below.
        qkv: field that says whether queries, keys and values have biases; empty for no biases.
        output: the same for the output matrix of attention.
        ffn: the same for the matrices of the FFN.
        norms: norms of each layer.
        norm: kind of norms: `rms`, `layer` (with biases), `weights` (LayerNorm without), `none`.
        gated: whether the FFN has a gate.
    """

    def style(config: Reader) -> Style:
        found = qk_norm if isinstance(qk_norm, str) else qk_norm(config)
        has = {name: bool(name) and config.flag(name, bias) for name in (qkv, output, ffn)}
        return Style(
            tie_word_embeddings=config.is_tied,
            gated_ffn=gated,
            norm="none" if norm == "none" else "rms" if norm == "rms" else "layer",
            norm_bias=norm != "weights",
            norms_per_layer=norms,
            ffn_bias=has[ffn],
            attention=Attention(qkv_bias=has[qkv], output_bias=has[output], qk_norm=found),
        )

    return style


def _if(field: str, norm: QkNorm) -> Callable[[Reader], QkNorm]:
    """Norms of queries and keys where a flag asks for them."""
    return lambda config: norm if config.flag(field) else "none"


def gpt_block(config: Reader, *, attention: bool, ffn: bool) -> Style:
    """A plain FFN and LayerNorms, with or without biases on attention and on the FFN."""
    return Style(
        tie_word_embeddings=config.is_tied,
        gated_ffn=False,
        norm="layer",
        ffn_bias=ffn,
        attention=Attention(qkv_bias=attention, output_bias=attention),
    )


def _qwen2(config: Reader) -> Style:
    return Style(tie_word_embeddings=config.is_tied, attention=Attention(qkv_bias=True))


def _apertus(config: Reader) -> Style:
    # xIELU has two learned numbers in each layer (arXiv 2411.13010)
    usual = block(qk_norm="head", gated=False)(config)
    return replace(usual, activation_parameters=2)


def _gpt2(config: Reader) -> Style:
    rows = config.whole("n_positions", least=0)
    return replace(gpt_block(config, attention=True, ffn=True), learned_positions=rows)


def _gpt_neox(config: Reader) -> Style:
    return gpt_block(config, attention=config.flag("attention_bias", True), ffn=True)


def _gptj(config: Reader) -> Style:
    usual = gpt_block(config, attention=False, ffn=True)
    return replace(usual, norms_per_layer=1, head_bias=True)


def _phi(config: Reader) -> Style:
    usual = gpt_block(config, attention=True, ffn=True)
    return replace(usual, norms_per_layer=1, head_bias=True)


def _stablelm(config: Reader) -> Style:
    bias = config.flag("use_qkv_bias")
    attention = Attention(qkv_bias=bias)
    return Style(tie_word_embeddings=config.is_tied, norm="layer", attention=attention)


def _opt(config: Reader) -> Style:
    bias = config.flag("enable_bias", True)
    width, hidden = config.get("word_embed_proj_dim"), config.need("hidden_size")
    before = config.flag("do_layer_norm_before", True)
    return replace(
        gpt_block(config, attention=bias, ffn=bias),
        norm="layer" if config.flag("layer_norm_elementwise_affine", True) else "none",
        final_norm=before and not config.flag("_remove_final_layer_norm"),
        # OPT's position table has two more rows, before position 0
        learned_positions=config.whole("max_position_embeddings", least=0) + 2,
        embedding_width=None if width in (None, hidden) else config.whole("word_embed_proj_dim"),
    )


def _bloom(config: Reader) -> Style:
    return replace(gpt_block(config, attention=True, ffn=True), embedding_norm=True)


def _falcon(config: Reader) -> Style:
    parallel = config.flag("parallel_attn", True)
    new = config.flag("new_decoder_architecture", False)
    norms = config.get("num_ln_in_parallel_attn") or (2 if new else 1)
    if norms not in (1, 2) or isinstance(norms, float):
        raise ConfigError("num_ln_in_parallel_attn", "must be 1 or 2", norms)
    bias = config.flag("bias", False)
    usual = gpt_block(config, attention=bias, ffn=bias)
    return replace(usual, norms_per_layer=int(norms) if parallel else 2)


def _helium(config: Reader) -> Style:
    heads, width = config.need("num_attention_heads"), config.need("head_dim")
    if heads * width != config.need("hidden_size"):  # its output matrix takes no other width
        rule = f"must be {heads} heads of width {width}, as model type helium is built"
        raise ConfigError("hidden_size", rule, config.need("hidden_size"))
    return block(output="", ffn="mlp_bias")(config)


def _mpt(config: Reader) -> Style:
    # Norms have no bias, and there is no position table, whatever attn_config says.
    return replace(gpt_block(config, attention=False, ffn=False), norm_bias=False)


def _starcoder2(config: Reader) -> Style:
    bias = config.flag("use_bias", True)
    return gpt_block(config, attention=bias, ffn=bias)


def _nemotron(config: Reader) -> Style:
    bias = config.flag("attention_bias")
    return gpt_block(config, attention=bias, ffn=config.flag("mlp_bias"))


def _ernie(config: Reader) -> Style:
    bias = config.flag("use_bias")
    attention = Attention(qkv_bias=bias, output_bias=bias)
    return Style(
        tie_word_embeddings=config.is_tied, ffn_bias=bias, head_bias=False, attention=attention
    )


def _four_times(config: Reader) -> int:
    """The FFN size: four times the hidden size unless the config says otherwise."""
    return config.size("intermediate_size") or 4 * config.need("hidden_size")


def _falcon_kv_heads(config: Reader) -> int:
    heads, given = config.need("num_attention_heads"), config.size("num_key_value_heads")
    if config.flag("new_decoder_architecture", False):
        return given or heads
    return 1 if config.flag("multi_query", True) else heads


_GPT_NAMES = {
    "num_hidden_layers": ("n_layer",),
    "hidden_size": ("n_embd",),
    "num_attention_heads": ("n_head",),
    "intermediate_size": ("n_inner",),
}
_BLOOM_NAMES = {
    "num_hidden_layers": ("n_layer",),
    "hidden_size": ("n_embed",),
    "num_attention_heads": ("n_head",),
}
_FALCON_NAMES = {
    "num_hidden_layers": ("n_layer",),
    "num_attention_heads": ("n_head",),
    "num_key_value_heads": ("num_kv_heads", "n_head_kv"),
    "intermediate_size": ("ffn_hidden_size",),
}
_MPT_NAMES = {
    "num_hidden_layers": ("n_layers",),
    "hidden_size": ("d_model",),
    "num_attention_heads": ("n_heads",),
    "num_key_value_heads": ("attn_config.kv_n_heads",),
}
_LLAMA = block(ffn="mlp_bias")
_PLAIN = block(qkv="", output="")
_QWEN3 = block(qk_norm="head")
_SWITCHED = Windows(switch=True)
_NO_FFN = {"intermediate_size": None}
"""Types that know the FFN size by another name only."""
_mha = partial(Family, own_head_dim=False, own_kv_heads=False)
"""Types whose heads are as wide as the hidden size allows, each with its own keys and values."""

DENSE_FAMILIES: dict[str, Family] = {
    "llama": Family(_LLAMA),
    "mistral": Family(_PLAIN, windows=Windows()),
    "ministral": Family(_PLAIN, windows=Windows()),
    "ministral3": Family(_PLAIN, windows=Windows()),
    "qwen2": Family(_qwen2, windows=_SWITCHED),
    "qwen2_vl_text": Family(_qwen2, windows=_SWITCHED, own_head_dim=False),
    "qwen2_5_vl_text": Family(_qwen2, windows=_SWITCHED, own_head_dim=False),
    "qwen3": Family(_QWEN3, windows=_SWITCHED),
    "qwen3_vl_text": Family(_QWEN3),
    "gemma": Family(block()),
    "gemma2": Family(block(norms=4), windows=Windows(every=2)),
    "gemma3_text": Family(block(norms=4, qk_norm="head"), windows=Windows(every=6)),
    "olmo": Family(block(norm="none")),
    "olmo2": Family(block(qk_norm="full")),
    "olmo3": Family(block(qk_norm="full"), windows=Windows(every=4)),
    "granite": Family(_LLAMA),
    "phi3": Family(_PLAIN, windows=Windows()),
    "smollm3": Family(_LLAMA, windows=_SWITCHED),
    "apertus": Family(_apertus, fixed={"hidden_act": "xielu"}),
    "arcee": Family(block(ffn="mlp_bias", gated=False)),
    "seed_oss": Family(block(qkv="attention_bias", output="attention_out_bias", ffn="mlp_bias")),
    "nemotron": Family(_nemotron),
    "cohere": Family(block(norms=1, norm="weights", qk_norm=_if("use_qk_norm", "full"))),
    "cohere2": Family(block(norms=1, norm="weights"), windows=Windows(every=4)),
    "exaone4": Family(block(qkv="", output="", qk_norm="head"), windows=Windows(every=4)),
    "glm": Family(block(output="")),
    "glm4": Family(block(output="", norms=4)),
    "glm4v_text": Family(block(output="", bias=True, norms=4), own_head_dim=False),
    "ernie4_5": Family(_ernie),
    "hunyuan_v1_dense": Family(block(qk_norm="head")),
    "helium": Family(_helium),
    "gpt2": _mha(
        _gpt2,
        _GPT_NAMES,
        ffn=_four_times,
        positions=("n_positions", "max_position_embeddings"),
        fixed={"add_cross_attention": False, **_NO_FFN},
    ),
    "gpt_neox": _mha(_gpt_neox),
    "gptj": _mha(_gptj, _GPT_NAMES, ffn=_four_times, positions=("n_positions",), fixed=_NO_FFN),
    "phi": Family(_phi, fixed={"qk_layernorm": False}),
    "stablelm": Family(
        _stablelm,
        own_head_dim=False,
        fixed={"qk_layernorm": False, "use_parallel_residual": False},
    ),
    "opt": _mha(_opt, {"intermediate_size": ("ffn_dim",)}),
    "bloom": _mha(_bloom, _BLOOM_NAMES, ffn=_four_times, fixed=_NO_FFN),
    "falcon": Family(
        _falcon, _FALCON_NAMES, ffn=_four_times, kv_heads=_falcon_kv_heads, fixed=_NO_FFN
    ),
    "mpt": _mha(
        _mpt,
        _MPT_NAMES,
        ffn=_four_times,
        positions=("max_seq_len",),
        fixed={"expansion_ratio": 4, **_NO_FFN},
    ),
    "starcoder2": Family(_starcoder2, windows=Windows()),
}
"""Dense model types by name."""
