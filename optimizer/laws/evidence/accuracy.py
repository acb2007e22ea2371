"""How far a law is off on published models, overall and near a given plan."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache

from constraints.algebra.units import format_count
from constraints.published.published_models import published_dense, published_moe
from optimizer.laws.law import MMLU, Law
from optimizer.laws.trust import Unseen

__all__ = [
    "Accuracy",
    "accuracy",
    "accuracy_near",
    "beyond_fit",
    "outside_support",
    "residuals",
]

NEAR = 3.0
"""Models within this factor in parameters and in tokens are near a plan [unitless]."""
FEWEST = 5
"""Fewer models than this say nothing about the law [model]."""


@dataclass(frozen=True)
class Accuracy:
    """Errors of a law, predicted less reported score, over some models.

    Attributes:
        models: how many [model].
        mean_absolute: mean absolute error [score].
        root_mean_square: root mean square error [score].
        bias: mean error [score].
    """

    models: int
    mean_absolute: float
    root_mean_square: float
    bias: float


def residuals(law: Law) -> tuple[Unseen, ...]:
    """The models that a law was compared with out of sample; none if it predicts no MMLU.

    Args:
        law: with what is known of its error.
    """
    return law.trust.unseen if law.unit == MMLU else ()


def accuracy(rows: Iterable[Unseen]) -> Accuracy | None:
    """The errors of some residuals; None if there are fewer than five.

    Args:
        rows: models with predicted and reported scores.
    """
    errors = [row.error for row in rows]
    if len(errors) < FEWEST:
        return None
    count = len(errors)
    return Accuracy(
        count,
        math.fsum(map(abs, errors)) / count,
        math.sqrt(math.fsum(error**2 for error in errors) / count),
        math.fsum(errors) / count,
    )


def accuracy_near(rows: Iterable[Unseen], parameters: float, tokens: float) -> Accuracy | None:
    """A law's errors on models within a factor of three of a plan in parameters and in tokens.

    Args:
        rows: models with predicted and reported scores.
        parameters: of the plan [parameter].
        tokens: of the plan [token].
    """
    low, high = tokens / NEAR, tokens * NEAR
    least, most = parameters / NEAR, parameters * NEAR
    return accuracy(
        row for row in rows if least <= row.parameters <= most and low <= row.tokens <= high
    )


def outside_support(
    sizes: Mapping[str, int], parameters: float, tokens: float, *, of_experts: bool = False
) -> tuple[str, ...]:
    """In words, in what a plan lies beyond every published model of its kind.

    Args:
        sizes: of the plan, by name.
        parameters: of the plan [parameter].
        tokens: of the plan [token].
        of_experts: whether it is a mixture of experts, to be compared with mixtures only.
    """
    beyond = []
    for name, value in _shape(sizes, parameters, tokens).items():
        if of_experts and name == "FFN/hidden":
            continue  # only leading dense layers have it
        least, most = _published_range(name, of_experts)
        if not least <= value <= most:
            side, end = ("below", least) if value < least else ("above", most)
            end_said, said = format_count(end), format_count(value)
            beyond.append(
                f"{name} {said} is {side} every published model's in our data ({end_said})"
            )
    return tuple(beyond)


def beyond_fit(law: Law, parameters: float, tokens: float) -> tuple[str, ...]:
    """In words, in what a plan lies beyond the models that a law was fitted to.

    Args:
        law: with the range of what it was fitted on.
        parameters: of the plan [parameter].
        tokens: of the plan [token].
    """
    beyond = []
    for name, value in (("parameters", parameters), ("tokens", tokens)):
        least, most = law.trust.validity.get(name, (0.0, math.inf))
        if not least <= value <= most:
            span = f"{format_count(least)} to {format_count(most)}"
            beyond.append(f"{name} {format_count(value)}: {law.name} was fitted on {span}")
    return tuple(beyond)


@cache
def _published_range(name: str, of_experts: bool) -> tuple[float, float]:
    """Least and greatest of a quantity among published models of one kind."""
    values = [
        _shape(model.architecture.sizes, model.reported_parameters, model.tokens)[name]
        for model in (published_moe() if of_experts else published_dense())
        if model.tokens is not None
    ]
    return min(values), max(values)


def _shape(sizes: Mapping[str, int], parameters: float, tokens: float) -> dict[str, float]:
    """The quantities in which a plan is compared with published models, by name."""
    layers, hidden = sizes["num_hidden_layers"], sizes["hidden_size"]
    return {
        "parameters": parameters,
        "tokens": tokens,
        "tokens per parameter": tokens / parameters,
        "layers": layers,
        "hidden/layers": hidden / layers,
        "FFN/hidden": sizes["intermediate_size"] / hidden,
    }
