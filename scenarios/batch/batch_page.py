"""The page of a store: the best plan of every question, in groups by cluster, law or action."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from importlib.metadata import version
from typing import Any

from constraints.algebra.units import format_count
from constraints.errors import printable
from scenarios.batch.batch_table import best_of, reason_of, warnings_of
from scenarios.batch.store import Row
from scenarios.exports.command_lines import command_line
from scenarios.report.document import Line, Report, Section
from scenarios.report.html.page import Page
from scenarios.report.plots.plot_data import Column
from scenarios.report.words.words import plural

__all__ = ["batch_page"]

COLUMNS = (
    Column("scenario", "scenario", "text"),
    Column("score", "score", "score", True),
    Column("gpu-hours", "GPU-hours", "count", True),
    Column("cost", "dollars", "dollars", True),
    Column("days", "days", "ratio", True),
    Column("flops", "training FLOP", "flops", True),
    Column("params", "parameters", "count", True),
    Column("tokens", "tokens", "count", True),
    Column("layers", "layers", "whole", True),
    Column("hidden", "hidden size", "whole", True),
    Column("cluster", "cluster", "text"),
    Column("law", "law", "text"),
    Column("action", "action", "text"),
    Column("status", "status", "text"),
    Column("reason", "reason", "text"),
)
FIGURES = ("score", "gpu_hours", "dollars", "days", "training_flops", "parameters", "tokens")
SCORE = [column.key for column in COLUMNS].index("score")
GROUPS = ("cluster", "law", "action")
"""Columns by which questions may be grouped; the first in which they differ is taken."""
MOST_GROUPS = 12
"""Most groups that a page shows [group]; a column with more is not taken."""
CAPTION = "Points: the best plan of each scenario; of a front, that of its greatest cost."


def batch_page(rows: Iterable[Row]) -> Page:
    """The page of a store.

    Args:
        rows: one or more questions with their results.
    """
    shown = [(row, best_of(row)) for row in rows]
    points = [_point(row, answer, best) for row, (answer, best) in shown]
    group = _group(points)
    lead, *others = _summary(points, group)
    stamp = _stamp(answer for _, (answer, _) in shown)
    return Page(
        report=Report(
            "Scenarios",
            (Section("The best", tuple(map(Line, others))),),
            tuple(warnings_of([found for _, found in shown], [row for row, _ in shown])),
            tuple(stamp),
        ),
        lead=lead,
        data={
            "columns": [asdict(column) for column in COLUMNS],
            "points": points,
            "names": [_name(row, best) for row, (_, best) in shown],
            "commands": [command_line(row.action, row.given) for row, _ in shown],
            "bounds": None,
            "references": [],
            "swings": [],
            "x": _across(points),
            "depth": None,
            "chosen": _top(points, range(len(points))),
            "marked": None,
            "group": group,
        },
        caption=CAPTION,
        table="All scenarios",
    )


def _point(row: Row, answer: dict[str, Any], best: dict[str, Any]) -> list[Any]:
    sizes = best.get("architecture", {})
    gpus = row.given.get("--gpus")
    part = row.given.get("--gpu", "")
    return [
        row.name,
        *(best.get(name) for name in FIGURES),
        sizes.get("num_hidden_layers"),
        sizes.get("hidden_size"),
        f"{gpus} × {part}" if gpus else part,
        answer.get("law", ""),
        row.action,
        f"{row.status}, stale" if row.stale else row.status,
        reason_of(row, answer),
    ]


def _name(row: Row, best: dict[str, Any]) -> str:
    """A question and its best plan in short, such as `baseline: 11.7B on 9.87T: 73.77`."""
    if not best:
        return f"{printable(row.name, 200)}: {row.status}"
    size, tokens = format_count(best["parameters"]), format_count(best["tokens"])
    return f"{printable(row.name, 200)}: {size} on {tokens}: {best['score']:.2f}"


def _place(key: str) -> int:
    return [column.key for column in COLUMNS].index(key)


def _group(points: Sequence[list[Any]]) -> str | None:
    """The column by which questions are grouped; None if none has a few different values."""
    for key in GROUPS:
        if 1 < len({point[_place(key)] for point in points}) <= MOST_GROUPS:
            return key
    return None


def _across(points: Sequence[list[Any]]) -> str:
    """The column of the axis across: GPU-hours if all plans have them, else FLOPs."""
    solved = [point for point in points if point[SCORE] is not None]
    known = (key for key in ("gpu-hours", "flops") if all(p[_place(key)] for p in solved))
    return next(known, "flops")


def _top(points: Sequence[list[Any]], among: Iterable[int]) -> int | None:
    """Index of the question with the highest score among some; None if none has a score."""
    action = _place("action")  # the score of a target was asked for
    scored = [i for i in among if points[i][SCORE] is not None and points[i][action] != "target"]
    return max(scored, key=lambda i: points[i][SCORE]) if scored else None


def _summary(points: Sequence[list[Any]], group: str | None) -> Iterable[str]:
    status = [point[_place("status")] for point in points]
    told = ", ".join(f"{status.count(name):,} {name}" for name in sorted(set(status)))
    count, top = f"{plural(len(points), 'scenario')}: {told}.", _top(points, range(len(points)))
    if top is None:
        yield count
        return
    best_of_all = f"{points[top][_place('scenario')]} scores highest, {points[top][SCORE]:.2f}."
    yield f"{best_of_all} {count}"
    if group is None:
        return
    at = _place(group)
    for name in sorted({point[at] for point in points}):
        best = _top(points, (i for i, point in enumerate(points) if point[at] == name))
        if best is not None:
            scenario = points[best][_place("scenario")]
            score = points[best][SCORE]
            yield f"The best of {group} {name or 'unnamed'}: {scenario}, {score:.2f}."


def _stamp(answers: Iterable[dict[str, Any]]) -> list[tuple[str, str]]:
    laws = {
        f"{answer['law']}: {answer['law_source']}; SHA-256 {answer['law_hash']}"
        for answer in answers
        if "law_hash" in answer
    }
    return [("flopwise", version("flopwise")), *(("law", law) for law in sorted(laws))]
