"""The design space: which sizes a plan may have, before any budget.

Dense models have theirs in `constraints.space.dense_space`, mixtures of experts in
`constraints.space.expert_space`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import Any, Literal, TypeVar

from constraints.algebra.limit import TOKENS, Limit
from constraints.algebra.posynomial import Posynomial, variable
from constraints.algebra.units import Range
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
from constraints.space.lattice import Lattice
from constraints.space.ranges import merged, names_asked, range_limits

__all__ = [
    "DesignSpace",
    "SpaceName",
    "limited",
    "tokens_per_parameter_limits",
]

SpaceName = Literal["conventional", "wide"]
Number = TypeVar("Number")
MOST_KEPT = 4096
"""Posynomials that are kept: in a batch most scenarios share theirs."""


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
