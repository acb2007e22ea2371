"""Plans as a pandas table, for notebooks and spreadsheets."""

from __future__ import annotations

import pandas as pd

from scenarios.scenario import Answer

__all__ = ["plans_frame"]


def plans_frame(answer: Answer) -> pd.DataFrame:
    """One row a plan, best first, indexed by rank; columns are the JSON's field names.

    Sizes by their Hugging Face names, then tokens [token], score, parameters [parameter],
    tokens_per_parameter, training_flops [FLOP], gpu_hours [hour], days [day], dollars [dollar].
    """
    rows = [
        {
            **plan.architecture.to_dict(),
            "tokens": plan.tokens,
            "score": plan.score,
            "parameters": plan.parameters,
            "tokens_per_parameter": plan.tokens_per_parameter,
            "training_flops": plan.training_flops,
            "gpu_hours": plan.gpu_hours,
            "days": plan.days,
            "dollars": plan.dollars,
        }
        for plan in answer.plans
    ]
    return pd.DataFrame(rows, index=pd.RangeIndex(1, len(rows) + 1, name="rank"))
