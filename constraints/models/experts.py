"""What a mixture of experts adds to a transformer.

`Experts` holds what a team chooses once. How many experts there are, how many of them a
token gets and how wide they are, are sizes like any other
(`constraints.models.architecture.EXPERT_SIZES`).
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from constraints.errors import InputError

__all__ = ["Experts"]


@dataclass(frozen=True)
class Experts:
    """Properties of a mixture of experts that are not sizes.

    The FFN of every layer is a mixture of experts, except in the leading dense layers or where
    `Style.layers` says otherwise.

    Attributes:
        shared_experts: width of the FFN that every token passes through, in widths of a routed
            expert [expert].
        shared_gate: whether a scalar gate weighs the shared experts (Qwen 1.5).
        dense_layers: number of layers with a usual FFN [layer]: leading ones (DeepSeek), or those
            that stand in between (Llama 4).
        router_bias: whether the router has biases (gpt-oss).
        expert_bias: whether the experts have biases (gpt-oss).
        latent_width: width to which the tokens are projected before the routed experts, and back
            after them (Nemotron 3) [unitless]; None if experts are as wide as the hidden size.
        capacity_factor: places of experts that are computed, over the experts that tokens get
            [unitless] (GShard, arXiv 2006.16668). 1 if no token is dropped and none is padded.
    """

    shared_experts: Fraction = Fraction(0)
    shared_gate: bool = False
    dense_layers: int = 0
    router_bias: bool = False
    expert_bias: bool = False
    latent_width: int | None = None
    capacity_factor: Fraction = Fraction(1)

    def __post_init__(self) -> None:
        """Check that counts are not negative and that experts have places."""
        if self.capacity_factor < 1:
            rule = "must be ≥ 1: with fewer places than tokens some would meet no expert"
            raise InputError("capacity_factor", rule, float(self.capacity_factor))
        if self.shared_experts < 0:
            raise InputError("shared_experts", "must be ≥ 0", self.shared_experts)
        if self.dense_layers < 0:
            raise InputError("dense_layers", "must be ≥ 0", self.dense_layers)
