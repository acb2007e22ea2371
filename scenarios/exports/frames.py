"""Answers as pandas tables, for notebooks, spreadsheets and CSV."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from optimizer.laws.record import Record
from optimizer.plans.plan import Plan
from scenarios.answers.answer import Answer
from scenarios.answers.front import Traced

__all__ = [
    "coefficients_frame",
    "flat_frame",
    "frame_of",
    "front_frame",
    "parts_frame",
    "plans_frame",
    "whole_columns",
]

FIGURES = (
    *("tokens", "score", "parameters", "active_parameters", "tokens_per_parameter"),
    *("training_flops", "gpu_hours", "days", "dollars"),
)
"""Figures of a plan that are columns, by their names in JSON."""


def plans_frame(answer: Answer) -> pd.DataFrame:
    """The plans of an answer, one in each row, best first; the index is the rank.

    Columns are named as in JSON: sizes by their Hugging Face names, tokens [token], score [score],
    parameters and active_parameters [parameter], tokens_per_parameter [token/parameter],
    training_flops [FLOP], gpu_hours [hour], days [day] and dollars [dollar].
    """
    return frame_of(answer.plans)


def frame_of(plans: Sequence[Plan]) -> pd.DataFrame:
    """Plans, one in each row; the index is the rank. Columns are those of `plans_frame`."""
    rows = [_row(plan) for plan in plans]
    return _table(rows, pd.RangeIndex(1, len(rows) + 1, name="rank"))


def parts_frame(plans: Sequence[tuple[str, Sequence[Plan]]]) -> pd.DataFrame:
    """The plans of several accelerators, one in each row; the index is the rank on its own.

    The first column, `gpu`, names the accelerator; the others are those of `plans_frame`.

    Args:
        plans: names of accelerators, each with its plans, the best accelerator first.
    """
    rows = [{"gpu": gpu, **_row(plan)} for gpu, own in plans for plan in own]
    ranks = [rank for _, own in plans for rank in range(1, len(own) + 1)]
    return _table(rows, pd.Index(ranks, name="rank", dtype="int64"))


def flat_frame(documents: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """Documents, one in each row, with the sizes of an architecture as columns of their own."""
    return pd.DataFrame([_flat(document) for document in documents])


def coefficients_frame(record: Record) -> pd.DataFrame:
    """The coefficients of a law, one in each row, with their standard errors."""
    known = record.coefficients
    errors = [record.standard_errors.get(name) for name in known]
    columns = {"value": list(known.values()), "standard_error": errors}
    return pd.DataFrame(columns, index=pd.Index(list(known), name="coefficient"))


def _flat(document: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in document.items():
        if name == "architecture":
            found |= value
        elif not isinstance(value, dict | list | tuple):
            found[name] = value
    return found


def front_frame(traced: Traced) -> pd.DataFrame:
    """The points of a front, one in each row, in order of the first cost.

    The first columns are the costs, in the units of `constraints.space.objectives`. After each cost
    comes the level up to which no plan is better. The rest is as in `plans_frame`.
    """
    rows = []
    for point, plan in zip(traced.front.points, traced.plans, strict=True):
        row: dict[str, Any] = {}
        for cost, amount, level in zip(traced.costs, point.amounts, point.levels, strict=True):
            name = f"{cost.name} with serving" if cost.with_serving else cost.name
            row[name] = cost.shown(amount)
            row[f"{name} proven up to"] = cost.shown(level)
        rows.append({**row, **_row(plan)})
    return _table(rows)


def _row(plan: Plan) -> dict[str, Any]:
    return {**plan.architecture.to_dict(), **{name: getattr(plan, name) for name in FIGURES}}


def _table(rows: Sequence[Mapping[str, Any]], index: pd.Index | None = None) -> pd.DataFrame:
    """Plans as a table; without any it still has the columns of their figures."""
    return whole_columns(pd.DataFrame(rows, index, columns=None if rows else list(FIGURES)), rows)


def whole_columns(table: pd.DataFrame, rows: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """A table in which whole numbers stay whole where some rows lack them.

    Args:
        table: the table.
        rows: what it was made of.
    """
    for name in table.columns:
        values = [row.get(name) for row in rows]
        told = {type(value) for value in values}
        if told == {int, type(None)}:
            table[name] = pd.array(values, dtype="Int64")
    return table
