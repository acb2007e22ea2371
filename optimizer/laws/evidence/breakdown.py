"""A law's errors out of sample by year, size, score and organisation, and its worst models."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from optimizer.laws.trust import Unseen

__all__ = ["Group", "breakdown", "worst"]


@dataclass(frozen=True)
class Group:
    """Errors, predicted less reported score, of one group of models.

    Attributes:
        label: of the group.
        models: how many [model].
        mean_absolute: mean absolute error [score].
        root_mean_square: root mean square error [score].
        bias: mean error [score].
    """

    label: str
    models: int
    mean_absolute: float
    root_mean_square: float
    bias: float


def _year(row: Unseen) -> str:
    """The label of the group by year."""
    year = int(row.released)
    return "2020-2022" if year <= 2022 else str(year)


def _size(row: Unseen) -> str:
    """The label of the group by parameters."""
    billions = row.parameters / 1e9
    bounds = ((2, "below 2B"), (10, "2B-10B"), (40, "10B-40B"))
    return next((label for bound, label in bounds if billions < bound), "40B and more")


def _score(row: Unseen) -> str:
    """The label of the group by reported score."""
    bounds = ((30, "below 30"), (45, "30-45"), (60, "45-60"), (75, "60-75"))
    return next((label for bound, label in bounds if row.reported < bound), "75 and more")


KINDS: Mapping[str, Callable[[Unseen], str]] = {
    "all": lambda row: "all",
    "kind": lambda row: row.kind,
    "year": _year,
    "parameters": _size,
    "reported score": _score,
    "organisation": lambda row: row.organisation,
}
"""What models are grouped by, and each model's label for it."""


def breakdown(rows: Sequence[Unseen]) -> dict[str, tuple[Group, ...]]:
    """Groups of models and their errors, by what they are grouped by.

    Groups are in increasing order of that quantity; organisations with most models come first.

    Args:
        rows: models with predicted and reported scores.
    """
    found = {}
    for kind, label in KINDS.items():
        groups: dict[str, list[Unseen]] = {}
        for row in sorted(rows, key=lambda row: _order(kind, row)):
            groups.setdefault(label(row), []).append(row)
        made = [_group(name, members) for name, members in groups.items()]
        if kind == "organisation":
            made.sort(key=lambda group: (-group.models, group.label))
        found[kind] = tuple(made)
    return found


def worst(rows: Sequence[Unseen], count: int) -> tuple[Unseen, ...]:
    """The models that the law is off by most.

    Args:
        rows: models with predicted and reported scores.
        count: how many [model].
    """
    return tuple(sorted(rows, key=lambda row: -abs(row.error))[:count])


def _order(kind: str, row: Unseen) -> float:
    """What models are sorted by before they are grouped."""
    return {"year": row.released, "parameters": row.parameters}.get(kind, row.reported)


def _group(label: str, rows: Sequence[Unseen]) -> Group:
    """The errors of one group."""
    errors = np.array([row.error for row in rows])
    return Group(
        label,
        len(rows),
        float(np.abs(errors).mean()),
        float(np.sqrt((errors**2).mean())),
        float(errors.mean()),
    )
