"""Results as JSON: plain SI counts, versioned, no NaN. The field names are a contract."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from constraints.accelerators import Accelerator
from constraints.budget import Budget
from constraints.mfu import mfu_prior
from optimizer.laws.accuracy import Accuracy
from optimizer.laws.law import Law
from optimizer.plan import Plan
from optimizer.prediction import Prediction
from scenarios.scenario import Answer

__all__ = ["SCHEMA_VERSION", "accelerators_as_json", "answer_as_json", "prediction_as_json"]

SCHEMA_VERSION = "1.0"


def answer_as_json(answer: Answer) -> str:
    """What `flopwise plan --json` prints."""
    result, relaxed = answer.result, answer.result.relaxed
    document: dict[str, Any] = {
        "schema_version": SCHEMA_VERSION,
        "status": result.status.value,
        **_law(answer.law),
        "budget": _budget(answer.budget),
        "plans": [_plan(plan) for plan in answer.plans],
        "certificate": None if result.certificate is None else asdict(result.certificate),
        "relaxation": {
            "bound": float(answer.law.link(relaxed.bound)),
            "shadow_prices": dict(relaxed.shadow_prices),
            "prices_unique": relaxed.unique,
        },
    }
    if not answer.plans:
        document["conflict"] = [asdict(conflict) for conflict in result.conflict]
    return _dump(document)


def prediction_as_json(prediction: Prediction) -> str:
    """What `flopwise predict --json` prints."""
    return _dump(
        {
            "schema_version": SCHEMA_VERSION,
            **_law(prediction.law),
            "score": prediction.score,
            "architecture": prediction.architecture.to_dict(),
            "tokens": prediction.tokens,
            "parameters": prediction.parameters,
            "active_parameters": prediction.active_parameters,
            "tokens_per_parameter": prediction.tokens / prediction.parameters,
            "training_flops": prediction.training_flops,
            "flops_per_token": prediction.flops_per_token,
            "flop_count": prediction.flop_count,
            "seq_len": prediction.seq_len,
            "saturated": prediction.saturated,
            "law_error_nearby": _accuracy(prediction.near),
            "outside_support": list(prediction.outside),
        }
    )


def accelerators_as_json(parts: Sequence[Accelerator]) -> str:
    """What `flopwise gpus --json` prints."""
    rows = [{**asdict(part), "default_mfu": asdict(mfu_prior(part))} for part in parts]
    return _dump({"schema_version": SCHEMA_VERSION, "accelerators": rows})


def _plan(plan: Plan) -> dict[str, Any]:
    return {
        "architecture": plan.architecture.to_dict(),
        "tokens": plan.tokens,
        "score": plan.score,
        "parameters": plan.parameters,
        "active_parameters": plan.active_parameters,
        "tokens_per_parameter": plan.tokens_per_parameter,
        "training_flops": plan.training_flops,
        "gpu_hours": plan.gpu_hours,
        "days": plan.days,
        "dollars": plan.dollars,
        "saturated": plan.saturated,
        "limits": [asdict(state) for state in plan.limits],
        "law_error_nearby": _accuracy(plan.near),
        "outside_support": list(plan.outside),
    }


def _budget(budget: Budget) -> dict[str, Any]:
    flops, used = budget.training_flops, budget.throughput
    return {
        "training_flops": float(flops),
        "gpu": None if used is None else used.accelerator.name,
        "gpus": budget.gpus,
        "gpu_hours": budget.gpu_hours(flops),
        "days": budget.days(flops),
        "dollars": budget.dollars(flops),
        "price": None if budget.price is None else float(budget.price),
        "mfu": None if used is None else used.mfu,
        "goodput": None if used is None else used.goodput,
        "mfu_assumed": None if used is None else used.assumed is not None,
        "published_over_assumed": None if used is None else used.spread,
    }


def _law(law: Law) -> dict[str, Any]:
    return {"law": law.name, "law_source": law.source, "score_unit": law.unit}


def _accuracy(near: Accuracy | None) -> dict[str, Any] | None:
    return None if near is None else asdict(near)


def _dump(document: dict[str, Any]) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False)
