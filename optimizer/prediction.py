"""What a law predicts for one architecture and a number of tokens."""

from __future__ import annotations

from dataclasses import dataclass

from constraints.architecture import Architecture
from constraints.counting import FlopCount, parameter_count, training_flops_per_token
from constraints.errors import InputError
from constraints.limit import TOKENS
from optimizer.laws.accuracy import Accuracy, accuracy_near, beyond_fit, outside_support, residuals
from optimizer.laws.law import Law

__all__ = ["Prediction", "predict_score"]


@dataclass(frozen=True)
class Prediction:
    """A predicted score and what goes with it.

    tokens [token]; parameters, active_parameters [parameter]; training_flops [FLOP] and
    flops_per_token [FLOP/token] by flop_count at seq_len [token]. saturated: more tokens would
    not raise this law's score. near, outside, interval: as in a plan.
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


def predict_score(
    architecture: Architecture, tokens: int, law: Law, seq_len: int, flop_count: FlopCount
) -> Prediction:
    """The law's score of one architecture. Raises InputError if tokens < 1."""
    if tokens < 1:
        raise InputError("tokens", "must be ≥ 1", tokens)
    parameters, sizes = parameter_count(architecture), architecture.sizes
    per_token = training_flops_per_token(architecture.style, seq_len, flop_count).value(sizes)
    useful = law.useful_tokens(parameters)
    score = float(law.score({**sizes, TOKENS: float(tokens)}, float(parameters)))
    return Prediction(
        architecture=architecture,
        tokens=tokens,
        law=law,
        score=score,
        parameters=parameters,
        active_parameters=parameters,  # every parameter of a dense model is active
        training_flops=float(per_token * tokens),
        flops_per_token=float(per_token),
        flop_count=flop_count,
        seq_len=seq_len,
        saturated=useful is not None and tokens >= useful,
        near=accuracy_near(residuals(law), parameters, tokens),
        outside=(
            *outside_support(sizes, parameters, tokens),
            *beyond_fit(law, parameters, tokens),
        ),
        interval=law.interval(score),
    )
