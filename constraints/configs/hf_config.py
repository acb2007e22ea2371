"""Reading a Hugging Face config.json as an `Architecture`.

A config leaves out what equals its class's default, and transformers 4 and 5 name some fields
differently (`torch_dtype`/`dtype`, `rope_theta`/`rope_parameters`; sizes kept their names). The
table `_FAMILIES` says, for each model type, which names its sizes have, what a missing one means
and which style its code builds. Defaults are those of the transformers config classes.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeAlias

from constraints.configs.hf_experts import EXPERT_TYPES, experts_of, latent_of
from constraints.errors import ConfigError, InputError
from constraints.models.architecture import Architecture, Style

__all__ = ["SUPPORTED", "architecture_from_config", "read_config"]

Config: TypeAlias = Mapping[str, Any]

OTHER_FAMILIES = frozenset({"gemma3", "phimoe"})
"""Families with names like those of supported ones, but built otherwise."""
MOST_BYTES = 10_000_000
"""The largest config.json that is read [byte]; an ordinary one has a few kB."""


@dataclass(frozen=True)
class _Family:
    """How one model type spells its config.

    Attributes:
        style: builds the style from a config.
        tied: the class's default for tie_word_embeddings.
        names: its names for sizes where they differ from ours, the usual one first.
        defaults: defaults of its config class for sizes.
        ffn: finds the FFN size where it follows a rule; None if it is an ordinary field.
        kv_heads: finds the number of KV heads likewise.
    """

    style: Callable[[Config], Style]
    tied: bool = False
    names: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    defaults: Mapping[str, int] = field(default_factory=dict)
    ffn: Callable[[_Reader], int] | None = None
    kv_heads: Callable[[_Reader], int] | None = None


def read_config(path: Path) -> Architecture:
    """The architecture that a config.json file describes.

    Args:
        path: path of the file.

    Raises:
        ConfigError: if the file can't be read, or does not describe a known architecture.
    """
    try:
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
        if len(data) > MOST_BYTES:
            raise ConfigError(str(path), f"must be below {MOST_BYTES} bytes")
        config = json.loads(data.decode("utf-8-sig"))
    except OSError as error:
        raise ConfigError(str(path), "must be a readable file", error.strerror) from None
    except (UnicodeDecodeError, RecursionError):
        raise ConfigError(str(path), "must be JSON text") from None
    except json.JSONDecodeError as error:
        where = f"{path}:{error.lineno}:{error.colno}"
        raise ConfigError(where, "must be JSON", error.msg) from None
    except ValueError:
        raise ConfigError(str(path), "must hold only numbers of a sensible length") from None
    try:
        return architecture_from_config(config)
    except InputError as error:
        raise ConfigError(
            f"{path}: {error.field}", error.rule, error.value, hint=error.hint
        ) from None


def architecture_from_config(config: object) -> Architecture:
    """The architecture of a parsed config.

    Args:
        config: the parsed JSON.

    Raises:
        ConfigError: if it is no object, of no supported type, or has a bad field, which it names.
    """
    if not isinstance(config, dict):
        raise ConfigError("config", "must be a JSON object", type(config).__name__)
    kind = config.get("model_type")
    family = _FAMILIES.get(kind) if isinstance(kind, str) else None
    if family is None:
        near = difflib.get_close_matches(str(kind), SUPPORTED, n=1)
        hint = f"did you mean {near[0]}?" if near and kind not in OTHER_FAMILIES else ""
        rule = f"must be one of {', '.join(SUPPORTED)}"
        raise ConfigError("model_type", rule, kind, hint=hint)
    return _architecture(_Reader(config, family), family)


class _Reader(dict[str, Any]):
    """A config with its family's names and defaults. `size` checks the values that it returns."""

    def __init__(self, config: Config, family: _Family) -> None:
        super().__init__(config)
        self.family = family

    def size(self, name: str) -> int | None:
        """A size by our name: as given, else by the class's default, else None."""
        for key in (*self.family.names.get(name, ()), name):
            value = self.get(key)
            if value is not None:
                if isinstance(value, bool) or not isinstance(value, int) or value < 1:
                    raise ConfigError(key, "must be a whole number ≥ 1", value)
                return value
        return self.family.defaults.get(name)

    def need(self, name: str) -> int:
        """A size that must be there."""
        value = self.size(name)
        if value is None:
            raise ConfigError(self.family.names.get(name, (name,))[0], "must be in the config")
        return value


def _architecture(config: _Reader, family: _Family) -> Architecture:
    hidden, heads = config.need("hidden_size"), config.need("num_attention_heads")
    kind = EXPERT_TYPES.get(config["model_type"])
    experts, expert_sizes = (None, {}) if kind is None else experts_of(config, kind)
    latent = latent_of(config) if kind is not None and kind.latent else None
    if family.ffn:
        ffn = family.ffn(config)
    else:  # where all layers have experts, any value serves: no dense FFN is built
        ffn = config.size("intermediate_size") or expert_sizes.get("moe_intermediate_size", 0)
        ffn = ffn or config.need("intermediate_size")
    kv_heads = family.kv_heads(config) if family.kv_heads else config.size("num_key_value_heads")
    head_dim = config.size("head_dim") if latent is None else latent.key_width
    if head_dim is None:
        if hidden % heads:
            raise ConfigError("hidden_size", f"must be a multiple of {heads} heads", hidden)
        head_dim = hidden // heads
    return Architecture(
        num_hidden_layers=config.need("num_hidden_layers"),
        hidden_size=hidden,
        intermediate_size=ffn,
        num_attention_heads=heads,
        num_key_value_heads=heads if kv_heads is None else kv_heads,
        head_dim=head_dim,
        vocab_size=config.need("vocab_size"),
        style=replace(family.style(config), experts=experts, latent=latent),
        **expert_sizes,
    )


def _tied(config: Config) -> bool:
    family = config.family if isinstance(config, _Reader) else None
    return _flag(config, "tie_word_embeddings", family.tied if family else False)


def _flag(config: Config, name: str, default: bool) -> bool:
    """A field that is true or false; the default if it is left out."""
    value = config.get(name)
    if value is None:
        return default
    if not isinstance(value, bool):
        raise ConfigError(name, "must be true or false", value)
    return value


def _llama_attention(config: Config) -> Style:
    """A Llama block, with biases on all four attention matrices if `attention_bias` is true."""
    bias = _flag(config, "attention_bias", False)
    return Style(tie_word_embeddings=_tied(config), qkv_bias=bias, output_bias=bias)


def _llama(config: Config) -> Style:
    return replace(_llama_attention(config), ffn_bias=_flag(config, "mlp_bias", False))


def _plain_llama(config: Config) -> Style:
    """A Llama block of a class without biases."""
    return Style(tie_word_embeddings=_tied(config))


def _qwen2(config: Config) -> Style:
    return Style(tie_word_embeddings=_tied(config), qkv_bias=True)


def _qwen3(config: Config) -> Style:
    return replace(_llama_attention(config), qk_norm="head")


def _gemma2(config: Config) -> Style:
    return replace(_llama_attention(config), norms_per_layer=4)


def _gemma3(config: Config) -> Style:
    return replace(_llama_attention(config), norms_per_layer=4, qk_norm="head")


def _olmo(config: Config) -> Style:
    return replace(_llama_attention(config), norm="none")


def _gpt_oss(config: Config) -> Style:
    bias = _flag(config, "attention_bias", True)
    return Style(
        tie_word_embeddings=_tied(config), qkv_bias=bias, output_bias=bias, attention_sinks=True
    )


def _olmo2(config: Config) -> Style:
    return replace(_llama_attention(config), qk_norm="full")


def _gpt_block(config: Config, *, attention: bool, ffn: bool) -> Style:
    """A plain FFN and LayerNorms, with or without biases on attention and on the FFN."""
    return Style(
        tie_word_embeddings=_tied(config),
        gated_ffn=False,
        norm="layer",
        qkv_bias=attention,
        output_bias=attention,
        ffn_bias=ffn,
    )


def _gpt2(config: Config) -> Style:
    rows = _positions(config, "n_positions", 1024)
    return replace(_gpt_block(config, attention=True, ffn=True), learned_positions=rows)


def _gpt_neox(config: Config) -> Style:
    return _gpt_block(config, attention=_flag(config, "attention_bias", True), ffn=True)


def _gptj(config: Config) -> Style:
    block = _gpt_block(config, attention=False, ffn=True)
    return replace(block, norms_per_layer=1, head_bias=True)


def _opt(config: Config) -> Style:
    if config.get("word_embed_proj_dim") not in (None, config.get("hidden_size")):
        got = config["word_embed_proj_dim"]
        raise ConfigError("word_embed_proj_dim", "must equal hidden_size", got)
    if not _flag(config, "do_layer_norm_before", True) or config.get("_remove_final_layer_norm"):
        raise ConfigError("do_layer_norm_before", "must be true, with a final norm", False)
    bias = _flag(config, "enable_bias", True)
    return replace(
        _gpt_block(config, attention=bias, ffn=bias),
        norm="layer" if _flag(config, "layer_norm_elementwise_affine", True) else "none",
        # OPT's position table has two more rows, before position 0
        learned_positions=_positions(config, "max_position_embeddings", 2048) + 2,
    )


def _bloom(config: Config) -> Style:
    return replace(_gpt_block(config, attention=True, ffn=True), embedding_norm=True)


def _falcon(config: Config) -> Style:
    parallel = _flag(config, "parallel_attn", True)
    new = _flag(config, "new_decoder_architecture", False)
    norms = config.get("num_ln_in_parallel_attn") or (2 if new else 1)
    if norms not in (1, 2) or isinstance(norms, float):
        raise ConfigError("num_ln_in_parallel_attn", "must be 1 or 2", norms)
    bias = _flag(config, "bias", False)
    block = _gpt_block(config, attention=bias, ffn=bias)
    return replace(block, norms_per_layer=int(norms) if parallel else 2)


def _mpt(config: Config) -> Style:
    if config.get("expansion_ratio", 4) != 4:
        rule = "must be 4, as in every MPT that transformers builds"
        raise ConfigError("expansion_ratio", rule, config["expansion_ratio"])
    # Norms have no bias, and there is no position table, whatever attn_config says.
    return replace(_gpt_block(config, attention=False, ffn=False), norm_bias=False)


def _starcoder2(config: Config) -> Style:
    bias = _flag(config, "use_bias", True)
    return _gpt_block(config, attention=bias, ffn=bias)


def _positions(config: Config, name: str, default: int) -> int:
    """Rows of a position table: a field that is a whole number ≥ 0."""
    value = config.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ConfigError(name, "must be a whole number ≥ 0", value)
    return value


def _four_times(config: _Reader) -> int:
    """The FFN size: four times the hidden size unless the config says otherwise."""
    return config.size("intermediate_size") or 4 * config.need("hidden_size")


def _mpt_kv_heads(config: _Reader) -> int:
    attention = config.get("attn_config")
    given = attention.get("kv_n_heads") if isinstance(attention, dict) else None
    if given is not None and (not isinstance(given, int) or given < 1):
        raise ConfigError("attn_config.kv_n_heads", "must be a whole number ≥ 1", given)
    return int(given or config.need("num_attention_heads"))


def _falcon_kv_heads(config: _Reader) -> int:
    heads = config.need("num_attention_heads")
    if _flag(config, "new_decoder_architecture", False):
        return config.size("num_key_value_heads") or heads
    return 1 if _flag(config, "multi_query", True) else heads


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
}
_GEMMA_3 = {"num_key_value_heads": 4, "head_dim": 256, "vocab_size": 262_208}

_FAMILIES: dict[str, _Family] = {
    "llama": _Family(_llama),
    "mistral": _Family(_plain_llama, defaults={"num_key_value_heads": 8}),
    "qwen2": _Family(_qwen2, defaults={"num_key_value_heads": 32}),
    "qwen3": _Family(_qwen3, defaults={"num_key_value_heads": 32, "head_dim": 128}),
    "gemma": _Family(_llama_attention, True, defaults={"num_key_value_heads": 16, "head_dim": 256}),
    "gemma2": _Family(_gemma2, True, defaults={"num_key_value_heads": 4, "head_dim": 256}),
    "gemma3_text": _Family(_gemma3, True, defaults=_GEMMA_3),
    "olmo": _Family(_olmo),
    "olmo2": _Family(_olmo2),
    "granite": _Family(_llama),
    "phi3": _Family(_plain_llama),
    "smollm3": _Family(_llama, True, defaults={"num_key_value_heads": 4}),
    "gpt2": _Family(_gpt2, True, _GPT_NAMES, ffn=_four_times),
    "gpt_neox": _Family(_gpt_neox),
    "gptj": _Family(_gptj, False, _GPT_NAMES, ffn=_four_times),
    "opt": _Family(_opt, True, {"intermediate_size": ("ffn_dim",)}),
    "bloom": _Family(_bloom, True, _BLOOM_NAMES, ffn=_four_times),
    "falcon": _Family(_falcon, True, _FALCON_NAMES, ffn=_four_times, kv_heads=_falcon_kv_heads),
    "mpt": _Family(_mpt, True, _MPT_NAMES, ffn=_four_times, kv_heads=_mpt_kv_heads),
    "mixtral": _Family(_plain_llama, defaults={"num_key_value_heads": 8}),
    "qwen2_moe": _Family(_qwen2, defaults={"num_key_value_heads": 16}),
    "qwen3_moe": _Family(_qwen3, defaults={"num_key_value_heads": 4}),
    "olmoe": _Family(_olmo2),
    "granitemoe": _Family(_llama_attention),
    "gpt_oss": _Family(_gpt_oss, defaults={"num_key_value_heads": 8, "head_dim": 64}),
    "deepseek_v2": _Family(_llama_attention, defaults={"intermediate_size": 11008}),
    "deepseek_v3": _Family(_llama_attention, defaults={"intermediate_size": 18432}),
    "kimi_k2": _Family(_llama_attention, defaults={"intermediate_size": 18432}),
    "starcoder2": _Family(_starcoder2, True, defaults={"num_key_value_heads": 2}),
}

SUPPORTED: tuple[str, ...] = tuple(sorted(_FAMILIES))
"""Model types whose config can be read."""
