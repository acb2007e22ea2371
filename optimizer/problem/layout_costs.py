"""What layouts take of the compute budget over boxes and at points of a lattice.

A model is trained in the layout that holds it at the least cost, which is at least 1: recomputation
takes a third more, and where time counts a design pays for its own speed. Both are bounded from
below over boxes by the least and the greatest of what layouts look at
(`constraints.clock.layout_choice`).
"""

from __future__ import annotations

import numpy as np

from constraints.algebra.log_form import FloatArray, LogForm
from constraints.clock.layout_choice import LayoutChoice
from constraints.space.design_space import DesignSpace
from constraints.space.lattice import Positions

__all__ = ["SAFETY", "LayoutCosts"]

SAFETY = 1e-9
"""Room given for rounding, relative in amounts and absolute in logarithms; see `problem`."""


class LayoutCosts:
    """The costs of the layouts of a region, ready for many boxes and points at once."""

    def __init__(self, choice: LayoutChoice, space: DesignSpace, needs: LogForm) -> None:
        """Take what is known of a region.

        Args:
            choice: its layouts.
            space: its designs.
            needs: what of a design the layouts' costs depend on, over the free axes.
        """
        self.choice, self._space, self._needs = choice, space, needs

    def least(self, low: FloatArray, high: FloatArray) -> FloatArray:
        """Lower bounds of ln(budget taken / FLOPs counted) over boxes [n]; inf if none holds any.

        Args:
            low: lower ends of the boxes, in logarithms [n, D].
            high: upper ends of the boxes, in logarithms [n, D].
        """
        least, greatest = (np.exp(ends) for ends in self._needs.corners(low, high))
        return self.choice.least_log_cost(least * (1 - SAFETY), greatest * (1 + SAFETY)) - SAFETY

    def at(self, points: Positions) -> FloatArray:
        """ln(budget taken / FLOPs counted) at points, up to rounding [n]; inf if no layout holds.

        Args:
            points: positions on the axes [n, D].
        """
        lattice = self._space.lattice
        sizes = self._space.complete(lattice.values(points))
        amounts = np.exp(self._needs.values(lattice.logs(points))) * (1 - SAFETY)
        return self.choice.log_cost(amounts, sizes) - SAFETY
