"""What layouts take of the compute budget over boxes and at points of a lattice.

A model is trained in the layout that holds it at the least cost, which is at least 1: recomputation
takes a third more, and where time counts a design pays for its own speed. Both are bounded from
below over boxes by the least and the greatest of what layouts look at
(`constraints.clock.layout_choice`).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from constraints.algebra.log_form import FloatArray, LogForm
from constraints.algebra.posynomial import Posynomial
from constraints.clock.layout_choice import LayoutChoice
from constraints.models.activated_experts import log_form
from constraints.space.boxes import Positions
from constraints.space.design_space import DesignSpace
from constraints.space.lattice import Lattice
from optimizer.problem.rounding import SAFETY
from optimizer.problem.same import Same

__all__ = ["LayoutCosts", "form_over", "layout_costs"]


def form_over(lattice: Lattice, streams: int, posynomials: Sequence[Posynomial]) -> LogForm:
    """Posynomials as functions of the logarithms of the free sizes, the fixed ones substituted.

    Args:
        lattice: the sizes.
        streams: streams that a decoding step serves together [stream].
        posynomials: in the axes of the lattice, and in the experts activated while decoding.
    """
    return _form(tuple(posynomials), lattice.names, tuple(lattice.fixed.items()), streams)


@lru_cache(maxsize=512)  # problems that differ in a bound have the same resources
def _form(
    posynomials: tuple[Posynomial, ...],
    names: tuple[str, ...],
    fixed: tuple[tuple[str, int], ...],
    streams: int,
) -> LogForm:
    return log_form(posynomials, names, dict(fixed), streams)


def layout_costs(choice: LayoutChoice, space: DesignSpace, streams: int) -> LayoutCosts:
    """The costs of the layouts of a region; made once for regions that share choice and space.

    Args:
        choice: its layouts.
        space: its designs.
        streams: streams that a decoding step serves together [stream].
    """
    return _costs(Same(choice), Same(space), streams)


@lru_cache(maxsize=32)  # a family has some fifteen regions, each searched more than once
def _costs(choice: Same, space: Same, streams: int) -> LayoutCosts:
    return LayoutCosts(choice.value, space.value, streams)


class LayoutCosts:
    """The costs of the layouts of a region, ready for many boxes and points at once."""

    def __init__(self, choice: LayoutChoice, space: DesignSpace, streams: int) -> None:
        """Take what is known of a region.

        Args:
            choice: its layouts.
            space: its designs.
            streams: streams that a decoding step serves together [stream].
        """
        self.choice, self._space = choice, space
        lattice = space.lattice
        needs = [space.in_axes(x).fixed(lattice.fixed) for x in choice.needs]
        self._needs = form_over(lattice, streams, needs)
        self._memory = form_over(lattice, streams, needs[: len(choice.features)])
        timed = needs[len(choice.features) :]
        self._ratios = self._flops_over_time(timed) if timed else None
        self._starts = np.cumsum([0, *(len(feature.terms) for feature in timed[:-2])])

    def _flops_over_time(self, timed: Sequence[Posynomial]) -> LogForm:
        """FLOPs, the last of `timed`, over each single term of the features of time before them.

        Their greatest values over a box bound the features' shares of the FLOPs from below.
        """
        names = self._space.lattice.names
        return LogForm.quotients(LogForm(timed[-1:], names), LogForm(timed[:-1], names))

    def least(self, low: FloatArray, high: FloatArray) -> FloatArray:
        """Lower bounds of ln(budget taken / FLOPs counted) over boxes [n]; inf if none holds any.

        Args:
            low: lower ends of the boxes, in logarithms [n, D].
            high: upper ends of the boxes, in logarithms [n, D].
        """
        least = self._memory.ends(low, high, (True,) * self._memory.size)
        memory = np.exp(least) * (1 - SAFETY)
        if self._ratios is None:
            return self.choice.least_log_recomputing(memory) - SAFETY
        greatest = self._ratios.ends(low, high, (False,) * self._ratios.size)
        shares = np.exp(-greatest) * (1 - SAFETY)
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
