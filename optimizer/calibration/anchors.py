"""Anchors: a lab's own models say how far its models lie from what the law says (partial pooling).

A lab's offset, in the index, is taken to be normal around zero; the offset that best explains its
models, weighed against that, is added to the constant (Gelman & Hill 2007, ch. 12). One model moves
the law a little, several of them as far as they ask; old ones count less, as a lab's ways change.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from constraints.algebra.log_form import FloatArray
from optimizer.calibration.fit import fit
from optimizer.calibration.intervals import conformal
from optimizer.calibration.validation import folds
from optimizer.laws.forms.form import Form
from optimizer.laws.record import Anchoring, Record
from optimizer.laws.response import Response
from optimizer.laws.table import ModelTable

__all__ = ["ages", "anchored", "anchoring_of", "offsets"]

YEARS = 1.0
"""An anchor a year older counts 1/e as much; set beforehand, not fitted."""
STEPS = 60
FAR = 60.0
"""Points of the index: beyond any lab's offset."""


def offsets(
    response: Response, index: FloatArray, score: FloatArray, weights: FloatArray, ratio: float
) -> FloatArray:
    """The offsets [B] that B laws need for n anchors.

    index [B, n]: of the anchors; score [n]; weights [n]: of each. ratio: spread within a lab over
    that between labs. Golden-section search of the penalised squares, for all laws at once.
    """
    golden = (np.sqrt(5) - 1) / 2
    low, high = np.full(len(index), -FAR), np.full(len(index), FAR)

    def misfit(offset: FloatArray) -> FloatArray:
        errors = np.asarray(response(index + offset[:, None])) - score
        found: FloatArray = (weights * errors**2).sum(axis=1) + (ratio * offset) ** 2
        return found

    for _ in range(STEPS):
        left, right = high - golden * (high - low), low + golden * (high - low)
        nearer = misfit(left) < misfit(right)
        low, high = np.where(nearer, low, left), np.where(nearer, right, high)
    middle: FloatArray = (low + high) / 2
    return middle


def ages(table: ModelTable, now: float, years: float = YEARS) -> FloatArray:
    """How much each anchor counts [n] for a model that comes out now [year]."""
    weight: FloatArray = np.exp(-np.maximum(now - table.released, 0.0) / years)
    return weight


def anchored(record: Record, table: ModelTable, now: float) -> Record:
    """A law moved to a lab's own models, with the intervals that anchors bring.

    now [year]: when the models planned come out. Raises InputError if the law has no anchoring.
    """
    form, pooling = record.shape, record.anchoring
    assert form.features is not None
    assert pooling is not None
    features, weights = form.features(table), ages(table, now, pooling.years)
    ratio = pooling.within / pooling.between
    rows = np.array([record.vector, *record.draws])
    moved = offsets(form.response, rows @ features.T, table.score, weights, ratio)
    constant = form.terms.index("constant")
    rows[:, constant] += moved
    latest = table.name[np.argsort(-weights, kind="stable")[:3]]
    names = ", ".join(latest) + (", …" if len(table) > 3 else "")
    evidence = record.trust.evidence
    if evidence is not None:
        evidence = replace(evidence, protocol=f"{evidence.protocol}, before anchors")
    return replace(
        record,
        name=f"{record.name}-anchored",
        title=f"{record.title}, anchored (errors told are those before)",
        source=f"{record.source}; moved {moved[0]:+.1f} points of index by {names}",
        coefficients=dict(zip(form.terms, rows[0].tolist(), strict=True)),
        draws=tuple(map(tuple, rows[1:].tolist())),
        trust=replace(record.trust, regimes=pooling.regimes, evidence=evidence),
    )


def anchoring_of(form: Form, table: ModelTable) -> Anchoring:
    """What anchors buy: each lab's models from those of its own that came before.

    The law never saw the lab; spreads are estimated without it as well.
    """
    assert form.features is not None
    features = form.features(table)
    found, without = np.full(len(table), np.nan), np.full(len(table), np.nan)
    spreads = _spreads(form, table)
    for out in folds(table):
        coefficients = fit(form, table[~out])
        between, within = _spreads(form, table[~out])
        index = features @ coefficients
        for i in np.flatnonzero(out):
            before = out & (table.released < table.released[i])
            if not before.any():
                continue
            weights = ages(table[before], table.released[i])
            moved = offsets(
                form.response, index[None, before], table.score[before], weights, within / between
            )
            found[i] = float(form.response(index[i] + moved[0]))
            without[i] = float(form.response(index[i]))
    seen = np.isfinite(found)
    score = table.score[seen]
    return Anchoring(
        between=spreads[0],
        within=spreads[1],
        years=YEARS,
        rows=int(seen.sum()),
        mean_absolute=float(np.abs(found[seen] - score).mean()),
        without=float(np.abs(without[seen] - score).mean()),
        regimes=conformal(found[seen], score),
    )


def _spreads(form: Form, table: ModelTable) -> tuple[float, float]:
    """Standard deviations of labs [index] and of one lab's models [score], by moments.

    Within: pooled over labs of two models or more. Between: what is left of all errors, over the
    slope of the response where the models are.
    """
    assert form.features is not None
    index = form.features(table) @ fit(form, table)
    errors = table.score - np.asarray(form.response(index))
    slope = float(np.mean(np.asarray(form.response.slope(index))))
    inside, freedom, total = 0.0, 0, 0.0
    for out in folds(table):
        if out.sum() > 1:
            inside += float(((errors[out] - errors[out].mean()) ** 2).sum())
            freedom += int(out.sum()) - 1
    total = float((errors**2).mean())
    within = inside / max(freedom, 1)
    between = max(total - within, 0.1 * total)
    return float(np.sqrt(between)) / slope, float(np.sqrt(within))
