"""The JSON of `flopwise laws --json` and `flopwise fit --json`."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from constraints.errors import spelled
from optimizer.laws.evidence.breakdown import breakdown, worst
from optimizer.laws.record import Record
from optimizer.laws.trust import Regime
from scenarios.exports.document import law_fields
from scenarios.vocabulary.vocabulary import spelled_as_option

if TYPE_CHECKING:  # loads SciPy, which is slow
    from optimizer.calibration.refit import Fitted

__all__ = ["fit_fields", "record_fields", "validation_fields"]


def record_fields(record: Record) -> dict[str, Any]:
    """The fields of a law in JSON, without its draws and the models that it never saw."""
    trust, anchoring = record.trust, record.anchoring
    return {
        **law_fields(record.law),
        "title": record.title,
        "form": record.form,
        "settings": dict(record.settings),
        "coefficients": dict(record.coefficients),
        "standard_errors": dict(record.standard_errors),
        "validity": {name: list(ends) for name, ends in trust.validity.items()},
        "evidence": None if trust.evidence is None else asdict(trust.evidence),
        "intervals": [_regime(regime) for regime in trust.regimes],
        "anchoring": None
        if anchoring is None
        else {**asdict(anchoring), "regimes": [_regime(x) for x in anchoring.regimes]},
        "draws": len(record.draws),
    }


def fit_fields(fitted: Fitted) -> dict[str, Any]:
    """The fields of a law fitted by the user, with warnings about the fit."""
    warnings = [spelled(warning, spelled_as_option) for warning in fitted.warnings]
    return {**record_fields(fitted.record), "warnings": warnings}


def validation_fields(record: Record, count: int) -> dict[str, Any]:
    """The fields of a law with its errors on models that it never saw.

    Args:
        record: the law.
        count: number of models with the greatest errors to list apart [model].
    """
    rows = record.trust.unseen
    return {
        **record_fields(record),
        "groups": {
            kind: [asdict(group) for group in groups] for kind, groups in breakdown(rows).items()
        },
        "worst": [{**asdict(row), "error": row.error} for row in worst(rows, count)],
        "models": [{**asdict(row), "error": row.error} for row in rows],
    }


def _regime(regime: Regime) -> dict[str, float | None]:
    """The fields of a regime; `below` is None for the last one, which has no upper end."""
    last = regime.below == float("inf")
    return {"below": None if last else regime.below, "low": regime.low, "high": regime.high}
