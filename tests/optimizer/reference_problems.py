"""Problems whose answers are published or known: the authors' planner, the reference problem."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from constraints.algebra.units import Range, parse_range
from constraints.models.architecture import Style
from constraints.space.dense_space import dense_space
from constraints.space.feasible_region import feasible_region
from constraints.space.region import Region

PLANNER_BUDGET = int(376e12 * 1024 * 0.40 * 30 * 86400)
REFERENCE_BUDGET = 78 * 10**22
THEIR_COUNT = Style(norm="none")
"""The planner counts no norms."""


def planner_region(
    hidden: str = "2048:16384:1024",
    ffn: str = "4096:114688:4096",
    token_step: int = 5 * 10**11,
    *,
    layers: tuple[int, ...] = tuple(n for n in range(22, 96) if n % 8 in (6, 7)),
    whole_heads: bool = True,
) -> Region:
    """The authors' planner at its defaults: 3.99e23 FLOP, 10-100 B parameters, 1-19.5 T tokens."""
    ranges = {
        "num_hidden_layers": Range(layers[0], layers[-1], None, layers),
        "hidden_size": parse_range(hidden, "hidden"),
        "intermediate_size": parse_range(ffn, "ffn"),
        "num_key_value_heads": Range.single(8),
        "vocab_size": Range.single(150_000),
        "ffn_ratio": Range(1),
    }
    space = dense_space(
        "wide", ranges, style=THEIR_COUNT, flop_count="6nd", whole_heads=whole_heads
    )
    return feasible_region(
        space,
        PLANNER_BUDGET,
        parameters=Range(10**10, 10**11),
        tokens=Range(10**12, 195 * 10**11),
        token_step=token_step,
    )


def reference_region(
    flops: int = REFERENCE_BUDGET,
    ranges: dict[str, Range] | None = None,
    *,
    whole_heads: bool = True,
    **limits: Any,
) -> Region:
    """6·N·D, 7.8e23 FLOP, FFN/hidden 2.5-4, hidden/layers 64-180: saturated at its optimum."""
    shape = {"ffn_ratio": Range(Fraction(5, 2), 4), "hidden_per_layer": Range(64, 180)}
    space = dense_space(
        "wide",
        {**shape, "num_key_value_heads": Range.single(8), **(ranges or {})},
        style=THEIR_COUNT,
        flop_count="6nd",
        whole_heads=whole_heads,
    )
    return feasible_region(space, flops, **limits)
