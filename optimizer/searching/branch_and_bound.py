"""The k best plans of a problem, exactly, by branch and bound.

A box is dropped when no point of it can satisfy some limit, or when its upper bound lies below the
worst of the k best plans found so far by more than rounding can account for. Only exact,
whole-number evaluation makes a plan. What is left at the end are the k best plans of the whole
lattice, ties broken as `Candidate.rank` says.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from operator import attrgetter
from typing import Any, TypeAlias

import numpy as np

from constraints.algebra.log_form import FloatArray, NDBool
from constraints.space.boxes import Boxes, Positions
from optimizer.bounding.multipliers import Multipliers
from optimizer.bounding.screening import feasible_points, screen_boxes
from optimizer.problem.candidate import Candidate
from optimizer.problem.problem import Problem
from optimizer.problem.rounding import safety
from optimizer.searching.box_search import Ending
from optimizer.searching.gated_search import GatedSearch
from optimizer.searching.journal import Journal

__all__ = ["MAX_BOXES", "Outcome", "branch_and_bound"]

MAX_BOXES = 4_000_000
"""Boxes after which the search gives up [box]: some ten seconds on one core of 2025."""
MOST_SEEDS = 5000
"""Points that may be tried around a continuous optimum [point]."""
SEEDS_A_PLAN = 16
"""A box of fewer points for each plan that is looked for hardly holds them all [point]."""
LAID_OUT_POINTS = 32
"""Boxes of so few points are enumerated where layouts have to hold the model [point].

Looking at a point takes longer there.
"""
EARLY = (2, 3, 4)
"""Rounds in which boxes are small enough to tell where the best plan is, and still few."""

Rank: TypeAlias = Callable[[Candidate], tuple[Any, ...]]
"""Sorting key of plans, the best first."""


@dataclass(frozen=True)
class Outcome:
    """The best plans and the account of points and boxes.

    Attributes:
        ending: why the search ended.
        best: the plans, in order.
        outside_limits: in boxes all of whose points break some limit [point].
        below_bound: in boxes that can't reach the worst plan kept [point].
        evaluated: looked at one by one [point].
        boxes: bounded in all [box].
        open_bound: no plan has a higher index, where the search gave up [index].
    """

    ending: Ending
    best: tuple[Candidate, ...]
    outside_limits: int
    below_bound: int
    evaluated: int
    boxes: int
    open_bound: float = np.inf


def branch_and_bound(
    problem: Problem,
    rows: Multipliers,
    count: int = 1,
    near: FloatArray | None = None,
    max_boxes: int = MAX_BOXES,
    *,
    any_will_do: bool = False,
    rank: Rank = attrgetter("rank"),
    first: Mapping[str, int] | None = None,
    astray: bool = False,
    floor: float = -np.inf,
    journal: Journal | None = None,
) -> Outcome:
    """The `count` best plans of a problem, proved.

    Args:
        problem: a region and a law.
        rows: multipliers for the bounds.
        count: how many plans to return [plan].
        near: logarithms of the sizes of a point to look around first [D]; None for `first`.
        max_boxes: give up, unproved, beyond this many [box].
        any_will_do: whether to stop at the first feasible plans.
        rank: sorting key of plans, which must put a higher index first.
        first: sizes to look at before all others, by name.
        astray: whether `near` and `first` may be far from the best; then early rounds look for
            better points, too.
        floor: plans of a lower index don't matter, though `first` may be among those returned
            [index].
        journal: takes down what becomes of every box; None if nobody will read it.
    """
    search = _Search(problem, rows, count, max_boxes, any_will_do, rank)
    search.probed = EARLY if astray else ()
    search.floor, search.journal = floor - safety(floor), journal
    point = None if first is None else problem.lattice.position_of(first)
    if point is not None:
        search.consider(point)
        near = problem.lattice.logs(point[None, :])[0] if near is None else near
    if near is not None:
        search.look_around(near)
    ending = search.run()
    return Outcome(
        ending,
        tuple(search.best),
        search.outside_limits,
        search.below_bound,
        search.evaluated,
        search.boxes,
        search.open_bound,
    )


class _Search(GatedSearch):
    """Keeps the best plans found so far.

    Attributes:
        problem: a region and a law.
        rows: multipliers for the bounds.
        count: how many plans are kept [plan].
        any_will_do: whether to stop at the first feasible plans.
        rank: sorting key of plans.
        best: the plans kept, best first.
        floor: plans of a lower index don't matter [index].
    """

    def __init__(
        self,
        problem: Problem,
        rows: Multipliers,
        count: int,
        max_boxes: int,
        any_will_do: bool,
        rank: Rank,
    ) -> None:
        """No plan is known yet."""
        super().__init__(problem, max_boxes)
        self.rows = rows
        self.count = count
        self.any_will_do = any_will_do
        self.rank = rank
        if problem.region.layout_choice is not None:
            self.leaf_points = LAID_OUT_POINTS
        self.best: list[Candidate] = []
        self.floor = -np.inf
        self._known: set[tuple[int, ...]] = set()

    @property
    def threshold(self) -> float:
        """The index of the worst plan kept, or the floor, with room for rounding [index]."""
        worst = self.best[-1].index if len(self.best) == self.count else -np.inf
        return max(worst - safety(worst), self.floor)

    def enough(self) -> bool:
        """Whether any plans will do and there are enough."""
        return self.any_will_do and len(self.best) == self.count

    def look_around(self, near: FloatArray) -> None:
        """Look at points in growing boxes around a place until there are enough plans."""
        for reach in (2, 4, 8):
            if len(self.best) == self.count:
                return
            seeds = self.problem.lattice.nearest(near, reach)
            if seeds.total() > MOST_SEEDS:
                return
            if seeds.total() >= SEEDS_A_PLAN * self.count:
                self.evaluate(seeds.enumerate())

    def screen(self, boxes: Boxes) -> tuple[NDBool, FloatArray]:
        """Which boxes may satisfy the limits [n], and upper bounds of the index in those."""
        screened = screen_boxes(self.problem, boxes, self.rows, self.threshold)
        if self.journal is not None:
            self.journal.bounded(boxes[screened.inside], screened.planes.index.argmin(axis=1))
        return screened.inside, screened.bounds

    def evaluate(self, points: Positions) -> None:
        """Look at points, in floating point first, and exactly where one may matter."""
        found = feasible_points(self.problem, points, self.threshold)
        for i in np.argsort(-found.index, kind="stable"):
            if found.index[i] < self.threshold:
                break
            self.consider(found.positions[i])

    def consider(self, point: Positions) -> None:
        """Add one point to the best if it is feasible, new and good enough.

        Args:
            point: position on the axes [D].
        """
        key = tuple(point.tolist())
        if key in self._known:
            return
        self._known.add(key)
        candidate = self.problem.candidate(self.problem.lattice.point(point))
        if candidate is not None:
            insort(self.best, candidate, key=self.rank)
            del self.best[self.count :]
