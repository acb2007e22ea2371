"""The picture of a front, as PNG or SVG."""

from __future__ import annotations

import io
from math import log10
from pathlib import Path

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, NullFormatter

from constraints.space.objectives import Objective
from scenarios.answers.front import Traced
from scenarios.report.plots.plot_data import references
from scenarios.report.words.cost_words import cost_amount, heading

__all__ = ["front_picture", "picture"]

FRONT, LINE, MODELS, ERROR = "#0072b2", "#009e73", "#7a7f88", "#0072b2"
"""Colours from the palette of Okabe and Ito (2008), which is safe for colour-blind readers."""
INCHES, DOTS = (7.5, 4.5), 150
"""Width and height of the picture [inch], and its resolution [pixel/inch]."""
RISE = 8
"""Pieces in which the rising part of an upper bound is drawn [piece]."""


def front_picture(traced: Traced, path: str) -> bytes:
    """The picture of a front.

    Args:
        traced: a front with at least one point.
        path: path of the picture, whose ending (.png or .svg) decides the format.
    """
    figure = Figure(figsize=INCHES, layout="constrained")
    _draw(figure.add_subplot(), traced)
    return picture(figure, path)


def picture(figure: Figure, path: str) -> bytes:
    """The bytes of a figure; the same figure always gives the same bytes.

    Args:
        figure: the figure.
        path: path of the picture, whose ending (.png or .svg) decides the format.
    """
    suffix = Path(path).suffix.lower()
    written = io.BytesIO()
    with mpl.rc_context({"svg.hashsalt": "flopwise", "svg.fonttype": "path"}):
        figure.savefig(
            written,
            format=suffix[1:],
            dpi=DOTS,
            metadata={"Date": None} if suffix == ".svg" else {"Software": None},
        )
    return written.getvalue()


def _draw(axes: Axes, traced: Traced) -> None:
    cost = traced.costs[0]
    across = [cost.shown(point.amounts[0]) for point in traced.front.points]
    up = [plan.score for plan in traced.plans]
    axes.set_xscale("log")
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: cost_amount(cost.name, value)))
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.set_xlabel(heading(cost))
    axes.set_ylabel(f"score, {traced.law.unit}")
    axes.grid(color="#d7dae0", linewidth=0.8)
    axes.set_axisbelow(True)
    errors = [0.0 if plan.near is None else plan.near.mean_absolute for plan in traced.plans]
    if len(traced.costs) == 1:
        low, high = ([y + sign * e for y, e in zip(up, errors, strict=True)] for sign in (-1, 1))
        label = "law's mean error on models nearby"
        axes.fill_between(across, low, high, color=ERROR, alpha=0.12, linewidth=0, label=label)
        _draw_bound(axes, traced, cost)
        label = "proved optimal plans"
        style = "steps-post"  # each plan is the best up to the cost of the next one
        axes.plot(across, up, FRONT, marker="o", markersize=4, drawstyle=style, label=label)
    else:
        other = traced.costs[1]
        shades = axes.scatter(
            across,
            up,
            c=[log10(other.shown(point.amounts[1])) for point in traced.front.points],
            cmap="viridis",
            label="proved optimal plans",
        )
        bar = axes.figure.colorbar(shades, ax=axes, label=heading(other))
        bar.ax.yaxis.set_major_formatter(
            FuncFormatter(lambda value, _: cost_amount(other.name, 10**value))
        )
    ends = axes.get_xlim(), axes.get_ylim()
    _draw_models(axes, traced, cost, ends)
    axes.set_xlim(ends[0])
    axes.set_ylim(ends[1])
    axes.legend(fontsize=8, loc="upper left", framealpha=0.9)


def _draw_bound(axes: Axes, traced: Traced, cost: Objective) -> None:
    points: list[tuple[float, float]] = []
    plans = zip(traced.front.points, traced.plans, traced.plans[1:], traced.line, strict=False)
    for point, plan, following, segment in plans:
        points.append((cost.shown(point.amounts[0]), plan.score))
        points.append((cost.shown(segment.flat), plan.score))
        for k in range(RISE + 1):
            ratio = segment.meets / float(segment.flat)
            at = cost.shown(segment.flat) * (1 / ratio if cost.rising else ratio) ** (k / RISE)
            points.append((at, segment.start + (following.score - segment.start) * k / RISE))
    if points:
        label = "no plan lies above"
        across, up = zip(*points, strict=True)
        axes.plot(across, up, color=LINE, linestyle="--", linewidth=1, label=label)


def _draw_models(
    axes: Axes, traced: Traced, cost: Objective, ends: tuple[tuple[float, float], ...]
) -> None:
    models = [
        (model["values"][cost.name], model["values"]["score"])
        for model in references(traced.costs, traced.region, traced.resolved.deployment)
        if cost.name in model["values"]
    ]
    inside = [
        (x, y) for x, y in models if ends[0][0] <= x <= ends[0][1] and ends[1][0] <= y <= ends[1][1]
    ]
    if inside:
        label = "published models, as reported"
        across, up = zip(*inside, strict=True)
        axes.scatter(
            across,
            up,
            marker="D",
            s=16,
            facecolors="none",
            edgecolors=MODELS,
            label=label,
        )
