"""The design space of dense models: layers, hidden sizes and FFN sizes.

The space `conventional` keeps shapes within quantiles of published models
(`constraints.published.published_ranges`). The space `wide` has no such limits, only wide axes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

from constraints.algebra.limit import Limit
from constraints.algebra.posynomial import Posynomial, variable
from constraints.algebra.units import Range
from constraints.models.architecture import Style
from constraints.models.counting import FlopCount
from constraints.published.published_ranges import observed
from constraints.space.attention_axes import DEFAULT_STEPS, attention_axes, heads_of
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

__all__ = ["RATIOS", "dense_space"]

WIDE = {"num_hidden_layers": (1, 200), "hidden_size": (128, 32_768)}
"""Ends of the axes of layers [layer] and hidden sizes [unitless] in the wide space."""
WIDE_FFN_RATIO = (1, 8)
"""Ends of the FFN axis in the wide space, as multiples of the hidden axis's ends [unitless]."""

RATIOS: dict[str, Posynomial] = {
    "ffn_ratio": variable("intermediate_size") / variable("hidden_size"),
    "hidden_per_layer": variable("hidden_size") / variable("num_hidden_layers"),
}
"""Ratios of shape that a range may bound, each as a monomial in the sizes [unitless]."""


def dense_space(
    name: SpaceName = "conventional",
    ranges: Mapping[str, Range] | None = None,
    *,
    style: Style | None = None,
    seq_len: int = 8192,
    flop_count: FlopCount = "causal",
    kv_rules: Sequence[KvRule] = ("gqa",),
    whole_heads: bool = True,
) -> DesignSpace:
    """A space of dense models, with some of its ranges replaced by the user's.

    Args:
        name: `conventional` or `wide`.
        ranges: the user's ranges by name: sizes, `ffn_ratio` (intermediate_size / hidden_size),
            `hidden_per_layer` (hidden_size / num_hidden_layers) or `tokens_per_parameter`. An
            open end keeps the end that the space has by itself.
        style: all properties of the models that are not sizes; a Llama block if None.
        seq_len: length of training sequences [token].
        flop_count: convention by which training FLOPs are counted.
        kv_rules: how KV heads follow from heads where no range of them is asked.
        whole_heads: whether heads must be whole, and KV heads divide them; False for comparisons
            only.

    Raises:
        InputError: if a range leaves no value.
    """
    style = style or Style()
    ranges = dict(ranges or {})
    extents = {size: _extent(name, size) for size in WIDE}
    heads = heads_of(ranges, style, kv_rules, name)
    layers, hidden, others = attention_axes(ranges, extents, style, heads, whole_heads=whole_heads)
    own_ratio = _own_ratio(name, "ffn_ratio", ranges, gated=style.gated_ffn)
    lattice = Lattice((layers, hidden, _ffn_axis(ranges, hidden, own_ratio), *others))
    bare = DesignSpace(name, lattice, style, seq_len, flop_count, (), whole_heads, heads=heads)
    limits: list[Limit] = []
    for ratio, resource in RATIOS.items():
        own = _own_ratio(name, ratio, ranges, gated=style.gated_ffn)
        limits += range_limits(ratio, resource, merged(ranges.get(ratio), own), "ratio")
    own = observed("tokens_per_parameter") if name == "conventional" else Range()
    limits += tokens_per_parameter_limits(bare, ranges, own)
    return limited(bare, limits, ranges)


def _ffn_axis(ranges: Mapping[str, Range], hidden: Axis, own_ratio: Range) -> Axis:
    """The axis of FFN sizes; without a range, as far as the FFN ratio takes the hidden sizes."""
    ratio = merged(ranges.get("ffn_ratio"), own_ratio)
    ratio = merged(ratio, Range(*WIDE_FFN_RATIO))
    least, most = ratio.low or Fraction(0), ratio.high or 2 * (ratio.low or 1)
    step = DEFAULT_STEPS["intermediate_size"]
    own = Range(max(step, int(least * hidden.low)), max(step, int(most * hidden.high)))
    return axis_of("intermediate_size", ranges.get("intermediate_size"), own, step)


def _extent(name: SpaceName, quantity: str) -> Range:
    """The ends of the axis of layers or hidden sizes where the user asks for no range."""
    return observed(quantity) if name == "conventional" else Range(*WIDE[quantity])


def _own_ratio(name: SpaceName, ratio: str, ranges: Mapping[str, Range], *, gated: bool) -> Range:
    """The space's own range of a ratio, open where it has none.

    FFN sizes that the user lists one by one are taken as they are: then the space does not bound
    `ffn_ratio`.
    """
    ffn = ranges.get("intermediate_size")
    named = ratio == "ffn_ratio" and ffn is not None and ffn.values is not None
    if named or name != "conventional":
        return Range()
    return observed(ratio if gated or ratio != "ffn_ratio" else "plain_ffn_ratio")
