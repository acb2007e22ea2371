"""How far one limit would have to move until some plan satisfies all limits, exactly.

A limit's slack is a posynomial's logarithm, so its greatest value over a box is known. The same
search over boxes that maximises the law's index can therefore maximise the slack of one limit under
all the others. Where it is greatest, the design misses the limit least.
"""

from __future__ import annotations

import numpy as np

from constraints.algebra.limit import Limit, LimitKind
from constraints.algebra.log_form import FloatArray, LogForm, NDBool
from constraints.algebra.posynomial import Exact, log_exact
from constraints.space.boxes import Boxes, Positions
from constraints.space.region import Region
from optimizer.laws.law import Law
from optimizer.problem.problem import Problem
from optimizer.problem.rounding import SAFETY
from optimizer.searching.box_search import BoxSearch, Ending

__all__ = ["nearest_attained"]

MAX_BOXES = 300_000
"""Boxes after which the search gives up [box]."""
MOST_CONSIDERED = 3000
"""Designs looked at exactly [design].

Beyond that the nearest plan so far is returned, and said to be not settled.
"""


def nearest_attained(region: Region, law: Law, limit: Limit) -> tuple[Exact | None, bool]:
    """The limit's resource at the plan that misses it least, all other limits kept.

    Args:
        region: with the limit among others.
        law: to compile the problem with; it does not change which plans are feasible.
        limit: the one to move.

    Returns:
        The amount, in the limit's unit; None if no change of this limit alone is enough. And
        whether that is proved: if not, the search gave up and the amount is only the nearest found.
    """
    search = _Nearest(region, law, limit)
    ending = search.run()
    return search.attained, ending is Ending.PROVED


class _Nearest(BoxSearch):
    """Maximises the slack of one limit, which is itself not in force.

    Attributes:
        problem: with the limit in it.
        limit: the one to move.
        freed: the region without the limit.
        attained: its resource at the nearest plan, in the limit's unit; None so far.
    """

    def __init__(self, region: Region, law: Law, limit: Limit) -> None:
        """No plan is known yet."""
        self.problem = Problem(region, law)
        super().__init__(self.problem.lattice, MAX_BOXES)
        self.limit = limit
        self.freed = region.freed(limit.name)
        self._which = [x.name for x in region.limits].index(limit.name)
        self._mixed: LogForm | None = None
        if limit.fixed.terms:
            lattice = self.problem.lattice
            parts = [part.fixed(lattice.fixed) for part in (limit.fixed, limit.per_token)]
            self._mixed = LogForm(parts, lattice.names)
        self.attained: Exact | None = None
        self._slack = -np.inf
        self._considered = 0

    @property
    def threshold(self) -> float:
        """Better than the best slack so far; gains within rounding are not looked for."""
        return self._slack + SAFETY if np.isfinite(self._slack) else -np.inf

    def screen(self, boxes: Boxes) -> tuple[NDBool, FloatArray]:
        """Which boxes may satisfy the other limits [n], and the greatest slack of this one."""
        low, high = self.problem.lattice.ends(boxes)
        inside, reach = self._reach(self.problem.greatest_slacks(low, high), low, high)
        return inside, reach[inside]

    def evaluate(self, points: Positions) -> None:
        """Look at points with the greatest slack first, in floating point and then exactly."""
        logs = self.problem.lattice.logs(points)
        inside, reach = self._reach(self.problem.point_slacks(points), logs, logs)
        points, reach = points[inside], reach[inside]
        for i in np.argsort(-reach, kind="stable"):
            if reach[i] < self.threshold:
                break
            self._consider(points[i])

    def _reach(
        self, slacks: FloatArray, low: FloatArray, high: FloatArray
    ) -> tuple[NDBool, FloatArray]:
        """Which rows satisfy the other limits [n], and the greatest slack of this one there [n].

        Args:
            slacks: of every limit, at points or the greatest over boxes [n, K].
            low: the points, or the low corners of the boxes, in logarithms [n, D].
            high: the points, or the high corners of the boxes, in logarithms [n, D].
        """
        problem, others = self.problem, np.arange(slacks.shape[1]) != self._which
        gates = np.all((slacks >= -SAFETY) | ~(problem.is_gate & others), axis=1)
        most = np.min(slacks, axis=1, where=problem.is_cap & others, initial=np.inf)
        least = np.max(-slacks, axis=1, where=problem.is_floor & others, initial=0.0)
        own = slacks[:, self._which]
        if self._mixed is not None:  # its slack is −inf if the fixed part alone exceeds the bound
            fixed, rate = self._mixed.corners(low, high)[0].T
            own = log_exact(self.limit.bound) - np.logaddexp(fixed, rate + least)
        elif self.limit.kind is LimitKind.CAP:
            own = own - least
        elif self.limit.kind is LimitKind.FLOOR:
            own = own + np.minimum(most, ENDLESS)
        inside: NDBool = gates & (least <= most + SAFETY) & np.isfinite(own)
        return inside, own

    def enough(self) -> bool:
        """Whether too many designs were looked at to go on."""
        return self._considered > MOST_CONSIDERED  # each may need a search for a layout

    def _consider(self, point: Positions) -> None:
        """Keep one design if it leaves more slack than the best so far, exactly."""
        self._considered += 1
        sizes = self.problem.lattice.point(point)
        span = self.freed.token_span(sizes)
        if span is None:
            return
        tokens = span[0] if self.limit.kind is LimitKind.CAP else span[1]
        attained = self.freed.spent(self.limit, sizes, tokens)
        slack = self.limit.sign * (log_exact(self.limit.bound) - log_exact(attained))
        if slack > self._slack:
            self._slack, self.attained = slack, attained


ENDLESS = 100.0
"""ln of more tokens than any plan uses."""
