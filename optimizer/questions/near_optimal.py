"""The band of designs that score within some points of the best, and the most modest of them."""

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
"""What a band tells the most modest designs in."""
MOST_COUNTED = 2_000
"""Plans of a band that are counted; beyond these they are counted no further."""


@dataclass(frozen=True)
class Band:
    """Designs whose score is within some points of the best.

    within [score]. designs: how many, None if more than are counted. smallest, shallowest,
    lightest: of least parameters, layers and serving memory among them, each proved.
    """

    within: float
    designs: int | None
    smallest: Candidate
    shallowest: Candidate
    lightest: Candidate


def near_optimal_band(
    problem: Problem, rows: Multipliers, best: Candidate, within: float
) -> Band | None:
    """The band of designs within some points of the best; None if it was not settled."""
    counted = _Counted(problem, rows, index_floor(problem, best, within))
    ending = counted.run()
    if ending is Ending.GAVE_UP:
        return None
    if ending is Ending.PROVED:  # all of them are known
        found = [_least_of(counted.plans, resource_of(problem, p, None)) for p in MODEST]
        return Band(within, len(counted.plans), *found)
    chosen = [preferred_plan(problem, rows, best, within, p) for p in MODEST]
    settled = [plan for plan in chosen if plan is not None]
    return Band(within, None, *settled) if len(settled) == len(MODEST) else None


def _least_of(plans: Sequence[Candidate], resource: Limit) -> Candidate:
    """The plan that takes the least of a resource without tokens; ties go to the better one."""
    return min(plans, key=lambda plan: (resource.resource.value(plan.sizes), plan.rank))


class _Counted(WithinSearch):
    """Keeps the designs, each once, until they are too many to count."""

    def __init__(self, problem: Problem, rows: Multipliers, floor: float) -> None:
        super().__init__(problem, rows, floor)
        self.plans: list[Candidate] = []

    def enough(self) -> bool:
        return len(self.plans) > MOST_COUNTED

    def evaluate(self, points: Positions) -> None:
        for point in self.reaching(points).positions:
            plan = None if self.enough() else self.candidate(point)
            if plan is not None:
                self.plans.append(plan)
