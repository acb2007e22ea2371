"""What layouts take of the compute budget over boxes and at points of a lattice.

A model is trained in the layout that holds it at the least cost, which is at least 1: recomputation
takes a third more, and where time counts a design pays for its own speed. Both are bounded from
below over boxes by the least and the greatest of what layouts look at
(`constraints.clock.layout_choice`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from constraints.algebra.log_form import FloatArray, LogForm
from constraints.algebra.posynomial import Posynomial
from constraints.clock.layout_choice import LayoutChoice
from constraints.space.design_space import DesignSpace
from constraints.space.lattice import Positions
from optimizer.problem.rounding import SAFETY

__all__ = ["LayoutCosts"]


class LayoutCosts:
    """The costs of the layouts of a region, ready for many boxes and points at once."""

    def __init__(
        self,
        choice: LayoutChoice,
        space: DesignSpace,
        log_form: Callable[[Sequence[Posynomial]], LogForm],
    ) -> None:
        """Take what is known of a region.

        Args:
            choice: its layouts.
            space: its designs.
            log_form: makes functions over the free axes of posynomials in the axes.
        """
        self.choice, self._space = choice, space
        needs = [space.in_axes(x).fixed(space.lattice.fixed) for x in choice.needs]
        self._needs, self._memory = log_form(needs), log_form(needs[: len(choice.features)])
        self._over_time, self._starts = self._flops_over_time(needs[len(choice.features) :])
        self._ratios = log_form(self._over_time)

    @staticmethod
    def _flops_over_time(needs: Sequence[Posynomial]) -> tuple[list[Posynomial], list[int]]:
        """FLOPs over each single term of the features of time, and where each feature begins.

        Their greatest values over a box bound the features' shares of the FLOPs from below. What
        both depend on alike, such as layers, cancels.
        """
        if not needs:
            return [], []
        *timed, flops = needs
        terms = [[Posynomial((term,)) for term in feature.terms] for feature in timed]
        starts = np.cumsum([0, *map(len, terms[:-1])]).tolist()
        return [flops / term for each in terms for term in each], starts

    def least(self, low: FloatArray, high: FloatArray) -> FloatArray:
        """Lower bounds of ln(budget taken / FLOPs counted) over boxes [n]; inf if none holds any.

        Args:
            low: lower ends of the boxes, in logarithms [n, D].
            high: upper ends of the boxes, in logarithms [n, D].
        """
        memory = np.exp(self._memory.corners(low, high)[0]) * (1 - SAFETY)
        if not self._over_time:
            return self.choice.least_log_recomputing(memory) - SAFETY
        shares = np.exp(-self._ratios.corners(low, high)[1]) * (1 - SAFETY)
        of_flops = np.add.reduceat(shares, self._starts, axis=1)
        return self.choice.least_log_pace(memory, of_flops, *self._sizes(low, high)) - SAFETY

    def _sizes(
        self, low: FloatArray, high: FloatArray
    ) -> tuple[dict[str, Positions], dict[str, Positions]]:
        """The least and the greatest sizes of boxes by name; each is an array [n]."""
        lattice = self._space.lattice
        least, most = (
            dict(zip(lattice.names, np.rint(np.exp(ends.T)).astype(np.int64), strict=True))
            | {name: np.full(len(ends), size) for name, size in lattice.fixed.items()}
            for ends in (low, high)
        )
        if "head_dim" in least:  # heads that follow from it are fewest where they are widest
            least["head_dim"], most["head_dim"] = most["head_dim"], least["head_dim"]
        return self._space.complete(least), self._space.complete(most)

    def at(self, points: Positions) -> FloatArray:
        """ln(budget taken / FLOPs counted) at points, up to rounding [n]; inf if no layout holds.

        Args:
            points: positions on the axes [n, D].
        """
        lattice = self._space.lattice
        sizes = self._space.complete(lattice.values(points))
        amounts = np.exp(self._needs.values(lattice.logs(points))) * (1 - SAFETY)
        return self.choice.log_cost(amounts, sizes) - SAFETY
