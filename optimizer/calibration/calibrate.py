"""From models to a law with all that is known of it: coefficients, draws, errors, intervals."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from constraints.algebra.log_form import FloatArray
from constraints.errors import InputError
from optimizer.calibration.anchors import anchoring_of
from optimizer.calibration.fit import DRAWS, Prior, bootstrap, fit, tuned
from optimizer.calibration.intervals import covered, regimes_of
from optimizer.calibration.validation import folds, forward, left_out
from optimizer.laws.forms.form import Form
from optimizer.laws.record import FORMS, Record
from optimizer.laws.table import ModelTable
from optimizer.laws.trust import Evidence, Trust

__all__ = ["calibrated_record", "evidence_of", "validity_of"]

CUTS = (2024.0, 2024.5, 2025.0)
"""Years from which on models are predicted by a fit to those before [year]."""
BY_LAB, BY_ROWS = "one organisation left out at a time", "a tenth of the rows left out at a time"
"""Protocols in words: what was left out of the fit each time."""


def calibrated_record(
    table: ModelTable,
    *,
    form: str,
    settings: Mapping[str, Any],
    name: str,
    title: str,
    source: str,
    data: str,
    prior: Prior | None = None,
    start: FloatArray | None = None,
    draws: int = DRAWS,
) -> Record:
    """A form fitted to a table of models, with all that is known of its error.

    Args:
        table: models to fit to.
        form: name of the form.
        settings: of the form; an expert share in them is fitted unless it is said to be given.
        name: of the law.
        title: what the law is.
        source: where it is from.
        data: what the models are, in words.
        prior: what is known of the coefficients before; None for what the form expects.
        start: coefficients to start from [K]; None for those of a linear fit.
        draws: bootstrap samples to fit [draw].

    Raises:
        InputError: if the table can't support a fit.
    """
    free = FORMS[form](settings)
    shape = tuned(free, table)
    if shape.expert_share is not None:
        settings = {**settings, "expert_share": shape.expert_share}
    found = np.array([float(f"{x:.9g}") for x in fit(shape, table, prior, start)])
    others = bootstrap(shape, table, found, draws, prior)
    others = np.array([row for row in others if _makes_a_law(row, shape)])
    unseen = left_out(free, table, prior, found)
    several = len(np.unique(table.organisation)) > 1
    pooled = form == "calibrated" and prior is None and several
    ahead = {} if prior is not None else _ahead(free, table)
    seen = np.isfinite(unseen)
    return Record(
        name=name,
        title=title,
        source=source,
        form=form,
        settings=settings,
        coefficients=dict(zip(shape.terms, found.tolist(), strict=True)),
        trust=Trust(
            regimes=regimes_of(unseen[seen], table.score[seen]),
            validity=validity_of(table),
            unseen=table[seen].unseen(unseen[seen]),
            evidence=evidence_of(
                table[seen], unseen[seen], data, BY_LAB if several else BY_ROWS, ahead
            ),
        ),
        anchoring=anchoring_of(shape, table) if pooled else None,
        standard_errors=dict(zip(shape.terms, others.std(axis=0).tolist(), strict=True)),
        draws=tuple(map(tuple, others.tolist())),
    )


def _ahead(shape: Form, table: ModelTable) -> dict[str, float]:
    """Mean absolute errors on the models from a year on, by year [score]."""
    found = {}
    for year in CUTS:
        errors = np.abs(forward(shape, table, year) - table.score)
        if np.isfinite(errors).any():
            found[f"{year:g}"] = float(np.nanmean(errors))
    return found


def evidence_of(
    table: ModelTable,
    predicted: FloatArray,
    data: str,
    protocol: str,
    ahead: Mapping[str, float] | None = None,
) -> Evidence:
    """The errors of predictions out of sample, and the coverage of their intervals.

    Coverage is measured out of sample, too: an organisation's intervals come from all others.

    Args:
        table: n models.
        predicted: scores of a law that had not seen the model [score], shape [n].
        data: what the models are, in words.
        protocol: what was left out of the fit each time, in words.
        ahead: by year, mean absolute error on models from then on [score].
    """
    errors = predicted - table.score
    inside = np.zeros(len(table))
    for out in folds(table):
        regimes = regimes_of(predicted[~out], table.score[~out])
        inside[out] = covered(regimes, predicted[out], table.score[out])
    return Evidence(
        data=data,
        protocol=protocol,
        rows=len(table),
        organisations=len(np.unique(table.organisation)),
        mean_absolute=float(np.abs(errors).mean()),
        root_mean_square=float(np.sqrt((errors**2).mean())),
        bias=float(errors.mean()),
        coverage=float(inside.mean()),
        forward=dict(ahead or {}),
    )


def validity_of(table: ModelTable) -> dict[str, tuple[float, float]]:
    """Least and greatest of each quantity among the models, by name.

    Args:
        table: the models that a law is fitted to.
    """
    columns = (
        *("parameters", "tokens", "num_hidden_layers", "hidden_size", "intermediate_size"),
        "released",
    )
    return {
        name: (float(getattr(table, name).min()), float(getattr(table, name).max()))
        for name in columns
    }


def _makes_a_law(row: FloatArray, shape: Form) -> bool:
    """Whether coefficients make a law that can be bounded."""
    try:
        shape.law("draw", "", "", dict(zip(shape.terms, row.tolist(), strict=True)))
    except InputError:
        return False
    return True
