"""Costs in words: their names in headings and sentences, and their amounts."""

from __future__ import annotations

from constraints.algebra.units import format_count, format_flops
from constraints.space.objectives import Objective
from scenarios.vocabulary.choosing import OBJECTIVES
from scenarios.vocabulary.quantity import Format, Quantity
from scenarios.vocabulary.vocabulary import by_name

__all__ = ["cost_amount", "cost_change", "cost_counted", "cost_format", "heading"]

_COSTS: dict[str, Quantity] = {
    quantity.key: quantity for quantity in by_name().values() if quantity.key in OBJECTIVES.names
}


def heading(cost: Objective) -> str:
    """The name of a cost over a column or along an axis."""
    known = _COSTS[cost.name]
    return (known.axis or known.words) + (", serving included" if cost.with_serving else "")


def cost_counted(cost: Objective, value: float, digits: int = 3) -> str:
    """An amount in a sentence: `2.46M GPU-hours`, `$1.2M`, `43.5 GB of serving memory`.

    Args:
        cost: the cost.
        value: the amount, as people count it.
        digits: significant digits.
    """
    known = _COSTS[cost.name]
    amount, name = cost_amount(cost.name, value, digits), known.axis or known.words
    said = f"{amount} {name}"
    if known.format in (Format.DOLLARS, Format.PRICE):  # the sign stands before the amount
        said = f"{amount}{name.removeprefix('$').removeprefix('dollars')}"
    elif known.format is Format.BYTES:
        said = f"{amount} of {name}"
    return said + (" (serving included)" if cost.with_serving else "")


def cost_amount(name: str, value: float, digits: int = 3) -> str:
    """An amount as text, with its sign or unit where it has one.

    Args:
        name: name of the cost.
        value: the amount, as people count it.
        digits: significant digits.
    """
    written = _COSTS[name].format
    if written is Format.FLOPS:
        return format_flops(value)
    if written is Format.DOLLARS:
        return f"${format_count(value, digits)}"
    if written is Format.BYTES:
        return f"{value / 1e9:.{digits}g} GB"
    if written is Format.PRICE:
        return f"${value:.{digits}g}"
    return format_count(value, digits)


def cost_format(name: str) -> str:
    """The name that the page's script has for the way in which a cost is written."""
    written = _COSTS[name].format
    return Format.DOLLARS.value if written is Format.PRICE else written.value


def cost_change(cost: Objective, share: float) -> str:
    """A changed cost in a sentence: `half the GPU-hours`, `10 times the tokens/s a stream`.

    Args:
        cost: the cost.
        share: share of the cost that is left [unitless]. A rate, of which more is better, grows to
            the reciprocal of this share instead.
    """
    known = _COSTS[cost.name]
    name = known.phrase or known.words
    if cost.rising:
        return f"{1 / share:.3g} times the {name}"
    named = {0.5: "half", 0.1: "a tenth of"}
    return f"{named.get(share, f'{share:.3g} times')} the {name}"
