"""A law for robust plans: its index is an objective over draws of another law's coefficients.

A draw d is one set of the law's coefficients from the bootstrap, with index_d(x) of a plan x. Three
objectives are of one form: the mean over the draws, the mean over the worst tenth of them, and the
least over the draws of the index less what the draw's own best plan has,

    F(x) = min over p in some set of  Σ p_d (index_d(x) − offset_d),     p_d ≥ 0, Σ p_d = 1

with p_d the weight of draw d, and offsets that are 0 except for regret. A minimum of concave
functions is concave, so F is concave where the draws' indices are (Rockafellar & Uryasev 2000,
"Optimization of conditional value-at-risk", Journal of Risk 2).

Derivation: docs/theory.md.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
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
"""The objectives: mean, mean of the worst tenth (`cvar`), least gain over own bests (`regret`)."""
WORST = 0.10
"""Share of the draws that `cvar` averages over, the worst ones [unitless]."""


def worst_weights(gains: FloatArray, objective: Robustness) -> FloatArray:
    """The weights p of the draws that make an objective the least average [unitless], shape [n, B].

    Args:
        gains: each draw's index less its offset [index], shape [n, B].
        objective: over the draws.
    """
    draws = gains.shape[1]
    if objective == "mean":
        return np.full(gains.shape, 1.0 / draws)
    worst = worst_of(draws, objective)
    weights = np.zeros(gains.shape)
    rows = np.argpartition(gains, worst - 1, axis=1)[:, :worst]
    np.put_along_axis(weights, rows, 1.0 / worst, axis=1)
    return weights


def worst_of(draws: int, objective: Robustness) -> int:
    """How many of the draws an objective averages over, the worst ones [draw].

    Args:
        draws: how many there are [draw].
        objective: over the draws.
    """
    return {"mean": draws, "cvar": max(round(WORST * draws), 1), "regret": 1}[objective]


@dataclass(frozen=True)
class RobustLaw(Law):
    """A law whose index is an objective over draws of its coefficients.

    Attributes of `Law` are those of the mean of the draws.

    Attributes:
        draws: laws of one form, at the same circumstances.
        objective: over the draws.
        offsets: taken off each draw's index [index]. For regret, the index of the draw's own best
            plan less the mean of these over the draws; else zeros.
        best: that mean, for regret; else 0 [index].
        plain: the law that the draws are of.
    """

    draws: tuple[Law, ...] = ()
    objective: Robustness = "mean"
    offsets: tuple[float, ...] = ()
    best: float = 0.0
    plain: Law | None = None

    @property
    def as_it_is(self) -> Law:
        """The law that the draws are of: an objective over draws is no prediction."""
        assert self.plain is not None
        return self.plain

    @cached_property
    def fingerprint(self) -> str:
        """A hash of all that decides a score of the law that the draws are of."""
        return self.as_it_is.fingerprint

    @cached_property
    def _of_experts(self) -> RobustLaw:
        """The robust law, its draws and its plain law, in the sizes of a mixture of experts."""
        assert self.plain is not None
        own = super()._of_experts
        assert isinstance(own, RobustLaw)
        draws = tuple(draw.of_experts() for draw in self.draws)
        return replace(own, draws=draws, plain=self.plain.of_experts())

    def gains(self, values: Mapping[str, Numbers], parameters: Numbers) -> FloatArray:
        """Each draw's index less its offset, elementwise [index]; draws are the last axis [..., B].

        Args:
            values: sizes and tokens, by name.
            parameters: of each plan [parameter].
        """
        rows = [law.index(values, parameters) for law in self.draws]
        stacked: FloatArray = np.stack(np.broadcast_arrays(*rows), axis=-1)
        gains: FloatArray = stacked - np.array(self.offsets)
        return gains

    def index(self, values: Mapping[str, Numbers], parameters: Numbers) -> Numbers:
        """The objective over the draws, elementwise [index].

        Args:
            values: sizes and tokens, by name.
            parameters: of each plan [parameter].
        """
        gains = self.gains(values, parameters)
        flat = gains.reshape(-1, len(self.draws))
        found = (worst_weights(flat, self.objective) * flat).sum(axis=1)
        if gains.ndim == 1:
            return float(found[0])
        shaped: FloatArray = found.reshape(gains.shape[:-1])
        return shaped


def averaged(law: Law, draws: Sequence[Law], weights: FloatArray) -> Law:
    """The law whose index is a weighted mean of the draws' indices.

    Args:
        law: that gives the name and all that is not averaged.
        draws: laws of one form.
        weights: of the draws, which sum to 1 [unitless], shape [B].
    """

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
