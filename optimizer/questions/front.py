"""Exact trade-offs: the plans that no other plan beats in score and in every cost at once.

A probe finds the best plan within levels c of the costs. It settles all levels between what that
plan takes and c, since the same plan is best within each of them. What is left of the box of levels
falls into smaller boxes. Each has a plan known within its low corner, and an upper bound of the
score within its high corner; where these meet, nothing is left to find. The next probe goes to the
box that leaves most open: its height in score times its extent in logarithms. So points gather
where the front bends. Without a number of points the whole front is found, if it is small enough to
be finished.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from heapq import heappop, heappush, nsmallest

from constraints.algebra.limit import Limit
from constraints.algebra.log_form import FloatArray
from constraints.algebra.posynomial import Exact, log_exact
from constraints.space.objectives import Objective
from constraints.space.region import Region
from optimizer.bounding.multipliers import Multipliers, default_rows, row_from_duals
from optimizer.bounding.prices import true_optimum
from optimizer.laws.law import Law
from optimizer.problem.candidate import Candidate
from optimizer.problem.problem import Problem
from optimizer.problem.rounding import SAFETY
from optimizer.questions.levels import (
    LevelBox,
    Levels,
    are_within,
    greatest_of,
    middle_of,
    orthants,
    rest_of,
)
from optimizer.searching.box_search import Ending
from optimizer.searching.branch_and_bound import branch_and_bound
from optimizer.searching.least_cost import least_plan

__all__ = ["Front", "FrontPoint", "trace_front"]

FEW = 5000
"""Designs among which the best is found sooner than a relaxation is solved [design]."""
NEAR = 0.25
"""How far in logarithms of levels a relaxation's multipliers still serve well."""
ALIKE = Fraction(1, 10**9)
"""Costs nearer than this, relatively, are as good as the same [unitless]."""
PROBES_A_POINT = 4
"""Probes allowed for each point asked for, since some find nothing new [probe]."""


@dataclass(frozen=True)
class FrontPoint:
    """A plan of a front.

    Attributes:
        plan: the plan.
        amounts: what it takes of each cost, exact, in the costs' units.
        levels: amounts of the costs within which no plan is better.
        rows: multipliers that bound the index well near these levels.
    """

    plan: Candidate
    amounts: Levels
    levels: Levels
    rows: Multipliers = field(repr=False)


@dataclass(frozen=True)
class Front:
    """What is known of a front.

    Attributes:
        points: in order of the first cost.
        complete: whether nothing is left to find between the ends.
        open_: share of the area under the front that is still open [unitless]; 0 if complete. With
            two costs it is a volume.
        settled: False if a search gave up somewhere, so that better plans may exist there.
        low: the least levels looked at.
        high: the greatest levels looked at.
    """

    points: tuple[FrontPoint, ...]
    complete: bool
    open_: float
    settled: bool
    low: Levels
    high: Levels


def trace_front(
    region: Region,
    law: Law,
    objectives: tuple[Objective, ...],
    points: int | None = None,
    low: Sequence[Exact | None] | None = None,
) -> Iterator[Front]:
    """The front, better known with every step.

    Args:
        region: all plans that satisfy the limits.
        law: that scores them.
        objectives: one cost or two, beside the score.
        points: how many are enough [point]; None for all.
        low: least level of each cost to look at; None for the least that any plan takes whose score
            is above the law's floor.

    Yields:
        What is known after each probe; one front without points if no plan satisfies all limits.
    """
    tracer = _Tracer(region, law, objectives, whole=points is None)
    yield from tracer.trace(points, tuple(low or (None,) * len(objectives)))


@dataclass(frozen=True)
class _Guide:
    """A relaxation solved at some levels.

    Attributes:
        at: the levels, in logarithms.
        logs: logarithms of the sizes at its optimum [D].
        row: its multipliers.
    """

    at: tuple[float, ...]
    logs: FloatArray
    row: Multipliers

    def far(self, at: tuple[float, ...]) -> float:
        """The distance to other levels in logarithms."""
        return sum(abs(a - b) for a, b in zip(self.at, at, strict=True))


@dataclass
class _Tracer:
    """Points found and boxes of levels left.

    Attributes:
        region: all plans that satisfy the limits.
        law: that scores them.
        objectives: the costs.
        whole: whether only high corners are probed, which finds all points.
        found: the points so far, by sizes and tokens.
        boxes: a heap of boxes that are not settled, the one that leaves most open first.
        pushed: how many boxes were put on the heap [box].
        probed: levels probed, and the best index within each [index].
        guides: relaxations solved so far.
        settled: whether every search so far was proved.
    """

    region: Region
    law: Law
    objectives: tuple[Objective, ...]
    whole: bool
    found: dict[tuple[int, ...], FrontPoint] = field(default_factory=dict)
    boxes: list[tuple[float, int, LevelBox]] = field(default_factory=list)
    pushed: int = 0
    probed: list[tuple[Levels, float]] = field(default_factory=list)
    guides: list[_Guide] = field(default_factory=list)
    settled: bool = True

    def trace(self, points: int | None, asked: tuple[Exact | None, ...]) -> Iterator[Front]:
        """Probe until nothing is left, or there are points enough."""
        ends = self._ends(asked)
        if ends is None:
            yield Front((), True, 0.0, self.settled, (), ())
            return
        low, high = ends
        start = LevelBox(low, high, -math.inf, math.inf, True)
        if len(low) == 1 and (first := self._best(low)) is not None:
            self._keep(first)  # the lower end; with two costs no one plan is least in both
            start = replace(start, least=first.plan.index)
        self._push(start)
        probes, most = 0, None if points is None else PROBES_A_POINT * points
        while self.boxes and (points is None or len(self.found) < points) and probes != most:
            box = heappop(self.boxes)[-1]
            self._probe(box)
            probes += 1
            yield self._front(low, high)

    def _ends(self, asked: tuple[Exact | None, ...]) -> tuple[Levels, Levels] | None:
        """The levels between which the front lies; None if there is no plan."""
        problem = Problem(self.region, self.law)
        low = []
        for objective, least in zip(self.objectives, asked, strict=True):
            if least is not None and len(asked) == 1 and self._best((least,)) is not None:
                low.append(least)
                continue
            rows = default_rows(problem)
            search = least_plan(problem, rows, self.law.response.floor, objective.limit)
            self.settled &= search.proved
            if search.chosen is None:
                return None
            low.append(max(least or 0, self._amount(objective, search.chosen)))
        most = (_greatest(problem, objective.limit) for objective in self.objectives)
        return tuple(low), greatest_of(tuple(low), tuple(most))

    def _probe(self, box: LevelBox) -> None:
        """Find the best plan at the high corner or in the middle, and keep what stays open."""
        levels = box.high if box.settle else middle_of(box.low, box.high)
        point = self._best(levels)
        index = -math.inf if point is None else point.plan.index
        reach = box.low if point is None else greatest_of(point.amounts, box.low)
        new = point is not None and self._keep(point)
        self.probed.append((levels, index))
        for part in orthants(box, levels):
            below, above = part.high == levels, part.low != box.low
            # nothing is known of a part that lies below in one cost and above in the other
            unknown = above and part.high != box.high
            settle = self.whole or unknown or not (new or box.settle)
            for left in rest_of(part, reach) if below else [part]:
                known = self._known(replace(left, settle=settle))
                if known.most > known.least:
                    self._push(known)

    def _push(self, box: LevelBox) -> None:
        """Put a box on the heap."""
        self.pushed += 1  # breaks ties: the first of equally open boxes
        heappush(self.boxes, (-self._open(box), self.pushed, box))

    def _known(self, box: LevelBox) -> LevelBox:
        """A box with the bounds that the plans found and the levels probed give it."""
        most = min(index for levels, index in self.probed if are_within(box.high, levels))
        inside = [x.plan.index for x in self.found.values() if are_within(x.amounts, box.low)]
        return replace(box, least=max(inside, default=-math.inf), most=most)

    def _keep(self, point: FrontPoint) -> bool:
        """Add a point, or wider levels for a known plan; whether the plan is new."""
        key = (*point.plan.sizes.values(), point.plan.tokens)
        known = self.found.get(key)
        if known is None and not self.whole and self._has_twin(point):
            return False
        if known is None or all(a >= b for a, b in zip(point.levels, known.levels, strict=True)):
            self.found[key] = point
        return known is None

    def _has_twin(self, point: FrontPoint) -> bool:
        """Whether the same design is known at practically the same costs.

        Such twins differ by a token or so.
        """
        return any(
            known.plan.sizes == point.plan.sizes
            and all(
                abs(a / Fraction(b) - 1) < ALIKE
                for a, b in zip(point.amounts, known.amounts, strict=True)
            )
            for known in self.found.values()
        )

    def _best(self, levels: Levels) -> FrontPoint | None:
        """The best plan within levels; of equally good ones, the one of least costs."""
        region = self.region
        for objective, level in zip(self.objectives, levels, strict=True):
            region = region.within(objective.limit, level)
        problem = Problem(region, self.law)
        rows, near = self._guided(problem, levels)
        outcome = branch_and_bound(problem, rows, 1, near, rank=self._rank)
        self.settled &= outcome.ending is Ending.PROVED
        if not outcome.best or outcome.best[0].index < self.law.response.floor:
            return None
        plan = outcome.best[0]
        return FrontPoint(plan, self._amounts(plan), levels, rows)

    def _guided(self, problem: Problem, levels: Levels) -> tuple[Multipliers, FloatArray | None]:
        """Multipliers for the bounds, and a point to look at first.

        Both come from the relaxations at the nearest levels. Any multipliers give valid bounds; a
        relaxation is solved only where none is near.
        """
        rows = default_rows(problem)
        if problem.lattice.size <= FEW:
            return rows, None
        at = tuple(log_exact(level) for level in levels)
        if not self.guides or self._nearest(at)[0].far(at) > NEAR:
            optimum = true_optimum(problem)
            if optimum is not None:
                row = row_from_duals(problem, optimum.duals, optimum.counted)
                self.guides.append(_Guide(at, optimum.logs, row))
        guides = self._nearest(at)
        for guide in guides:
            rows = rows + guide.row
        return rows, guides[0].logs if guides else None

    def _nearest(self, at: tuple[float, ...]) -> list[_Guide]:
        """The two guides nearest to levels in logarithms."""
        return nsmallest(2, self.guides, key=lambda guide: guide.far(at))

    def _rank(self, plan: Candidate) -> tuple[object, ...]:
        """Sorting key: index first, then the costs."""
        return (-plan.index, *self._amounts(plan), *plan.rank)

    def _amounts(self, plan: Candidate) -> Levels:
        """What a plan takes of each cost."""
        return tuple(self._amount(objective, plan) for objective in self.objectives)

    def _amount(self, objective: Objective, plan: Candidate) -> Exact:
        """What a plan takes of one cost, recomputation included."""
        return self.region.spent(objective.limit, plan.sizes, plan.tokens)

    def _open(self, box: LevelBox) -> float:
        """How much a box leaves open: height in score times extent in logarithms."""
        response = self.law.response
        height = float(response(min(box.most, 1e9))) - float(
            response(max(box.least, response.floor))
        )
        widths = (log_exact(b) - log_exact(a) for a, b in zip(box.low, box.high, strict=True))
        return height * math.prod(width + NARROW for width in widths)

    def _front(self, low: Levels, high: Levels) -> Front:
        """What is known of the front so far."""
        points = sorted(self.found.values(), key=lambda point: point.amounts)
        left = -sum(box[0] for box in self.boxes)
        whole = self._open(
            LevelBox(low, high, -math.inf, points[-1].plan.index if points else 0, True)
        )
        return Front(
            tuple(points), not self.boxes, left / whole if whole else 0.0, self.settled, low, high
        )


NARROW = 1e-6
"""Added to a box's extent in logarithms, so that a single level counts as open, too."""


def _greatest(problem: Problem, limit: Limit) -> Exact:
    """No less than any plan takes of a limit's resource, and no more than the limit's bound."""
    whole = problem.lattice.whole()
    low, high = problem.lattice.ends(whole)
    _, most, _ = problem.tokens(problem.greatest_slacks(low, high))
    total = 0.0
    for part, tokens in ((limit.per_token, limit.token_power), (limit.fixed, 0)):
        if part.terms:
            form = problem.log_form([part])
            total += math.exp(form.corners(low, high)[1][0, 0] + tokens * float(most[0]))
    return min(limit.bound, Fraction(total * (1 + SAFETY)))
