"""The design space of dense models: layers, hidden sizes and FFN sizes.

`conventional` stays where published models are (`constraints.published.published_ranges`); `wide`
drops all that.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from constraints.algebra.limit import Limit
from constraints.algebra.posynomial import Posynomial, variable
from constraints.algebra.units import Range
from constraints.models.architecture import Style
from constraints.models.counting import FlopCount
from constraints.published.published_ranges import observed
from constraints.space.attention_axes import DEFAULT_STEPS, attention_axes
from constraints.space.design_space import (
    DesignSpace,
    SpaceName,
    limited,
    tokens_per_parameter_limits,
)
from constraints.space.lattice import Axis, Lattice
from constraints.space.ranges import axis_of, merged, range_limits

__all__ = ["RATIOS", "dense_space"]

WIDE = {"num_hidden_layers": (1, 200), "hidden_size": (128, 32_768)}
WIDE_FFN_RATIO = (1, 8)
"""Ends of the FFN axis in the wide space, as multiples of the ends of the hidden axis."""

RATIOS: dict[str, Posynomial] = {
    "ffn_ratio": variable("intermediate_size") / variable("hidden_size"),
    "hidden_per_layer": variable("hidden_size") / variable("num_hidden_layers"),
}


def dense_space(
    name: SpaceName = "conventional",
    ranges: Mapping[str, Range] | None = None,
    *,
    style: Style | None = None,
    seq_len: int = 8192,
    flop_count: FlopCount = "causal",
    whole_heads: bool = True,
) -> DesignSpace:
    """A space of dense models with some of its ranges replaced.

    ranges: by size name, or `ffn_ratio`, `hidden_per_layer`, `tokens_per_parameter`; an open end
    keeps the space's own. Raises InputError if a range leaves nothing.
    """
    style = style or Style()
    ranges = dict(ranges or {})
    extents = {size: _extent(name, size) for size in WIDE}
    layers, hidden, *others = attention_axes(ranges, extents, whole_heads=whole_heads)
    lattice = Lattice((layers, hidden, _ffn_axis(name, ranges, hidden), *others))
    bare = DesignSpace(name, lattice, style, seq_len, flop_count, (), whole_heads)
    limits: list[Limit] = []
    for ratio, resource in RATIOS.items():
        own = _own_ratio(name, ratio, ranges)
        limits += range_limits(ratio, resource, merged(ranges.get(ratio), own), "ratio")
    own = observed("tokens_per_parameter") if name == "conventional" else Range()
    limits += tokens_per_parameter_limits(bare, ranges, own)
    return limited(bare, limits, ranges)


def _ffn_axis(name: SpaceName, ranges: Mapping[str, Range], hidden: Axis) -> Axis:
    ratio = merged(ranges.get("ffn_ratio"), _own_ratio(name, "ffn_ratio", ranges))
    ratio = merged(ratio, Range(*WIDE_FFN_RATIO))
    least, most = ratio.low or Fraction(0), ratio.high or 2 * (ratio.low or 1)
    step = DEFAULT_STEPS["intermediate_size"]
    own = Range(max(step, int(least * hidden.low)), max(step, int(most * hidden.high)))
    return axis_of("intermediate_size", ranges.get("intermediate_size"), own, step)


def _extent(name: SpaceName, quantity: str) -> Range:
    return observed(quantity) if name == "conventional" else Range(*WIDE[quantity])


def _own_ratio(name: SpaceName, ratio: str, ranges: Mapping[str, Range]) -> Range:
    """The space's own limits on a ratio; FFN sizes named one by one speak for themselves."""
    ffn = ranges.get("intermediate_size")
    named = ratio == "ffn_ratio" and ffn is not None and ffn.values is not None
    return Range() if named or name != "conventional" else observed(ratio)
