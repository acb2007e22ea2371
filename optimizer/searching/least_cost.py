"""The least of a resource among designs that reach an index, proved.

The search over boxes is the one that proves the optimum, read the other way: here a box must
reach an index and promises a resource. Two bounds of what it may take serve: the resource at the
box's low corner, on no more tokens than the index asks for; and, where the resource is limited
in the problem, the lowest level of that limit at which a plane of the box still reaches the index.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from constraints.algebra.limit import TOKENS, Limit
from constraints.algebra.log_form import FloatArray, NDBool
from constraints.algebra.posynomial import Exact, log_exact
from constraints.space.lattice import Boxes, Positions
from optimizer.bounding.screening import Points, Screened, feasible_points, screen_boxes
from optimizer.bounding.tangent_planes import Multipliers, alone_bounds
from optimizer.bounding.tightening import tightened_boxes
from optimizer.problem.problem import Candidate, Problem, safety
from optimizer.searching.box_search import BoxSearch, Ending

__all__ = ["LeastSearch", "WithinSearch", "least_plan"]

MAX_BOXES = 1_000_000
APART = 1e-11
"""In logarithms: fractions of small sizes that are not the same lie further apart."""


def least_plan(
    problem: Problem,
    rows: Multipliers,
    floor: float,
    resource: Limit,
    near: FloatArray | None = None,
) -> LeastSearch:
    """The plan that takes the least of a limit's resource among all of at least an index, proved.

    near: logarithms [D] of a point to look around first. Ties go to the better plan. The search
    comes back with the plan it chose, None if no plan reaches the index, and how it ended.
    """
    search = LeastSearch(problem, rows, floor, resource)
    if near is not None:
        search.evaluate(problem.lattice.nearest(near, 2).enumerate())
    search.ending = search.run()
    return search


class WithinSearch(BoxSearch):
    """Boxes that may hold designs of at least a given index."""

    def __init__(self, problem: Problem, rows: Multipliers, floor: float) -> None:
        """rows: multipliers for the bounds."""
        super().__init__(problem.lattice, MAX_BOXES)
        self.problem = problem
        self.rows = rows
        self.floor = floor

    @property
    def threshold(self) -> float:
        """Every box that reaches the index matters."""
        return 0.0

    def tighten(self, boxes: Boxes) -> Boxes:
        """Without the sides that limits cut off."""
        return tightened_boxes(self.problem, boxes)

    def screen(self, boxes: Boxes) -> tuple[NDBool, FloatArray]:
        """Boxes that may hold a design of the index, and what they promise."""
        screened = screen_boxes(self.problem, boxes, self.rows)
        reach = screened.bounds >= self.floor - safety(self.floor)
        screened = screened[reach]
        return screened.inside, self.promise(screened)

    def promise(self, screened: Screened) -> FloatArray:
        """Upper bounds over boxes of what is maximised [m]."""
        return np.zeros(len(screened.low))

    def reaching(self, points: Positions) -> Points:
        """Those of the points that may be plans of the index."""
        return feasible_points(self.problem, points, self.floor - safety(self.floor))

    def candidate(self, point: Positions) -> Candidate | None:
        """The exact plan at one point, None if it falls short."""
        plan = self.problem.candidate(self.problem.lattice.point(point))
        return plan if plan is not None and plan.index >= self.floor else None


class LeastSearch(WithinSearch):
    """Keeps the design with the least of a resource; ties go to the better plan."""

    def __init__(self, problem: Problem, rows: Multipliers, floor: float, resource: Limit) -> None:
        """resource: its bound does not matter, unless the problem limits it too."""
        super().__init__(problem, rows, floor)
        self.chosen: Candidate | None = None
        self.ending: Ending | None = None
        self.resource = resource
        self._amount = math.inf
        self._saves_tokens = resource.token_power == 1
        parts = [resource.per_token, resource.fixed]
        self._forms = [problem.log_form([part]) for part in parts if part.terms]
        highest = {axis.name: axis.high for axis in problem.lattice.axes}
        sizes = [
            (highest.get(name, 1), abs(n)) for key, _ in resource.resource.terms for name, n in key
        ]
        few = math.prod(high**power for high, power in sizes) * APART < 0.1
        self._coarse = resource.token_power == 0 and few
        own = problem.names.index(resource.name) if resource.name in problem.names else None
        self._level = None if own is None else (own, problem.log_bounds[own])

    @property
    def proved(self) -> bool:
        """Whether nothing is left that takes less."""
        return self.ending is Ending.PROVED

    @property
    def threshold(self) -> float:
        """Less of the resource than the best so far."""
        return -self._amount - safety(self._amount) if math.isfinite(self._amount) else -math.inf

    def promise(self, screened: Screened) -> FloatArray:
        """Minus the logarithm of what a design of each box takes at least."""
        low, high, counted = screened.low, screened.high, screened.counted
        index = alone_bounds(self.problem, low, high, (low + high) / 2, counted)
        amount = self._amounts(low, high, screened.fewest, counted, index)
        if self._level is not None:
            amount = np.maximum(amount, self._least_level(screened, *self._level))
        if self._coarse:
            amount = np.where(self._are_worse(amount, screened.bounds), np.inf, amount)
        return -amount

    def _amounts(
        self,
        low: FloatArray,
        high: FloatArray,
        fewest: FloatArray,
        counted: FloatArray,
        index: FloatArray,
    ) -> FloatArray:
        """Lower bounds of ln amounts over boxes [n] whose index is at most so high at t'."""
        amount = self._forms[0].corners(low, high)[0][:, 0]
        if self._saves_tokens:
            needed = self.problem.index.fewest_tokens(counted, index - self.floor)
            amount = amount + np.maximum(fewest, needed)
        if len(self._forms) > 1:
            amount = np.logaddexp(amount, self._forms[1].corners(low, high)[0][:, 0])
        return amount

    def _least_level(self, screened: Screened, own: int, bound: float) -> FloatArray:
        """The logarithm of the level down to which every plane of a box reaches the floor [m]."""
        planes = screened.planes
        spare = planes.index - self.floor + safety(self.floor)  # to the safe side
        with np.errstate(divide="ignore", invalid="ignore"):
            fall = np.where(
                planes.weights[:, :, own] > 0, spare / planes.weights[:, :, own], np.inf
            )
        level: FloatArray = bound - np.maximum(fall, 0.0).min(axis=1)
        return level

    def evaluate(self, points: Positions) -> None:
        """Offer the plans at points, those first that seem to take the least, better ones first."""
        found = self.reaching(points)
        logs = found.logs
        amounts = self._amounts(logs, logs, found.fewest, found.counted, found.index)
        order = np.lexsort((-found.index, amounts))
        while len(order):
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
        """Whether what takes no less than the chosen plan ranks below it for sure [n]."""
        if self.chosen is None:
            return np.zeros(len(amounts), dtype=bool)
        worse: NDBool = index < self.chosen.index - safety(self.chosen.index)
        return worse & (amounts >= self._amount - APART)

    def offer(self, plan: Candidate) -> None:
        """Keep the plan if it takes less, or as little and ranks better."""
        if self._saves_tokens:
            plan = _on_fewer_tokens(self.problem, plan, self.floor)
        region = self.problem.region
        amount = log_exact(region.spent(self.resource, plan.sizes, plan.tokens))
        chosen = self.chosen
        if chosen is None or (amount, plan.rank) < (self._amount, chosen.rank):
            self.chosen, self._amount = plan, amount


def _on_fewer_tokens(problem: Problem, plan: Candidate, floor: float) -> Candidate:
    """The same design on as few tokens as still reach the floor (and the limits ask for)."""
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
    while high - low > region.token_step:  # the lower bound was none that is reached
        middle = low + (high - low) // (2 * region.token_step) * region.token_step
        leaner = _on_tokens(problem, plan, middle)
        if leaner.index >= floor:
            found, high = leaner, middle
        else:
            low = middle
    return found


def _on_tokens(problem: Problem, plan: Candidate, tokens: int) -> Candidate:
    """The same design on other tokens [token]."""
    region = problem.region
    effective = region.text.effective(tokens)
    values = {**plan.sizes, TOKENS: effective}
    index = float(problem.law.index(values, float(plan.parameters)))
    flops: Exact = region.training_flops_per_token.value(plan.sizes) * tokens
    return replace(
        plan, tokens=tokens, effective_tokens=effective, index=index, training_flops=flops
    )
