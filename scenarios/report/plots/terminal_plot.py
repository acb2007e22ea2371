"""The plot of a front in characters, for a terminal: score over the logarithm of a cost."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

__all__ = ["terminal_plot"]

WIDTH, HEIGHT = 66, 14
"""Size of the plot without its labels [column] and [row]; with them it fits 80 columns."""
DOT, FLAT = "●", "·"


def terminal_plot(
    points: Sequence[tuple[float, float]], label: str, written: Callable[[float], str]
) -> list[str]:
    """Draw a front in characters.

    Args:
        points: pairs of cost and score, in order of the cost.
        label: label of the axis of the cost.
        written: writes a cost as text.

    Returns:
        The lines of the plot; none if all points have the same cost or the same score.
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
        for between in range(column, end):  # each point is the best up to the next one
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
