"""Fields of a config that change a model's size or cost, and that its model type does not use.

A config that carries them is of another model: its type was changed by hand, or it is newer than
what is known here. Counting it would be silently wrong, so that it is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from constraints.configs.reader import Reader
from constraints.errors import ConfigError

__all__ = ["refuse_unread"]

TELLING = {
    "experts": re.compile(
        r"(num|n)_(local_|routed_|shared_|dense_)?experts?(_per_tok(en)?)?|moe_(num_.*|k|top_?k|layers?"
        r"|layer_freq|layer_interval|intermediate_size|ffn_hidden_size|latent_size)|num_moe_.*"
        r"|experts_per_tok(en)?|shared_(expert_)?intermediate_size|first_k_dense_replace"
        r"|num_dense_layers|mlp_only_layers|decoder_sparse_step|interleave_moe_layer_step"
        r"|expert_layer_period|intermediate_size_mlp|mlp_layer_types"
    ),
    "Mamba": re.compile(
        r"mamba_(n_heads|num_heads|d_head|head_dim|d_state|d_ssm|expand|n_groups|d_conv|dt_rank)"
        r"|ssm_state_size|hybrid_(override|layer)_pattern|layers_block_type|attn_layer_\w+"
    ),
    "linear attention": re.compile(
        r"linear_(num_key_heads|num_value_heads|key_head_dim|value_head_dim|conv_kernel_dim)"
        r"|full_attention_interval|full_attn_idxs|linear_attn_config|lightning_\w+"
    ),
    "latent attention": re.compile(
        r"(q|kv)_lora_rank|qk_(nope|rope)_head_dim|v_head_dim|index_(topk|topk_freq|topk_pattern|n_heads|head_dim)|indexer_types"
    ),
    "windows": re.compile(
        r"sliding_window(_size|_pattern)?|layer_types|attention_chunk_size|window_size"
        r"|interleaved_sliding_window|global_attn_every_n_layers|attn_types?_list"
    ),
    "sizes under other names": re.compile(
        r"num_kv_heads|n_head_kv|n_kv_heads|kv_n_heads|multi_query_group_num|num_query_groups"
        r"|n_layers?|num_layers|n_embe?d|d_model|hidden_dim|n_heads?|num_heads|ffn_dim|n_inner"
        r"|ffn_hidden_size|intermediate_dim|kv_channels"
    ),
    "other parts": re.compile(
        r"word_embed_proj_dim|num_kv_shared_layers|hidden_size_per_layer_input|laurel_rank"
        r"|cross_attention_layers|use_cla|num_loops|global_head_dim|swa_head_dim|altup_num_inputs"
    ),
}
"""Names of fields that tell of parts of a model, by what they tell of."""
OFF = {
    "moe_layer_freq": 1,
    "decoder_sparse_step": 1,
    "layer_types": "full_attention",
    "attn_type_list": 1,
}
"""Values of fields that say that nothing is unusual; of lists, if all values are so."""


def refuse_unread(config: Reader) -> None:
    """Refuse a config with fields that matter and that its model type does not use.

    Args:
        config: the config, after everything its type uses was read.

    Raises:
        ConfigError: with the names of the fields, and what they tell of.
    """
    for part, names in TELLING.items():
        if found := list(_unread(config, names)):
            rule = f"must not be there: model type {config.kind} does not use such fields of {part}"
            hint = "the config is of another model_type"
            raise ConfigError(", ".join(found), rule, config.get(found[0]), hint=hint)


def _unread(config: Reader, names: re.Pattern[str]) -> Iterator[str]:
    for name, value in config.config.items():
        if name not in config.asked and names.fullmatch(name) and not _is_off(name, value):
            yield name


def _is_off(name: str, value: Any) -> bool:
    """Whether a value says that the part is not there."""
    if isinstance(value, list):
        return all(_is_off(name, each) for each in value)
    counted = "expert" in name and value == 1  # one expert is an FFN
    return not value or counted or OFF.get(name) == value
