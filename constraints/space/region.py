"""The feasible region: a design space, a budget and further limits; exact at every design.

The tokens of a design are not a choice: the score of a law never falls with tokens. So a plan takes
as many tokens as the limits allow, or as many as the law can still use, whichever is fewer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property

from constraints.algebra.limit import TOKENS, Limit, LimitKind
from constraints.algebra.posynomial import Exact, Posynomial
from constraints.clock.fitted_layout import FittedLayout
from constraints.clock.layout_choice import LayoutChoice
from constraints.errors import InputError
from constraints.models.activated_experts import NUM_ACTIVATED, activated_experts
from constraints.models.architecture import Architecture
from constraints.resources.text_supply import TextSupply
from constraints.space.design_space import DesignSpace

__all__ = ["COMPUTE", "LIFETIME", "OUT_OF_REACH", "Region"]

LIFETIME = "lifetime_flops"
"""Name of the limit on the FLOPs of training and of serving together."""
COMPUTE = ("training_flops", LIFETIME)
"""Names of the limits on compute, against which the FLOPs of recomputed activations count."""
OUT_OF_REACH = Fraction(10) ** 45
"""A bound that no quantity of any plan comes near."""


@dataclass(frozen=True)
class Region:
    """All plans that satisfy the limits.

    Attributes:
        space: the designs, and the limits on their shape.
        limits: all limits, those of the space included. At least one is a cap on tokens.
        token_step: training tokens are a multiple of this [token].
        text: how many unique training tokens there are.
        layout_choice: layouts in which the cluster can train a model; None if training memory does
            not matter. A design that fits no layout is not in the region. One that fits only with
            recomputed activations pays for them out of the compute budget.
        streams: number of streams that a decoding step serves together [stream].
    """

    space: DesignSpace
    limits: tuple[Limit, ...]
    token_step: int = 1
    text: TextSupply = field(default_factory=TextSupply)
    layout_choice: LayoutChoice | None = None
    streams: int = 1

    def __post_init__(self) -> None:
        """Check that names are unique, that tokens have a cap, and that steps are positive."""
        names = [limit.name for limit in self.limits]
        if len(set(names)) < len(names):
            raise InputError("limits", "must have different names", names)
        if not any(limit.kind is LimitKind.CAP for limit in self.limits):
            raise InputError("limits", "must bound tokens from above, by a budget for one", names)
        if self.layout_choice is not None and not self.space.whole_heads:
            raise InputError("layout_choice", "must go with whole heads")
        if self.token_step < 1:
            raise InputError("token_step", "must be ≥ 1", self.token_step)

    @cached_property
    def parameters(self) -> Posynomial:
        """All parameters, as a posynomial in the sizes on the axes [parameter]."""
        return self.space.parameters

    @cached_property
    def training_flops_per_token(self) -> Posynomial:
        """Training FLOPs of a token, as a posynomial in the sizes on the axes [FLOP/token]."""
        return self.space.training_flops_per_token

    def limit(self, name: str) -> Limit:
        """The limit with this name."""
        return next(limit for limit in self.limits if limit.name == name)

    def freed(self, name: str) -> Region:
        """The region without one limit.

        The last cap on tokens is not dropped, as tokens must stay bounded: its bound is put out of
        reach instead.
        """
        caps = [x.name for x in self.limits if x.kind is LimitKind.CAP]
        if caps == [name]:
            return self.lifted(name)
        return replace(self, limits=tuple(x for x in self.limits if x.name != name))

    def lifted(self, name: str) -> Region:
        """The region with the bound of one limit out of reach."""
        return self.with_bound(
            name, OUT_OF_REACH if self.limit(name).sign > 0 else 1 / OUT_OF_REACH
        )

    def with_bound(self, name: str, bound: Exact) -> Region:
        """The region with another bound for one of its limits."""
        moved = tuple(replace(x, bound=bound) if x.name == name else x for x in self.limits)
        return replace(self, limits=moved)

    def within(self, limit: Limit, bound: Exact) -> Region:
        """The region with a limit at a bound, in place of the limit with the same name, if any."""
        if any(x.name == limit.name for x in self.limits):
            return self.with_bound(limit.name, bound)
        return replace(self, limits=(*self.limits, replace(limit, bound=bound)))

    @property
    def compute(self) -> Limit:
        """The limit on training FLOPs, or on those of training and serving together."""
        return next(limit for limit in self.limits if limit.name in COMPUTE)

    def complete(self, sizes: Mapping[str, int]) -> dict[str, Exact]:
        """The sizes on the axes and all that follows from them, by name.

        Of a mixture of experts that includes the experts which the streams activate together.
        """
        known: dict[str, Exact] = dict(self.space.complete(sizes))
        if self.space.style.experts is not None:
            pair = sizes["num_experts"], sizes["num_experts_per_tok"]
            known[NUM_ACTIVATED] = activated_experts(*pair, self.streams)
        return known

    def fitted_layout(self, sizes: Mapping[str, int]) -> FittedLayout | None:
        """The layout in which a design is trained; None if none fits or layouts do not matter."""
        if self.layout_choice is None:
            return None
        return self.layout_choice.fit(self.space.complete(sizes))

    def spent(self, limit: Limit, sizes: Mapping[str, int], tokens: int) -> Exact:
        """What a plan takes of a limit's resource, recomputation included [unit of the resource].

        Args:
            limit: one of the limits.
            sizes: the design's sizes on the axes.
            tokens: training tokens [token].
        """
        cost = self._recomputing(sizes) if limit.name in COMPUTE else None
        return limit.resource.value({**self.complete(sizes), TOKENS: tokens * (cost or 1)})

    def _recomputing(self, sizes: Mapping[str, int]) -> Exact | None:
        """FLOPs spent over FLOPs counted [unitless]; None if no layout holds the model."""
        if self.layout_choice is None:
            return 1
        return self.layout_choice.cost(self.space.complete(sizes))

    def token_span(self, sizes: Mapping[str, int]) -> tuple[int, int] | None:
        """The fewest and the most tokens that all limits allow for a design [token], exact.

        Both are multiples of `token_step`.

        Args:
            sizes: the design's sizes on the axes.

        Returns:
            (fewest, most), or None if the design is not in the region with any number of tokens.
        """
        gates = (limit for limit in self.limits if limit.kind is LimitKind.GATE)
        known = self.complete(sizes) if self.streams > 1 else sizes
        if not all(limit.holds(known) for limit in gates):
            return None
        cost = self._recomputing(sizes)
        if cost is None:
            return None
        caps = [
            x.token_limit(sizes, cost if x.name in COMPUTE else 1)
            for x in self.limits
            if x.kind is LimitKind.CAP
        ]
        floors = [x.token_limit(sizes) for x in self.limits if x.kind is LimitKind.FLOOR]
        most = self._steps_down(min(caps))
        least = max([self.token_step, *(self.steps_up(floor) for floor in floors)])
        return (least, most) if least <= most else None

    def tokens(self, sizes: Mapping[str, int], enough: Exact | None = None) -> int | None:
        """The training tokens of a design's plan [token]; None if no number is allowed.

        The result satisfies every limit exactly. One step more would break a limit or gain nothing.

        Args:
            sizes: the design's sizes on the axes.
            enough: effective tokens from which on the law sees no gain (its saturation) [token];
                None if there is no such number. A plan exceeds it only if a floor demands it.
        """
        span = self.token_span(sizes)
        if span is None:
            return None
        least, most = span
        enough = None if enough is None else self.text.needed(enough)
        return most if enough is None else max(least, min(most, self.steps_up(enough)))

    def _steps_down(self, tokens: Exact) -> int:
        """The greatest multiple of `token_step` that is at most `tokens` [token]."""
        step = self.token_step
        return tokens.numerator // (tokens.denominator * step) * step

    def steps_up(self, tokens: Exact) -> int:
        """The least multiple of `token_step` that is at least `tokens` [token]."""
        step = self.token_step
        return -(-tokens.numerator // (tokens.denominator * step)) * step

    def architecture(self, sizes: Mapping[str, int]) -> Architecture:
        """The architecture of a design, given by its sizes on the axes."""
        return self.space.architecture(sizes)
