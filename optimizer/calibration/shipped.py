"""The laws that ship, made from their sources: `make laws` writes them, a test compares them."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from constraints.published.published_models import published_dense, published_moe
from optimizer.calibration.calibrate import calibrated_record, evidence_of, validity_of
from optimizer.calibration.intervals import regimes_of
from optimizer.calibration.validation import chosen, left_out_by_choice
from optimizer.laws.forms.calibrated import OPTIONAL, calibrated_form
from optimizer.laws.record import Record
from optimizer.laws.table import ModelTable
from optimizer.laws.trust import Trust

__all__ = ["shipped_records"]

DATA = "constraints/data/published_dense.csv, dense models with known tokens"
"""What the models are that the laws were fitted to, in words."""
PLANNER = {
    "instability": {"intermediate_size": 10, "hidden_size": 20},
    "saturation_tokens_per_parameter": 1000,
    "floor": 25,
    "knee": 90,
    "span": 10,
}
"""Settings of the authors' own planner."""
PUBLISHED = {
    "num_hidden_layers": 13.95018192,
    "hidden_size": 0.23072027,
    "intermediate_size": -0.48523402,
    "tokens": 5.39801689,
    "constant": 9.195410648934768,
}
"""Coefficients: github.com/wuch15/performance-law-planner plan.py, 2024-08-27."""
S_CURVE: dict[str, Any] = {
    "power": 0.1,  # close to the logarithms of size and tokens, yet with a best plan inside
    "floor": 25,  # chance with four answers
    "ceiling": 90,  # experts: 89.8 (Hendrycks et al. 2021, arXiv 2009.03300, §3)
    "dated_until": 2024,  # where progress by date ends in the feasibility study
}
"""Settings of flopwise's own law."""
HOFFMANN_RANGE = {"parameters": (7e7, 1.6e10), "tokens": (5e9, 5e11)}
"""Models that the law was fitted on: Hoffmann et al. 2022, arXiv 2203.15556, abstract."""
CHINCHILLAS = {
    "chinchilla": (
        "Chinchilla law of loss, Besiroglu's fit",
        "Besiroglu et al. 2024, arXiv 2404.10102",
        {"E": 1.81686, "A": 482.00572, "B": 2085.43420, "alpha": 0.34781, "beta": 0.36585},
        {"E": 0.02566, "A": 124.5, "B": 1293.0, "alpha": 0.0154, "beta": 0.0206},
    ),
    "chinchilla-hoffmann": (
        "Chinchilla law of loss, approach 3 of its authors, unrounded",
        "Hoffmann et al. 2022, arXiv 2203.15556; digits: github.com/epoch-research/"
        "analyzing-chinchilla",
        {
            "E": float(np.exp(0.5267228)),
            "A": float(np.exp(6.0073404)),
            "B": float(np.exp(6.0179186)),
            "alpha": 0.33917084,
            "beta": 0.2849083,
        },
        {},
    ),
    "chinchilla-muennighoff": (
        "Chinchilla law of loss on C4, Muennighoff's fit",
        "Muennighoff et al. 2023, arXiv 2305.16264; digits: github.com/huggingface/datablations",
        {
            "E": float(np.exp(0.6254804)),
            "A": float(np.exp(6.255414)),
            "B": float(np.exp(7.3049974)),
            "alpha": 0.3526596,
            "beta": 0.3526596,
        },
        {},
    ),
}
"""Laws of loss by name: title, source, coefficients and their standard errors."""


def shipped_records() -> Iterator[Record]:
    """Every law that ships, made anew."""
    table = ModelTable.of(published_dense())
    yield _published(table)
    yield _refit(table)
    dense = _calibrated(table)
    yield dense
    yield _with_experts(dense)
    yield _with_half_of_the_experts(dense)
    for name, (title, source, found, errors) in CHINCHILLAS.items():
        trust = Trust(validity=HOFFMANN_RANGE)
        yield Record(name, title, source, "chinchilla", found, trust=trust, standard_errors=errors)


def _published(table: ModelTable) -> Record:
    """The authors' own coefficients; flopwise fitted nothing, so every model counts as unseen."""
    bare = Record(
        name="performance-law",
        title="Performance Law, dense",
        source="Wu & Tang 2024, arXiv 2408.09895; coefficients: github.com/wuch15/"
        "performance-law-planner plan.py (2024-08-27)",
        form="performance-law",
        settings=PLANNER,
        coefficients=PUBLISHED,
    )
    predicted = table.predicted(bare.law)
    evidence = evidence_of(table, predicted, DATA, "as published, fitted on none of them by us")
    regimes = regimes_of(predicted, table.score)
    unseen = table.unseen(predicted)
    return replace(bare, trust=Trust(regimes, validity_of(table), unseen, evidence))


def _refit(table: ModelTable) -> Record:
    """The same form, refitted to the table."""
    return calibrated_record(
        table,
        form="performance-law",
        settings=PLANNER,
        name="performance-law-refit",
        title="Performance Law's form, refitted by flopwise",
        source="form: Wu & Tang 2024, arXiv 2408.09895; coefficients: flopwise",
        data=DATA,
        start=np.array(list(PUBLISHED.values())),
    )


def _calibrated(table: ModelTable) -> Record:
    """The law `calibrated`, with those terms on shape that predict left-out organisations better.

    Its evidence also has the error if that choice, too, is made without the organisation left out.
    """
    settings: Mapping[str, Any] = {**S_CURVE, "shape_terms": []}
    forms = {
        " ".join(terms): calibrated_form({**settings, "shape_terms": terms})
        for terms in ([], *([term] for term in OPTIONAL))
    }
    terms = chosen(forms, table).split()
    record = calibrated_record(
        table,
        form="calibrated",
        settings={**settings, "shape_terms": terms},
        name="calibrated",
        title="flopwise's law of published dense models",
        source="flopwise: size, tokens, release date and gated FFN on published dense models",
        data=DATA,
    )
    by_choice = float(np.abs(left_out_by_choice(forms, table) - table.score).mean())
    assert record.trust.evidence is not None
    evidence = replace(record.trust.evidence, by_choice=by_choice)
    return replace(record, trust=replace(record.trust, evidence=evidence))


def _with_experts(dense: Record) -> Record:
    """One law for both kinds, with the terms of the dense one and a fitted expert share."""
    both = [*published_dense(), *published_moe()]
    return calibrated_record(
        ModelTable.of(both),
        form="calibrated",
        settings={**dense.settings, "expert_share": 0.5},
        name="calibrated-experts",
        title="flopwise's law of published models, dense and of experts",
        source="flopwise: as calibrated, with mixtures of experts; not the Performance Law's own "
        "form for them, which is not recoverable",
        data=f"{DATA}; constraints/data/published_moe.csv",
    )


def _with_half_of_the_experts(dense: Record) -> Record:
    """The same law with the community's rule in place of a fitted expert share."""
    both = [*published_dense(), *published_moe()]
    return calibrated_record(
        ModelTable.of(both),
        form="calibrated",
        settings={**dense.settings, "expert_share": 0.5, "share_is_given": True},
        name="calibrated-half",
        title="flopwise's law of published models, experts halfway from met to all",
        source="flopwise: as calibrated-experts, the share of experts not fitted but set to one "
        "half, the community's √(all · active)",
        data=f"{DATA}; constraints/data/published_moe.csv",
    )


if __name__ == "__main__":
    for made in shipped_records():
        Path(sys.argv[1], f"{made.name}.json").write_text(made.to_json(), "utf-8")
