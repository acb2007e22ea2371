"""A Hugging Face config.json, in the form of the first model type that has the plan's shape."""

from __future__ import annotations

import json
from typing import Any

from constraints.errors import InputError
from constraints.models.attention import Attention, Latent
from scenarios.launch.launched import NORM_EPSILON, ROPE_THETA, Launched

__all__ = ["hf_config"]

DTYPES = {"bf16": "bfloat16", "fp16": "float16", "fp8": "bfloat16"}
"""Number format of the weights, by that of training; fp8 is of the products alone."""


def hf_config(plan: Launched) -> dict[str, str]:
    """The file `config.json`.

    transformers 4 reads `rope_theta` and `torch_dtype`, transformers 5 `rope_parameters` and
    `dtype`; each leaves the other's names alone.

    Args:
        plan: what is launched.

    Raises:
        InputError: if no model type has the plan's shape.
    """
    model = plan.model
    if not model.style.gated_ffn:
        raise InputError("--to hf", "has no model type with RMSNorm and FFNs of two matrices")
    if model.style.global_every:
        rule = "has no model type whose layers have windows, but for every n-th, and no more norms"
        raise InputError("--to hf", rule)
    dtype = DTYPES[plan.precision]
    known: dict[str, Any] = {
        **_form(plan),
        "vocab_size": model.vocab_size,
        "hidden_size": model.hidden_size,
        "num_hidden_layers": model.num_hidden_layers,
        "num_attention_heads": model.num_attention_heads,
        "num_key_value_heads": model.num_key_value_heads,
        "hidden_act": "silu",
        "max_position_embeddings": plan.recipe.seq_len,
        "rms_norm_eps": NORM_EPSILON,
        "rope_theta": ROPE_THETA,
        "rope_parameters": {"rope_type": "default", "rope_theta": ROPE_THETA},
        "attention_bias": False,
        "attention_dropout": 0.0,
        "initializer_range": 0.02,
        "tie_word_embeddings": model.style.tie_word_embeddings,
        "torch_dtype": dtype,
        "dtype": dtype,
        "use_cache": True,
    }
    return {"config.json": json.dumps(known, indent=2) + "\n"}


def _form(plan: Launched) -> dict[str, Any]:
    """The model type, and the fields that only it has."""
    model, attention, experts = plan.model, plan.model.style.attention, plan.model.style.experts
    if isinstance(attention, Latent):
        return _deepseek(plan, attention)
    if experts is None:
        return _dense(plan, attention)
    if attention.window is not None and (experts.shared_experts or experts.dense_layers):
        raise InputError(
            "--to hf", "has no model type with windows, shared experts or dense layers"
        )
    if experts.shared_experts or experts.dense_layers:
        return {
            **_named("glm4_moe", "Glm4MoeForCausalLM"),
            **_experts(plan),
            "head_dim": model.head_dim,
            "partial_rotary_factor": 1.0,
            "rope_parameters": {
                "rope_type": "default",
                "rope_theta": ROPE_THETA,
                "partial_rotary_factor": 1.0,
            },
            "use_qk_norm": False,
        }
    return {
        **_named("mixtral", "MixtralForCausalLM"),
        "head_dim": model.head_dim,
        "intermediate_size": model.moe_intermediate_size,
        "num_local_experts": model.num_experts,
        "num_experts_per_tok": model.num_experts_per_tok,
        "sliding_window": attention.window,
        "router_aux_loss_coef": 0.001,
    }


def _dense(plan: Launched, attention: Attention) -> dict[str, Any]:
    shared = {"head_dim": plan.model.head_dim, "intermediate_size": plan.model.intermediate_size}
    if attention.window is None:
        return {**_named("llama", "LlamaForCausalLM"), **shared, "mlp_bias": False}
    return {
        **_named("mistral", "MistralForCausalLM"),
        **shared,
        "sliding_window": attention.window,
    }


def _deepseek(plan: Launched, attention: Latent) -> dict[str, Any]:
    """DeepSeek-V3's form; a dense model is one whose layers are all leading dense ones."""
    model = plan.model
    found = {
        **_named("deepseek_v3", "DeepseekV3ForCausalLM"),
        "q_lora_rank": attention.q_lora_rank,
        "kv_lora_rank": attention.kv_lora_rank,
        "qk_nope_head_dim": attention.qk_nope_head_dim,
        "qk_rope_head_dim": attention.qk_rope_head_dim,
        "v_head_dim": attention.v_head_dim,
    }
    if model.style.experts is not None:
        return {**found, **_experts(plan)}
    return {
        **found,
        "intermediate_size": model.intermediate_size,
        "first_k_dense_replace": model.num_hidden_layers,
    }


def _experts(plan: Launched) -> dict[str, Any]:
    """Experts as DeepSeek-V3 and GLM-4 name them."""
    model, experts = plan.model, plan.model.style.experts
    assert experts is not None
    if experts.shared_experts.denominator != 1:
        rule = "has no model type whose shared experts are of another width than the routed"
        raise InputError("--to hf", rule, float(experts.shared_experts))
    return {
        "intermediate_size": model.intermediate_size,
        "moe_intermediate_size": model.moe_intermediate_size,
        "n_routed_experts": model.num_experts,
        "num_experts_per_tok": model.num_experts_per_tok,
        "n_shared_experts": int(experts.shared_experts),
        "first_k_dense_replace": experts.dense_layers,
        "n_group": 1,
        "topk_group": 1,
        "norm_topk_prob": True,
        "routed_scaling_factor": 1.0,
    }


def _named(model_type: str, architecture: str) -> dict[str, Any]:
    return {"architectures": [architecture], "model_type": model_type}
