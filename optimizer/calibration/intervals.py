"""Intervals from errors out of sample (split conformal; Vovk et al. 2005, ch. 2).

Predicted scores fall into regimes, since a law errs more near chance than near its ceiling; in
each the errors of models that the law never saw say how far reported scores lie from it. If a
new model is exchangeable with those, 90 % of the reported scores lie within.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from constraints.algebra.log_form import FloatArray
from optimizer.laws.trust import Regime

__all__ = ["COVERAGE", "conformal", "covered"]

COVERAGE = 0.90
REGIMES = 3
FEWEST = 20
"""Models that a regime needs: the 95 % quantile of fewer is their greatest."""


def conformal(predicted: FloatArray, reported: FloatArray) -> tuple[Regime, ...]:
    """Regimes of predicted scores [n], each with what to add for its interval [score]."""
    order = np.argsort(predicted, kind="stable")
    parts = np.array_split(order, max(1, min(REGIMES, len(order) // FEWEST)))
    regimes = []
    for k, part in enumerate(parts):
        error = np.sort(reported[part] - predicted[part])
        last = k + 1 == len(parts)
        below = math.inf if last else float(predicted[parts[k + 1]].min())
        regimes.append(Regime(below, -_upper(-error), _upper(error)))
    return tuple(regimes)


def covered(regimes: Sequence[Regime], predicted: FloatArray, reported: FloatArray) -> FloatArray:
    """Whether each reported score lies within its interval [n]: 1 or 0."""
    found = []
    for guess, score in zip(predicted.tolist(), reported.tolist(), strict=True):
        regime = next(x for x in regimes if guess < x.below)
        found.append(float(guess + regime.low <= score <= guess + regime.high))
    return np.array(found)


def _upper(errors: FloatArray) -> float:
    """The quantile that leaves (1 − coverage)/2 of exchangeable errors above it."""
    ordered = np.sort(errors)
    rank = math.ceil((len(ordered) + 1) * (1 + COVERAGE) / 2)
    return float(ordered[min(rank, len(ordered)) - 1])
