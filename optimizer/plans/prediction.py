"""What a law predicts for one architecture and a number of tokens."""

from __future__ import annotations

from dataclasses import dataclass

from constraints.errors import InputError
from constraints.models.architecture import Architecture
from constraints.models.counting import (
    FlopCount,
    active_parameter_count,
    parameter_count,
    training_flops_per_token,
)
from optimizer.laws.evidence.accuracy import (
    Accuracy,
    accuracy,
    accuracy_near,
    beyond_fit,
    outside_support,
    residuals,
)
from optimizer.laws.evidence.naive import naive_residuals
from optimizer.laws.inputs import law_inputs
from optimizer.laws.law import Law

__all__ = ["Prediction", "predict_score"]


@dataclass(frozen=True)
class Prediction:
    """A predicted score and what goes with it.

    tokens [token]; parameters, active_parameters [parameter]; training_flops [FLOP] and
    flops_per_token [FLOP/token] by flop_count at seq_len [token]. saturated: more tokens would
    not raise this law's score. near, outside, interval: as in a plan. naive: errors of the same
    naive reading of experts on published ones, None if the law knows experts or there are none.
    """

    architecture: Architecture
    tokens: int
    law: Law
    score: float
    parameters: int
    active_parameters: int
    training_flops: float
    flops_per_token: float
    flop_count: FlopCount
    seq_len: int
    saturated: bool
    near: Accuracy | None
    outside: tuple[str, ...]
    interval: tuple[float, float] | None
    naive: Accuracy | None


def predict_score(
    architecture: Architecture,
    tokens: int,
    law: Law,
    seq_len: int,
    flop_count: FlopCount,
    *,
    naive: bool = False,
) -> Prediction:
    """The law's score of one architecture.

    naive: let a law of dense models read the experts that a token meets as one FFN. Raises
    InputError if tokens < 1, or if the law knows no experts and is not to be naive.
    """
    if tokens < 1:
        raise InputError("tokens", "must be ≥ 1", tokens)
    parameters, sizes = parameter_count(architecture), architecture.sizes
    of_experts = architecture.style.experts is not None
    per_token = training_flops_per_token(architecture.style, seq_len, flop_count).value(sizes)
    useful = law.saturation_tokens(parameters)
    if naive and not of_experts:
        raise InputError("naive_experts", "is for a mixture of experts")
    values = law_inputs(law, architecture, float(tokens), naive=naive)
    score = float(law.score(values, float(parameters)))
    return Prediction(
        architecture=architecture,
        tokens=tokens,
        law=law,
        score=score,
        parameters=parameters,
        active_parameters=active_parameter_count(architecture),
        training_flops=float(per_token * tokens),
        flops_per_token=float(per_token),
        flop_count=flop_count,
        seq_len=seq_len,
        saturated=useful is not None and tokens >= useful,
        near=accuracy_near(residuals(law), parameters, tokens),
        outside=(
            *outside_support(sizes, parameters, tokens, of_experts=of_experts),
            *beyond_fit(law, parameters, tokens),
        ),
        interval=law.interval(score),
        naive=accuracy(naive_residuals(law)) if naive else None,
    )
