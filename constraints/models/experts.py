"""What a mixture of experts and a latent attention add to a transformer.

`Experts` and `Latent` are what a team chooses once; how many experts, how many a token gets and how
wide they are, are sizes like any other (`constraints.models.architecture.EXPERT_SIZES`).
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from constraints.errors import InputError

__all__ = ["Experts", "Latent"]


@dataclass(frozen=True)
class Experts:
    """The FFN of all layers but the first few is a mixture of experts.

    shared_experts: width of the FFN that every token passes, in widths of a routed expert.
    shared_gate: whether a scalar gate weighs it (Qwen 1.5). dense_layers: leading layers with a
    plain FFN (DeepSeek). router_bias, expert_bias: whether router and experts carry biases
    (gpt-oss). capacity_factor: places of experts over tokens that they get, all of which are
    computed (GShard, arXiv 2006.16668); 1 if no token is dropped and none is padded.
    """

    shared_experts: Fraction = Fraction(0)
    shared_gate: bool = False
    dense_layers: int = 0
    router_bias: bool = False
    expert_bias: bool = False
    capacity_factor: Fraction = Fraction(1)

    def __post_init__(self) -> None:
        """Counts are not negative, experts have places."""
        if self.capacity_factor <= 0:
            raise InputError("capacity_factor", "must be > 0", float(self.capacity_factor))
        if self.shared_experts < 0:
            raise InputError("shared_experts", "must be ≥ 0", self.shared_experts)
        if self.dense_layers < 0:
            raise InputError("dense_layers", "must be ≥ 0", self.dense_layers)


@dataclass(frozen=True)
class Latent:
    """Multi-head latent attention (DeepSeek-V2, arXiv 2405.04434, §2.1).

    q_lora_rank: of the queries, None if they are not compressed. kv_lora_rank: of keys and values.
    qk_nope_head_dim, qk_rope_head_dim: of a head's keys, without and with positions; v_head_dim:
    of its values.
    """

    q_lora_rank: int | None
    kv_lora_rank: int
    qk_nope_head_dim: int
    qk_rope_head_dim: int
    v_head_dim: int

    def __post_init__(self) -> None:
        """Widths are positive."""
        for name in ("kv_lora_rank", "qk_nope_head_dim", "qk_rope_head_dim", "v_head_dim"):
            if getattr(self, name) < 1:
                raise InputError(name, "must be ≥ 1", getattr(self, name))
        if self.q_lora_rank is not None and self.q_lora_rank < 1:
            raise InputError("q_lora_rank", "must be ≥ 1", self.q_lora_rank)

    @property
    def key_width(self) -> int:
        """Of one head's queries and keys [unitless]."""
        return self.qk_nope_head_dim + self.qk_rope_head_dim
