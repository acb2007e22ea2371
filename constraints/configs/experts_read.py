"""What a config says of experts and of latent attention, by model type.

Names and defaults are those of the transformers config classes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Literal

from constraints.configs.reader import Reader
from constraints.errors import ConfigError
from constraints.models.attention import Indexer, Latent
from constraints.models.experts import Experts
from constraints.models.layer_group import FfnKind

__all__ = ["ExpertType", "Placement", "expert_layers", "experts_of", "latent_by_layer", "look_at"]

Placement = Literal["leading", "steps", "every", "span", "listed", "period", "all"]
"""How configs say which layers have experts.

leading: all but the leading ones, of which perhaps only every n-th (DeepSeek). steps: every n-th,
except those that are named (Qwen). every: every n-th, or those listed (Llama 4). span: from one
layer to another (ERNIE 4.5). listed: `mlp_layer_types` alone. period: every n-th from an offset on
(Jamba). all: every layer.
"""

PLACING: Mapping[Placement, tuple[str, ...]] = {
    "leading": ("moe_layer_freq",),
    "steps": ("decoder_sparse_step", "mlp_only_layers"),
    "every": ("moe_layers", "interleave_moe_layer_step"),
    "span": ("moe_layer_start_index", "moe_layer_end_index", "moe_layer_interval"),
    "period": ("expert_layer_period", "expert_layer_offset"),
}
"""Fields that say which layers have experts, by the way of saying it."""


@dataclass(frozen=True)
class ExpertType:
    """How the config of one model type spells its experts.

    Attributes:
        count: fields that may hold the number of routed experts of a layer.
        each: fields that may hold the width of a routed expert.
        per_token: fields that may hold the number of experts that a token gets.
        shared: fields that may hold the number of shared experts; empty if the type has none.
        always_shared: shared experts that the type has without saying so.
        shared_width: field with the width of all shared experts, where they have one of their own.
        dense: field with the number of leading dense layers.
        placement: how it says which layers have experts.
        latent_width: field with the width that experts work in, where it is not the hidden size.
        lists_layers: whether `mlp_layer_types` may name the layers with experts.
        shared_gate: as in `Experts`.
        router_bias: as in `Experts`.
        expert_bias: as in `Experts`.
    """

    count: tuple[str, ...]
    each: tuple[str, ...] = ("moe_intermediate_size",)
    per_token: tuple[str, ...] = ("num_experts_per_tok",)
    shared: tuple[str, ...] = ()
    always_shared: int = 0
    shared_width: str = ""
    dense: str = "first_k_dense_replace"
    placement: Placement = "all"
    latent_width: str = ""
    lists_layers: bool = False
    shared_gate: bool = False
    router_bias: bool = False
    expert_bias: bool = False


def look_at(config: Reader, kind: ExpertType) -> None:
    """Mark the fields of experts as asked for, as some may be there and say nothing.

    Where a list names the layers with experts, other fields say the same; where no layer has any,
    their sizes are of no use.

    Args:
        config: the config.
        kind: how its model type spells experts.
    """
    placing = PLACING.get(kind.placement, ())
    dense = (kind.dense,) if kind.placement == "leading" else ()
    sizes = (*kind.count, *kind.each, *kind.per_token, *kind.shared, kind.shared_width)
    for name in (*sizes, *dense, *placing):
        config.get(name)


def experts_of(config: Reader, kind: ExpertType) -> tuple[Experts, dict[str, int]]:
    """The experts of a config, and their sizes by the names of `Architecture`.

    Args:
        config: the config.
        kind: how its model type spells experts.

    Raises:
        ConfigError: if a field has a bad value.
    """
    each = config.whole(*kind.each)
    shared = Fraction(kind.always_shared)
    if kind.shared and config.first(kind.shared)[1] is not None:
        shared = Fraction(config.whole(*kind.shared, least=0))
    if kind.shared_width and (not kind.shared or shared):
        shared = (shared or 1) * Fraction(config.whole(kind.shared_width, least=0), each)
    width = config.get(kind.latent_width) if kind.latent_width else None
    experts = Experts(
        shared,
        kind.shared_gate and shared > 0,
        router_bias=kind.router_bias,
        expert_bias=kind.expert_bias,
        latent_width=None if width is None else config.whole(kind.latent_width),
    )
    return experts, {
        "num_experts": config.whole(*kind.count, agree=True),
        "num_experts_per_tok": config.whole(*kind.per_token),
        "moe_intermediate_size": each,
    }


def expert_layers(config: Reader, kind: ExpertType, layers: int) -> list[FfnKind]:
    """The kind of FFN of each layer.

    Args:
        config: the config.
        kind: how its model type says which layers have experts.
        layers: number of layers [layer].

    Raises:
        ConfigError: if a field has a bad value, or if no layer has experts.
    """
    listed = config.listed("mlp_layer_types") if kind.lists_layers else None
    if listed is not None:
        if len(listed) != layers or set(map(str, listed)) - {"dense", "sparse"}:
            rule = f"must name {layers} layers dense or sparse"
            raise ConfigError("mlp_layer_types", rule, listed)
        return ["dense" if each == "dense" else "experts" for each in listed]
    chosen = _chosen(config, kind, layers)
    if not chosen and kind.placement == "leading":
        raise ConfigError(kind.dense, f"must be < num_hidden_layers = {layers}")
    if not chosen:
        raise ConfigError(kind.count[0], "must have a layer that holds the experts")
    return ["experts" if i in chosen else "dense" for i in range(layers)]


def _chosen(config: Reader, kind: ExpertType, layers: int) -> set[int]:
    """The layers with experts, counted from 0."""
    every = range(layers)
    match kind.placement:
        case "leading":
            first = config.whole(kind.dense, least=0)
            listed = config.get("moe_layer_freq")
            if isinstance(listed, list):
                return {i for i in every if i < len(listed) and listed[i]}
            step = 1 if listed is None else config.whole("moe_layer_freq")
            return {i for i in every if i >= first and i % step == 0}
        case "steps":
            step = 1
            if config.first(("decoder_sparse_step",))[1] is not None:
                step = config.whole("decoder_sparse_step")
            usual = set(config.listed("mlp_only_layers") or ())
            return {i for i in every if (i + 1) % step == 0 and i not in usual}
        case "every":
            listed = config.listed("moe_layers")
            step = config.whole("interleave_moe_layer_step")
            named = every[step - 1 :: step] if listed is None else listed
            return {i for i in named if i in every}
        case "span":
            first = config.whole("moe_layer_start_index", least=0)
            name, last = config.first(("moe_layer_end_index",))
            last = layers - 1 if last in (None, -1) else config.whole(name, least=0)
            step = config.whole("moe_layer_interval")
            return {i for i in every if first <= i <= last and (i + 1) % step == 0}
        case "period":
            step = config.whole("expert_layer_period")
            offset = config.whole("expert_layer_offset", least=0)
            if offset >= step:
                raise ConfigError("expert_layer_offset", f"must be < {step}, its period", offset)
            return {i for i in every if i % step == offset}
    return set(every)


def latent_by_layer(config: Reader, layers: int) -> list[Latent]:
    """The latent attention of each layer: all are alike, but for indexers of GLM-5.

    Args:
        config: the config.
        layers: number of layers [layer].

    Raises:
        ConfigError: if a field has a bad value.
    """
    rank = None
    if not ("q_lora_rank" in config.config and config.get("q_lora_rank") is None):
        rank = config.whole("q_lora_rank")
    names = ("kv_lora_rank", "qk_nope_head_dim", "qk_rope_head_dim", "v_head_dim")
    kept, nope, rope, values = (config.whole(name) for name in names)
    plain = Latent(rank, kept, nope, rope, values, bias=config.flag("attention_bias"))
    if config.first(("index_topk",))[1] is None:
        return [plain] * layers
    heads, width, top = (config.whole(f"index_{x}") for x in ("n_heads", "head_dim", "topk"))
    return [
        replace(plain, indexer=Indexer(heads, width, top, own=own))
        for own in _own_indexers(config, layers)
    ]


def _own_indexers(config: Reader, layers: int) -> list[bool]:
    """Whether each layer has an indexer of its own."""
    kinds = config.listed("indexer_types")
    pattern = config.get("index_topk_pattern")
    if kinds is None and pattern is not None:
        if not isinstance(pattern, str | list):
            raise ConfigError("index_topk_pattern", "must be a word or a list", pattern)
        kinds = ["full" if each in ("F", "full") else "shared" for each in pattern]
    if kinds is not None:
        if len(kinds) != layers or set(map(str, kinds)) - {"full", "shared"}:
            raise ConfigError("indexer_types", f"must name {layers} layers full or shared", kinds)
        return [kind == "full" for kind in kinds]
    step = config.whole("index_topk_freq") if config.get("index_topk_freq") is not None else 1
    skipped = config.get("index_skip_topk_offset")
    offset = 2 if skipped is None else config.whole("index_skip_topk_offset", least=0)
    return [max(i - offset + 1, 0) % step == 0 for i in range(layers)]
