"""A TOML file for torchtitan 0.2, and the module that adds the plan's sizes to its Llama 3 models.

torchtitan takes sizes from named flavors in its code, so the file imports one that is written
beside it.
"""

from __future__ import annotations

from collections.abc import Iterator

from constraints.errors import InputError
from constraints.models.attention import Attention
from scenarios.launch.launched import NORM_EPSILON, ROPE_THETA, Launched

__all__ = ["torchtitan_files"]

FLAVOR = "flopwise_flavor"
"""The module that adds the flavor, and the flavor's name."""
MOST_MULTIPLE = 256
"""Largest multiple to which torchtitan is asked to round FFN widths [unitless]: its default."""


def torchtitan_files(plan: Launched) -> dict[str, str]:
    """The files `torchtitan.toml` and `flopwise_flavor.py`.

    Args:
        plan: what is launched.

    Raises:
        InputError: if the plan is no Llama 3 in another size, or its layout is not one of
            torchtitan's.
    """
    _check(plan)
    module = "\n".join(_module(plan)) + "\n"
    return {"torchtitan.toml": "\n".join(_toml(plan)) + "\n", f"{FLAVOR}.py": module}


def _check(plan: Launched) -> None:
    model, style = plan.model, plan.model.style
    attention = style.attention
    usual = isinstance(attention, Attention) and attention.window is None and style.gated_ffn
    if style.experts is not None or not usual or style.tie_word_embeddings:
        rule = "can train a Llama 3: dense, with full grouped-query attention, untied and gated"
        raise InputError("--to torchtitan", rule)
    if model.num_attention_heads * model.head_dim != model.hidden_size:
        raise InputError(
            "--to torchtitan", "needs heads that are as wide as the hidden size together"
        )
    if plan.precision == "fp16":
        raise InputError("--to torchtitan", "trains in bf16", plan.precision)


def _module(plan: Launched) -> Iterator[str]:
    """The flavor; the width of the FFN is that which torchtitan works out of its multiplier."""
    model, width = plan.model, plan.model.intermediate_size
    usual = 8 * model.hidden_size // 3
    yield from (f"# {line}" for line in plan.header)
    yield "from torchtitan.models.llama3 import TransformerModelArgs, llama3_args"
    yield ""
    yield f'llama3_args["{FLAVOR}"] = TransformerModelArgs('
    yield f"    dim={model.hidden_size},"
    yield f"    n_layers={model.num_hidden_layers},"
    yield f"    n_heads={model.num_attention_heads},"
    yield f"    n_kv_heads={model.num_key_value_heads},"
    yield f"    vocab_size={model.vocab_size},"
    yield f"    ffn_dim_multiplier={2 * width + 1} / {2 * usual},"  # a half more, as it rounds down
    yield f"    multiple_of={min(width & -width, MOST_MULTIPLE)},"
    yield f"    norm_eps={NORM_EPSILON:g},"
    yield f"    rope_theta={ROPE_THETA:.0f},"
    yield f"    max_seq_len={plan.recipe.seq_len},"
    yield f")  # an FFN of {model.intermediate_size}"


def _toml(plan: Launched) -> Iterator[str]:
    recipe, layout = plan.recipe, plan.layout
    yield from (f"# {line}" for line in plan.header)
    yield f"# Sizes are in {FLAVOR}.py, which must be on PYTHONPATH:"
    yield from (f"#     {line}" for line in _module(plan) if line and not line.startswith("#"))
    yield ""
    yield "[experimental]"
    yield f'custom_import = "{FLAVOR}"'
    yield ""
    yield "[model]"
    yield 'name = "llama3"'
    yield f'flavor = "{FLAVOR}"'
    yield ""
    yield "[optimizer]"
    yield 'name = "AdamW"'
    yield f"lr = {recipe.learning_rate:g}"
    yield f"weight_decay = {recipe.weight_decay:g}"
    yield ""
    yield "[lr_scheduler]"
    yield f"warmup_steps = {recipe.warmup_steps}"
    yield 'decay_type = "cosine"'
    yield f"decay_ratio = {1 - recipe.warmup_steps / recipe.steps:.6g}"
    yield f"min_lr_factor = {recipe.least_rate / recipe.learning_rate:g}"
    yield ""
    yield "[training]"
    yield f"seq_len = {recipe.seq_len}"
    yield f"steps = {recipe.steps}"
    yield f"global_batch_size = {recipe.sequences}"
    if layout is not None:
        local = recipe.sequences // layout.data if layout.pipeline > 1 else layout.micro_batch
        yield f"local_batch_size = {local}"
    yield "max_norm = 1.0"
    yield from _parallelism(plan)


def _parallelism(plan: Launched) -> Iterator[str]:
    layout = plan.layout
    if layout is None:
        yield "# The plan has no layout: plan with --gpus, --gpu and --layout auto."
        return
    shared = plan.sharding != "unsharded"
    yield ""
    yield "[parallelism]"
    yield f"data_parallel_shard_degree = {layout.data if shared else 1}"
    yield f"data_parallel_replicate_degree = {1 if shared else layout.data}"
    if plan.sharding == "distributed-optimizer":  # weights stay whole between steps
        yield 'fsdp_reshard_after_forward = "never"'
    yield f"tensor_parallel_degree = {layout.tensor}"
    yield f"pipeline_parallel_degree = {layout.pipeline}"
    if layout.pipeline > 1:
        schedule = "Interleaved1F1B" if layout.virtual > 1 else "1F1B"
        yield f'pipeline_parallel_schedule = "{schedule}"'
        yield f"pipeline_parallel_microbatch_size = {layout.micro_batch}"
    yield f"context_parallel_degree = {layout.context}"
    yield ""
    yield "[activation_checkpoint]"
    yield f'mode = "{"full" if layout.recomputation == "full" else "none"}"'
