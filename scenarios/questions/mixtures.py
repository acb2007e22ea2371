"""What a scenario says of mixtures of experts that is no range of sizes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import product

from constraints.algebra.posynomial import Exact
from constraints.algebra.units import Range
from constraints.errors import InputError
from constraints.models.experts import Experts
from constraints.published.published_ranges import observed_choices

__all__ = ["Mixtures"]

MOST_CHOICES = 100
"""Each is a region of its own."""


@dataclass(frozen=True)
class Mixtures:
    """Choices of a mixture of experts.

    shared_experts, dense_layers: how many there may be, as published mixtures have if None.
    capacity_factor: as of `constraints.models.experts.Experts`. mfu: of their training, None for that of
    the scenario. naive: whether a law of dense models may read the experts that a token meets as
    one FFN.
    """

    shared_experts: Range | None = None
    dense_layers: Range | None = None
    capacity_factor: Exact = 1
    mfu: float | None = None
    naive: bool = False

    def choices(self, most_layers: Exact | None) -> tuple[Experts, ...]:
        """Shared experts and leading dense layers, every choice of both.

        most_layers: of all layers, if that is limited: fewer are dense.
        """
        shared = list(_whole("shared_experts", self.shared_experts))
        asked = list(_whole("dense_layers", self.dense_layers))
        dense = [n for n in asked if most_layers is None or n < most_layers] or asked[:1]
        if len(shared) * len(dense) > MOST_CHOICES:
            larger = "shared_experts" if len(shared) >= len(dense) else "dense_layers"
            rule = f"must leave at most {MOST_CHOICES} choices of shared experts and dense layers"
            raise InputError(larger, rule)
        factor = Fraction(self.capacity_factor)
        return tuple(
            Experts(Fraction(s), dense_layers=n, capacity_factor=factor)
            for s, n in product(shared, dense)
        )


def _whole(name: str, asked: Range | None) -> Iterator[int]:
    """The whole numbers of a range; those of published mixtures if none is asked for."""
    if asked is None:
        yield from observed_choices(name)
    elif asked.values is not None:
        yield from (int(value) for value in asked.values)
    elif asked.low is None or asked.high is None:
        raise InputError(name, "must be a number, a list or a range with both ends")
    else:
        found = range(int(asked.low), int(asked.high) + 1, int(asked.step or 1))
        yield from found[: MOST_CHOICES + 1]
