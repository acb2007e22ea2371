"""The design space: which sizes a plan may have, before any budget.

`conventional` stays where published models are (`constraints.published.published_ranges`); `wide` drops all that.
A space of mixtures of experts is `constraints.space.expert_space`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property, lru_cache
from typing import Any, Literal, TypeVar

from constraints.models.architecture import (
    EXPERT_SIZES,
    EXPERTS_IN_ALL,
    EXPERTS_MET,
    MOE_LAYERS,
    PARAMETERS,
    SIZES,
    Architecture,
    Style,
)
from constraints.models.counting import (
    EXPERT_FFN,
    EXPERTS,
    ROUTED,
    FlopCount,
    active_parameters,
    layers_of,
    parameters,
    training_flops_per_token,
)
from constraints.errors import InputError
from constraints.space.lattice import Axis, Lattice
from constraints.algebra.limit import TOKENS, Limit
from constraints.published.published_ranges import observed
from constraints.algebra.posynomial import Posynomial, variable
from constraints.space.ranges import axis_of, merged, names_asked, range_limits
from constraints.algebra.units import Range

__all__ = [
    "RATIOS",
    "DesignSpace",
    "SpaceName",
    "attention_axes",
    "design_space",
    "limited",
    "tokens_per_parameter_limits",
]

SpaceName = Literal["conventional", "wide"]
Number = TypeVar("Number")
MOST_KEPT = 4096
"""Posynomials that are kept: in a batch most scenarios share theirs."""

DEFAULT_STEPS = {
    "num_hidden_layers": 1,
    "hidden_size": 128,  # GEMM tiles: Anthony et al. 2024 (arXiv 2401.14489), costs of odd widths
    "intermediate_size": 256,
}
DEFAULTS = {"num_key_value_heads": 8, "head_dim": 128, "vocab_size": 128_000}
"""Llama 3's KV heads and head width (arXiv 2407.21783, table 3), its vocabulary rounded."""

WIDE = {"num_hidden_layers": (1, 200), "hidden_size": (128, 32_768)}
WIDE_FFN_RATIO = (1, 8)
"""Ends of the FFN axis in the wide space, as multiples of the ends of the hidden axis."""

RATIOS: dict[str, Posynomial] = {
    "ffn_ratio": variable("intermediate_size") / variable("hidden_size"),
    "hidden_per_layer": variable("hidden_size") / variable("num_hidden_layers"),
}


@dataclass(frozen=True)
class DesignSpace:
    """A lattice of sizes, the style they share, and the limits on their shape.

    name: `conventional` or `wide`. lattice: axes of the free and fixed sizes.
    style: all that is not a size. seq_len: training context [token]. flop_count: the convention.
    limits: limits on shape and on tokens per parameter.
    whole_heads: hidden_size must be a multiple of head_dim · num_key_value_heads, so that the
    heads (hidden_size / head_dim of them) are whole and shared evenly. Off for comparison only.
    conventional: names of the limits that come from published models, not from the user.

    The axes of a mixture of experts have the layers with experts in place of all layers, and no
    intermediate_size: its leading dense layers are as wide as the experts that a token meets
    together, as those of DeepSeek-V3 (arXiv 2412.19437 §4.2), Kimi K2 and Moonlight are.
    """

    name: str
    lattice: Lattice
    style: Style
    seq_len: int
    flop_count: FlopCount
    limits: tuple[Limit, ...]
    whole_heads: bool = True
    conventional: frozenset[str] = frozenset()

    @cached_property
    def parameters(self) -> Posynomial:
        """Parameters as a posynomial in the axes [parameter]."""
        return self.in_axes(parameters(self.style))

    @cached_property
    def active_parameters(self) -> Posynomial:
        """Parameters that a token meets as a posynomial in the axes [parameter]."""
        return self.in_axes(active_parameters(self.style))

    @cached_property
    def training_flops_per_token(self) -> Posynomial:
        """Training FLOPs as a posynomial in the axes [FLOP/token]."""
        per_token = training_flops_per_token(self.style, self.seq_len, self.flop_count)
        return self.in_axes(per_token)

    @cached_property
    def derived(self) -> dict[str, Posynomial]:
        """What laws may look at beside the axes, as posynomials in these."""
        found = {PARAMETERS: self.parameters}
        if self.style.experts is None:
            return found
        shared = int(self.style.experts.shared_experts)
        return {
            **found,
            "num_hidden_layers": layers_of(self.style),
            EXPERTS_IN_ALL: EXPERTS + shared,
            EXPERTS_MET: ROUTED + shared,
        }

    def in_axes(self, posynomial: Posynomial) -> Posynomial:
        """A posynomial in an architecture's sizes, in those that the axes have."""
        return _in_axes(posynomial, self.style)

    def complete(self, sizes: Mapping[str, Number]) -> dict[str, Number]:
        """All sizes of a design from those on the axes, numbers or arrays of them."""
        known: dict[str, Any] = dict(sizes)
        known["num_attention_heads"] = known["hidden_size"] // known["head_dim"]
        experts = self.style.experts
        if experts is not None:
            shared = int(experts.shared_experts)
            known["num_hidden_layers"] = known[MOE_LAYERS] + experts.dense_layers
            known[EXPERTS_IN_ALL] = known["num_experts"] + shared
            known[EXPERTS_MET] = known["num_experts_per_tok"] + shared
            known["intermediate_size"] = known[EXPERTS_MET] * known["moe_intermediate_size"]
        return known

    def architecture(self, sizes: Mapping[str, int]) -> Architecture:
        """The architecture at a lattice point."""
        known = self.complete(sizes)
        names = SIZES if self.style.experts is None else (*SIZES, *EXPERT_SIZES)
        return Architecture(**{name: known[name] for name in names}, style=self.style)


@lru_cache(maxsize=MOST_KEPT)
def _in_axes(posynomial: Posynomial, style: Style) -> Posynomial:
    heads = variable("hidden_size") / variable("head_dim")
    found = posynomial.substitute("num_attention_heads", heads)
    if style.experts is None:
        return found
    met = (ROUTED + int(style.experts.shared_experts)) * EXPERT_FFN
    found = found.substitute("num_hidden_layers", layers_of(style))
    return found.substitute("intermediate_size", met)


def design_space(
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


def limited(bare: DesignSpace, limits: list[Limit], ranges: Mapping[str, Range]) -> DesignSpace:
    """A space with its limits; those that no range asks for are its own."""
    asked = names_asked(ranges)
    named = bare.name == "conventional"
    own = frozenset(limit.name for limit in limits if named and limit.name not in asked)
    return replace(bare, limits=tuple(limits), conventional=own)


def tokens_per_parameter_limits(
    bare: DesignSpace, ranges: Mapping[str, Range], own: Range
) -> list[Limit]:
    """The limits on tokens for each parameter."""
    name = "tokens_per_parameter"
    per_token = bare.parameters / variable(TOKENS)
    wanted = merged(ranges.get(name), own)
    return range_limits(name, per_token, wanted, "tokens", reciprocal=True)


def attention_axes(
    ranges: Mapping[str, Range], extents: Mapping[str, Range], *, whole_heads: bool
) -> tuple[Axis, Axis, Axis, Axis, Axis]:
    """Axes of layers, hidden sizes, KV heads, head widths and vocabularies.

    extents: of layers and hidden sizes, where no range is asked for.
    """
    layers, hidden = (
        axis_of(size, ranges.get(size), extents[size], DEFAULT_STEPS[size])
        for size in ("num_hidden_layers", "hidden_size")
    )
    kv_heads, head_dim, vocab = (
        axis_of(size, ranges.get(size), Range.single(usual)) for size, usual in DEFAULTS.items()
    )
    if whole_heads:
        hidden = _whole_heads(hidden, head_dim, kv_heads)
    return layers, hidden, kv_heads, head_dim, vocab


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


def _whole_heads(hidden: Axis, head_dim: Axis, kv_heads: Axis) -> Axis:
    """The hidden sizes that some head_dim and num_key_value_heads divide."""
    units = {a * b for a in head_dim.values for b in kv_heads.values}
    kept = tuple(size for size in hidden.values if any(size % unit == 0 for unit in units))
    if not kept:
        rule = f"must hold a multiple of head_dim × kv_heads = {min(units)}"
        raise InputError("hidden_size", rule, f"{hidden.low}:{hidden.high}")
    return Axis("hidden_size", kept)
