"""Choices of shared experts and leading dense layers.

These two are no axes of the lattice of sizes, so each choice makes a region that is searched by
itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import product

from constraints.algebra.posynomial import Exact
from constraints.algebra.units import Range
from constraints.errors import InputError
from constraints.models.experts import Experts
from constraints.published.published_ranges import observed_choices
from scenarios.questions.scenario import Scenario

__all__ = ["expert_choices"]

MOST_CHOICES = 100
"""Most choices that a scenario may leave open, since each costs a search."""


def expert_choices(scenario: Scenario) -> tuple[Experts, ...]:
    """Every choice of shared experts and dense layers that a scenario leaves open.

    Where the scenario says nothing, the choices are those of published mixtures. Choices with as
    many dense layers as the scenario allows layers are left out.

    Raises:
        InputError: if there are too many choices, or one of the two is not a number, a list or a
            range with both ends.
    """
    most_layers = None if scenario.layers is None else scenario.layers.high
    shared = list(_whole("shared_experts", scenario.shared_experts))
    asked = list(_whole("dense_layers", scenario.dense_layers))
    dense = [n for n in asked if most_layers is None or n < most_layers] or asked[:1]
    if len(shared) * len(dense) > MOST_CHOICES:
        larger = "shared_experts" if len(shared) >= len(dense) else "dense_layers"
        rule = f"must leave at most {MOST_CHOICES} choices of shared experts and dense layers"
        raise InputError(larger, rule)
    factor: Exact = 1 if scenario.capacity_factor is None else scenario.capacity_factor
    return tuple(
        Experts(Fraction(s), dense_layers=n, capacity_factor=Fraction(factor))
        for s, n in product(shared, dense)
    )


def _whole(name: str, asked: Range | None) -> Iterator[int]:
    """The whole numbers of a range; those of published mixtures if the range is None."""
    if asked is None:
        yield from observed_choices(name)
    elif asked.values is not None:
        yield from (int(value) for value in asked.values)
    elif asked.low is None or asked.high is None:
        raise InputError(name, "must be a number, a list or a range with both ends")
    else:
        found = range(int(asked.low), int(asked.high) + 1, int(asked.step or 1))
        yield from found[: MOST_CHOICES + 1]
