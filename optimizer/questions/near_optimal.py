"""The designs that score within some points of the best, and the most modest of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np

from constraints.algebra.limit import Limit
from constraints.algebra.log_form import FloatArray, NDBool
from constraints.algebra.posynomial import Exact
from constraints.space.boxes import Positions
from optimizer.bounding.multipliers import Multipliers
from optimizer.bounding.screening import Points
from optimizer.problem.candidate import Candidate
from optimizer.problem.problem import Problem
from optimizer.problem.rounding import SAFETY, safety
from optimizer.questions.preference import Preference, index_floor, preferred_plan, resource_of
from optimizer.searching.box_search import Ending
from optimizer.searching.least_cost import WithinSearch

__all__ = ["MOST_COUNTED", "Band", "near_optimal_band"]

MODEST: tuple[Preference, Preference, Preference] = ("params", "depth", "serving")
"""What the most modest designs are to have little of: parameters, layers, serving memory."""
MOST_COUNTED = 2_000
"""Designs that are counted [design]; of more it is only known that there are more."""


@dataclass(frozen=True)
class Band:
    """The designs whose score is within some points of the best.

    Attributes:
        within: how far below the best score they may lie [score].
        designs: how many there are [design]; None if they are too many to count.
        smallest: the plan with the fewest parameters, proved.
        shallowest: the plan with the fewest layers, proved.
        lightest: the plan that takes the least memory in serving, proved.
    """

    within: float
    designs: int | None
    smallest: Candidate
    shallowest: Candidate
    lightest: Candidate


def near_optimal_band(
    problem: Problem, rows: Multipliers, best: Candidate, within: float
) -> Band | None:
    """The band of designs within some points of the best; None if a search gave up.

    Args:
        problem: a region and a law.
        rows: multipliers for the bounds.
        best: the optimum.
        within: how far below its score designs may lie [score].
    """
    floor = min(index_floor(problem, best, within), best.index)  # within = 0 may round up
    counted = _Counted(problem, rows, floor)
    ending = counted.run()
    if ending is Ending.GAVE_UP:
        return None
    if ending is Ending.PROVED:  # every design of the band is known
        found = [counted.least_of(resource_of(problem, p, None)) for p in MODEST]
        return Band(within, len(counted), *found)
    chosen = [preferred_plan(problem, rows, best, within, p) for p in MODEST]
    settled = [plan for plan in chosen if plan is not None]
    return Band(within, None, *settled) if len(settled) == len(MODEST) else None


class _Counted(WithinSearch):
    """Keeps every design of at least an index, until they are too many to count.

    Most designs are so clearly inside, or out, that floats decide. The others are counted exactly.
    """

    def __init__(self, problem: Problem, rows: Multipliers, floor: float) -> None:
        """No design is known yet."""
        super().__init__(problem, rows, floor)
        self._count = 0
        self._found: list[tuple[Positions, FloatArray]] = []
        self._plan_at = cache(self._plan)

    def __len__(self) -> int:
        """How many designs were found so far [design]."""
        return self._count

    def enough(self) -> bool:
        """Whether there are too many designs to count."""
        return self._count > MOST_COUNTED

    def evaluate(self, points: Positions) -> None:
        """Keep the designs at points of the lattice."""
        found = self.reaching(points)
        reach = found.index >= self.floor + self._margin(found)
        kept, possible = found.clear & reach, np.ones(len(reach), dtype=bool)
        if (doubtful := ~kept).any():
            clear, possible[doubtful] = self._by_whole_numbers(found[doubtful])
            kept[doubtful] = clear & reach[doubtful]
        for i in np.flatnonzero(~kept & possible):
            if self._count + int(kept.sum()) > MOST_COUNTED:
                break
            kept[i] = self.candidate(found.positions[i]) is not None
        self._count += int(kept.sum())
        self._found.append((found.positions[kept], found.index[kept]))

    def _margin(self, points: Points) -> FloatArray:
        """By how much an index must exceed the floor to do so for sure [index], shape [n].

        Floats may be off, and so may the tokens that are left by what a layout takes.
        """
        rate: FloatArray = self.problem.index.rate(points.counted)
        return safety(self.floor) + 2 * SAFETY * rate

    def _by_whole_numbers(self, points: Points) -> tuple[NDBool, NDBool]:
        """Which points are plans for sure, and which may be: gates are decided exactly [n]."""
        problem, gates = self.problem, self.problem.whole_gates
        hold = gates.hold(problem.lattice.values(points.positions))
        least, most, _ = problem.tokens(problem.point_slacks(points.positions))
        return hold & (least <= most - SAFETY) & gates.all_known, hold

    def least_of(self, resource: Limit) -> Candidate:
        """The plan that takes the least of a resource without tokens; ties go to the better plan.

        Floats leave those that may be it; these are compared exactly.

        Args:
            resource: a limit on it.
        """
        positions, index = (np.concatenate(parts) for parts in zip(*self._found, strict=True))
        lattice, amount = self.problem.lattice, resource.resource
        logs = self.problem.log_form([amount]).values(lattice.logs(positions))[:, 0]
        near = np.flatnonzero(logs <= logs.min() + SAFETY)
        exact = {i: amount.value(self._sizes(positions[i])) for i in near.tolist()}
        least = min(exact.values())
        tied = np.array([i for i, value in exact.items() if value == least])
        best = tied[index[tied] >= index[tied].max() - 2 * safety(self.floor)]
        plans = [self._plan_at(*positions[i].tolist()) for i in best]
        return min((plan for plan in plans if plan is not None), key=lambda plan: plan.rank)

    def _plan(self, *position: int) -> Candidate | None:
        """The exact plan at a position; the most modest in one way often is so in another."""
        return self.problem.candidate(self.problem.lattice.point(np.array(position)))

    def _sizes(self, position: Positions) -> Mapping[str, Exact]:
        """All sizes of the design at a position."""
        return self.problem.region.complete(self.problem.lattice.point(position))
