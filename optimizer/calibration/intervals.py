"""90 % intervals of a predicted score, from errors on models that the fit had not seen.

Predicted scores are sorted into regimes, since a law errs more near chance than near its ceiling.
In each regime, the residuals (reported less predicted score) come from refits without the model's
organisation, each organisation being left out in turn. An interval adds quantiles of these
residuals to a prediction.

In kind this is cross-conformal prediction (Vovk 2015, "Cross-conformal predictors", Annals of
Mathematics and Artificial Intelligence 74). It is not split conformal prediction (Vovk et al. 2005,
ch. 2) and lacks its finite-sample guarantee: residuals come from one refit for each organisation,
while predictions come from the fit to all. So coverage is measured
(`optimizer.laws.trust.Evidence`), not guaranteed.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from constraints.algebra.log_form import FloatArray
from optimizer.laws.trust import Regime

__all__ = ["COVERAGE", "covered", "regimes_of"]

COVERAGE = 0.90
"""Share of reported scores that intervals are to hold [unitless]."""
REGIMES = 3
"""Regimes of predicted scores at most."""
FEWEST = 20
"""Models that a regime needs [model]: the 95 % quantile of fewer than 19 is beyond them all."""


def regimes_of(predicted: FloatArray, reported: FloatArray) -> tuple[Regime, ...]:
    """Regimes of predicted scores, each with the quantiles of its residuals.

    Args:
        predicted: scores from refits that left out the model's organisation, or from a law that was
            not fitted to the model [score], shape [n].
        reported: scores of the same models [score], shape [n].
    """
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
    """Whether each reported score lies within its interval, as 1 or 0 [n].

    Args:
        regimes: intervals by predicted score.
        predicted: scores [score], shape [n].
        reported: scores of the same models [score], shape [n].
    """
    found = []
    for guess, score in zip(predicted.tolist(), reported.tolist(), strict=True):
        regime = next(x for x in regimes if guess < x.below)
        found.append(float(guess + regime.low <= score <= guess + regime.high))
    return np.array(found)


def _upper(errors: FloatArray) -> float:
    """The quantile of residuals above which a new one lies with probability (1 − coverage)/2.

    That is so if the new residual and the given ones are exchangeable.
    """
    ordered = np.sort(errors)
    rank = math.ceil((len(ordered) + 1) * (1 + COVERAGE) / 2)
    return float(ordered[min(rank, len(ordered)) - 1])
