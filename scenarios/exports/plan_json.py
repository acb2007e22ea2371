"""The JSON of `flopwise plan --json`, and the fields of plans and budgets in any document."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from constraints.clock.fitted_layout import FittedLayout
from constraints.hardware.throughput import Throughput
from constraints.resources.budget import Budget
from optimizer.plans.plan import Plan
from optimizer.plans.recipe import Recipe
from optimizer.searching.search import SearchStatus
from scenarios.answers.answer import Answer
from scenarios.answers.dense_or_experts import Kinds
from scenarios.answers.second_opinion import Opinion
from scenarios.answers.speeds import AtSpeed
from scenarios.exports.document import accuracy_fields, law_fields

__all__ = ["answer_document", "budget_fields", "floor_fields", "kinds_document", "plan_fields"]


def answer_document(answer: Answer) -> dict[str, Any]:
    """The fields of an answer to a scenario in JSON."""
    result, relaxed = answer.result, answer.result.relaxed
    used = answer.budget.throughput
    document: dict[str, Any] = {
        "status": result.status.value,
        "kind": answer.kind,
        **law_fields(answer.law),
        "given": dict(answer.scenario.given),
        "budget": budget_fields(answer.budget),
        "plans": [plan_fields(x, relaxed.shadow_prices, used) for x in answer.plans],
        "certificate": None if result.certificate is None else asdict(result.certificate),
        "unproved": None if result.certificate is not None else {"bound": answer.gap_bound},
        "relaxation": {
            "bound": float(answer.law.response(relaxed.bound)),
            "shadow_prices": dict(relaxed.shadow_prices),
            "prices_unique": relaxed.unique,
        },
    }
    if answer.preferred is not None:
        document["preferred"] = {
            **plan_fields(answer.preferred, relaxed.shadow_prices, used),
            "prefer": answer.resolved.preference,
            "score_given_up": answer.plans[0].score - answer.preferred.score,
        }
    if answer.width_speeds:
        document["expert_widths"] = [asdict(speed) for speed in answer.width_speeds]
    document["near_optimal"] = None if answer.band is None else _band(answer)
    document["one_more"] = dict(answer.one_more)
    document["second_opinion"] = [_opinion(answer, opinion) for opinion in answer.opinions]
    document["robust"] = answer.scenario.robust
    document["standing"] = None if answer.draw_ranking is None else asdict(answer.draw_ranking)
    if answer.speeds:
        document["speeds"] = [_speed(speed) for speed in answer.speeds]
    if answer.swings:
        document["sensitivity"] = [
            {**asdict(swing), "shadow_price": relaxed.shadow_prices.get(swing.limit)}
            for swing in answer.swings
        ]
    if result.status is SearchStatus.INFEASIBLE:
        document["conflict"] = [asdict(conflict) for conflict in result.conflict]
    return document


def kinds_document(kinds: Kinds) -> dict[str, Any]:
    """The fields of `flopwise plan --moe --json`: the better answer, and both kinds compared."""
    document = answer_document(kinds.better)
    document["dense_or_experts"] = {
        "dense": _kind(kinds.dense),
        "experts": _kind(kinds.experts),
        "experts_score_more": kinds.difference,
        "over_draws": kinds.spread,
        "odds_of_experts": None if kinds.odds is None else asdict(kinds.odds),
        "even_mfu": kinds.even_mfu,
        "otherwise": None if kinds.otherwise is None else asdict(kinds.otherwise),
        "law_error_on_dense": accuracy_fields(kinds.errors[0]),
        "law_error_on_experts": accuracy_fields(kinds.errors[1]),
    }
    return document


def floor_fields(floor: Answer) -> dict[str, Any]:
    """The law that was asked, and the floor at which it puts every plan."""
    law = floor.resolved.in_force.law
    return {"law": law.name, "score": law.response.floor, "given": dict(floor.scenario.given)}


def _kind(answer: Answer) -> dict[str, Any]:
    result = answer.result
    prices = result.relaxed.shadow_prices
    return {
        "status": result.status.value,
        "budget": budget_fields(answer.budget),
        "plan": plan_fields(answer.plans[0], prices, answer.budget.throughput)
        if answer.plans
        else None,
        "certificate": None if result.certificate is None else asdict(result.certificate),
    }


def _speed(speed: AtSpeed) -> dict[str, Any]:
    """What is best at one MFU, and what plan 1 comes to there."""
    best, kept = speed.best, speed.kept
    return {
        "mfu": speed.mfu,
        "training_flops": float(speed.budget.training_flops),
        "status": speed.status.value,
        "plan": None if best is None else plan_fields(best, {}, speed.budget.throughput),
        "plan_1": None if kept is None else {"tokens": kept.tokens, "score": kept.score},
    }


def _band(answer: Answer) -> dict[str, Any]:
    band = answer.band
    assert band is not None
    chosen = {
        "smallest": band.smallest,
        "shallowest": band.shallowest,
        "cheapest_to_serve": band.lightest,
    }
    return {
        "within": band.within,
        "designs": band.designs,
        **{
            name: {
                "architecture": answer.region.architecture(plan.sizes).to_dict(),
                "tokens": plan.tokens,
                "parameters": plan.parameters,
                "score": float(answer.law.response(plan.index)),
            }
            for name, plan in chosen.items()
        },
    }


def _opinion(answer: Answer, opinion: Opinion) -> dict[str, Any]:
    """The fields of another law's opinion: its score of the best plan, and its own best plan."""
    own = opinion.own
    return {
        **law_fields(opinion.law),
        "score": opinion.score,
        "score_interval": opinion.interval,
        "own_plan": {
            "architecture": answer.region.architecture(own.sizes).to_dict(),
            "tokens": own.tokens,
            "parameters": own.parameters,
            "score": opinion.own_score,
        },
    }


def plan_fields(
    plan: Plan, prices: Mapping[str, float], used: Throughput | None = None
) -> dict[str, Any]:
    """The fields of a plan.

    Args:
        plan: the plan.
        prices: shadow prices by name of the limit [score]; empty if there are none.
        used: what a part delivers, for which the budget was counted; None if not known.
    """
    return {
        "architecture": plan.architecture.to_dict(),
        "tokens": plan.tokens,
        "effective_tokens": plan.effective_tokens,
        "epochs": plan.epochs,
        "score": plan.score,
        "law_score": plan.law_score,
        "score_interval": plan.interval,
        "parameters": plan.parameters,
        "active_parameters": plan.active_parameters,
        "tokens_per_parameter": plan.tokens_per_parameter,
        "training_flops": plan.training_flops,
        "gpu_hours": plan.gpu_hours,
        "days": plan.days,
        "dollars": plan.dollars,
        "saturated": plan.saturated,
        "layout": None if plan.layout is None else _layout(plan.layout, used),
        "recipe": {**_recipe(plan.recipe), "precision": plan.precision},
        "limits": [
            {**vars(state), "shadow_price": prices.get(state.name)} for state in plan.limits
        ],
        "law_error_nearby": accuracy_fields(plan.near),
        "outside_support": list(plan.outside),
    }


def _recipe(recipe: Recipe) -> dict[str, Any]:
    return {
        "global_batch_tokens": recipe.batch,
        "global_batch_sequences": recipe.sequences,
        "seq_len": recipe.seq_len,
        "steps": recipe.steps,
        "learning_rate": recipe.learning_rate,
        "least_learning_rate": recipe.least_rate,
        "schedule": "cosine",
        "warmup_steps": recipe.warmup_steps,
        "weight_decay": recipe.weight_decay,
        "law": recipe.taken,
        "laws": [
            {
                "law": opinion.law.name,
                "source": opinion.law.source,
                "learning_rate": opinion.learning_rate,
                "batch_tokens": opinion.batch,
                "extrapolates": opinion.extrapolates,
            }
            for opinion in recipe.opinions
        ],
        "weight_decay_by_timescale": recipe.suited_decay,
    }


def _layout(fitted: FittedLayout, used: Throughput | None) -> dict[str, Any]:
    seconds, mfu = fitted.planned(used)
    return {
        **asdict(fitted.layout),
        "sharding": fitted.recipe,
        "memory": fitted.memory,
        "usable_memory": fitted.usable,
        "fullest_stage_layers": fitted.layout.fullest(fitted.layers),
        "step_seconds": fitted.seconds,
        "step_tokens": fitted.batch,
        "tokens_per_second_per_gpu": fitted.tokens_per_second,
        "mfu": fitted.mfu,
        "planned_step_seconds": seconds if used is not None else None,
        "planned_mfu": mfu if used is not None else None,
        "next_best": [{**asdict(layout), "slower": ratio - 1} for layout, ratio in fitted.others],
    }


def budget_fields(budget: Budget) -> dict[str, Any]:
    """The fields of a budget, in FLOPs and as far as known in GPU-hours, days and dollars."""
    flops, used = budget.training_flops, budget.throughput
    return {
        "training_flops": float(flops),
        "gpu": None if used is None else used.accelerator.name,
        "gpus": budget.gpus,
        "gpu_hours": budget.gpu_hours(flops),
        "days": budget.days(flops),
        "dollars": budget.dollars(flops),
        "price": None if budget.price is None else float(budget.price),
        "mfu": None if used is None else used.mfu,
        "goodput": None if used is None else used.goodput,
        "mfu_assumed": None if used is None else used.assumed is not None,
        "published_over_assumed": None if used is None else used.spread,
    }
