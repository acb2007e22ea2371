"""Levels of costs, and boxes of levels: what a search for a front has not settled yet."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from fractions import Fraction

from constraints.algebra.posynomial import Exact, log_exact

__all__ = [
    "BELOW",
    "LevelBox",
    "Levels",
    "are_within",
    "greatest_of",
    "middle_of",
    "orthants",
    "rest_of",
]

Levels = tuple[Exact, ...]
"""An amount of each cost, each in that cost's unit."""

BELOW = 1 - Fraction(1, 10**30)
"""A factor just below 1: no two different amounts are so close, as long as they are whole multiples
of one unit and fewer than 10^30 of it."""


@dataclass(frozen=True)
class LevelBox:
    """Levels between two corners that are not settled yet.

    Attributes:
        low: the least level of each cost.
        high: the greatest level of each cost.
        least: index of a plan known within `low` [index].
        most: upper bound of the index within `high` [index].
        settle: whether to probe the high corner next, since a probe inside found nothing new.
    """

    low: Levels
    high: Levels
    least: float
    most: float
    settle: bool


def orthants(box: LevelBox, levels: Levels) -> list[LevelBox]:
    """The parts of a box below and above some levels of each cost, those below first.

    Args:
        box: to be cut.
        levels: where to cut it, one for each cost.
    """
    parts = [box]
    for j, level in enumerate(levels):
        cut = []
        for part in parts:
            cut.append(replace(part, high=_with(part.high, j, level)))
            if level < part.high[j]:
                cut.append(replace(part, low=_with(part.low, j, level)))
        parts = cut
    return parts


def rest_of(box: LevelBox, reach: Levels) -> list[LevelBox]:
    """What is left of a box once all levels from `reach` to its high corner are settled.

    Args:
        box: of levels that are not settled yet.
        reach: the least of the levels that a probe settled.
    """
    rest = []
    order = sorted(range(len(reach)), key=lambda j: reach[j] / Fraction(box.high[j]))
    for j in order:  # the largest part first
        if reach[j] > box.low[j]:
            rest.append(replace(box, high=_with(box.high, j, reach[j] * BELOW)))
        box = replace(box, low=_with(box.low, j, reach[j]))
    return rest


def _with(levels: Levels, j: int, level: Exact) -> Levels:
    """The levels with one of them replaced."""
    return (*levels[:j], level, *levels[j + 1 :])


def greatest_of(first: Levels, second: Levels) -> Levels:
    """The greater level of each cost.

    Args:
        first: one for each cost.
        second: one for each cost.
    """
    return tuple(max(a, b) for a, b in zip(first, second, strict=True))


def are_within(amounts: Levels, levels: Levels) -> bool:
    """Whether no amount exceeds its level.

    Args:
        amounts: one for each cost.
        levels: one for each cost.
    """
    return all(a <= b for a, b in zip(amounts, levels, strict=True))


def middle_of(low: Levels, high: Levels) -> Levels:
    """The middle of a box of levels, in logarithms.

    Args:
        low: the least level of each cost.
        high: the greatest level of each cost.
    """
    return tuple(_between(a, b) for a, b in zip(low, high, strict=True))


def _between(low: Exact, high: Exact) -> Exact:
    """The middle of two levels in logarithms, as an exact number between them."""
    middle = Fraction(math.exp((log_exact(low) + log_exact(high)) / 2))
    return min(max(middle, Fraction(low)), Fraction(high))
