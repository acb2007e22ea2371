"""The design space: which sizes a plan may have, before any budget.

`DesignSpace` serves dense models and mixtures of experts. The space of the former is built in
`constraints.space.dense_space`, that of the latter in `constraints.space.expert_space`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from typing import Any, Literal, TypeVar

from constraints.algebra.limit import TOKENS, Limit
from constraints.algebra.posynomial import Posynomial, constant, variable
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
    FlopCount,
    active_parameters,
    parameters,
    training_flops_per_token,
)
from constraints.models.layers import layers_of
from constraints.models.variables import EXPERT_FFN, EXPERTS, HEAD_DIM, HEADS, HIDDEN, ROUTED
from constraints.space.attention_axes import hidden_axes
from constraints.space.axis import Axis
from constraints.space.heads import Heads
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
"""Number of posynomials kept for reuse: in a batch, most scenarios share theirs."""


@dataclass(frozen=True)
class DesignSpace:
    """A lattice of sizes, the style that all designs share, and the limits on their shape.

    In a lattice of dense models every size has an axis or is carried by the axis of hidden sizes,
    except those that follow: the heads, which are hidden_size / head_dim unless they are carried,
    and the KV heads of attention that has as many as heads. With latent attention, heads are as
    wide as their values. A lattice of mixtures of experts differs from it. Its axis of layers
    counts only the layers with experts (`num_moe_layers`). It has axes of the experts' sizes, and
    none of intermediate_size: the leading dense layers are as wide as all the experts together that
    a token meets, shared ones included. DeepSeek-V3 (arXiv 2412.19437 §4.2), Kimi K2 and Moonlight
    are built like that.

    Attributes:
        name: `conventional` (shapes within quantiles of published models) or `wide`.
        lattice: the axes, those with a single value included.
        style: all properties of the models that are not sizes.
        seq_len: length of training sequences [token].
        flop_count: convention by which training FLOPs are counted.
        limits: limits on ratios of shape and on tokens per parameter.
        whole_heads: whether heads are whole, and every KV head serves equally many of them. False
            for comparisons only.
        conventional: names of the limits that come from published models, not from the user.
        heads: what heads may go with a hidden size; None if that does not matter.
    """

    name: str
    lattice: Lattice
    style: Style
    seq_len: int
    flop_count: FlopCount
    limits: tuple[Limit, ...]
    whole_heads: bool = True
    conventional: frozenset[str] = frozenset()
    heads: Heads | None = field(default=None, compare=False)

    @cached_property
    def parameters(self) -> Posynomial:
        """All parameters, as a posynomial in the sizes on the axes [parameter]."""
        return self.in_axes(parameters(self.style))

    @cached_property
    def active_parameters(self) -> Posynomial:
        """Parameters that a token meets, as a posynomial in the sizes on the axes [parameter]."""
        return self.in_axes(active_parameters(self.style))

    @cached_property
    def training_flops_per_token(self) -> Posynomial:
        """Training FLOPs of a token, as a posynomial in the sizes on the axes [FLOP/token]."""
        per_token = training_flops_per_token(self.style, self.seq_len, self.flop_count)
        return self.in_axes(per_token)

    @cached_property
    def derived(self) -> dict[str, Posynomial]:
        """Quantities that a law may use besides the axes, as posynomials in the sizes on the axes.

        These are all parameters [parameter] and, of a mixture of experts, all layers [layer], the
        experts of a layer and those that a token meets, shared ones included in both [expert].
        """
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

    @cached_property
    def heads_in_use(self) -> frozenset[tuple[int, int]]:
        """Heads and KV heads of all designs, in pairs [head]."""
        lattice, found = self.lattice, set()
        hidden = lattice.axis("hidden_size")
        for i, size in enumerate(hidden.values):
            sizes = {axis.name: axis.low for axis in lattice.axes} | {"hidden_size": size}
            known = self.complete(sizes | {name: values[i] for name, values in hidden.carried})
            found.add((known["num_attention_heads"], known["num_key_value_heads"]))
        return frozenset(found)

    def with_values(self, name: str, values: tuple[int, ...]) -> DesignSpace:
        """The space with other values on one axis; hidden sizes get the heads that go with them.

        Args:
            name: name of the axis.
            values: its values, in increasing order.

        Raises:
            InputError: if no value or no heads are left.
        """
        changed, also = Axis(name, values), {}
        if name == "hidden_size" and self.heads is not None and self.whole_heads:
            latent = self.style.latent is not None
            changed, fixed = hidden_axes(changed, self.heads, latent=latent)
            also = {axis.name: axis for axis in fixed}
        kept = [
            also.pop(axis.name, changed if axis.name == name else axis)
            for axis in self.lattice.axes
            if axis.name not in {carried for carried, _ in changed.carried}
        ]
        return replace(self, lattice=Lattice((*kept, *also.values())))

    def in_axes(self, posynomial: Posynomial) -> Posynomial:
        """Rewrite a posynomial in an architecture's sizes as one in the sizes on the axes."""
        return _in_axes(posynomial, self.style, frozenset(self.lattice.sizes))

    def complete(self, sizes: Mapping[str, Number]) -> dict[str, Number]:
        """All sizes of designs, from the sizes on the axes.

        Args:
            sizes: the sizes on the axes by name; each is a number, or an array [n] for n designs.

        Returns:
            These and the sizes that follow from them: heads, KV heads and their width and, of a
            mixture of experts, all layers, the experts with the shared ones, and intermediate_size.
        """
        known: dict[str, Any] = dict(sizes)
        latent = self.style.latent
        if latent is not None:
            known["head_dim"] = latent.key_width + 0 * known["hidden_size"]  # one for each design
        if "num_attention_heads" not in known:
            width = known["head_dim"] if latent is None else latent.v_head_dim
            known["num_attention_heads"] = known["hidden_size"] // width
        if "num_key_value_heads" not in known:
            known["num_key_value_heads"] = known["num_attention_heads"]
        experts = self.style.experts
        if experts is not None:
            shared = int(experts.shared_experts)
            known["num_hidden_layers"] = known[MOE_LAYERS] + experts.dense_layers
            known[EXPERTS_IN_ALL] = known["num_experts"] + shared
            known[EXPERTS_MET] = known["num_experts_per_tok"] + shared
            known["intermediate_size"] = known[EXPERTS_MET] * known["moe_intermediate_size"]
        return known

    def architecture(self, sizes: Mapping[str, int]) -> Architecture:
        """The architecture of a design, given by its sizes on the axes."""
        known = self.complete(sizes)
        names = SIZES if self.style.experts is None else (*SIZES, *EXPERT_SIZES)
        return Architecture(**{name: known[name] for name in names}, style=self.style)


@lru_cache(maxsize=MOST_KEPT)
def _in_axes(posynomial: Posynomial, style: Style, sizes: frozenset[str]) -> Posynomial:
    found = posynomial
    if "num_key_value_heads" not in sizes:
        found = found.substitute("num_key_value_heads", HEADS)
    if "num_attention_heads" not in sizes:
        width = HEAD_DIM if style.latent is None else constant(style.latent.v_head_dim)
        found = found.substitute("num_attention_heads", HIDDEN / width)
    if style.experts is None:
        return found
    met = (ROUTED + int(style.experts.shared_experts)) * EXPERT_FFN
    found = found.substitute("num_hidden_layers", layers_of(style))
    return found.substitute("intermediate_size", met)


def limited(bare: DesignSpace, limits: list[Limit], ranges: Mapping[str, Range]) -> DesignSpace:
    """A space with its limits. Those that no range of the user makes are marked as conventional.

    Args:
        bare: the space without limits.
        limits: the limits on shape and on tokens per parameter.
        ranges: the ranges that the user asks for, by name.
    """
    asked = names_asked(ranges)
    named = bare.name == "conventional"
    own = frozenset(limit.name for limit in limits if named and limit.name not in asked)
    return replace(bare, limits=tuple(limits), conventional=own)


def tokens_per_parameter_limits(
    bare: DesignSpace, ranges: Mapping[str, Range], own: Range
) -> list[Limit]:
    """The limits on training tokens per parameter.

    They are written for parameters / tokens, which is a posynomial.

    Args:
        bare: the space, whose parameters are counted.
        ranges: the ranges that the user asks for, by name.
        own: the space's own range [token/parameter], used where the user's is open.
    """
    name = "tokens_per_parameter"
    per_token = bare.parameters / variable(TOKENS)
    wanted = merged(ranges.get(name), own)
    return range_limits(name, per_token, wanted, "tokens", reciprocal=True)
