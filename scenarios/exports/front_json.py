"""The JSON of `flopwise pareto --json`."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from constraints.space.objectives import Objective
from optimizer.questions.front_bound import Segment
from scenarios.answers.front import Traced
from scenarios.exports.document import law_fields
from scenarios.exports.plan_json import budget_fields, plan_fields

__all__ = ["front_document", "front_status"]


def front_document(traced: Traced, *, interrupted: bool = False) -> dict[str, Any]:
    """The fields of a front in JSON.

    Args:
        traced: the front.
        interrupted: whether the search was cut off, so that points are missing.
    """
    front, knee = traced.front, traced.knee()
    document: dict[str, Any] = {
        "status": front_status(traced, interrupted=interrupted),
        **law_fields(traced.law),
        "given": dict(traced.question.given),
        "budget": budget_fields(traced.budget),
        "objectives": [_objective(cost) for cost in traced.costs],
        "complete": front.complete,
        "open_share": front.open_,
        "points": [
            {
                "costs": _shown(traced, point.amounts),
                "proven_up_to": _shown(traced, point.levels),
                **plan_fields(plan, {}, traced.budget.throughput),
            }
            for point, plan in zip(front.points, traced.plans, strict=True)
        ],
        "bounds": [_segment(traced.costs[0], segment) for segment in traced.line],
        "knee": None if knee is None else front.points.index(knee),
        "savings": [
            {"cost": cost.name, "share": float(share), "score_change": change}
            for cost, share, change in (traced.savings if front.points else ())
        ],
    }
    return document


def front_status(traced: Traced, *, interrupted: bool) -> str:
    """How much of a front is proved.

    Args:
        traced: the front.
        interrupted: whether the search was cut off.

    Returns:
        `optimal` if every point is proved, `partial` if the search was cut off, `unproved` if a
        search gave up.
    """
    if interrupted:
        return "partial"
    return "optimal" if traced.front.settled else "unproved"


def _objective(cost: Objective) -> dict[str, Any]:
    return {"name": cost.name, "unit": cost.unit, "higher_is_better": cost.rising}


def _shown(traced: Traced, amounts: tuple[Any, ...]) -> dict[str, float]:
    return {
        cost.name: cost.shown(amount) for cost, amount in zip(traced.costs, amounts, strict=True)
    }


def _segment(cost: Objective, segment: Segment) -> dict[str, Any]:
    return {
        "flat_up_to": cost.shown(segment.flat),
        "score_there": segment.start,
        "meets_next_at": cost.shown(Fraction(segment.meets)),
    }
