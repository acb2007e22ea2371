"""The sizes of a transformer as variables: what every posynomial of a model is written in.

Names are those of `constraints.models.architecture.Architecture`, with the units given there.
"""

from __future__ import annotations

from constraints.algebra.posynomial import variable

__all__ = [
    "EXPERTS",
    "EXPERT_FFN",
    "FFN",
    "HEADS",
    "HEAD_DIM",
    "HIDDEN",
    "KEY_VALUE",
    "KV_HEADS",
    "LAYERS",
    "MOE_LAYERS",
    "QUERY",
    "ROUTED",
    "VOCAB",
]

LAYERS = variable("num_hidden_layers")
HIDDEN = variable("hidden_size")
FFN = variable("intermediate_size")
HEADS = variable("num_attention_heads")
KV_HEADS = variable("num_key_value_heads")
HEAD_DIM = variable("head_dim")
VOCAB = variable("vocab_size")
MOE_LAYERS = variable("num_moe_layers")
EXPERTS = variable("num_experts")
ROUTED = variable("num_experts_per_tok")
EXPERT_FFN = variable("moe_intermediate_size")
QUERY = HEADS * HEAD_DIM
KEY_VALUE = KV_HEADS * HEAD_DIM
