"""What `flopwise predict --json` prints."""

from __future__ import annotations

from optimizer.prediction import Prediction
from scenarios.exports.document import accuracy_fields, dump, law_fields

__all__ = ["prediction_as_json"]


def prediction_as_json(prediction: Prediction) -> str:
    """What `flopwise predict --json` prints."""
    return dump(
        {
            **law_fields(prediction.law),
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
            "law_error_nearby": accuracy_fields(prediction.near),
            "outside_support": list(prediction.outside),
        }
    )
