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

leading: all but the leading ones (DeepSeek). steps: every n-th,
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
        kind.shared_gate,
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
        ConfigError: if a field has a bad value.
    """
    listed = config.listed("mlp_layer_types") if kind.lists_layers else None
    if listed is not None:
        if len(listed) != layers or set(map(str, listed)) - {"dense", "sparse"}:
            rule = f"must name {layers} layers dense or sparse"
            raise ConfigError("mlp_layer_types", rule, listed)
        return ["dense" if each == "dense" else "experts" for each in listed]
    chosen = _chosen(config, kind, layers)
    if kind.placement == "steps" and config.first(kind.count)[1] == 0:
        chosen = set()  # Qwen's code builds dense layers
    return ["experts" if i in chosen else "dense" for i in range(layers)]


def _chosen(config: Reader, kind: ExpertType, layers: int) -> set[int]:
    """The layers with experts, counted from 0."""
    every = range(layers)
    match kind.placement:
        case "leading":
            first = config.whole(kind.dense, least=0)
            chosen = set(every[first:])
            _same_layers(config, "moe_layer_freq", [int(i in chosen) for i in every])
            return chosen
        case "steps":
            step, usual = (
                config.whole("decoder_sparse_step"),
                config.layers("mlp_only_layers", layers),
            )
            return {i for i in every if (i + 1) % step == 0 and i not in usual}
        case "every":
            listed = config.listed("moe_layers")
            step = config.whole("interleave_moe_layer_step")
            named = set(every[step - 1 :: step])
            return named if listed is None else config.layers("moe_layers", layers)
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


def _same_layers(config: Reader, name: str, each: list[int]) -> None:
    """Refuse a frequency of layers with experts that code from elsewhere reads otherwise."""
    given = config.get(name)
    if isinstance(given, bool) or given not in (None, 1, each):
        rule = f"must be 1: model type {config.kind} has experts in all layers after the dense ones"
        raise ConfigError(name, rule, given)


def latent_by_layer(config: Reader, layers: int, *, shares_indexers: bool) -> list[Latent]:
    """The latent attention of each layer: all are alike, but for indexers that layers share.

    Args:
        config: the config.
        layers: number of layers [layer].
        shares_indexers: whether a layer may use the indexer of one before it (GLM-5).

    Raises:
        ConfigError: if a field has a bad value.
    """
    rank = None
    if not config.nulled("q_lora_rank"):
        rank = config.whole("q_lora_rank")
    names = ("kv_lora_rank", "qk_nope_head_dim", "qk_rope_head_dim", "v_head_dim")
    kept, nope, rope, values = (config.whole(name) for name in names)
    plain = Latent(rank, kept, nope, rope, values, bias=config.flag("attention_bias"))
    if config.first(("index_topk",))[1] is None:
        return [plain] * layers
    heads, width, top = (config.whole(f"index_{x}") for x in ("n_heads", "head_dim", "topk"))
    owns = _own_indexers(config, layers) if shares_indexers else [True] * layers
    return [replace(plain, indexer=Indexer(heads, width, top, own=own)) for own in owns]


def _own_indexers(config: Reader, layers: int) -> list[bool]:
    """Whether each layer has an indexer of its own."""
    for name in ("index_topk_freq", "index_skip_topk_offset"):
        config.get(name)  # of no use where a list says it
    kinds, pattern = config.listed("indexer_types"), config.get("index_topk_pattern")
    if pattern is not None:
        words = {"F": "full", "S": "shared", "full": "full", "shared": "shared"}
        if not isinstance(pattern, str | list) or any(str(each) not in words for each in pattern):
            rule = "must be letters F and S, or a list of full and shared"
            raise ConfigError("index_topk_pattern", rule, pattern)
        kinds = kinds or [words[str(each)] for each in pattern]
    if kinds is not None:
        if len(kinds) != layers or set(map(str, kinds)) - {"full", "shared"}:
            raise ConfigError("indexer_types", f"must name {layers} layers full or shared", kinds)
        return [kind == "full" for kind in kinds]
    step = config.whole("index_topk_freq") if config.get("index_topk_freq") is not None else 1
    skipped = config.get("index_skip_topk_offset")
    offset = 2 if skipped is None else config.whole("index_skip_topk_offset", least=0)
    return [max(i - offset + 1, 0) % step == 0 for i in range(layers)]
