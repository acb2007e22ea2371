"""The JSON of `flopwise predict --json`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from constraints.configs.hf_config import PublicConfig
from constraints.models.counting import prediction_parameters
from constraints.resources.training_time import TrainingTime
from optimizer.plans.prediction import Prediction
from scenarios.answers.timed_layout import TimedLayout
from scenarios.exports.document import accuracy_fields, law_fields

__all__ = ["prediction_document", "step_fields"]


def prediction_document(
    prediction: Prediction,
    time: TrainingTime | None = None,
    config: PublicConfig | None = None,
    layouts: Sequence[TimedLayout] = (),
    own_time: TrainingTime | None = None,
) -> dict[str, Any]:
    """The fields of a prediction in JSON.

    Args:
        prediction: the predicted score and what goes with it.
        time: how long training takes; None without an accelerator.
        config: what the config said; None if there is none.
        layouts: layouts with the times of their steps, the fastest first.
        own_time: how long training takes at the speed of the first layout; None if not known.
    """
    model = prediction.architecture
    modules = model.style.prediction_modules
    return {
        **law_fields(prediction.law),
        "score": prediction.score,
        "score_interval": prediction.interval,
        "architecture": prediction.architecture.to_dict(),
        "tokens": prediction.tokens,
        "parameters": prediction.parameters,
        "active_parameters": prediction.active_parameters,
        "tokens_per_parameter": prediction.tokens / prediction.parameters,
        "training_flops": prediction.training_flops,
        "flops_per_token": prediction.flops_per_token,
        "flop_count": prediction.flop_count,
        "seq_len": prediction.seq_len,
        "gpu": None if time is None else time.throughput.accelerator.name,
        "gpus": None if time is None else time.gpus,
        "mfu": None if time is None else time.throughput.mfu,
        "goodput": None if time is None else time.throughput.goodput,
        "gpu_hours": None if time is None else time.gpu_hours,
        "gpu_hours_low": None if time is None else time.low,
        "gpu_hours_high": None if time is None else time.high,
        "days": None if time is None else time.days,
        "own_speed": None
        if own_time is None
        else {
            "mfu": own_time.throughput.mfu,
            "gpu_hours": own_time.gpu_hours,
            "days": own_time.days,
        },
        "saturated": prediction.saturated,
        "law_error_nearby": accuracy_fields(prediction.near),
        "naive_experts_error": accuracy_fields(prediction.naive),
        "outside_support": list(prediction.outside),
        "prediction_module_parameters": int(prediction_parameters(model.style).value(model.sizes))
        if modules
        else 0,
        "max_position_embeddings": None if config is None else config.positions,
        "left_out": [] if config is None else list(config.left_out),
        **(step_fields(layouts) if layouts else {}),
    }


def step_fields(layouts: Sequence[TimedLayout]) -> dict[str, Any]:
    """The fields of the fastest layout's step in JSON, and of each layout.

    Args:
        layouts: layouts with the times of their steps, the fastest first.
    """
    best, own = layouts[0].pace.step, layouts[0].cluster.own
    told = {"runs": own.runs, "level": own.level, "error": own.error} if own else None
    return {
        "batch_tokens": best.tokens,
        "gpus": best.layout.gpus,
        "own_runs": told,
        **_step(layouts[0]),
        "layouts": [_step(timed) for timed in layouts],
    }


def _step(timed: TimedLayout) -> dict[str, Any]:
    pace, layout = timed.pace, timed.pace.step.layout
    return {
        "layout": {
            **asdict(layout),
            "sharding": pace.step.recipe,
            "memory": timed.memory,
            "usable_memory": timed.usable,
            "fits": timed.fits,
            "fullest_stage_layers": layout.fullest(timed.layers),
        },
        "step_seconds": pace.seconds,
        "tokens_per_second_per_gpu": pace.tokens_per_second,
        "mfu": pace.mfu,
        "terms": dict(pace.spent),
    }
