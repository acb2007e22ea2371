"""What a Hugging Face config.json says of experts and of latent attention, by model type.

Names and defaults are those of the transformers config classes. Arrangements that no released model
has (experts in every second layer only, groups of layers without experts) are refused.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from constraints.errors import ConfigError
from constraints.models.experts import Experts, Latent

__all__ = ["EXPERT_TYPES", "ExpertType", "experts_of", "latent_of"]

Size = Callable[[str], int | None]
"""A function from the name of a size to its value; None if it has none."""


@dataclass(frozen=True)
class ExpertType:
    """How the config of one model type spells its experts.

    Attributes:
        count: field with the number of routed experts of a layer.
        each: field with the width of a routed expert.
        defaults: defaults of the config class, by field.
        shared: field with the number or the width of shared experts; None if the type has none.
        dense: field with the number of leading dense layers; None if the type has none.
        latent: whether attention is latent.
        shared_gate: as in `Experts`.
        router_bias: as in `Experts`.
        expert_bias: as in `Experts`.
        also: another field with the number of routed experts, of transformers 5; empty if none.
    """

    count: str
    each: str
    defaults: Mapping[str, int] = field(default_factory=dict)
    shared: str | None = None
    dense: str | None = None
    latent: bool = False
    shared_gate: bool = False
    router_bias: bool = False
    expert_bias: bool = False
    also: str = ""


_DEEPSEEK = {"first_k_dense_replace": 0, "n_shared_experts": 2, "num_experts_per_tok": 6}
EXPERT_TYPES: Mapping[str, ExpertType] = {
    "mixtral": ExpertType(
        "num_local_experts",
        "intermediate_size",
        {"num_local_experts": 8, "num_experts_per_tok": 2, "intermediate_size": 14336},
    ),
    "qwen2_moe": ExpertType(
        "num_experts",
        "moe_intermediate_size",
        {
            "num_experts": 60,
            "num_experts_per_tok": 4,
            "moe_intermediate_size": 1408,
            "shared_expert_intermediate_size": 5632,
        },
        shared="shared_expert_intermediate_size",
        shared_gate=True,
    ),
    "qwen3_moe": ExpertType(
        "num_experts",
        "moe_intermediate_size",
        {"num_experts": 128, "num_experts_per_tok": 8, "moe_intermediate_size": 768},
        also="num_local_experts",
    ),
    "olmoe": ExpertType(
        "num_experts",
        "intermediate_size",
        {"num_experts": 64, "num_experts_per_tok": 8, "intermediate_size": 2048},
    ),
    "granitemoe": ExpertType(
        "num_local_experts",
        "intermediate_size",
        {"num_local_experts": 8, "num_experts_per_tok": 2, "intermediate_size": 11008},
    ),
    "gpt_oss": ExpertType(
        "num_local_experts",
        "intermediate_size",
        {"num_local_experts": 128, "num_experts_per_tok": 4, "intermediate_size": 2880},
        router_bias=True,
        expert_bias=True,
    ),
    "deepseek_v2": ExpertType(
        "n_routed_experts",
        "moe_intermediate_size",
        {**_DEEPSEEK, "n_routed_experts": 64, "moe_intermediate_size": 1407},
        shared="n_shared_experts",
        dense="first_k_dense_replace",
        latent=True,
    ),
    "deepseek_v3": ExpertType(
        "n_routed_experts",
        "moe_intermediate_size",
        {
            "n_routed_experts": 256,
            "moe_intermediate_size": 2048,
            "n_shared_experts": 1,
            "num_experts_per_tok": 8,
            "first_k_dense_replace": 3,
        },
        shared="n_shared_experts",
        dense="first_k_dense_replace",
        latent=True,
    ),
}
"""How each model type with experts spells them."""
EXPERT_TYPES = {**EXPERT_TYPES, "kimi_k2": EXPERT_TYPES["deepseek_v3"]}
REGULAR = {"moe_layer_freq": 1, "decoder_sparse_step": 1}
"""Fields that say in which layers the experts are, and the value that means all layers."""
_LATENT = {
    "q_lora_rank": 1536,
    "kv_lora_rank": 512,
    "qk_nope_head_dim": 128,
    "qk_rope_head_dim": 64,
    "v_head_dim": 128,
}
"""Defaults of the config classes for the widths of latent attention."""


def experts_of(config: Mapping[str, Any], kind: ExpertType) -> tuple[Experts, dict[str, int]]:
    """The experts of a config, and their sizes by the names of `Architecture`.

    Args:
        config: the parsed config.
        kind: how its model type spells experts.

    Raises:
        ConfigError: if a field has a bad value, or if a layer after the leading ones is dense.
    """
    for name, usual in REGULAR.items():
        if config.get(name, usual) != usual:
            raise ConfigError(name, f"must be {usual}: experts in every layer", config[name])
    if config.get("mlp_only_layers"):
        rule = "must be empty: dense layers in between are not known"
        raise ConfigError("mlp_only_layers", rule, config["mlp_only_layers"])
    count = kind.also if config.get(kind.also) is not None else kind.count
    each = _whole(config, kind.each, kind.defaults)
    shared = 0 if kind.shared is None else _whole(config, kind.shared, kind.defaults, least=0)
    in_widths = Fraction(shared, each) if kind.shared and "size" in kind.shared else shared
    dense = 0 if kind.dense is None else _whole(config, kind.dense, kind.defaults, least=0)
    experts = Experts(
        Fraction(in_widths), kind.shared_gate, dense, kind.router_bias, kind.expert_bias
    )
    return experts, {
        "num_experts": _whole(config, count, kind.defaults),
        "num_experts_per_tok": _whole(config, "num_experts_per_tok", kind.defaults),
        "moe_intermediate_size": each,
    }


def latent_of(config: Mapping[str, Any]) -> Latent:
    """The widths of a config's latent attention.

    Args:
        config: the parsed config.

    Raises:
        ConfigError: if a field has a bad value.
    """
    rank = None
    if config.get("q_lora_rank", _LATENT["q_lora_rank"]) is not None:
        rank = _whole(config, "q_lora_rank", _LATENT)
    names = ("kv_lora_rank", "qk_nope_head_dim", "qk_rope_head_dim", "v_head_dim")
    return Latent(rank, *(_whole(config, name, _LATENT) for name in names))


def _whole(
    config: Mapping[str, Any], name: str, defaults: Mapping[str, int], least: int = 1
) -> int:
    """A field that is a whole number ≥ `least`, or its default."""
    value = config.get(name)
    if value is None:
        value = defaults.get(name)
    if value is None:
        raise ConfigError(name, "must be in the config")
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise ConfigError(name, f"must be a whole number ≥ {least}", value)
    return value
