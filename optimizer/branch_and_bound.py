"""Exact best-first branch and bound over boxes of the lattice, many boxes at a time.

A box is dropped when no point of it can satisfy some limit, or when its upper bound lies below
the worst of the k best plans found so far by more than rounding can account for. Small boxes are
enumerated; only exact, whole-number evaluation makes a plan. What is left at the end are the k
best plans of the whole lattice, ties broken as `Candidate.rank` says.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from constraints.lattice import Boxes, IndexArray
from constraints.logform import FloatArray
from optimizer.bounds import Multipliers, upper_bounds
from optimizer.problem import SAFETY, Candidate, Problem, feasible

__all__ = ["Outcome", "branch_and_bound"]

LEAF_POINTS = 8
"""Boxes of so few points are cheaper to enumerate than to cut."""
BATCH = 4096
"""Boxes worked off at a time: enough to amortise an array operation, few enough for memory."""
MOST_SEEDS = 5000
PROBES = 64


@dataclass
class Outcome:
    """The k best plans, and the account of points.

    finished: False if the limit on boxes ended the search before the proof.
    open_bound: greatest upper bound among boxes left open, -inf if none.
    """

    best: list[Candidate] = field(default_factory=list)
    outside_limits: int = 0
    below_bound: int = 0
    evaluated: int = 0
    boxes: int = 0
    finished: bool = True
    open_bound: float = -np.inf


def branch_and_bound(
    problem: Problem,
    rows: Multipliers,
    count: int = 1,
    near: FloatArray | None = None,
    max_boxes: int = 20_000_000,
    *,
    any_will_do: bool = False,
) -> Outcome:
    """The `count` best plans of a problem, proved.

    rows: multipliers for the bounds. near: logarithms [D] of a point to look around first.
    max_boxes: give up, unproved, beyond this many. any_will_do: stop at the first feasible plan.
    """
    search = _Search(problem, rows, count, max_boxes, any_will_do)
    if near is not None:
        search.look_around(near)
    search.run()
    return search.outcome


class _Search:
    """The state of one search: open boxes with their bounds, and the outcome so far."""

    def __init__(
        self, problem: Problem, rows: Multipliers, count: int, max_boxes: int, any_will_do: bool
    ) -> None:
        self.problem = problem
        self.rows = rows
        self.count = count
        self.max_boxes = max_boxes
        self.any_will_do = any_will_do
        self.outcome = Outcome()
        self._known: set[tuple[int, ...]] = set()

    @property
    def threshold(self) -> float:
        """The index that a box must be able to reach to matter."""
        full = len(self.outcome.best) == self.count
        return self.outcome.best[-1].index - SAFETY if full else -np.inf

    @property
    def enough(self) -> bool:
        """Whether the search may end with boxes still open."""
        return self.outcome.boxes > self.max_boxes or (
            self.any_will_do and len(self.outcome.best) == self.count
        )

    def look_around(self, near: FloatArray) -> None:
        """Look at points in growing boxes around a place until there are enough plans."""
        for reach in (2, 4, 8):
            seeds = self.problem.lattice.nearest(near, reach)
            if seeds.total() > MOST_SEEDS or len(self.outcome.best) == self.count:
                return
            self.evaluate(seeds.enumerate())

    def run(self) -> None:
        """Work off open boxes, best first, until none is left."""
        open_boxes, bounds = self.screen(self.problem.lattice.whole())
        while len(open_boxes):
            if len(self.outcome.best) < self.count:
                self.probe(open_boxes, bounds)
            if self.enough:
                self.outcome.finished = False
                self.outcome.open_bound = float(bounds.max())
                return
            kept = bounds >= self.threshold
            self.outcome.below_bound += open_boxes[~kept].total()
            open_boxes, bounds = open_boxes[kept], bounds[kept]
            chosen = np.ones(len(bounds), dtype=bool)
            if len(bounds) > BATCH:
                chosen[np.argpartition(-bounds, BATCH)[BATCH:]] = False
            grown, grown_bounds = self.expand(open_boxes[chosen])
            open_boxes = Boxes.join([open_boxes[~chosen], grown])
            bounds = np.concatenate([bounds[~chosen], grown_bounds])

    def probe(self, boxes: Boxes, bounds: FloatArray) -> None:
        """Look at the ends and middles of the most promising boxes, for a first few plans."""
        best = boxes[np.argsort(-bounds)[:PROBES]]
        self.evaluate(np.concatenate([best.low, (best.low + best.high) // 2, best.high]))

    def expand(self, boxes: Boxes) -> tuple[Boxes, FloatArray]:
        """Enumerate the small boxes, cut the others twice and screen their parts."""
        small = boxes.points() <= LEAF_POINTS
        if small.any():
            points = boxes[small].enumerate()
            self.outcome.evaluated += len(points)
            self.evaluate(points)
        parts = boxes[~small]
        for _ in range(2):
            parts = self.cut(parts)
        return self.screen(parts)

    def cut(self, boxes: Boxes) -> Boxes:
        """Each box in two, along the axis that is longest in logarithms; single points stay."""
        widths = self.problem.lattice.logs(boxes.high) - self.problem.lattice.logs(boxes.low)
        divisible = widths.max(axis=1, initial=0.0) > 0.0
        halves = boxes[divisible].halves(np.argmax(widths[divisible], axis=1))
        return Boxes.join([boxes[~divisible], halves])

    def screen(self, boxes: Boxes) -> tuple[Boxes, FloatArray]:
        """Drop the boxes outside the limits or below the threshold; bounds of the others."""
        self.outcome.boxes += len(boxes)
        problem = self.problem
        low, high = problem.lattice.logs(boxes.low), problem.lattice.logs(boxes.high)
        slacks = problem.greatest_slacks(low, high)
        least, most, useful = problem.tokens(slacks)
        inside = feasible(problem, slacks, least, most)
        self.outcome.outside_limits += boxes[~inside].total()
        boxes, low, high = boxes[inside], low[inside], high[inside]
        middle, most, useful = (low + high) / 2, most[inside], useful[inside]
        bounds = upper_bounds(problem, low, high, middle, most, useful, self.rows)
        kept = bounds >= self.threshold
        self.outcome.below_bound += boxes[~kept].total()
        return boxes[kept], bounds[kept]

    def evaluate(self, points: IndexArray) -> None:
        """Look at points one by one: in floats first, exactly where they may matter."""
        problem = self.problem
        points = points[problem.whole_heads(points)]
        logs = problem.lattice.logs(points)
        slacks = problem.slacks(logs)
        least, most, useful = problem.tokens(slacks)
        inside = feasible(problem, slacks, least, most)
        points = points[inside]
        index = problem.index(logs[inside], useful[inside])
        for i in np.argsort(-index, kind="stable"):
            if index[i] < self.threshold:
                break
            self.consider(points[i])

    def consider(self, point: IndexArray) -> None:
        """Add one point to the best if it is feasible, new and good enough."""
        key = tuple(point.tolist())
        if key in self._known:
            return
        self._known.add(key)
        candidate = self.problem.candidate(self.problem.lattice.point(point))
        if candidate is not None:
            best = sorted([*self.outcome.best, candidate], key=lambda c: c.rank)
            self.outcome.best = best[: self.count]
