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

    Attributes:
        architecture: to be scored.
        tokens: that it is trained on [token].
        law: that scores it.
        score: predicted [score].
        parameters: all of them [parameter].
        active_parameters: those that a token meets [parameter].
        training_flops: for all tokens [FLOP].
        flops_per_token: in training [FLOP/token].
        flop_count: the convention by which FLOPs are counted.
        seq_len: training context, on which FLOPs of attention depend [token].
        saturated: whether more tokens would not raise this law's score.
        near: the law's error on published models of similar size and tokens; None if there are too
            few.
        outside: in words, in what the model lies beyond every published model, or beyond those that
            the law was fitted to.
        interval: 90 % interval around the score [score]; None if not known.
        naive: errors on published mixtures that are read the same naive way, the experts that a
            token meets as one FFN; None if the model is not read so, or there are too few of them.
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
    """The law's score of one architecture, and what goes with it.

    Args:
        architecture: dense or a mixture of experts.
        tokens: that it is trained on [token].
        law: that scores it.
        seq_len: training context [token].
        flop_count: the convention by which FLOPs are counted.
        naive: whether a law of dense models may take the experts that a token meets for one FFN.

    Raises:
        InputError: if tokens < 1; if the law knows no experts, the architecture has some, and
            `naive` is False; or if `naive` is True and it has none.
    """
    if tokens < 1:
        raise InputError("tokens", "must be ≥ 1", tokens)
    parameters, sizes = parameter_count(architecture), architecture.sizes
    of_experts, hybrid = architecture.style.experts is not None, architecture.is_hybrid
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
            *(["linear attention or Mamba, which no model had that a law was fitted to"] * hybrid),
        ),
        interval=law.interval(score),
        naive=accuracy(naive_residuals(law)) if naive else None,
    )
