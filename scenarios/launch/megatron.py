"""Arguments of Megatron-LM's pretrain_gpt.py, one a line, as `$(grep -v '^#' FILE)` passes them."""

from __future__ import annotations

from collections.abc import Iterator

from constraints.errors import InputError
from constraints.models.attention import Latent
from optimizer.plans.recipe import BETAS, CLIP
from scenarios.launch.launched import NORM_EPSILON, ROPE_THETA, Launched

__all__ = ["megatron_arguments"]

ZERO3 = "zero3"
"""The sharding that Megatron calls fully sharded data parallelism."""


def megatron_arguments(plan: Launched) -> dict[str, str]:
    """The file `megatron.args`.

    Args:
        plan: what is launched.

    Raises:
        InputError: if Megatron-LM has no such model.
    """
    lines = [f"# {line}" for line in plan.header]
    lines += ["# Data, tokenizer and checkpoints are yours to add: --data-path, --save, ..."]
    if plan.layout is not None and max(plan.layout.tensor, plan.layout.context) > 1:
        lines += ["# Megatron-LM asks for CUDA_DEVICE_MAX_CONNECTIONS=1 in the environment."]
    return {"megatron.args": "\n".join([*lines, *_arguments(plan)]) + "\n"}


def _arguments(plan: Launched) -> Iterator[str]:
    yield from _model(plan)
    if plan.model.style.experts is not None:
        yield from _experts(plan)
    yield from _layout(plan)
    yield from _recipe(plan)


def _model(plan: Launched) -> Iterator[str]:
    model, attention = plan.model, plan.model.style.attention
    yield f"--num-layers {model.num_hidden_layers}"
    yield f"--hidden-size {model.hidden_size}"
    yield f"--ffn-hidden-size {model.intermediate_size}"
    yield f"--num-attention-heads {model.num_attention_heads}"
    if isinstance(attention, Latent):
        yield "--multi-latent-attention"
        if attention.q_lora_rank is not None:
            yield f"--q-lora-rank {attention.q_lora_rank}"
        yield f"--kv-lora-rank {attention.kv_lora_rank}"
        yield f"--qk-head-dim {attention.qk_nope_head_dim}"
        yield f"--qk-pos-emb-head-dim {attention.qk_rope_head_dim}"
        yield f"--v-head-dim {attention.v_head_dim}"
        yield "--qk-layernorm"  # the norms of the compressed queries and keys
    else:
        yield "--group-query-attention"
        yield f"--num-query-groups {model.num_key_value_heads}"
        yield f"--kv-channels {model.head_dim}"
        if attention.window is not None:
            yield f"--window-size {attention.window - 1},0"
            if model.style.global_every:
                yield f"--window-attn-skip-freq {model.style.global_every}"
    yield f"--vocab-size {model.vocab_size}"
    if not model.style.tie_word_embeddings:
        yield "--untie-embeddings-and-output-weights"
    yield "--swiglu" if model.style.gated_ffn else "--squared-relu"
    yield "--normalization RMSNorm"
    yield f"--norm-epsilon {NORM_EPSILON:g}"
    yield "--disable-bias-linear"
    yield "--position-embedding-type rope"
    yield f"--rotary-base {ROPE_THETA:.0f}"
    yield "--attention-dropout 0"
    yield "--hidden-dropout 0"


def _experts(plan: Launched) -> Iterator[str]:
    model, experts = plan.model, plan.model.style.experts
    assert experts is not None
    assert model.moe_intermediate_size is not None
    shared = experts.shared_experts * model.moe_intermediate_size
    if shared.denominator != 1:
        raise InputError("--to megatron", "needs shared experts of a whole width", float(shared))
    yield f"--num-experts {model.num_experts}"
    yield f"--moe-router-topk {model.num_experts_per_tok}"
    yield f"--moe-ffn-hidden-size {model.moe_intermediate_size}"
    if shared:
        yield f"--moe-shared-expert-intermediate-size {shared}"
    if experts.dense_layers:
        rest = model.num_hidden_layers - experts.dense_layers
        yield f"--moe-layer-freq ([0]*{experts.dense_layers}+[1]*{rest})"
    yield "--moe-grouped-gemm"
    yield "--moe-token-dispatcher-type alltoall"
    yield "--moe-router-load-balancing-type aux_loss"
    yield "--moe-aux-loss-coeff 1e-3"


def _layout(plan: Launched) -> Iterator[str]:
    layout = plan.layout
    if layout is None:
        yield "# The plan has no layout: plan with --gpus, --gpu and --layout auto."
        return
    yield f"--tensor-model-parallel-size {layout.tensor}"
    yield f"--pipeline-model-parallel-size {layout.pipeline}"
    if (layers := plan.model.num_hidden_layers) % layout.pipeline:
        yield f"--decoder-last-pipeline-num-layers {layout.on_last_stage(layers)}"
    if layout.virtual > 1:
        yield f"--num-virtual-stages-per-pipeline-rank {layout.virtual}"
    if layout.context > 1:
        yield f"--context-parallel-size {layout.context}"
    if layout.expert > 1:
        yield f"--expert-model-parallel-size {layout.expert}"
        yield "--expert-tensor-parallel-size 1"
    if layout.tensor > 1 and layout.sequence_parallel:
        yield "--sequence-parallel"
    if plan.sharding == ZERO3:
        yield "--use-megatron-fsdp"
        yield "--data-parallel-sharding-strategy optim_grads_params"
    if plan.sharding != "unsharded":
        yield "--use-distributed-optimizer"
    if layout.recomputation == "full":
        yield "--recompute-granularity full"
        yield "--recompute-method uniform"
        yield "--recompute-num-layers 1"


def _recipe(plan: Launched) -> Iterator[str]:
    recipe, layout = plan.recipe, plan.layout
    yield f"--seq-length {recipe.seq_len}"
    yield f"--max-position-embeddings {recipe.seq_len}"
    yield f"--micro-batch-size {1 if layout is None else layout.micro_batch}"
    yield f"--global-batch-size {recipe.sequences}"
    yield f"--train-iters {recipe.steps}"
    yield f"--lr {recipe.learning_rate:g}"
    yield f"--min-lr {recipe.least_rate:g}"
    yield "--lr-decay-style cosine"
    yield f"--lr-decay-iters {recipe.steps}"
    yield f"--lr-warmup-iters {recipe.warmup_steps}"
    yield f"--weight-decay {recipe.weight_decay:g}"
    yield f"--adam-beta1 {BETAS[0]:g}"
    yield f"--adam-beta2 {BETAS[1]:g}"
    yield f"--clip-grad {CLIP:g}"
    yield "--fp16" if plan.precision == "fp16" else "--bf16"
    if plan.precision == "fp8":
        yield "--fp8-format hybrid"
