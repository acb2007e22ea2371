"""The page of a front."""

from __future__ import annotations

from dataclasses import asdict
from fractions import Fraction
from typing import Any

from scenarios.answers.front import Traced
from scenarios.exports.command_lines import plan_of_point
from scenarios.report.composed.front_report import front_report
from scenarios.report.html.page import Page
from scenarios.report.plots.plot_data import columns_of, costs_known, plan_name, references, row
from scenarios.report.words.cost_words import heading
from scenarios.report.words.front_words import headline, held_by

__all__ = ["front_data", "front_page"]


POINTS = "Points: plans, each proved optimal and beaten by no other"
MODELS = "diamonds: published models"


def front_page(traced: Traced, *, interrupted: bool = False) -> Page:
    """The page of a front.

    Args:
        traced: a front with at least one point.
        interrupted: whether the search was cut off.
    """
    return Page(
        report=front_report(traced, interrupted=interrupted),
        lead=headline(traced),
        data=front_data(traced),
        caption=_caption(traced),
        chips=_chips(traced),
    )


def _chips(traced: Traced) -> tuple[tuple[str, str], ...]:
    """What is traded off, the law and the proof in short."""
    used, count = traced.budget.throughput, len(traced.front.points)
    costs = " and ".join(heading(cost) for cost in traced.costs)
    parts = () if used is None else (("part", used.accelerator.name),)
    proved = f"{count} points, each optimal" if traced.front.settled else "not proved"
    law = traced.resolved.in_force.law.name
    return (("score over", costs), *parts, ("law", law), ("proof", proved))


def front_data(traced: Traced) -> dict[str, Any]:
    """The data of a front, as the page's script reads them."""
    region, deployment = traced.region, traced.resolved.deployment
    costs = costs_known(region, traced.budget, deployment, traced.costs)
    layouts = region.layout_choice is not None
    cost = traced.costs[0]
    return {
        "columns": [asdict(x) for x in columns_of(costs, traced.law.unit, layouts=layouts)],
        "points": [
            row(plan, costs, region, ", ".join(held_by(traced, plan)), layouts=layouts)
            for plan in traced.plans
        ],
        "names": [plan_name(plan) for plan in traced.plans],
        "commands": [plan_of_point(traced, point) for point in traced.front.points],
        "bounds": [
            {
                "flat": cost.shown(segment.flat),
                "start": segment.start,
                "meets": cost.shown(Fraction(segment.meets)),
            }
            for segment in traced.line
        ],
        "references": list(references(costs, region, deployment)),
        "swings": [],
        "x": cost.name,
        "depth": traced.costs[1].name if len(traced.costs) > 1 else None,
        "captions": {
            "first": _caption(traced),
            "compute": f"{POINTS}; lines: equal training compute, 6 FLOP a parameter and token; "
            f"{MODELS}.",
            "other": f"{POINTS}; {MODELS} where they tell both.",
        },
        "chosen": _chosen(traced),
        "marked": None,
    }


def _chosen(traced: Traced) -> int | None:
    """Index of the point that the page shows first: the knee, else the top; None without points."""
    points = traced.front.points
    return points.index(traced.knee() or traced.top) if points else None


def _caption(traced: Traced) -> str:
    points, models = POINTS, f"{MODELS} with the scores that they report"
    band = "shade: the law's 90 % interval"
    if len(traced.costs) > 1:
        more = heading(traced.costs[1])
        return f"{points}, the fuller the more {more}; {models}; {band}."
    line = "dashed line: no plan lies above it"
    return f"{points}; full line: the best so far; {line}; {models}; {band}."
