"""Boxes less the sides that limits cut off, before anything is bounded.

A gate of one monomial is a·x ≤ b in logarithms, so that over a box each x_j has an end of its own,

    a_j·x_j ≤ b − Σ_{i≠j} (the least of a_i·x_i)

(feasibility-based bound tightening: Belotti et al. 2009, Optimization Methods and Software 24,
§3.1). In a box that is cut so, limits lie along its sides, where a plane's greatest value is.
"""

from __future__ import annotations

import numpy as np

from constraints.algebra.log_form import FloatArray, NDBool
from constraints.space.lattice import Boxes
from optimizer.problem.problem import SAFETY, Problem

__all__ = ["tightened", "tightened_boxes"]


def tightened(problem: Problem, low: FloatArray, high: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Boxes [n, D] in logarithms without what gates exclude; high < low where nothing is left."""
    gates, bounds = problem.affine_gates
    if not len(bounds):
        return low, high
    rising, falling = np.maximum(gates, 0.0), np.minimum(gates, 0.0)
    least = low[:, None, :] * rising + high[:, None, :] * falling  # [n, G, D]
    room = (bounds - least.sum(axis=2))[:, :, None] + least + SAFETY
    with np.errstate(divide="ignore", invalid="ignore"):
        most = np.where(gates > 0, room / gates, np.inf).min(axis=1)
        fewest = np.where(gates < 0, room / gates, -np.inf).max(axis=1)
    return np.maximum(low, fewest), np.minimum(high, most)


def tightened_boxes(problem: Problem, boxes: Boxes) -> Boxes:
    """As `tightened`, of boxes of the lattice."""
    ends = problem.lattice.logs(boxes.low), problem.lattice.logs(boxes.high)
    low, high = tightened(problem, *ends)
    moved: NDBool = np.any((low > ends[0]) | (high < ends[1]), axis=1)
    if not moved.any():
        return boxes
    first, last = boxes.low.copy(), boxes.high.copy()
    inner = problem.lattice.within(boxes[moved], low[moved], high[moved])
    first[moved], last[moved] = inner.low, inner.high
    return Boxes(first, last)
