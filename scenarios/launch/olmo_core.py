"""A module for OLMo-core: the model's and the optimizer's configs, and how training is spread."""

from __future__ import annotations

from collections.abc import Iterator

from constraints.errors import InputError
from constraints.models.attention import Attention
from optimizer.plans.recipe import BETAS, CLIP, LEAST_RATE
from scenarios.launch.launched import NORM_EPSILON, ROPE_THETA, Launched

__all__ = ["olmo_core_module"]


def olmo_core_module(plan: Launched) -> dict[str, str]:
    """The file `olmo_core_config.py`.

    Args:
        plan: what is launched.

    Raises:
        InputError: if the plan is no Llama in another size.
    """
    style = plan.model.style
    attention = style.attention
    usual = isinstance(attention, Attention) and attention.window is None and style.gated_ffn
    if style.experts is not None or not usual or style.tie_word_embeddings:
        rule = "can train a Llama here: dense, with full grouped-query attention, untied and gated"
        raise InputError("--to olmo-core", rule)
    return {"olmo_core_config.py": "\n".join(_lines(plan)) + "\n"}


def _lines(plan: Launched) -> Iterator[str]:
    model, recipe, layout = plan.model, plan.recipe, plan.layout
    yield from (f"# {line}" for line in plan.header)
    yield "# For OLMo-core 3; data, tokenizer and checkpoints are yours to add."
    yield "from olmo_core.nn.feed_forward import FeedForwardConfig"
    yield "from olmo_core.nn.transformer import TransformerConfig"
    yield "from olmo_core.optim import AdamWConfig, CosWithWarmup"
    yield ""
    yield "model = TransformerConfig.llama_like("
    yield f"    d_model={model.hidden_size},"
    yield f"    vocab_size={model.vocab_size},"
    yield f"    n_layers={model.num_hidden_layers},"
    yield f"    n_heads={model.num_attention_heads},"
    yield f"    n_kv_heads={model.num_key_value_heads},"
    yield f"    head_dim={model.head_dim},"
    yield f"    feed_forward=FeedForwardConfig(hidden_size={model.intermediate_size}, bias=False),"
    yield f"    layer_norm_eps={NORM_EPSILON:g},"
    yield f"    rope_theta={ROPE_THETA:.0f},"
    yield ")"
    yield "optimizer = AdamWConfig("
    yield f"    lr={recipe.learning_rate:g}, betas={BETAS}, weight_decay={recipe.weight_decay:g}"
    yield ")"
    yield f"scheduler = CosWithWarmup(warmup={recipe.warmup_steps}, alpha_f={LEAST_RATE:g})"
    yield f"max_grad_norm = {CLIP:g}"
    yield f"sequence_length = {recipe.seq_len}"
    yield f"global_batch_size = {recipe.batch}  # tokens"
    yield f"max_steps = {recipe.steps}"
    if layout is None:
        yield "# The plan has no layout: plan with --gpus, --gpu and --layout auto."
        return
    yield f"rank_microbatch_size = {layout.micro_batch * recipe.seq_len}  # tokens"
    yield f"tensor_parallel_degree = {layout.tensor}"
    yield f"pipeline_parallel_degree = {layout.pipeline}"
    yield f"context_parallel_degree = {layout.context}"
    yield f"data_parallel_degree = {layout.data}"
    yield f"activation_checkpointing = {layout.recomputation == 'full'}"
