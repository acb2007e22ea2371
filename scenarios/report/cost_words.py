"""Costs in words and figures: how each is headed, counted and written."""

from __future__ import annotations

from constraints.objectives import Objective
from constraints.units import format_count, format_flops

__all__ = ["HEADINGS", "cost_amount", "cost_change"]

HEADINGS = {
    "flops": "training FLOP",
    "gpu-hours": "GPU-hours",
    "cost": "dollars",
    "days": "days",
    "params": "parameters",
    "active-params": "active parameters",
    "tokens": "tokens",
    "serving-memory": "serving memory",
    "serving-cost": "$ per M tokens served",
    "decode-rate": "tokens/s a stream",
}
"""What people call each cost, for the axes of plots and the columns of tables."""


def cost_amount(name: str, value: float, digits: int = 3) -> str:
    """A value of a cost as people write it."""
    if name == "flops":
        return format_flops(value)
    if name == "cost":
        return f"${format_count(value, digits)}"
    if name == "serving-memory":
        return f"{value / 1e9:.{digits}g} GB"
    if name == "serving-cost":
        return f"${value:.{digits}g}"
    return format_count(value, digits)


def cost_change(cost: Objective, share: float) -> str:
    """A share of what a plan takes: `half the GPU-hours`, `10 times the tokens/s a stream`."""
    heading = HEADINGS[cost.name]
    if cost.rising:
        return f"{1 / share:.3g} times the {heading}"
    named = {0.5: "half", 0.1: "a tenth of"}
    return f"{named.get(share, f'{share:.3g} times')} the {heading}"
