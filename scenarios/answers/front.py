"""The answer to a trade-off: a front, better known with every step, and what it says."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
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
from scenarios.questions.resolve import Resolved, resolve
from scenarios.questions.trade_off import TradeOff

__all__ = ["Traced", "trace"]

DEFAULT_LOW = Fraction(1, 10)
"""Share of the budget at which a front of compute begins, if no range is given."""
SHARES = (Fraction(1, 2), Fraction(1, 10))
"""What of each cost a report prices."""


def trace(question: TradeOff, resolved: Resolved | None = None) -> Iterator[Traced]:
    """What is known of the front, better with every step; the last is the answer.

    resolved: what the question's scenario comes to, if it is known already.
    """
    resolved = settled(resolved or resolve(question.scenario))
    region = resolved.region
    costs = tuple(
        objective(name, region, resolved.budget, resolved.deployment) for name in question.costs
    )
    if len({cost.limit.name for cost in costs}) < len(costs):
        raise InputError("y", f"must be another cost than {{x}} {question.cost}", question.y)
    low = [_low(question, region, cost) for cost in costs]
    for front in trace_front(region, resolved.law, costs, question.points, low):
        yield Traced(question, resolved, region, costs, front)


def _low(question: TradeOff, region: Region, cost: Objective) -> Exact | None:
    """Where the front begins: compute at a share of the budget, others at their least."""
    if cost.limit.name != region.compute.name:
        return None
    return region.compute.bound * (question.low or DEFAULT_LOW)


@dataclass(frozen=True)
class Traced:
    """A front so far, with the problem that it is of.

    Attributes:
        question: what was asked.
        resolved: what it came to, with one choice of shared experts and dense layers.
        region: where the plans are.
        costs: what the score is traded off against.
        front: what is known of it.
    """

    question: TradeOff
    resolved: Resolved
    region: Region
    costs: tuple[Objective, ...]
    front: Front

    @property
    def budget(self) -> Budget:
        """The training FLOPs of the high end, and the hardware behind them."""
        return self.resolved.budget

    @property
    def law(self) -> Law:
        """The law that scores."""
        return self.resolved.law

    @cached_property
    def plans(self) -> tuple[Plan, ...]:
        """The plans of the front's points, in their order."""
        checked = self.resolved.residuals
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
