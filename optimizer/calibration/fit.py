"""Fitting a form's coefficients to models, robustly, and how far other samples would move them.

Least squares of the score with a soft absolute loss (SciPy's soft_l1), so that a model trained on
other text than most does not bend the law. Bounds on the coefficients keep the index concave and
rising.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import least_squares, minimize_scalar

from constraints.algebra.log_form import FloatArray
from constraints.errors import InputError
from optimizer.laws.forms.form import Form
from optimizer.laws.table import ModelTable

__all__ = ["DRAWS", "Prior", "bootstrap", "fit", "refusal", "tuned"]

SOFT = 3.0
"""Error beyond which it counts linearly [score]: about the median absolute error."""
DRAWS = 200
"""Bootstrap samples that are fitted [draw]."""
SEED = 20260601
"""Of the random numbers, so that the same table gives the same draws."""
FEW_GROUPS = 8
"""Fewer organisations are no sample of organisations: rows are resampled instead."""


@dataclass(frozen=True)
class Prior:
    """What is known of K coefficients before any data are seen.

    Attributes:
        mean: expected coefficients [K].
        spread: their standard deviations [K].
    """

    mean: FloatArray
    spread: FloatArray


def refusal(form: Form, table: ModelTable) -> InputError | None:
    """Why a table can't support a fit; None if it can.

    Args:
        form: to be fitted.
        table: models to fit it to.
    """
    if form.features is None:
        return InputError(f"form {form.name}", "can't be fitted to scores: it predicts a loss")
    need = len(form.terms) + 1
    if len(table) < need:
        rule = f"must have at least {need} rows, one more than the form has coefficients"
        return InputError("the table", rule, len(table), hint="{anchor} works with a single row")
    for name in ("score", "tokens", "parameters"):
        if np.ptp(getattr(table, name)) == 0.0:
            return InputError("the table", f"must have more than one value of {name}")
    return None


def fit(
    form: Form, table: ModelTable, prior: Prior | None = None, start: FloatArray | None = None
) -> FloatArray:
    """The coefficients that fit a table best [K].

    Args:
        form: to be fitted.
        table: models to fit it to.
        prior: what is known of the coefficients; with one, any table can support a fit.
        start: coefficients to start from [K]; None for those of a linear fit.

    Raises:
        InputError: if there is no prior and the table can't support a fit.
    """
    if prior is None and (refused := refusal(form, table)) is not None:
        raise refused
    assert form.features is not None
    return _fitted(form, form.features(table), table.score, prior, start)


def bootstrap(
    form: Form,
    table: ModelTable,
    start: FloatArray,
    draws: int = DRAWS,
    prior: Prior | None = None,
) -> FloatArray:
    """Coefficients fitted to resampled tables [draws, K].

    Organisations are resampled, or rows if there are few organisations. The same table gives the
    same draws.

    Args:
        form: to be fitted.
        table: models to resample.
        start: coefficients to start from [K].
        draws: how many tables [draw].
        prior: what is known of the coefficients; resampled as well.
    """
    assert form.features is not None
    features, random = form.features(table), np.random.default_rng(SEED)
    names, members = np.unique(table.organisation, return_inverse=True)
    groups = [np.flatnonzero(members == k) for k in range(len(names))]
    if len(groups) < FEW_GROUPS:
        groups = [np.array([i]) for i in range(len(table))]
    found = []
    for _ in range(draws):
        drawn = random.integers(0, len(groups), len(groups))
        rows = np.concatenate([groups[k] for k in drawn])
        known = prior  # shaken, so that what models don't tell stays as uncertain as it was
        if known is not None:
            shaken = known.mean + known.spread * random.standard_normal(len(known.mean))
            known = Prior(np.maximum(shaken, form.least), known.spread)
        found.append(_fitted(form, features[rows], table.score[rows], known, start))
    return np.array(found)


def tuned(form: Form, table: ModelTable) -> Form:
    """The form with the expert share that suits a table best; unchanged if the share is not fitted.

    Args:
        form: to be tuned.
        table: models to fit it to.

    Raises:
        InputError: if the table can't support a fit.
    """
    shares, with_share = form.expert_share, form.with_share
    if shares is None or with_share is None or not (table.experts > 1).any():
        return form

    def misfit(share: float) -> float:
        tried = with_share(share)
        assert tried.features is not None
        errors = np.asarray(tried.response(tried.features(table) @ fit(tried, table))) - table.score
        return float(2 * (np.sqrt(1 + (errors / SOFT) ** 2) - 1).sum())

    found = minimize_scalar(misfit, bounds=(0.0, 1.0), method="bounded", options={"xatol": 1e-3})
    return with_share(round(float(found.x), 3))


def _fitted(
    form: Form,
    features: FloatArray,
    score: FloatArray,
    prior: Prior | None,
    start: FloatArray | None,
) -> FloatArray:
    """The coefficients that fit best [K].

    The prior, or what the form expects, adds one squared term for each coefficient with a spread.
    """
    response, least = form.response, np.array(form.least)
    known = prior or Prior(np.zeros(len(form.terms)), np.array(form.shrinks))
    shrunk = np.isfinite(known.spread)
    mean, spread, pull = known.mean[shrunk], known.spread[shrunk], np.eye(len(least))[shrunk]

    def errors(found: FloatArray) -> FloatArray:
        own = (np.asarray(response(features @ found)) - score) / SOFT
        return np.concatenate([own, (found[shrunk] - mean) / spread])

    def slopes(found: FloatArray) -> FloatArray:
        own = np.asarray(response.slope(features @ found))[:, None] * features / SOFT
        return np.vstack([own, pull / spread[:, None]])

    first = _linear(form, features, score) if start is None else start
    result = least_squares(
        errors,
        np.maximum(first, least + 1e-9),
        jac=slopes,
        bounds=(least, np.full(len(least), np.inf)),
        loss="soft_l1",
        x_scale=np.maximum(np.abs(first), 1.0),
    )
    return np.asarray(result.x, dtype=np.float64)


def _linear(form: Form, features: FloatArray, score: FloatArray) -> FloatArray:
    """Where to start: ordinary least squares of the indices that the scores correspond to."""
    index = np.array([form.response.inverse(float(x)) for x in score])
    seen = np.isfinite(index)
    found: FloatArray = np.linalg.lstsq(features[seen], index[seen], rcond=None)[0]
    return found
