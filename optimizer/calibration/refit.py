"""A law fitted to one's own models, from a law that ships.

Coefficients start from the shipped ones and may go far from them (five of their standard errors).
So what the models tell decides, and what they can't tell stays as it was.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from constraints.errors import InputError
from optimizer.calibration.calibrate import calibrated_record
from optimizer.calibration.fit import SOFT, Prior, refusal
from optimizer.laws.record import Record
from optimizer.laws.table import ModelTable

__all__ = ["Fitted", "fitted_to"]

WEAK = 5.0
"""Standard deviation of the prior, in standard errors of the shipped coefficients [unitless]."""
UNTOLD = 0.7
"""Where a coefficient keeps this share of its prior spread, the data don't tell it [unitless]."""
FEW_CLUSTERS = 20
"""Models below which errors and intervals are rough [model]."""


@dataclass(frozen=True)
class Fitted:
    """A law of one's own.

    Attributes:
        record: the law and what is known of it.
        start: the law that it started from.
        warnings: what a user should know of it, in words.
    """

    record: Record
    start: Record
    warnings: tuple[str, ...]


def fitted_to(table: ModelTable, start: Record, name: str, data: str) -> Fitted:
    """A law in the form of `start`, fitted to models.

    Args:
        table: one's own models.
        start: a law that was fitted to scores.
        name: of the new law.
        data: what the models are, in words.

    Raises:
        InputError: if `start` was not fitted to scores, the table can't support a fit, or the fit
            makes no law that can be bounded.
    """
    form = start.shape
    told = [start.standard_errors.get(term, 0.0) for term in form.terms]
    if form.features is None or min(told) <= 0.0:
        rule = "must be a law that was fitted to scores: calibrated or performance-law-refit"
        raise InputError("start_law", rule, start.name)
    if (refused := refusal(form, table)) is not None:
        raise refused
    prior = Prior(start.vector, WEAK * np.array(told))
    record = calibrated_record(
        table,
        form=start.form,
        settings=start.settings,
        name=name,
        title=f"{start.title.split(', fitted to')[0]}, fitted to {data}",
        source=f"flopwise fit from {start.name}, on {len(table)} models of {data}",
        data=data,
        prior=prior,
        start=start.vector,
    )
    return Fitted(record, start, _warnings(record, prior, table, start.name))


def _warnings(record: Record, prior: Prior, table: ModelTable, start: str) -> tuple[str, ...]:
    """Coefficients that the models don't tell, and whether the models are few, in words."""
    form = record.shape
    assert form.features is not None
    features = form.features(table)
    slope = np.asarray(form.response.slope(features @ record.vector))[:, None] / SOFT
    told = (slope * features).T @ (slope * features) + np.diag(prior.spread**-2)
    left = np.sqrt(np.diag(np.linalg.inv(told))) / prior.spread
    warnings = [
        f"{term}: these models don't tell it (its standard error stays {share:.0%} of what "
        f"{start} allows); it is close to what it is there"
        for term, share in zip(form.terms, left.tolist(), strict=True)
        if share > UNTOLD
    ]
    if len(table) < FEW_CLUSTERS:
        warnings.append(
            f"{len(table)} models are few: the error out of sample and the intervals are rough; "
            "{anchor} moves the shipped law instead and keeps its intervals"
        )
    return tuple(warnings)
