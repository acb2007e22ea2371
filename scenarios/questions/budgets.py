"""Budgets: the training FLOPs behind GPUs and days, GPU-hours, FLOPs or dollars."""

from __future__ import annotations

from constraints.errors import InputError
from constraints.resources.budget import (
    MOST_FLOPS,
    Budget,
    budget_from_cluster,
    budget_from_cost,
    budget_from_flops,
    budget_from_gpu_hours,
)
from scenarios.questions.hardware import Hardware
from scenarios.questions.scenario import BUDGETS, Kind, Scenario

__all__ = ["budget_of", "check_one_budget", "unlimited_budget"]

WAYS = "{gpus} and {days}, {gpu_hours}, {flops}, or {cost} and {price}"
"""The ways to give a budget, for errors; names in braces are spelled as the caller spells them."""


def check_one_budget(scenario: Scenario) -> None:
    """Check that a scenario gives its budget in exactly one way.

    Raises:
        InputError: if it gives none, or gives it in several ways.
    """
    given = scenario.budgets_given
    if len(given) != 1:
        both = " and ".join(f"{{{name}}}" for name in given)
        rule = f"must be given in one way: {WAYS}{f'; {both} are more' if both else ''}"
        raise InputError("the budget", rule)


def budget_of(scenario: Scenario, hardware: Hardware, kind: Kind) -> Budget:
    """The training FLOPs that a scenario affords for models of one kind.

    Args:
        scenario: the scenario, which gives its budget in exactly one way.
        hardware: its accelerators, looked up.
        kind: dense models or mixtures of experts, which train at different MFUs.

    Raises:
        InputError: if the budget is not given in exactly one way, or lacks a part, a price or a
            number of GPUs that it needs.
    """
    check_one_budget(scenario)
    gpus, price = scenario.gpus, scenario.price
    if scenario.flops is not None:
        used = None if hardware.gpu is None else hardware.throughput(scenario, kind)
        return budget_from_flops(scenario.flops, used, gpus, price)
    used = hardware.throughput(scenario, kind)
    if scenario.gpu_hours is not None:
        return budget_from_gpu_hours(used, scenario.gpu_hours, gpus, price)
    if scenario.cost is not None:
        if price is None:
            raise InputError("price", "must be given with {cost}: it is missing")
        return budget_from_cost(used, scenario.cost, price, gpus)
    assert scenario.days is not None, BUDGETS
    if gpus is None:
        raise InputError("gpus", "must be given with {days}: it is missing")
    days = scenario.training_days
    assert days is not None
    if days <= 0:
        rule = f"must be more than the {float(scenario.days - days):g} days of {{reserve}}"
        raise InputError("days", rule, float(scenario.days))
    return budget_from_cluster(used, gpus, days, price)


def unlimited_budget(scenario: Scenario, hardware: Hardware, kind: Kind) -> Budget:
    """A budget that no plan uses up, on the scenario's hardware.

    Args:
        scenario: the scenario, which need not give a budget.
        hardware: its accelerators, looked up.
        kind: dense models or mixtures of experts, which train at different MFUs.

    Raises:
        InputError: if the scenario gives both an MFU and a measured run.
    """
    used = None if hardware.gpu is None else hardware.throughput(scenario, kind)
    return budget_from_flops(MOST_FLOPS, used, scenario.gpus, scenario.price)
