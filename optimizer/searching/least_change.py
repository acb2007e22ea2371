"""How far one limit would have to move until some plan satisfies all limits, exactly.

The limit's slack is a posynomial's logarithm, so its greatest value over a box is known, and the
same search over boxes that maximises the law finds the design that misses the limit least.
"""

from __future__ import annotations

import numpy as np

from constraints.algebra.limit import Limit, LimitKind
from constraints.algebra.log_form import FloatArray, LogForm, NDBool
from constraints.algebra.posynomial import Exact, log_exact
from constraints.space.lattice import Boxes, Positions
from constraints.space.region import Region
from optimizer.laws.law import Law
from optimizer.problem.problem import SAFETY, Problem
from optimizer.searching.box_search import BoxSearch, Ending

__all__ = ["nearest_attained"]

MAX_BOXES = 300_000
MOST_CONSIDERED = 3000
"""Designs looked at exactly; beyond that the nearest so far is told as not settled."""


def nearest_attained(region: Region, law: Law, limit: Limit) -> tuple[Exact | None, bool]:
    """The limit's resource at the plan that misses it least, all other limits kept [its unit].

    None if no change of this limit alone is enough. The second value is False if the search gave
    up: then the first is only the nearest plan found.
    """
    search = _Nearest(region, law, limit)
    ending = search.run()
    return search.attained, ending is Ending.PROVED


class _Nearest(BoxSearch):
    """Maximises the slack of one limit, which is itself not in force."""

    def __init__(self, region: Region, law: Law, limit: Limit) -> None:
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
        return self._slack + SAFETY if np.isfinite(self._slack) else -np.inf

    def screen(self, boxes: Boxes) -> tuple[NDBool, FloatArray]:
        logs = self.problem.lattice.logs
        low = logs(boxes.low)
        inside, reach = self._reach(self.problem.greatest_slacks(low, logs(boxes.high)), low)
        return inside, reach[inside]

    def evaluate(self, points: Positions) -> None:
        points = points[self.problem.whole_heads(points)]
        logs = self.problem.lattice.logs(points)
        inside, reach = self._reach(self.problem.point_slacks(points), logs)
        points, reach = points[inside], reach[inside]
        for i in np.argsort(-reach, kind="stable"):
            if reach[i] < self.threshold:
                break
            self._consider(points[i])

    def _reach(self, slacks: FloatArray, low: FloatArray) -> tuple[NDBool, FloatArray]:
        """Which rows [n] satisfy the other limits, and the greatest slack of this one there.

        low [n, D]: the points, or the low corners of boxes.
        """
        problem, others = self.problem, np.arange(slacks.shape[1]) != self._which
        gates = np.all((slacks >= -SAFETY) | ~(problem.is_gate & others), axis=1)
        most = np.min(slacks, axis=1, where=problem.is_cap & others, initial=np.inf)
        least = np.max(-slacks, axis=1, where=problem.is_floor & others, initial=0.0)
        own = slacks[:, self._which]
        if self._mixed is not None:  # its slack is −inf where the fixed part alone is too much
            fixed, rate = self._mixed.values(low).T
            own = log_exact(self.limit.bound) - np.logaddexp(fixed, rate + least)
        elif self.limit.kind is LimitKind.CAP:
            own = own - least
        elif self.limit.kind is LimitKind.FLOOR:
            own = own + np.minimum(most, ENDLESS)
        inside: NDBool = gates & (least <= most + SAFETY) & np.isfinite(own)
        return inside, own

    def enough(self) -> bool:
        return self._considered > MOST_CONSIDERED  # each may take a search for a layout

    def _consider(self, point: Positions) -> None:
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
