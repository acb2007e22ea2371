"""What a mixture of experts and latent attention add to a transformer.

`Experts` and `Latent` hold what a team chooses once. How many experts there are, how many of them a
token gets and how wide they are, are sizes like any other
(`constraints.models.architecture.EXPERT_SIZES`).
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from constraints.errors import InputError

__all__ = ["Experts", "Latent"]


@dataclass(frozen=True)
class Experts:
    """Properties of a mixture of experts that are not sizes.

    The FFN of every layer is a mixture of experts, except in the leading dense layers.

    Attributes:
        shared_experts: width of the FFN that every token passes through, in widths of a routed
            expert [expert].
        shared_gate: whether a scalar gate weighs the shared experts (Qwen 1.5).
        dense_layers: number of leading layers with a usual FFN (DeepSeek) [layer].
        router_bias: whether the router has biases (gpt-oss).
        expert_bias: whether the experts have biases (gpt-oss).
        capacity_factor: places of experts that are computed, over the experts that tokens get
            [unitless] (GShard, arXiv 2006.16668). 1 if no token is dropped and none is padded.
    """

    shared_experts: Fraction = Fraction(0)
    shared_gate: bool = False
    dense_layers: int = 0
    router_bias: bool = False
    expert_bias: bool = False
    capacity_factor: Fraction = Fraction(1)

    def __post_init__(self) -> None:
        """Check that counts are not negative and that experts have places."""
        if self.capacity_factor <= 0:
            raise InputError("capacity_factor", "must be > 0", float(self.capacity_factor))
        if self.shared_experts < 0:
            raise InputError("shared_experts", "must be ≥ 0", self.shared_experts)
        if self.dense_layers < 0:
            raise InputError("dense_layers", "must be ≥ 0", self.dense_layers)


@dataclass(frozen=True)
class Latent:
    """Multi-head latent attention (DeepSeek-V2, arXiv 2405.04434, §2.1), by its widths.

    Attributes:
        q_lora_rank: width of the compressed queries [unitless]; None if they are not compressed.
        kv_lora_rank: width of the compressed keys and values [unitless].
        qk_nope_head_dim: width of a head's keys without positions [unitless].
        qk_rope_head_dim: width of a head's keys with rotary positions [unitless].
        v_head_dim: width of a head's values [unitless].
    """

    q_lora_rank: int | None
    kv_lora_rank: int
    qk_nope_head_dim: int
    qk_rope_head_dim: int
    v_head_dim: int

    def __post_init__(self) -> None:
        """Check that widths are positive."""
        for name in ("kv_lora_rank", "qk_nope_head_dim", "qk_rope_head_dim", "v_head_dim"):
            if getattr(self, name) < 1:
                raise InputError(name, "must be ≥ 1", getattr(self, name))
        if self.q_lora_rank is not None and self.q_lora_rank < 1:
            raise InputError("q_lora_rank", "must be ≥ 1", self.q_lora_rank)

    @property
    def key_width(self) -> int:
        """Width of one head's queries and keys [unitless]."""
        return self.qk_nope_head_dim + self.qk_rope_head_dim
