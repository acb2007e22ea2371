"""One search over a family: several regions with one incumbent, the best plans found so far.

Shared experts and leading dense layers may be none at all, and a lattice has no logarithm of zero.
So they are constants of a region instead of axes, and every choice of them is a region of its own.
A region whose bound lies below the plans found in the others is dropped at once. Any multipliers
make valid bounds, so those of one region serve all. The proof is one: every point of every lattice
is accounted for.

Derivation: docs/theory.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from constraints.errors import InputError
from constraints.space.region import Region
from optimizer.bounding.multipliers import default_rows, row_from_duals
from optimizer.bounding.prices import relax, true_optimum
from optimizer.bounding.solution import Solution
from optimizer.laws.law import Law
from optimizer.problem.candidate import Candidate
from optimizer.problem.problem import Problem
from optimizer.searching.box_search import Ending
from optimizer.searching.branch_and_bound import MAX_BOXES, Outcome, branch_and_bound
from optimizer.searching.certificate import Certificate
from optimizer.searching.conflict import find_conflict
from optimizer.searching.search import SearchResult, SearchStatus, search

__all__ = ["search_family"]


def search_family(
    regions: Sequence[Region], law: Law, top: int = 5, *, max_boxes: int = MAX_BOXES
) -> SearchResult:
    """The `top` best plans of all regions together, exactly, each with its region.

    With several regions, the relaxation (its bound included) is that of the best plan's region, or
    of the first region if no plan was found or the search gave up. Conflicts are those of the first
    region.

    Args:
        regions: best with the same free axes and limits, so that they share multipliers.
        law: that scores the plans of all of them.
        top: how many plans to return [plan].
        max_boxes: give up, unproved, beyond this many in one region [box].

    Raises:
        InputError: if top < 1 or there is no region.
    """
    if not regions:
        raise InputError("regions", "must be one or more")
    if len(regions) == 1:
        return search(regions[0], law, top, max_boxes=max_boxes)
    if top < 1:
        raise InputError("top", "must be ≥ 1", top)
    problems = [Problem(region, law) for region in regions]
    found = _Found(problems, true_optimum(problems[0], rough=True), top)
    for problem in problems:
        found.look_at(problem, max_boxes)
    plans, plan_regions = tuple(x for x, _ in found.best), tuple(x.region for _, x in found.best)
    if any(outcome.ending is not Ending.PROVED for outcome in found.outcomes):
        left = [x.open_bound for x in found.outcomes if x.ending is not Ending.PROVED]
        return SearchResult(
            SearchStatus.UNPROVED,
            plans,
            None,
            relax(problems[0]),
            plan_regions=plan_regions,
            open_bound=max([*left, *(plan.index for plan in plans[:1])]),
        )
    if not plans:
        conflict = find_conflict(regions[0], law)
        certificate, relaxed = found.certificate(), relax(problems[0])
        return SearchResult(SearchStatus.INFEASIBLE, (), certificate, relaxed, conflict)
    best, home = found.best[0]
    relaxed = relax(home.keeping(best.sizes), found.near(home))
    return SearchResult(
        SearchStatus.OPTIMAL, plans, found.certificate(), relaxed, plan_regions=plan_regions
    )


class _Found:
    """The best plans of the regions searched so far, each with its problem.

    Attributes:
        problems: one for each region.
        pilot: the continuous optimum of the first problem, None if there is none.
        top: how many plans are kept [plan].
        best: the plans kept, best first.
        outcomes: of the searches so far.
    """

    def __init__(self, problems: Sequence[Problem], pilot: Solution | None, top: int) -> None:
        """No plan is known yet."""
        self.problems, self.pilot, self.top = problems, pilot, top
        self.best: list[tuple[Candidate, Problem]] = []
        self.outcomes: list[Outcome] = []

    def look_at(self, problem: Problem, max_boxes: int) -> None:
        """Search one region for plans that are among the best so far."""
        rows, optimum, near, pilot = default_rows(problem), self.pilot, None, self.problems[0]
        alike = (problem.names, problem.lattice.names) == (pilot.names, pilot.lattice.names)
        if optimum is not None and alike:
            rows = rows + row_from_duals(problem, optimum.duals, optimum.counted)
            near = optimum.logs if problem is pilot else None
        floor = self.best[-1][0].index if len(self.best) == self.top else -np.inf
        first = self.best[0][0].sizes if self.best else None
        outcome = branch_and_bound(
            problem,
            rows,
            self.top,
            near,
            max_boxes,
            first=first,
            floor=floor,
            astray=problem.is_paced and first is None,
        )
        self.outcomes.append(outcome)
        self.best += [(plan, problem) for plan in outcome.best]
        self.best.sort(key=lambda item: item[0].rank)
        del self.best[self.top :]

    def near(self, problem: Problem) -> Solution | None:
        """Where the search for the optimum around a plan of a problem starts; None if not known."""
        if self.pilot is None or problem is not self.problems[0]:
            return None
        return replace(self.pilot, is_rough=True)

    def certificate(self) -> Certificate:
        """The account of all lattices together."""
        best = self.best[0] if self.best else None
        return Certificate(
            bound=None if best is None else float(best[1].law.response(best[0].index)),
            gap=None if best is None else 0.0,
            lattice_points=sum(problem.lattice.size for problem in self.problems),
            outside_limits=sum(outcome.outside_limits for outcome in self.outcomes),
            below_bound=sum(outcome.below_bound for outcome in self.outcomes),
            evaluated=sum(outcome.evaluated for outcome in self.outcomes),
            boxes=sum(outcome.boxes for outcome in self.outcomes),
        )
