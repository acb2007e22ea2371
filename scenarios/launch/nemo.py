"""A recipe for Megatron-Bridge, which NeMo trains with; it reads the config.json beside it."""

from __future__ import annotations

from collections.abc import Iterator

from constraints.errors import InputError
from scenarios.launch.hf import hf_config
from scenarios.launch.launched import Launched

__all__ = ["nemo_files"]


def nemo_files(plan: Launched) -> dict[str, str]:
    """The files `nemo_recipe.py` and `config.json`.

    Args:
        plan: what is launched.

    Raises:
        InputError: if no Hugging Face model type has the plan's shape.
    """
    try:
        config = hf_config(plan)
    except InputError as error:
        raise error.renamed("--to nemo") from None
    return {"nemo_recipe.py": "\n".join(_lines(plan)) + "\n", **config}


def _lines(plan: Launched) -> Iterator[str]:
    yield from (f"# {line}" for line in plan.header)
    yield "# For Megatron-Bridge 0.3; data and tokenizer are yours to set on the result."
    yield "from pathlib import Path"
    yield ""
    yield "from megatron.bridge import AutoBridge"
    yield "from megatron.bridge.recipes.common import _pretrain_common"
    yield "from megatron.bridge.training.config import ConfigContainer"
    yield "from transformers import AutoConfig"
    yield ""
    yield ""
    yield "def pretrain_config() -> ConfigContainer:"
    yield '    """The plan as a pre-training config."""'
    yield "    cfg = _pretrain_common()"
    yield "    hf = AutoConfig.from_pretrained(Path(__file__).parent)"
    yield "    cfg.model = AutoBridge.from_hf_config(hf).to_megatron_provider(load_weights=False)"
    for name, value in _settings(plan):
        yield f"    cfg.{name} = {value!r}"
    yield "    return cfg"


def _settings(plan: Launched) -> Iterator[tuple[str, object]]:
    """The fields that differ from the framework's own, with their values."""
    recipe, layout = plan.recipe, plan.layout
    yield "model.seq_length", recipe.seq_len
    yield "dataset.seq_length", recipe.seq_len
    yield "train.train_iters", recipe.steps
    yield "train.global_batch_size", recipe.sequences
    yield "train.micro_batch_size", 1 if layout is None else layout.micro_batch
    yield "optimizer.lr", recipe.learning_rate
    yield "optimizer.min_lr", recipe.least_rate
    yield "optimizer.weight_decay", recipe.weight_decay
    yield "scheduler.lr_warmup_iters", recipe.warmup_steps
    yield "scheduler.lr_decay_iters", recipe.steps
    if plan.precision == "fp8":
        yield "mixed_precision", "bf16_with_fp8_current_scaling_mixed"
    if layout is None:
        return
    yield "model.tensor_model_parallel_size", layout.tensor
    yield "model.pipeline_model_parallel_size", layout.pipeline
    if (layers := plan.model.num_hidden_layers) % layout.pipeline:
        yield "model.num_layers_in_last_pipeline_stage", layout.on_last_stage(layers)
    yield "model.context_parallel_size", layout.context
    yield "model.expert_model_parallel_size", layout.expert
    yield "model.sequence_parallel", layout.tensor > 1 and layout.sequence_parallel
    if layout.virtual > 1:
        yield "model.virtual_pipeline_model_parallel_size", layout.virtual
    if layout.recomputation == "full":
        yield "model.recompute_granularity", "full"
        yield "model.recompute_method", "uniform"
        yield "model.recompute_num_layers", 1
    yield "ddp.use_distributed_optimizer", plan.sharding != "unsharded"
    fully = plan.sharding == "zero3"
    yield "ddp.use_megatron_fsdp", fully
    yield "ddp.data_parallel_sharding_strategy", "optim_grads_params" if fully else "no_shard"
