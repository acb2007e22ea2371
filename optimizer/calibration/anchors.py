"""Anchors: a lab's own models say how far its models lie from what the law says (partial pooling).

A lab's offset is what its models differ from the law by, in the index. It is taken to be normal
around zero. The offset that best explains the lab's models, weighed against that expectation, is
added to the law's constant (Gelman & Hill 2007, ch. 12). One model moves the law a little; several
move it nearly as far as they ask for. Old models count less, as a lab's ways change.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from constraints.algebra.log_form import FloatArray
from optimizer.calibration.fit import fit
from optimizer.calibration.intervals import regimes_of
from optimizer.calibration.validation import folds
from optimizer.laws.forms.form import Form
from optimizer.laws.record import Anchoring, Record
from optimizer.laws.response import Response
from optimizer.laws.table import ModelTable

__all__ = ["ages", "anchored", "anchoring_of", "offsets"]

YEARS = 1.0
"""Age by which an anchor counts 1/e as much [year]; chosen, not fitted."""
STEPS = 60
"""Steps of the golden-section search."""
FAR = 60.0
"""Beyond any lab's offset [index]."""


def offsets(
    response: Response, index: FloatArray, score: FloatArray, weights: FloatArray, ratio: float
) -> FloatArray:
    """The offsets that B laws need for n anchors [index], shape [B].

    Each minimises the weighted squares of the errors in score plus (ratio · offset)², by
    golden-section search for all laws at once.

    Args:
        response: from index to score.
        index: of the anchors, in each law [index], shape [B, n].
        score: reported for the anchors [score], shape [n].
        weights: how much each anchor counts [unitless], shape [n].
        ratio: spread of models within a lab over spread between labs [score per index].
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
    """How much each anchor counts for a model that comes out now [unitless], shape [n].

    Args:
        table: the anchors.
        now: when the model comes out [year].
        years: age at which an anchor counts 1/e as much [year].
    """
    weight: FloatArray = np.exp(-np.maximum(now - table.released, 0.0) / years)
    return weight


def anchored(record: Record, table: ModelTable, now: float) -> Record:
    """A law moved to a lab's own models, with the intervals that anchors bring.

    Args:
        record: of a law with anchoring; the caller sees to that.
        table: the lab's own models.
        now: when the planned models come out [year].
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
    """What anchors gain: each lab's models are predicted from those of its own that came before.

    The law has never seen the lab, and the spreads are estimated without it as well.

    Args:
        form: of the law.
        table: models of several labs.
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
        regimes=regimes_of(found[seen], score),
    )


def _spreads(form: Form, table: ModelTable) -> tuple[float, float]:
    """Standard deviations between labs [index] and of models within one lab [score], from moments.

    Within: pooled over labs with two models or more. Between: what is left of the mean square of
    all errors, over the mean slope of the response where the models are.
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
