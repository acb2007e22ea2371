"""The one entry: the best plans of a region under a law, proved, with the price of every limit."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum

from constraints.errors import InputError
from constraints.space.region import Region
from optimizer.bounding.multipliers import Multipliers, default_rows, row_from_duals
from optimizer.bounding.prices import Relaxed, relax, true_optimum
from optimizer.bounding.solution import Solution
from optimizer.laws.law import Law
from optimizer.problem.candidate import Candidate
from optimizer.problem.problem import Problem
from optimizer.searching.box_search import Ending
from optimizer.searching.branch_and_bound import MAX_BOXES, Outcome, branch_and_bound
from optimizer.searching.certificate import Certificate
from optimizer.searching.conflict import Conflict, find_conflict

__all__ = ["SearchResult", "SearchStatus", "bound_rows", "search"]


class SearchStatus(Enum):
    """How a search ended; OPTIMAL is said only when it is proved."""

    OPTIMAL = "optimal"
    INFEASIBLE = "infeasible"
    UNPROVED = "unproved"

    @property
    def message(self) -> str:
        """What the status means and what to do."""
        return {
            SearchStatus.OPTIMAL: "proved: no plan of the region scores higher",
            SearchStatus.INFEASIBLE: "no plan satisfies all limits: loosen one of those named",
            SearchStatus.UNPROVED: "stopped before the proof: narrow the ranges or allow more time",
        }[self]


@dataclass(frozen=True)
class SearchResult:
    """What a search found and proved.

    With several regions, everything but plans and certificate describes the region of the best
    plan; the first region if the status is not OPTIMAL.

    Attributes:
        status: how the search ended.
        plans: the best, in order; empty if no plan is feasible.
        certificate: the account of every lattice point; None if unproved.
        relaxed: bound, optimum and shadow prices of the continuous problem.
        conflict: the limits that leave no plan, if there is none and they were asked for.
        plan_regions: the region of each plan.
        open_bound: no plan has a higher index, if the search gave up [index]; None if it did not.
    """

    status: SearchStatus
    plans: tuple[Candidate, ...]
    certificate: Certificate | None
    relaxed: Relaxed
    conflict: tuple[Conflict, ...] = ()
    plan_regions: tuple[Region, ...] = ()
    open_bound: float | None = None


def search(
    region: Region, law: Law, top: int = 5, *, max_boxes: int = MAX_BOXES, explain: bool = True
) -> SearchResult:
    """The `top` best plans of a region, exactly; that there is none is a result, too.

    Args:
        region: all plans that satisfy the limits.
        law: that scores them.
        top: how many plans to return [plan].
        max_boxes: give up, unproved, beyond this many [box].
        explain: whether to find out which limits conflict if there is no plan.

    Raises:
        InputError: if top < 1.
    """
    if top < 1:
        raise InputError("top", "must be ≥ 1", top)
    problem = Problem(region, law)
    optimum = true_optimum(problem, rough=True)
    near = None if optimum is None else optimum.logs
    rows, astray = bound_rows(problem, optimum), problem.is_paced
    outcome = branch_and_bound(problem, rows, top, near, max_boxes, astray=astray)
    plans, plan_regions = outcome.best, (region,) * len(outcome.best)
    if outcome.ending is not Ending.PROVED:
        return SearchResult(
            SearchStatus.UNPROVED,
            plans,
            None,
            relax(problem, optimum),
            plan_regions=plan_regions,
            open_bound=max([outcome.open_bound, *(plan.index for plan in plans[:1])]),
        )
    certificate = _certificate(problem, outcome)
    if plans:
        own = problem
        if problem.lattice.varying or problem.is_paced:  # prices are those around the plan
            own = problem.keeping(plans[0].sizes)
            # precise or not, it is the optimum of another problem
            optimum = None if optimum is None else replace(optimum, is_rough=True)
        relaxed = relax(own, optimum)
        return SearchResult(
            SearchStatus.OPTIMAL, plans, certificate, relaxed, plan_regions=plan_regions
        )
    conflict = find_conflict(region, law) if explain else ()
    relaxed = relax(problem, optimum)
    return SearchResult(SearchStatus.INFEASIBLE, (), certificate, relaxed, conflict)


def bound_rows(problem: Problem, optimum: Solution | None) -> Multipliers:
    """Multipliers for the bounds of a search: the relaxation's, and one row for each cap alone.

    Args:
        problem: a region and a law.
        optimum: of the problem's continuous form; None if there is none.
    """
    rows = default_rows(problem)
    return (
        rows if optimum is None else rows + row_from_duals(problem, optimum.duals, optimum.counted)
    )


def _certificate(problem: Problem, outcome: Outcome) -> Certificate:
    """The account of a finished search."""
    best = float(problem.law.response(outcome.best[0].index)) if outcome.best else None
    return Certificate(
        bound=best,
        gap=None if best is None else 0.0,
        lattice_points=problem.lattice.size,
        outside_limits=outcome.outside_limits,
        below_bound=outcome.below_bound,
        evaluated=outcome.evaluated,
        boxes=outcome.boxes,
    )
