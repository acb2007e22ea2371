"""A front as a plot of characters: score over the logarithm of a cost."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

__all__ = ["terminal_plot"]

WIDTH, HEIGHT = 66, 14
"""Columns and rows of the plot itself: with its labels it fits a terminal of 80 columns."""
DOT, FLAT = "●", "·"


def terminal_plot(
    points: Sequence[tuple[float, float]], label: str, written: Callable[[float], str]
) -> list[str]:
    """Lines of a plot of (cost, score) points, in order of the cost.

    label: of the cost; written: how a cost is written. Empty for fewer than two points.
    """
    across = [math.log(cost) for cost, _ in points]
    up = [score for _, score in points]
    if len(points) < 2 or min(across) == max(across) or min(up) == max(up):
        return []
    columns = [round(_share(x, across) * (WIDTH - 1)) for x in across]
    rows = [round((1 - _share(y, up)) * (HEIGHT - 1)) for y in up]
    grid = [[" "] * WIDTH for _ in range(HEIGHT)]
    ends = [*columns[1:], columns[-1]]
    for column, end, row in zip(columns, ends, rows, strict=True):
        for between in range(column, end):  # the best so far, up to the next point
            grid[row][between] = FLAT
    for column, row in zip(columns, rows, strict=True):
        grid[row][column] = DOT
    labels = [
        f"{max(up) - (max(up) - min(up)) * row / (HEIGHT - 1):7.1f} │"
        if row % 4 == 0 or row == HEIGHT - 1
        else f"{'':7} │"
        for row in range(HEIGHT)
    ]
    lines = [f"{'score':>7}"]
    lines += [f"{a}{''.join(b)}".rstrip() for a, b in zip(labels, grid, strict=True)]
    lines.append(f"{'':7} └{'─' * WIDTH}")
    middle = written(math.exp((min(across) + max(across)) / 2))
    low, high = written(points[0][0]), f"{written(points[-1][0])} {label}"
    gap = " " * max(1, WIDTH // 2 - len(low) - len(middle) // 2)
    ticks = f"{low}{gap}{middle}"
    lines.append(f"{'':9}{ticks}{high:>{max(WIDTH - len(ticks), len(high) + 1)}}")
    return lines


def _share(value: float, values: Sequence[float]) -> float:
    return (value - min(values)) / (max(values) - min(values))
