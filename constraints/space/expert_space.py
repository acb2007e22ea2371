"""The design space of mixtures of experts.

Shared experts and leading dense layers are constants of a space, not axes: both may be zero, and
a lattice lives in logarithms. To choose among several numbers of them, several spaces are
searched. The space `conventional` keeps shapes within quantiles of published mixtures
(`constraints.published.published_ranges`). Besides hidden sizes per layer and tokens per parameter
it bounds

    sparsity            num_experts / num_experts_per_tok
    granularity         hidden_size / moe_intermediate_size
    active_ffn_ratio    (num_experts_per_tok + shared) · moe_intermediate_size / hidden_size

where shared is the number of shared experts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from constraints.algebra.limit import Limit
from constraints.algebra.posynomial import Posynomial
from constraints.algebra.units import Range
from constraints.errors import InputError
from constraints.models.architecture import MOE_LAYERS, Style
from constraints.models.counting import FlopCount
from constraints.models.experts import Experts
from constraints.models.layers import layers_of
from constraints.models.variables import EXPERT_FFN, EXPERTS, HIDDEN, ROUTED
from constraints.published.published_ranges import observed_experts
from constraints.space.attention_axes import attention_axes, heads_of
from constraints.space.axis import Axis
from constraints.space.design_space import (
    DesignSpace,
    SpaceName,
    limited,
    tokens_per_parameter_limits,
)
from constraints.space.heads import KvRule
from constraints.space.lattice import Lattice
from constraints.space.ranges import axis_of, merged, range_limits

__all__ = ["expert_space"]

STEPS = {
    "num_experts": 4,  # divides the number of experts of every published mixture
    "num_experts_per_tok": 1,
    "moe_intermediate_size": 64,  # divides gpt-oss's 2,880 (arXiv 2508.10925, table 1)
}
"""Distance between neighbouring values of an axis whose range names no step."""
WIDE = {
    "num_hidden_layers": (1, 200),
    "hidden_size": (128, 32_768),
    "num_experts": (4, 1024),
    "num_experts_per_tok": (1, 64),
    "moe_intermediate_size": (64, 32_768),
}
"""Ends of the axes in the wide space."""
DENSE_ONLY = ("intermediate_size", "ffn_ratio")
"""Ranges that only dense models have."""


def expert_space(
    name: SpaceName = "conventional",
    ranges: Mapping[str, Range] | None = None,
    *,
    experts: Experts | None = None,
    style: Style | None = None,
    seq_len: int = 8192,
    flop_count: FlopCount = "causal",
    kv_rules: Sequence[KvRule] = ("gqa",),
    whole_heads: bool = True,
) -> DesignSpace:
    """A space of mixtures of experts, with some of its ranges replaced by the user's.

    Args:
        name: `conventional` or `wide`.
        ranges: the user's ranges by name: sizes, where `num_hidden_layers` counts all layers, or
            `hidden_per_layer` (hidden_size / all layers), `sparsity`, `granularity`,
            `active_ffn_ratio` or `tokens_per_parameter`. An open end keeps the end that the
            space has by itself.
        experts: shared experts, whose number must be whole, and leading dense layers; none of
            either if None.
        style: all properties of the models that are not sizes, its `experts` left aside; a Llama
            block if None.
        seq_len: length of training sequences [token].
        flop_count: convention by which training FLOPs are counted.
        kv_rules: how KV heads follow from heads where no range of them is asked.
        whole_heads: whether heads must be whole, and KV heads divide them; False for comparisons
            only.

    Raises:
        InputError: if a range leaves no value or is one of dense models, or if the number of
            shared experts is not whole.
    """
    style = replace(style or Style(), experts=experts or Experts())
    ranges = dict(ranges or {})
    _check(style, ranges)
    extents = {size: _own(name, size) for size in WIDE}
    heads = heads_of(ranges, style, kv_rules, name)
    layers, hidden, others = attention_axes(ranges, extents, style, heads, whole_heads=whole_heads)
    own = (axis_of(size, ranges.get(size), extents[size], step) for size, step in STEPS.items())
    experts_axis, routed, width = own
    if routed.low > experts_axis.high:
        rule = f"must be ≤ the number of experts, {experts_axis.high}"
        raise InputError("num_experts_per_tok", rule, routed.low)
    sizes = (_with_experts(layers, style), hidden, experts_axis, routed, width, *others)
    lattice = Lattice(sizes)
    bare = DesignSpace(name, lattice, style, seq_len, flop_count, (), whole_heads, heads=heads)
    limits: list[Limit] = []
    for ratio, (resource, reciprocal) in _ratios(style).items():
        span = merged(ranges.get(ratio), _own_ratio(name, ratio, ranges))
        if ratio == "sparsity":
            span = _of_one_at_least(span)
        limits += range_limits(ratio, resource, span, "ratio", reciprocal=reciprocal)
    limits += tokens_per_parameter_limits(bare, ranges, _own(name, "tokens_per_parameter"))
    return limited(bare, limits, ranges)


def _of_one_at_least(sparsity: Range) -> Range:
    """The range with a low end of 1 or more: no token gets more experts than there are."""
    if sparsity.high is not None and sparsity.high < 1:
        raise InputError("sparsity", "must be ≥ 1", float(sparsity.high))
    return replace(sparsity, low=max(sparsity.low or 1, 1))


def _check(style: Style, ranges: Mapping[str, Range]) -> None:
    """Refuse ranges of dense models, and a number of shared experts that is not whole."""
    assert style.experts is not None
    for size in DENSE_ONLY:
        if size in ranges:
            rule = "is of dense models: experts have {moe_intermediate_size} and {active_ffn_ratio}"
            raise InputError(size, rule)
    if style.experts.shared_experts.denominator != 1:
        shared = float(style.experts.shared_experts)
        raise InputError("shared_experts", "must be a whole number in a search", shared)


def _with_experts(layers: Axis, style: Style) -> Axis:
    """The axis of layers with experts, from the axis of all layers."""
    assert style.experts is not None
    dense = style.experts.dense_layers
    kept = tuple(count - dense for count in layers.values if count > dense)
    if not kept:
        raise InputError("dense_layers", f"must be fewer than all layers, {layers.high}", dense)
    return Axis(MOE_LAYERS, kept)


def _ratios(style: Style) -> dict[str, tuple[Posynomial, bool]]:
    """Each ratio as a posynomial, or its reciprocal (marked True) where only that is one."""
    assert style.experts is not None
    met = (ROUTED + int(style.experts.shared_experts)) * EXPERT_FFN
    return {
        "hidden_per_layer": (layers_of(style) / HIDDEN, True),
        "sparsity": (EXPERTS / ROUTED, False),
        "granularity": (HIDDEN / EXPERT_FFN, False),
        "active_ffn_ratio": (met / HIDDEN, False),
    }


def _own(name: SpaceName, quantity: str) -> Range:
    """The space's own range of a quantity, open if it has none."""
    if name == "conventional":
        return observed_experts(quantity)
    return Range(*WIDE[quantity]) if quantity in WIDE else Range()


def _own_ratio(name: SpaceName, ratio: str, ranges: Mapping[str, Range]) -> Range:
    """The space's own range of a ratio, open where it has none.

    Sizes that the user lists one by one are taken as they are: the space does not bound a ratio if
    all sizes in it are listed so.
    """
    about = {
        "sparsity": ("num_experts", "num_experts_per_tok"),
        "granularity": ("hidden_size", "moe_intermediate_size"),
        "active_ffn_ratio": ("hidden_size", "num_experts_per_tok", "moe_intermediate_size"),
    }
    spans = [ranges.get(size) for size in about.get(ratio, ())]
    named = bool(spans) and all(span is not None and span.values is not None for span in spans)
    return observed_experts(ratio) if name == "conventional" and not named else Range()
