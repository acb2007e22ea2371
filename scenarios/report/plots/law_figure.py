"""The picture of a law: its predictions against reported scores, and its errors by year."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from optimizer.laws.record import Record
from optimizer.laws.trust import Unseen
from scenarios.report.plots.figure import picture

__all__ = ["law_picture"]

POINT, LINE = "#0072b2", "#7a7f88"
"""Colours from the palette of Okabe and Ito (2008), which is safe for colour-blind readers."""
INCHES = (10.0, 4.5)
"""Width and height of the picture [inch]."""


def law_picture(record: Record, path: str) -> bytes:
    """The picture of a law.

    Args:
        record: a law with at least one model that it never saw.
        path: path of the picture, whose ending (.png or .svg) decides the format.
    """
    figure = Figure(figsize=INCHES, layout="constrained")
    left, right = figure.subplots(1, 2)
    _against(left, record)
    _by_year(right, record.trust.unseen)
    figure.suptitle(f"{record.name}, out of sample")
    return picture(figure, path)


def _against(axes: Axes, record: Record) -> None:
    rows = record.trust.unseen
    reported = np.array([row.reported for row in rows])
    predicted = np.array([row.predicted for row in rows])
    ends = np.array([min(reported.min(), predicted.min()), max(reported.max(), predicted.max())])
    axes.plot(ends, ends, LINE, linewidth=1, label="predicted as reported")
    across = np.linspace(ends[0], ends[1], 200)
    bands = [record.law.interval(float(x)) for x in across]
    if all(bands):
        low, high = np.array([band for band in bands if band is not None]).T
        axes.fill_between(across, low, high, color=POINT, alpha=0.12, linewidth=0, label="90 %")
    axes.scatter(predicted, reported, s=14, color=POINT)
    axes.set_xlabel("predicted, its organisation left out")
    axes.set_ylabel("reported MMLU (5-shot)")
    axes.legend(frameon=False)
    axes.grid(color="#d7dae0", linewidth=0.8)
    axes.set_axisbelow(True)


def _by_year(axes: Axes, rows: tuple[Unseen, ...]) -> None:
    axes.axhline(0.0, color=LINE, linewidth=1)
    axes.scatter([row.released for row in rows], [row.error for row in rows], s=14, color=POINT)
    axes.set_xlabel("release")
    axes.set_ylabel("predicted less reported")
    axes.grid(color="#d7dae0", linewidth=0.8)
    axes.set_axisbelow(True)
