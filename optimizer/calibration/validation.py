"""Out of sample: what a form predicts for models that its coefficients never saw.

One organisation is left out at a time, since models of one lab share their data and their ways;
or all models after a date, since a plan is always later than the law.
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
"""Where a table has one organisation only, rows are left out in so many parts."""


def left_out(
    form: Form,
    table: ModelTable,
    prior: Prior | None = None,
    start: FloatArray | None = None,
) -> FloatArray:
    """Scores predicted for each model without its organisation [n]; NaN where no fit was left.

    start: coefficients to start from.
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
    """As `left_out`, with the form chosen anew without each organisation [n].

    So the choice among forms, too, never saw what it is held against.
    """
    found = np.full(len(table), np.nan)
    for out in folds(table):
        rest = table[~out]
        form = forms[chosen(forms, rest)]
        assert form.features is not None
        found[out] = np.asarray(form.response(form.features(table[out]) @ fit(form, rest)))
    return found


def chosen(forms: Mapping[str, Form], table: ModelTable) -> str:
    """The form that predicts left-out organisations best.

    A form with more coefficients must gain more than the standard error of its gain.
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
    """Scores of the models from a year on, predicted from those before [n]; NaN for the others."""
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
    """What is left out each time: an organisation, or a tenth of the rows if there is but one."""
    names = np.unique(table.organisation)
    if len(names) > 1:
        return [table.organisation == name for name in names]
    turn = np.arange(len(table)) % min(FOLDS_OF_ROWS, len(table))
    return [turn == k for k in np.unique(turn)]


def _standard_error(gain: FloatArray, table: ModelTable) -> float:
    """Of the mean of a gain over rows, organisations being the sample."""
    sums = np.array([gain[out].sum() for out in folds(table)])
    spread = sums - sums.mean()
    return float(np.sqrt((spread**2).sum()) / len(gain))
