"""The JSON of a comparison of accelerators, as the field `parts` of the best part's document."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from optimizer.plans.plan import Plan
from scenarios.answers.answer import Answer
from scenarios.answers.compared_parts import ComparedParts
from scenarios.answers.target import Reached
from scenarios.exports.plan_json import budget_fields, plan_fields

__all__ = ["parts_fields", "parts_of_goal_fields"]


def parts_fields(compared: ComparedParts[Answer]) -> list[dict[str, Any]]:
    """The best plan on each accelerator, the best first."""
    return [
        {
            "gpu": name,
            "status": answer.result.status.value,
            "given": dict(answer.scenario.given),
            "budget": budget_fields(answer.budget),
            "plan": _first(answer.plans),
        }
        for name, answer in compared.ranked
    ]


def parts_of_goal_fields(compared: ComparedParts[Reached]) -> list[dict[str, Any]]:
    """What a goal takes on each accelerator, the least first."""
    return [
        {
            "gpu": name,
            "status": found.result.status.value,
            "given": dict(found.goal.given),
            "budget": budget_fields(found.budget) if found.limited else None,
            "minimised": found.cost.name,
            "unit": found.cost.unit,
            "amount": found.amount,
            "plan": _first(() if found.plan is None else [found.plan]),
        }
        for name, found in compared.ranked
    ]


def _first(plans: Sequence[Plan]) -> dict[str, Any] | None:
    return plan_fields(plans[0], {}) if plans else None
