"""The table of a store in a terminal: the best plan of every question."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from constraints.algebra.units import format_count
from constraints.errors import printable
from optimizer.laws.law import MMLU
from scenarios.batch.store import Row
from scenarios.report.document import Column, Remark, Report, Section, Table
from scenarios.report.words.words import interval_words, quantity

__all__ = ["batch_table", "best_of", "reason_of", "warnings_of"]

MOST_ROWS = 20
"""Most questions that a terminal shows; exports have all of them [question]."""
BEYOND = "*"
"""What marks the score of a plan that is beyond what is known."""
MOST_TOLD = 3
"""Most questions of which a warning tells in what they are beyond what is known [question]."""
LONGEST = 20
"""Most characters of a name; exports have all of it [character]."""


def batch_table(rows: Sequence[Row]) -> Report:
    """The questions of a store, each with its status and its best plan.

    Args:
        rows: questions with their results.
    """
    headings = ("scenario", "status", "score", "90 %", "law", "params", "tokens")
    text = {"scenario", "status", "law"}
    columns = tuple(Column(name, right=name not in text, wrap="never") for name in headings)
    more = "scenarios; all of them: batch export, batch report"
    table = Table(columns, tuple(map(_cells, rows)), most_rows=MOST_ROWS, elsewhere=more)
    section = Section("Scenarios", (table,) if rows else ())
    found = [best_of(row) for row in rows]
    remarks = (*warnings_of(found, rows, f" ({BEYOND})"), *_reasons(found, rows))
    return Report("Scenarios", (section,), remarks)


def best_of(row: Row) -> tuple[dict[str, Any], dict[str, Any]]:
    """The document of an answer, and the best plan in it; both are empty if there is none."""
    answer: dict[str, Any] = json.loads(row.answer) if row.answer else {}
    plans = answer.get("plans") or answer.get("points", [])[-1:]
    return answer, plans[0] if plans else {}


def reason_of(row: Row, answer: Mapping[str, Any]) -> str:
    """Why a question has no plan: why it failed, or the limits that exclude each other."""
    limits = _conflict(answer)
    return row.reason if row.reason or not limits else f"no plan: {limits}"


def _conflict(answer: Mapping[str, Any]) -> str:
    """The limits that exclude each other; empty if they don't."""
    return ", ".join(quantity(one["limit"]) for one in answer.get("conflict", ()))


def warnings_of(
    found: Iterable[tuple[dict[str, Any], dict[str, Any]]], rows: Iterable[Row], mark: str = ""
) -> Iterator[Remark]:
    """Warnings of best plans that lie beyond what is known; nothing if none does.

    Args:
        found: answers and their best plans, as `best_of` has them.
        rows: the questions.
        mark: what marks such plans in a table; empty if nothing does.
    """
    told = [
        f"{printable(row.name, LONGEST)} ({best['outside_support'][0]})"
        for row, (_, best) in zip(rows, found, strict=True)
        if best.get("outside_support")
    ]
    if told:
        yield Remark("Warning", f"beyond what is known{mark}: {_some(told)}.")


def _reasons(
    found: Iterable[tuple[dict[str, Any], dict[str, Any]]], rows: Iterable[Row]
) -> Iterator[Remark]:
    """A note with the reasons for which the table has no room; nothing if it has room for all."""
    told = [
        f"{printable(row.name, LONGEST)} ({row.reason or _conflict(answer)})"
        for row, (answer, best) in zip(rows, found, strict=True)
        if not best and len(reason_of(row, answer)) > LONGEST
    ]
    if told:
        yield Remark("Note", f"no plan, and why: {_some(told)}.")


def _some(told: Sequence[str]) -> str:
    """The first few, and how many more there are."""
    more = f" and {len(told) - MOST_TOLD:,} more" if len(told) > MOST_TOLD else ""
    return f"{'; '.join(told[:MOST_TOLD])}{more}"


def _status(row: Row) -> str:
    return f"{row.status}, stale" if row.stale else row.status


def _cells(row: Row) -> tuple[str, ...]:
    answer, best = best_of(row)
    if not best:
        why = reason_of(row, answer)
        return (printable(row.name, LONGEST), _status(row), "", "", printable(why, LONGEST), "", "")
    mark = BEYOND if best.get("outside_support") else ""
    of_mmlu, told = answer.get("score_unit") == MMLU, best.get("score_interval")
    return (
        printable(row.name, LONGEST),
        _status(row),
        (f"{best['score']:.2f}" if of_mmlu else f"loss {-best['score'] / 100:.3f}") + mark,
        interval_words(None if told is None else (told[0], told[1])),
        printable(answer.get("law", ""), LONGEST),
        format_count(best["parameters"], aligned=True),
        format_count(best["tokens"], aligned=True),
    )
