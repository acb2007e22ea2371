"""Out of sample: what a form predicts for models that its coefficients never saw.

One organisation is left out at a time, since models of one lab share their data and their ways. Or
all models after a date are, since a plan is always later than the law.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from constraints.algebra.log_form import FloatArray
from optimizer.calibration.fit import Prior, fit, refusal, tuned
from optimizer.laws.forms.form import Form
from optimizer.laws.table import ModelTable

__all__ = ["chosen", "folds", "forward", "left_out", "left_out_by_choice"]

FOLDS_OF_ROWS = 10
"""Parts in which rows are left out where a table has one organisation only."""


def left_out(
    form: Form,
    table: ModelTable,
    prior: Prior | None = None,
    start: FloatArray | None = None,
) -> FloatArray:
    """Scores predicted for each model by a fit without its organisation [score], shape [n].

    NaN where the other models can't support a fit.

    Args:
        form: to be fitted; an expert share that is fitted is tuned anew each time.
        table: n models.
        prior: what is known of the coefficients before.
        start: coefficients to start from [K].
    """
    found = np.full(len(table), np.nan)
    for out in folds(table):
        if prior is not None or refusal(form, table[~out]) is None:
            own = tuned(form, table[~out])
            assert own.features is not None
            coefficients = fit(own, table[~out], prior, start)
            found[out] = np.asarray(own.response(own.features(table[out]) @ coefficients))
    return found


def left_out_by_choice(forms: Mapping[str, Form], table: ModelTable) -> FloatArray:
    """Scores predicted for each model by a fit, and a choice of form, without its organisation.

    The choice among forms never saw the models that it is measured on, either. In [score], shape
    [n].

    Args:
        forms: to choose from, by name.
        table: n models.
    """
    found = np.full(len(table), np.nan)
    for out in folds(table):
        rest = table[~out]
        form = forms[chosen(forms, rest)]
        assert form.features is not None
        found[out] = np.asarray(form.response(form.features(table[out]) @ fit(form, rest)))
    return found


def chosen(forms: Mapping[str, Form], table: ModelTable) -> str:
    """The name of the form that predicts left-out organisations best.

    A form with more coefficients must gain more than the standard error of its gain.

    Args:
        forms: to choose from, by name.
        table: models to fit them to.
    """
    errors = {name: np.abs(left_out(form, table) - table.score) for name, form in forms.items()}
    ranked = sorted(forms, key=lambda name: (len(forms[name].terms), errors[name].mean()))
    best = ranked[0]
    for name in ranked[1:]:
        gain = errors[best] - errors[name]
        needed = 0.0
        if len(forms[name].terms) > len(forms[best].terms):
            needed = _standard_error(gain, table)
        if gain.mean() > needed:
            best = name
    return best


def forward(form: Form, table: ModelTable, year: float) -> FloatArray:
    """Scores of the models from a year on, predicted from those before [score], shape [n].

    NaN for the models before, and for all if those before can't support a fit.

    Args:
        form: to be fitted.
        table: n models.
        year: from which on models are predicted [year].
    """
    found = np.full(len(table), np.nan)
    before = table.released < year
    if before.all() or refusal(form, table[before]) is not None:
        return found
    form = tuned(form, table[before])
    assert form.features is not None
    coefficients = fit(form, table[before])
    found[~before] = np.asarray(form.response(form.features(table[~before]) @ coefficients))
    return found


def folds(table: ModelTable) -> list[np.ndarray[tuple[int], np.dtype[np.bool_]]]:
    """What is left out each time, as masks of rows [n].

    Each is an organisation, or a tenth of the rows if there is but one organisation.

    Args:
        table: n models.
    """
    names = np.unique(table.organisation)
    if len(names) > 1:
        return [table.organisation == name for name in names]
    turn = np.arange(len(table)) % min(FOLDS_OF_ROWS, len(table))
    return [turn == k for k in np.unique(turn)]


def _standard_error(gain: FloatArray, table: ModelTable) -> float:
    """Of the mean of a gain over rows [score], organisations being the sample."""
    sums = np.array([gain[out].sum() for out in folds(table)])
    spread = sums - sums.mean()
    return float(np.sqrt((spread**2).sum()) / len(gain))
