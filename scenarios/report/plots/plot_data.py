"""The figures of plans and of published models, as plots and tables show them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from constraints.algebra.posynomial import Exact
from constraints.algebra.units import BYTES_16_BIT, format_count
from constraints.errors import InputError
from constraints.models.activated_experts import NUM_ACTIVATED, activated_experts
from constraints.models.counting import (
    active_parameter_count,
    cache_numbers,
    training_flops_per_token,
)
from constraints.published.model_table import PublishedModel
from constraints.published.published_models import published_dense, published_moe
from constraints.resources.budget import Budget
from constraints.resources.deployment import Deployment
from constraints.space.objectives import OBJECTIVES, Objective, objective
from constraints.space.region import Region
from optimizer.plans.plan import Plan
from scenarios.report.words.cost_words import cost_format, heading
from scenarios.report.words.words import ffn_words, shape_words

__all__ = ["Column", "columns_of", "costs_known", "plan_name", "references", "row"]


@dataclass(frozen=True)
class Column:
    """One figure of every plan.

    Attributes:
        key: name of the figure for the page's script.
        label: what people call it.
        format: name of the way in which the page's script writes it.
        axis: whether the figure may be an axis of the plot.
    """

    key: str
    label: str
    format: str
    axis: bool = False


def costs_known(
    region: Region, budget: Budget, deployment: Deployment | None, first: Sequence[Objective]
) -> tuple[Objective, ...]:
    """All costs that plans of a region have.

    Args:
        region: the feasible region.
        budget: the training FLOPs, and the hardware behind them.
        deployment: where the model must be served; None if that does not matter.
        first: costs that come first in the result.
    """
    found = {cost.name: cost for cost in first}
    for name in OBJECTIVES:
        dense = region.space.style.experts is None  # then all parameters are active
        if name not in found and not (dense and name == "active-params"):
            try:
                found[name] = objective(name, region, budget, deployment)
            except InputError:  # without a price there are no dollars, and so on
                continue
    return tuple(found.values())


def columns_of(costs: Sequence[Objective], score_unit: str, *, layouts: bool) -> tuple[Column, ...]:
    """The columns that describe the values of `row`, in the same order.

    Args:
        costs: the costs.
        score_unit: unit of the scores.
        layouts: whether plans have layouts.
    """
    shown = [Column(c.name, heading(c), cost_format(c.name), True) for c in costs]
    more = (
        Column("tokens-per-parameter", "tokens per parameter", "ratio", True),
        Column("layers", "layers", "whole", True),
        Column("hidden", "hidden size", "whole", True),
        Column("ffn", "FFN size", "whole"),
        Column("heads", "heads", "text"),
        Column("low", "90 % from", "score"),
        Column("high", "90 % to", "score"),
        Column("held", "also held back by", "text"),
    )
    layout = (Column("layout", "layout", "text"),) if layouts else ()
    return (Column("score", f"score, {score_unit}", "score", True), *shown, *more, *layout)


def row(
    plan: Plan, costs: Sequence[Objective], region: Region, held: str, *, layouts: bool
) -> list[Any]:
    """The figures of one plan, one for each of `columns_of`.

    Args:
        plan: the plan.
        costs: the costs.
        region: region of the plan.
        held: the limits that hold the plan back besides the costs, in words.
        layouts: whether plans have layouts.
    """
    sizes = plan.architecture
    spent = [
        plan.training_flops
        if cost.name == "flops" and plan.layout is not None and plan.layout.pace is not None
        else cost.shown(region.spent(cost.limit, sizes.sizes, plan.tokens))
        for cost in costs
    ]
    figures = [
        round(plan.score, 4),
        *(float(f"{amount:.7g}") for amount in spent),
        float(f"{plan.tokens_per_parameter:.5g}"),
        sizes.num_hidden_layers,
        sizes.hidden_size,
        ffn_words(sizes) if sizes.style.experts else sizes.intermediate_size,
        f"{sizes.num_attention_heads}/{sizes.num_key_value_heads}",
        *((None, None) if plan.interval is None else (round(end, 2) for end in plan.interval)),
        held,
    ]
    return [*figures, str(plan.layout)] if layouts and plan.layout else figures


def plan_name(plan: Plan) -> str:
    """A plan in short, such as `60 × 4096 × 11008, 11.7B on 9.87T: 73.77`."""
    shape = shape_words(plan.architecture)
    size, tokens = format_count(plan.parameters), format_count(plan.tokens)
    return f"{shape}, {size} on {tokens}: {plan.score:.2f}"


def references(
    costs: Sequence[Objective], region: Region, deployment: Deployment | None
) -> Iterator[dict[str, Any]]:
    """Published models with known training tokens, each with its name, score and costs.

    Args:
        costs: the costs.
        region: the feasible region; its kind decides whether mixtures are included.
        deployment: where models are served; None if that does not matter.
    """
    of_experts = region.space.style.experts is not None
    for model in (*published_dense(), *(published_moe() if of_experts else ())):
        if model.tokens is None:
            continue
        amounts = _amounts(model, int(model.tokens), region, deployment)
        values = {
            cost.name: float(f"{cost.shown(amount):.4g}")
            for cost in costs
            if (amount := amounts.get(_resource_of(cost, region))) is not None
        }
        yield {
            "name": f"{model.name}, {model.organisation} {model.release}: {model.mmlu:g} reported",
            "values": {"score": model.mmlu, **values},
        }


def _resource_of(cost: Objective, region: Region) -> str:
    return "compute" if cost.limit.name == region.compute.name else cost.name


def _amounts(
    model: PublishedModel, tokens: int, region: Region, deployment: Deployment | None
) -> Mapping[str, Fraction]:
    """What a published model takes of each resource, in the units of the resources."""
    space, style = region.space, model.architecture.style
    sizes: dict[str, Exact] = dict(model.architecture.sizes)
    if style.experts is not None:
        pair = model.architecture.num_experts or 1, model.architecture.num_experts_per_tok or 1
        sizes[NUM_ACTIVATED] = activated_experts(*pair, region.streams)
    per_token = training_flops_per_token(style, space.seq_len, space.flop_count).value(sizes)
    amounts = {
        "compute": Fraction(per_token) * tokens,
        "params": Fraction(model.reported_parameters),
        "active-params": Fraction(active_parameter_count(model.architecture)),
        "tokens": Fraction(tokens),
    }
    if deployment is None:
        cache = BYTES_16_BIT * cache_numbers(style, space.seq_len).value(sizes)
        amounts["serving-memory"] = BYTES_16_BIT * amounts["params"] + cache
        return amounts
    step = Fraction(deployment.seconds_per_token(style).value(sizes))
    amounts["serving-memory"] = Fraction(deployment.memory(style).value(sizes))
    return amounts | {"decode-rate": step, "serving-cost": step}
