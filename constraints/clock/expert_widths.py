"""How fast a mixture would train if its experts were finer or coarser.

Cutting every expert in two, with twice as many of them for each token, changes neither parameters
nor FLOPs, and so no law's score here. It makes matrices narrower and tokens travel to more parts.
MaxText saw the MFU fall from 50 to 28 % when 8 experts became 56 of a seventh of the width
(github.com/AI-Hypercomputer/maxtext, issue 1256).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from constraints.clock.layout_choice import LayoutChoice

__all__ = ["WidthSpeed", "width_speeds"]

FACTORS = (4, 2, 1, 0.5, 0.25)
"""Widths of experts that are looked at, over that of the mixture [unitless]."""
TILE = 128
"""Least width of an expert [unitless]: that of a tile of matrix products."""


@dataclass(frozen=True)
class WidthSpeed:
    """A mixture with experts of another width, and how fast it trains.

    Attributes:
        moe_intermediate_size: width of an expert [unitless].
        num_experts: routed experts of a layer [expert].
        num_experts_per_tok: those of them that a token passes through [expert].
        mfu: model FLOPs over the bf16 peak in the fastest layout, by the clock [unitless].
    """

    moe_intermediate_size: int
    num_experts: int
    num_experts_per_tok: int
    mfu: float


def width_speeds(choice: LayoutChoice, sizes: Mapping[str, int]) -> tuple[WidthSpeed, ...]:
    """A mixture's speed with coarser and with finer experts, the coarsest first.

    Widths at which the numbers of experts are not whole, or that no layout holds, are left out.

    Args:
        choice: layouts of the cluster for models of its style.
        sizes: of the mixture by name, attention heads included.
    """
    names = ("moe_intermediate_size", "num_experts", "num_experts_per_tok")
    found = []
    for factor in FACTORS:
        own = (sizes[names[0]] * factor, sizes[names[1]] / factor, sizes[names[2]] / factor)
        if any(size != int(size) for size in own) or own[0] < min(TILE, sizes[names[0]]):
            continue
        width, experts, met = map(int, own)
        fitted = choice.fit({**sizes, **dict(zip(names, (width, experts, met), strict=True))})
        if fitted is not None:
            found.append(WidthSpeed(width, experts, met, fitted.mfu))
    return tuple(found)
