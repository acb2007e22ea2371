"""The JSON of `flopwise target --json`."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from constraints.algebra.posynomial import Exact
from optimizer.questions.target import TargetStatus
from scenarios.answers.target import Reached
from scenarios.exports.document import law_fields
from scenarios.exports.plan_json import budget_fields, plan_fields

__all__ = ["target_document"]


def _compute(reached: Reached, flops: Exact) -> dict[str, float | None]:
    """An amount of compute, in FLOPs and as far as known in GPU-hours, days and dollars."""
    budget = reached.budget
    return {
        "flops": float(flops),
        "gpu_hours": budget.gpu_hours(flops),
        "days": budget.days(flops),
        "dollars": budget.dollars(flops),
    }


def _at_speeds(reached: Reached) -> list[tuple[float, Reached]]:
    """The answers at the ends and in the middle of a range of MFUs, the slowest first."""
    slow, fast = reached.at_ends
    used = reached.budget.throughput
    assert used is not None
    return [slow, (used.mfu, reached), fast]


def _otherwise(reached: Reached) -> dict[str, Any]:
    """What the law with the least error says that the score takes."""
    other = reached.by_better
    assert other is not None
    amount = None if other.amount is None else reached.cost.shown(other.amount)
    plan = other.plan
    return {
        "law": other.law.name,
        "amount": amount,
        "parameters": None if plan is None else plan.parameters,
        "tokens": None if plan is None else plan.tokens,
    }


def target_document(reached: Reached) -> dict[str, Any]:
    """The fields of the answer to a goal in JSON."""
    result, plan, cost = reached.result, reached.plan, reached.cost
    done = result.status is TargetStatus.REACHED
    more, used = reached.a_point_more, reached.budget.throughput
    document: dict[str, Any] = {
        "status": result.status.value,
        **law_fields(reached.law),
        "given": dict(reached.goal.given),
        "target_score": None if reached.goal.score is None else float(reached.goal.score),
        "minimised": cost.name,
        "unit": cost.unit,
        "amount": reached.amount,
        "amount_a_point_more": None if more is None else cost.shown(more),
        "by_least_error": None if reached.by_better is None else _otherwise(reached),
        "budget": budget_fields(reached.budget) if reached.limited else None,
        "plans": [plan_fields(plan, {}, used)] if plan is not None and done else [],
        "highest": None if plan is None or done else plan_fields(plan, {}, used),
        "remedies": [asdict(remedy) for remedy in reached.remedies],
        "needed": None if reached.needed is None else _compute(reached, reached.needed),
        "clusters": [asdict(cluster) for cluster in reached.clusters],
        "certificate": None if result.account is None else asdict(result.account),
    }
    if reached.at_ends:
        document["speeds"] = [
            {
                "mfu": mfu,
                "status": found.result.status.value,
                "amount": found.amount,
                "plan": None
                if found.plan is None
                else plan_fields(found.plan, {}, found.budget.throughput),
            }
            for mfu, found in _at_speeds(reached)
        ]
    if result.status is TargetStatus.INFEASIBLE:
        document["conflict"] = [asdict(conflict) for conflict in result.highest.conflict]
    return document
