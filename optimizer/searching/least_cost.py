"""The least of a resource among designs that reach an index, proved.

The search is the one that proves the optimum, read the other way. Here a box must be able to reach
an index, and promises how little of the resource its designs may take. Two lower bounds serve as
the promise. One is the resource at the box's low corner, on no more tokens than the index asks for.
The other, where the problem limits the resource, is the lowest level of that limit at which a plane
of the box still reaches the index.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from constraints.algebra.limit import TOKENS, Limit
from constraints.algebra.log_form import FloatArray, NDBool
from constraints.algebra.posynomial import Exact, log_exact
from constraints.space.boxes import Boxes, Positions
from constraints.space.region import COMPUTE
from optimizer.bounding.multipliers import Multipliers
from optimizer.bounding.screening import Points, Screened, feasible_points, screen_boxes
from optimizer.bounding.tangent_planes import alone_bounds
from optimizer.problem.candidate import Candidate
from optimizer.problem.problem import Problem
from optimizer.problem.rounding import safety
from optimizer.searching.box_search import Ending
from optimizer.searching.deadline import overdue
from optimizer.searching.gated_search import GatedSearch

__all__ = ["LeastSearch", "WithinSearch", "least_plan"]

MAX_BOXES = 1_000_000
"""Boxes after which the search gives up [box]."""
APART = 1e-11
"""Amounts of a resource nearer than this in logarithms are the same.

Ratios of small sizes that differ lie further apart.
"""


def least_plan(
    problem: Problem,
    rows: Multipliers,
    floor: float,
    resource: Limit,
    near: FloatArray | None = None,
) -> LeastSearch:
    """The plan that takes least of a resource among all of at least some index, proved.

    Ties go to the better plan.

    Args:
        problem: a region and a law.
        rows: multipliers for the bounds.
        floor: index that the plan must reach [index].
        resource: a limit on what is to be saved; its bound holds only if the problem has it too.
        near: logarithms of the sizes of a point to look around first [D]; None for none.

    Returns:
        The search, with the plan it chose (None if no plan reaches the index) and how it ended.
    """
    search = LeastSearch(problem, rows, floor, resource)
    if near is not None:
        search.evaluate(problem.lattice.nearest(near, 2).enumerate())
    search.ending = search.run()
    return search


class WithinSearch(GatedSearch):
    """A search among designs of at least a given index.

    Attributes:
        problem: a region and a law.
        rows: multipliers for the bounds.
        floor: index that designs must reach [index].
    """

    def __init__(self, problem: Problem, rows: Multipliers, floor: float) -> None:
        """Start with nothing searched.

        Args:
            problem: a region and a law.
            rows: multipliers for the bounds.
            floor: index that designs must reach [index].
        """
        super().__init__(problem, MAX_BOXES)
        self.rows = rows
        self.floor = floor

    @property
    def threshold(self) -> float:
        """Zero, as is every promise: each box that may reach the index matters."""
        return 0.0

    def screen(self, boxes: Boxes) -> tuple[NDBool, FloatArray]:
        """Which boxes may hold a design of the index [n], and what those that may promise [m].

        Args:
            boxes: n boxes of positions on the axes.
        """
        floor = self.floor - safety(self.floor)
        screened = screen_boxes(self.problem, boxes, self.rows, floor)
        screened = screened[~(screened.bounds < floor)]  # a NaN is below nothing
        return screened.inside, self.promise(screened)

    def promise(self, screened: Screened) -> FloatArray:
        """Upper bounds over boxes of what the search maximises [m]; here it is nothing, so zeros.

        Args:
            screened: the m boxes that may hold a design of the index.
        """
        return np.zeros(len(screened.low))

    def reaching(self, points: Positions) -> Points:
        """Those of the points that may be plans of the index, up to rounding.

        Args:
            points: positions on the axes [n, D].
        """
        return feasible_points(self.problem, points, self.floor - safety(self.floor))

    def candidate(self, point: Positions) -> Candidate | None:
        """The exact plan at one point; None if the region excludes it or its index is too low.

        Args:
            point: positions on the axes [D].
        """
        plan = self.problem.candidate(self.problem.lattice.point(point))
        return plan if plan is not None and plan.index >= self.floor else None


class LeastSearch(WithinSearch):
    """Keeps the design that takes least of a resource; ties go to the better plan.

    Attributes:
        chosen: the plan kept; None so far.
        ending: why the search ended; None before it has.
        resource: a limit on what is to be saved.
    """

    def __init__(self, problem: Problem, rows: Multipliers, floor: float, resource: Limit) -> None:
        """Start with nothing searched.

        Args:
            problem: a region and a law.
            rows: multipliers for the bounds.
            floor: index that designs must reach [index].
            resource: its bound does not matter, unless the problem limits it too.
        """
        super().__init__(problem, rows, floor)
        self.chosen: Candidate | None = None
        self.ending: Ending | None = None
        self.resource = resource
        self._amount = math.inf
        self._saves_tokens = resource.token_power == 1
        self._layouts = problem.layouts if resource.name in COMPUTE else None
        parts = [resource.per_token, resource.fixed]
        self._forms = [problem.log_form([part]) for part in parts if part.terms]
        highest = problem.lattice.greatest
        sizes = [
            (highest.get(name, 1), abs(n)) for key, _ in resource.resource.terms for name, n in key
        ]
        few = math.prod(high**power for high, power in sizes) * APART < 0.1
        self._coarse = resource.token_power == 0 and few
        own = problem.names.index(resource.name) if resource.name in problem.names else None
        self._level = None if own is None else (own, problem.log_bounds[own])

    @property
    def proved(self) -> bool:
        """Whether it is proved that no plan of the index takes less."""
        return self.ending is Ending.PROVED

    @property
    def threshold(self) -> float:
        """Minus the logarithm of what the chosen plan takes, with room for rounding."""
        return -self._amount - safety(self._amount) if math.isfinite(self._amount) else -math.inf

    def promise(self, screened: Screened) -> FloatArray:
        """Minus a lower bound of ln amount that any design of the index takes, over boxes [m].

        Args:
            screened: the m boxes that may hold a design of the index.
        """
        low, high, counted = screened.low, screened.high, screened.counted
        index = alone_bounds(self.problem, low, high, counted)
        layouts = 0.0 if self._layouts is None else screened.dearer
        amount = self.amounts(low, high, screened.fewest, counted, index, layouts)
        if self._level is not None:
            amount = np.maximum(amount, self._least_level(screened, *self._level))
        if self._coarse:
            amount = np.where(self._are_worse(amount, screened.bounds), np.inf, amount)
        return -amount

    def amounts(
        self,
        low: FloatArray,
        high: FloatArray,
        fewest: FloatArray,
        counted: FloatArray,
        index: FloatArray,
        layouts: FloatArray | float,
    ) -> FloatArray:
        """Lower bounds of the logarithm of what designs over boxes take [n].

        Args:
            low: lower ends of the boxes, in logarithms [n, D].
            high: upper ends of the boxes, in logarithms [n, D].
            fewest: least t that floors allow, a logarithm of tokens [n].
            counted: an upper bound of t', the logarithm of the counted tokens [n].
            index: an upper bound of the index at that t' [index], shape [n].
            layouts: a lower bound of ln(what training takes in its layout / FLOPs counted) [n].
        """
        amount = self._forms[0].corners(low, high)[0][:, 0]
        if self._saves_tokens:
            needed = self.problem.index.fewest_tokens(counted, index - self.floor)
            amount = amount + np.maximum(fewest, needed) + layouts
        if len(self._forms) > 1:
            amount = np.logaddexp(amount, self._forms[1].corners(low, high)[0][:, 0])
        return amount

    def _least_level(self, screened: Screened, own: int, bound: float) -> FloatArray:
        """Over boxes, ln of the level of the resource's limit that the floor needs at least [m].

        Below it, no design of the box reaches the floor. Every row of multipliers gives such a
        level, and the highest of these holds.
        """
        planes = screened.planes
        spare = planes.index - self.floor + safety(self.floor)  # room for rounding
        weights = planes.weights[:, :, own]
        fall = np.divide(spare, weights, out=np.full_like(spare, np.inf), where=weights > 0)
        level: FloatArray = bound - np.maximum(fall, 0.0).min(axis=1)
        return level

    def evaluate(self, points: Positions) -> None:
        """Offer the plans at points, those first that seem to take least.

        Among equals the better ones come first.

        Args:
            points: positions on the axes [n, D].
        """
        found = self.reaching(points)
        logs = found.logs
        layouts = 0.0 if self._layouts is None else self._layouts.at(found.positions)
        amounts = self.amounts(logs, logs, found.fewest, found.counted, found.index, layouts)
        order = np.lexsort((-found.index, amounts))
        while len(order):
            if overdue():
                self.cut_short = True
                break
            i = order[0]
            if -amounts[i] < self.threshold:
                break
            plan = self.candidate(found.positions[i])
            if plan is not None:
                self.offer(plan)
            order = order[1:]
            if self._coarse:
                order = order[~self._are_worse(amounts[order], found.index[order])]

    def _are_worse(self, amounts: FloatArray, index: FloatArray) -> NDBool:
        """Whether each takes no less than the chosen plan and is of a lower index for sure [n]."""
        if self.chosen is None:
            return np.zeros(len(amounts), dtype=bool)
        worse: NDBool = index < self.chosen.index - safety(self.chosen.index)
        return worse & (amounts >= self._amount - APART)

    def offer(self, plan: Candidate) -> None:
        """Keep the plan if it takes less than the chosen one, or as much and ranks better.

        If the resource grows with tokens, the plan is first put on as few tokens as reach the
        index.

        Args:
            plan: of the index or better.
        """
        if self._saves_tokens:
            plan = _on_fewer_tokens(self.problem, plan, self.floor)
        amount, chosen = self.amount_of(plan), self.chosen
        if chosen is None or (amount, plan.rank) < (self._amount, chosen.rank):
            self.chosen, self._amount = plan, amount

    def amount_of(self, plan: Candidate) -> float:
        """The logarithm of what a plan takes.

        Args:
            plan: exact.
        """
        return log_exact(self.problem.region.spent(self.resource, plan.sizes, plan.tokens))


def _on_fewer_tokens(problem: Problem, plan: Candidate, floor: float) -> Candidate:
    """The same design on as few tokens as still reach the floor and the limits ask for."""
    region, law = problem.region, problem.law
    spare = np.array([max(plan.index - floor, 0.0)])
    most = law.saturation_tokens(plan.parameters)
    counted = plan.effective_tokens if most is None else min(plan.effective_tokens, float(most))
    fewest = problem.index.fewest_tokens(np.log([counted]), spare)
    needed = region.text.needed(int(math.exp(fewest[0])) + 1)
    span = region.token_span(plan.sizes)
    if needed is None or span is None:
        return plan
    low, high = min(max(span[0], region.steps_up(needed)), plan.tokens), plan.tokens
    if (leaner := _on_tokens(problem, plan, low)).index >= floor:
        return leaner
    found = plan
    while high - low > region.token_step:  # bisect, as the lower bound falls short
        middle = low + (high - low) // (2 * region.token_step) * region.token_step
        leaner = _on_tokens(problem, plan, middle)
        if leaner.index >= floor:
            found, high = leaner, middle
        else:
            low = middle
    return found


def _on_tokens(problem: Problem, plan: Candidate, tokens: int) -> Candidate:
    """The same design on another number of tokens [token]."""
    region = problem.region
    effective = region.text.effective(tokens)
    values = {**plan.sizes, TOKENS: effective}
    index = float(problem.law.index(values, float(plan.parameters)))
    flops: Exact = region.training_flops_per_token.value(plan.sizes) * tokens
    return replace(
        plan, tokens=tokens, effective_tokens=effective, index=index, training_flops=flops
    )
