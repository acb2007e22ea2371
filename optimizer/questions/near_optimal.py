"""The designs that score within some points of the best, and the most modest of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from constraints.algebra.limit import Limit
from constraints.space.lattice import Positions
from optimizer.bounding.tangent_planes import Multipliers
from optimizer.problem.problem import Candidate, Problem
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
    counted = _Counted(problem, rows, index_floor(problem, best, within))
    ending = counted.run()
    if ending is Ending.GAVE_UP:
        return None
    if ending is Ending.PROVED:  # every design of the band is known
        found = [_least_of(counted.plans, resource_of(problem, p, None)) for p in MODEST]
        return Band(within, len(counted.plans), *found)
    chosen = [preferred_plan(problem, rows, best, within, p) for p in MODEST]
    settled = [plan for plan in chosen if plan is not None]
    return Band(within, None, *settled) if len(settled) == len(MODEST) else None


def _least_of(plans: Sequence[Candidate], resource: Limit) -> Candidate:
    """The plan that takes the least of a resource without tokens; ties go to the better plan."""
    return min(plans, key=lambda plan: (resource.resource.value(plan.sizes), plan.rank))


class _Counted(WithinSearch):
    """Keeps every design of at least an index, until they are too many to count.

    Attributes:
        plans: the plans at the designs found so far.
    """

    def __init__(self, problem: Problem, rows: Multipliers, floor: float) -> None:
        """No design is known yet."""
        super().__init__(problem, rows, floor)
        self.plans: list[Candidate] = []

    def enough(self) -> bool:
        """Whether there are too many designs to count."""
        return len(self.plans) > MOST_COUNTED

    def evaluate(self, points: Positions) -> None:
        """Keep the plans at points of the lattice."""
        for point in self.reaching(points).positions:
            plan = None if self.enough() else self.candidate(point)
            if plan is not None:
                self.plans.append(plan)
