"""The JSON of `flopwise compare --json`."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from constraints.models.architecture import Architecture
from scenarios.answers.comparison import Comparison, Item
from scenarios.exports.document import law_fields

__all__ = ["comparison_document"]


def comparison_document(found: Comparison) -> dict[str, Any]:
    """The fields of a comparison in JSON."""
    return {
        **law_fields(found.law),
        "items": [_item(item) for item in found.items],
        "differences": [
            {**asdict(difference), "interplay": difference.interplay}
            for difference in found.differences
        ],
        "regrets": [
            [{**asdict(regret), "given_away": regret.given_away} for regret in regrets]
            for regrets in found.regrets
        ],
    }


def _sizes(model: Architecture) -> dict[str, float]:
    """The sizes of a model by name; a mixture also has its shared experts and dense layers."""
    experts = model.style.experts
    if experts is None:
        return dict(model.sizes)
    shared, dense = float(experts.shared_experts), experts.dense_layers
    return {**model.sizes, "shared_experts": shared, "dense_layers": dense}


def _item(item: Item) -> dict[str, Any]:
    return {
        "name": item.name,
        "architecture": _sizes(item.model),
        "tokens": item.tokens,
        "score": item.score,
        "reported_score": item.reported,
        **item.figures,
        "binding": None if item.binding is None else sorted(item.binding),
        "given": dict(item.given),
        "cluster": item.cluster or None,
        "layout": None if item.layout is None else asdict(item.layout),
        "mfu": item.mfu,
    }
