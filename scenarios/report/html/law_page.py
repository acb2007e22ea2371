"""The page of a law: its predictions against the reported scores of models that it never saw."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from importlib.metadata import version
from typing import Any

from constraints.algebra.units import format_count
from optimizer.laws.evidence.breakdown import breakdown
from optimizer.laws.record import Record
from scenarios.report.composed.law_report import evidence_line
from scenarios.report.document import Line, Report, Section
from scenarios.report.html.page import Page
from scenarios.report.plots.plot_data import Column

__all__ = ["law_page"]

COLUMNS = (
    Column("score", "reported score", "score", True),
    Column("predicted", "predicted, out of sample", "score", True),
    Column("miss", "predicted less reported", "score", True),
    Column("released", "release", "score", True),
    Column("parameters", "parameters", "count", True),
    Column("tokens", "tokens", "count", True),
    Column("name", "model", "text"),
    Column("lab", "organisation", "text"),
    Column("organisation", "group in the plots", "text"),
)
MOST_GROUPS = 8
"""Organisations that have a small plot of their own; all others share one [organisation]."""


def law_page(record: Record) -> Page:
    """The page of a law.

    Args:
        record: a law with at least one model that it never saw.
    """
    rows = record.trust.unseen
    common = [
        name for name, _ in Counter(row.organisation for row in rows).most_common(MOST_GROUPS)
    ]
    points: list[list[Any]] = [
        [
            row.reported,
            row.predicted,
            row.error,
            row.released,
            row.parameters,
            row.tokens,
            row.name,
            row.organisation,
            row.organisation if row.organisation in common else "others",
        ]
        for row in rows
    ]
    scores = [row.reported for row in rows] + [row.predicted for row in rows]
    return Page(
        report=_report(record),
        lead=record.title,
        data={
            "columns": [asdict(column) for column in COLUMNS],
            "points": points,
            "names": [
                f"{row.name}: {format_count(row.parameters)} on {format_count(row.tokens)}, "
                f"predicted {row.predicted:.1f}, reported {row.reported:.1f}"
                for row in rows
            ],
            "commands": ["" for _ in rows],
            "bounds": None,
            "references": [],
            "swings": [],
            "x": "predicted",
            "depth": None,
            "chosen": max(range(len(rows)), key=lambda i: abs(rows[i].error)),
            "marked": None,
            "group": "organisation",
            "diagonal": [min(scores), max(scores)],
        },
        caption="Points: models, each predicted by the law without its organisation; line: "
        "predicted as reported. Other axes show errors by release, size or tokens.",
        table="All models",
    )


def _report(record: Record) -> Report:
    """The errors of a law in words."""
    groups = breakdown(record.trust.unseen)["year"]
    told = (f"{group.label} {group.mean_absolute:.1f} ({group.bias:+.1f})" for group in groups)
    by_year = f"Mean absolute error (and bias) by year: {', '.join(told)}."
    return Report(
        f"{record.name}: predicted against reported",
        (Section("How sure", (Line(evidence_line(record)), Line(by_year))),),
        stamp=(
            ("flopwise", version("flopwise")),
            ("law", f"{record.name}: {record.source}"),
            ("law, SHA-256", record.law.fingerprint),
        ),
    )
