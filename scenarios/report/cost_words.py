"""Costs in words and figures: how each is headed, counted and written."""

from __future__ import annotations

from constraints.algebra.units import format_count, format_flops
from constraints.space.objectives import Objective

__all__ = ["cost_amount", "cost_change", "cost_counted", "heading"]

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
PHRASES = {"serving-cost": "serving cost", "decode-rate": "decode rate", "flops": "FLOP"}
"""What they call it in a sentence, if otherwise."""


def heading(cost: Objective) -> str:
    """What a cost is called over a column or along an axis."""
    return HEADINGS[cost.name] + (", serving included" if cost.with_serving else "")


def cost_counted(cost: Objective, value: float, digits: int = 3) -> str:
    """An amount in a sentence: `2.46M GPU-hours`, `$1.2M`, `43.5 GB of serving memory`."""
    amount, name = cost_amount(cost.name, value, digits), HEADINGS[cost.name]
    said = f"{amount} {name}"
    if cost.name in ("cost", "serving-cost"):
        said = f"{amount}{name.removeprefix('$').removeprefix('dollars')}"
    elif amount.endswith("GB"):
        said = f"{amount} of {name}"
    return said + (" (serving included)" if cost.with_serving else "")


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
    name = PHRASES.get(cost.name, HEADINGS[cost.name])
    if cost.rising:
        return f"{1 / share:.3g} times the {name}"
    named = {0.5: "half", 0.1: "a tenth of"}
    return f"{named.get(share, f'{share:.3g} times')} the {name}"
