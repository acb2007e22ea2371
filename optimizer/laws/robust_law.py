"""A law for robust plans: it scores by an objective over draws of another law's coefficients.

Over draws d, the mean, the mean of the worst tenth and the least gain over what each draw's own
best plan has are all of one form,

    F(x) = min over p in some set of  Σ pᵈ (indexᵈ(x) − offsetᵈ),     p ≥ 0, Σ p = 1

so F is concave where the draws are (Rockafellar & Uryasev 2000, "Optimization of conditional
value-at-risk", Journal of Risk 2).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from constraints.algebra.log_form import FloatArray
from optimizer.laws.law import Law
from optimizer.laws.response import Numbers

__all__ = [
    "WORST",
    "RobustLaw",
    "Robustness",
    "averaged",
    "worst_of",
    "worst_weights",
]

Robustness = Literal["mean", "cvar", "regret"]
WORST = 0.10
"""Share of draws that `cvar` averages over, the worst ones."""


def worst_weights(gains: FloatArray, objective: Robustness) -> FloatArray:
    """The weights p [n, B] that make an objective of gains [n, B]."""
    draws = gains.shape[1]
    if objective == "mean":
        return np.full(gains.shape, 1.0 / draws)
    worst = worst_of(draws, objective)
    weights = np.zeros(gains.shape)
    rows = np.argpartition(gains, worst - 1, axis=1)[:, :worst]
    np.put_along_axis(weights, rows, 1.0 / worst, axis=1)
    return weights


def worst_of(draws: int, objective: Robustness) -> int:
    """How many of the draws an objective looks at, the worst ones."""
    return {"mean": draws, "cvar": max(round(WORST * draws), 1), "regret": 1}[objective]


@dataclass(frozen=True)
class RobustLaw(Law):
    """A law that scores by an objective over draws of its coefficients, in their index.

    draws: laws of one form, their circumstances set. offsets: taken off each draw's index, for
    regret: what its best plan has over the mean of those; zeros otherwise. best: that mean.
    plain: the law that the draws are of.
    """

    draws: tuple[Law, ...] = ()
    objective: Robustness = "mean"
    offsets: tuple[float, ...] = ()
    best: float = 0.0
    plain: Law | None = None

    @property
    def as_it_is(self) -> Law:
        """The law that the draws are of."""
        assert self.plain is not None
        return self.plain

    @property
    def fingerprint(self) -> str:
        """That of the law that the draws are of."""
        return self.as_it_is.fingerprint

    def of_experts(self) -> RobustLaw:
        """As of a law, for every draw."""
        assert self.plain is not None
        own = super().of_experts()
        assert isinstance(own, RobustLaw)
        draws = tuple(draw.of_experts() for draw in self.draws)
        return replace(own, draws=draws, plain=self.plain.of_experts())

    def gains(self, values: Mapping[str, Numbers], parameters: Numbers) -> FloatArray:
        """Each draw's index less its offset, draws last [..., B]."""
        rows = [law.index(values, parameters) for law in self.draws]
        stacked: FloatArray = np.stack(np.broadcast_arrays(*rows), axis=-1)
        gains: FloatArray = stacked - np.array(self.offsets)
        return gains

    def index(self, values: Mapping[str, Numbers], parameters: Numbers) -> Numbers:
        """The objective, elementwise."""
        gains = self.gains(values, parameters)
        flat = gains.reshape(-1, len(self.draws))
        found = (worst_weights(flat, self.objective) * flat).sum(axis=1)
        if gains.ndim == 1:
            return float(found[0])
        shaped: FloatArray = found.reshape(gains.shape[:-1])
        return shaped


def averaged(law: Law, draws: Sequence[Law], weights: FloatArray) -> Law:
    """The law whose index is the weighted mean of draws' [B], named as `law` is."""

    def mean(values: Sequence[float]) -> float:
        return float(weights @ np.array(values))

    names = draws[0].weights
    terms = draws[0].penalty
    return replace(
        law,
        weights={name: mean([draw.weights[name] for draw in draws]) for name in names},
        penalty=tuple(
            replace(term, coefficient=mean([draw.penalty[k].coefficient for draw in draws]))
            for k, term in enumerate(terms)
        ),
        constant=mean([draw.constant for draw in draws]),
        a_year=mean([draw.a_year for draw in draws]),
        gate=mean([draw.gate for draw in draws]),
    )
