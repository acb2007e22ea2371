"""Boxes without the sides that the limits cut off, before anything is bounded.

A gate on a single monomial reads a·x ≤ b in the logarithms x of the sizes. Over a box it gives each
x_j an end of its own,

    a_j·x_j ≤ b − Σ_{i≠j} min a_i·x_i                   min over the box

which may lie inside the box. If the gate leaves room r = b − Σ min a_i·x_i over it, that end is
r/a_j from the lower end of the box where a_j > 0, and from the upper end where a_j < 0
(feasibility-based bound tightening: Belotti et al. 2009, Optimization Methods and Software 24,
§3.1). A plane is greatest at a corner of a box, so cutting off corners that no plan can have lowers
the bounds.

Derivation: docs/theory.md.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import numpy as np

from constraints.algebra.log_form import FloatArray, NDBool
from constraints.space.boxes import Boxes
from constraints.space.lattice import Lattice
from optimizer.problem.affine_gates import AffineGates
from optimizer.problem.problem import Problem
from optimizer.problem.rounding import SAFETY

__all__ = ["first_boxes", "tightened", "tightened_boxes"]

FIRST = 256
"""Boxes with which searches start, at least, where there are so many [box]."""
CUTS = 2
"""How often these are cut before the gates cut them down again [cut]."""
MOST_KEPT = 64
"""Lattices whose first boxes are kept as the gates leave them."""


def tightened(
    gates: AffineGates, low: FloatArray, high: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Boxes cut down to what gates allow; high < low where nothing is left.

    Args:
        gates: of a problem.
        low: lower ends of the boxes, in logarithms [n, D].
        high: upper ends of the boxes, in logarithms [n, D].

    Returns:
        The new lower and upper ends, each [n, D].
    """
    if not len(gates):
        return low, high
    room = gates.bounds + SAFETY - low @ gates.rising.T - high @ gates.falling.T  # [n, G]
    first, last = low.copy(), high.copy()
    if len((up := gates.up).used):
        ends = low[:, up.columns] + room[:, up.rows] / up.powers
        most = np.minimum.reduceat(ends, up.first, axis=1)
        last[:, up.used] = np.minimum(high[:, up.used], most)
    if len((down := gates.down).used):
        ends = high[:, down.columns] + room[:, down.rows] / down.powers
        fewest = np.maximum.reduceat(ends, down.first, axis=1)
        first[:, down.used] = np.maximum(low[:, down.used], fewest)
    return first, last


def tightened_boxes(problem: Problem, boxes: Boxes) -> Boxes:
    """Boxes of lattice points cut down to what the gates allow; high < low where nothing is left.

    Args:
        problem: whose gates they are.
        boxes: of positions on the lattice's axes.
    """
    return _tightened(problem.lattice, problem.affine_gates, boxes)


def first_boxes(problem: Problem) -> Boxes:
    """Some hundred boxes that hold every point which the gates allow, cut down to these.

    They are the same for all problems with these gates, whatever their law and budget.

    Args:
        problem: whose gates they are.
    """
    return _first_boxes(problem.lattice, problem.affine_gates)


@lru_cache(maxsize=MOST_KEPT)
def _first_boxes(lattice: Lattice, gates: AffineGates) -> Boxes:
    boxes, before = _cut_down(lattice, gates, lattice.whole()), 0
    while before < len(boxes) < FIRST:
        before = len(boxes)
        for _ in range(CUTS):
            boxes = lattice.halved(boxes)
        boxes = _cut_down(lattice, gates, boxes)
    boxes = replace(boxes, logs=lattice.ends(boxes))
    for kept in (boxes.low, boxes.high, *(boxes.logs or ())):
        kept.flags.writeable = False  # they are handed out again and again
    return boxes


def _cut_down(lattice: Lattice, gates: AffineGates, boxes: Boxes) -> Boxes:
    """What the gates leave of boxes, without those of which nothing is left."""
    boxes = _tightened(lattice, gates, boxes)
    return boxes[~boxes.are_empty]


def _tightened(lattice: Lattice, gates: AffineGates, boxes: Boxes) -> Boxes:
    ends = lattice.ends(boxes)
    low, high = tightened(gates, *ends)
    moved: NDBool = np.any((low > ends[0]) | (high < ends[1]), axis=1)
    if not moved.any():
        return boxes
    first, last = boxes.low.copy(), boxes.high.copy()
    inner = lattice.within(boxes[moved], low[moved], high[moved])
    first[moved], last[moved] = inner.low, inner.high
    return Boxes(first, last)
