"""How far a law is from published models, in all and near a given plan."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from constraints.limit import TOKENS
from constraints.published import PublishedModel, published_dense
from optimizer.laws.law import Law

__all__ = ["Accuracy", "Residual", "accuracy", "accuracy_near", "outside_support", "residuals"]

NEAR = 3.0
"""Models within this factor in parameters and in tokens count as near a plan."""
FEWEST = 5
"""Fewer models near a plan than this say nothing about the law there."""


@dataclass(frozen=True)
class Residual:
    """One published model against a law: predicted less reported [score]."""

    model: PublishedModel
    predicted: float

    @property
    def error(self) -> float:
        """Predicted less reported [score]."""
        return self.predicted - self.model.mmlu


@dataclass(frozen=True)
class Accuracy:
    """Errors of a law over some published models: mean absolute, root mean square, mean."""

    models: int
    mean_absolute: float
    root_mean_square: float
    bias: float


def residuals(law: Law) -> tuple[Residual, ...]:
    """The law on every published dense model whose tokens are known."""
    rows = []
    for model in published_dense():
        if model.tokens is not None:
            values = {**model.architecture.sizes, TOKENS: model.tokens}
            rows.append(Residual(model, float(law.score(values, model.reported_parameters))))
    return tuple(rows)


def accuracy(rows: Iterable[Residual]) -> Accuracy | None:
    """The errors of some residuals; None of fewer than five."""
    errors = np.array([row.error for row in rows])
    if len(errors) < FEWEST:
        return None
    return Accuracy(
        len(errors),
        float(np.abs(errors).mean()),
        float(np.sqrt((errors**2).mean())),
        float(errors.mean()),
    )


def accuracy_near(law: Law, parameters: float, tokens: float) -> Accuracy | None:
    """The law's errors on models within a factor of three in parameters and in tokens."""

    def near(row: Residual) -> bool:
        known = row.model.tokens
        size = row.model.reported_parameters / parameters
        return known is not None and _within(size) and _within(known / tokens)

    return accuracy(row for row in residuals(law) if near(row))


def outside_support(sizes: dict[str, int], parameters: float, tokens: float) -> list[str]:
    """In words, in what the plan lies beyond every published dense model."""
    models = [model for model in published_dense() if model.tokens]
    facts: dict[str, tuple[float, Callable[[PublishedModel], float]]] = {
        "parameters": (parameters, lambda m: m.reported_parameters),
        "tokens": (tokens, lambda m: m.tokens or 0.0),
        "tokens per parameter": (
            tokens / parameters,
            lambda m: (m.tokens or 0.0) / m.reported_parameters,
        ),
        "layers": (sizes["num_hidden_layers"], lambda m: m.architecture.num_hidden_layers),
        "hidden/layers": (
            sizes["hidden_size"] / sizes["num_hidden_layers"],
            lambda m: m.architecture.hidden_size / m.architecture.num_hidden_layers,
        ),
        "FFN/hidden": (
            sizes["intermediate_size"] / sizes["hidden_size"],
            lambda m: m.architecture.intermediate_size / m.architecture.hidden_size,
        ),
    }
    beyond = []
    for name, (value, of) in facts.items():
        known = [of(model) for model in models]
        if value < min(known):
            beyond.append(f"{name} {value:.3g} is below every published model's ({min(known):.3g})")
        elif value > max(known):
            beyond.append(f"{name} {value:.3g} is above every published model's ({max(known):.3g})")
    return beyond


def _within(ratio: float) -> bool:
    return 1 / NEAR <= ratio <= NEAR
