"""A trade-off: a scenario whose score is wanted against one cost or two, and what was found."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property

from constraints.algebra.posynomial import Exact, log_exact
from constraints.errors import InputError
from constraints.resources.budget import Budget
from constraints.space.objectives import Objective, objective
from constraints.space.region import Region
from optimizer.laws.law import Law
from optimizer.plans.plan import Plan, make_plan
from optimizer.questions.front import Front, FrontPoint, trace_front
from optimizer.questions.front_bound import Segment, upper_line
from optimizer.questions.one_more import gains
from scenarios.answers.answer import settled
from scenarios.questions.scenario import Scenario

__all__ = ["Traced", "TradeOff"]

DEFAULT_LOW = Fraction(1, 10)
"""Share of the budget at which a front of compute begins, if no range is given."""
SHARES = (Fraction(1, 2), Fraction(1, 10))
"""What of each cost a report prices."""


@dataclass(frozen=True)
class TradeOff:
    """The score against one cost or two.

    x, y: names of `constraints.space.objectives`; y is None for one cost. points: how many are enough.
    low: share of the compute budget at which it begins [unitless], None for a tenth.
    """

    scenario: Scenario
    x: str
    y: str | None = None
    points: int = 40
    low: Fraction | None = None

    def __post_init__(self) -> None:
        """Two points at least; a share of at most all."""
        if self.points < 2:
            raise InputError("points", "must be ≥ 2", self.points)
        if self.low is not None and not 0 < self.low <= 1:
            raise InputError("low", "must be > 0 and ≤ 1", float(self.low))

    def trace(self) -> Iterator[Traced]:
        """What is known of the front, better with every step; the last is the answer."""
        scenario = settled(self.scenario)
        question, budget = replace(self, scenario=scenario), scenario.budget()
        region, score_law = scenario.region(budget), scenario.score_law()
        names = (self.x,) if self.y is None else (self.x, self.y)
        costs = tuple(objective(name, region, budget, scenario.deployment) for name in names)
        if len({cost.limit.name for cost in costs}) < len(costs):
            raise InputError("--y", f"must be another cost than --x {self.x}", self.y)
        low = [self._low(region, cost) for cost in costs]
        for front in trace_front(region, score_law, costs, self.points, low):
            yield Traced(question, budget, region, score_law, costs, front)

    def _low(self, region: Region, cost: Objective) -> Exact | None:
        """Where the front begins: compute at a share of the budget, others at their least."""
        if cost.limit.name != region.compute.name:
            return None
        return region.compute.bound * (self.low or DEFAULT_LOW)


@dataclass(frozen=True)
class Traced:
    """A front so far, with the problem that it is of."""

    question: TradeOff
    budget: Budget
    region: Region
    law: Law
    costs: tuple[Objective, ...]
    front: Front

    @cached_property
    def plans(self) -> tuple[Plan, ...]:
        """The plans of the front's points, in their order."""
        checked = self.question.scenario.residuals()
        return tuple(
            make_plan(point.plan, self.region, self.law, self.budget, checked)
            for point in self.front.points
        )

    @cached_property
    def line(self) -> tuple[Segment, ...]:
        """Bounds between neighbours; none for two costs."""
        if len(self.costs) > 1:
            return ()
        return upper_line(self.region, self.law, self.costs[0].limit, self.front)

    @property
    def top(self) -> FrontPoint:
        """The point of the highest score."""
        return max(self.front.points, key=lambda point: point.plan.index)

    @cached_property
    def savings(self) -> tuple[tuple[Objective, Fraction, float], ...]:
        """What it costs to have only a share of what the top plan takes: (cost, share, score).

        By proven re-solves; shares that leave no plan are left out.
        """
        top, regions = self.top, {}
        for cost, amount in zip(self.costs, top.amounts, strict=True):
            for share in SHARES:
                level = Fraction(amount) * share
                regions[f"{cost.name} {share}"] = self.region.within(cost.limit, level)
        changes = gains(regions, self.law, top.plan, None)
        return tuple(
            (cost, share, changes[f"{cost.name} {share}"])
            for cost in self.costs
            for share in SHARES
            if f"{cost.name} {share}" in changes
        )

    def knee(self) -> FrontPoint | None:
        """The point furthest above the chord between the ends, over logarithms of the cost."""
        points = self.front.points
        if len(self.costs) > 1 or len(points) < FEWEST_FOR_A_KNEE:
            return None
        knee = max(points, key=lambda point: _height(point, points[0], points[-1]))
        return knee if _height(knee, points[0], points[-1]) >= LEAST_BEND else None


FEWEST_FOR_A_KNEE = 5
LEAST_BEND = 0.02
"""Of the rise: what bends less is as good as straight."""


def _height(point: FrontPoint, first: FrontPoint, last: FrontPoint) -> float:
    """How far a point lies above the chord, as a share of the rise."""
    at, low, high = (log_exact(p.amounts[0]) for p in (point, first, last))
    rise = last.plan.index - first.plan.index
    return (point.plan.index - first.plan.index) / rise - (at - low) / (high - low)
