"""The answer to a trade-off: a front of plans, which every step of its search extends."""

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
"""Share of the budget at which a front over compute begins if no range is given [unitless]."""
SHARES = (Fraction(1, 2), Fraction(1, 10))
"""Shares of the top plan's costs for which a report says what score is left [unitless]."""


def trace(question: TradeOff, resolved: Resolved | None = None) -> Iterator[Traced]:
    """Trace the front of a trade-off step by step.

    Args:
        question: the trade-off.
        resolved: its scenario, resolved; None resolves it.

    Yields:
        What is known of the front after each step; the last is the answer.

    Raises:
        InputError: if the question is not valid, or both costs are the same.
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
    """Low end of a front over compute, in the cost's unit; None for other costs."""
    if cost.limit.name != region.compute.name:
        return None
    return region.compute.bound * (question.low or DEFAULT_LOW)


@dataclass(frozen=True)
class Traced:
    """A front as far as it is known, with its question.

    Attributes:
        question: the trade-off.
        resolved: its scenario, resolved, with one choice of shared experts and dense layers.
        region: the feasible region of the front's plans.
        costs: one or two costs against which the score is traded off.
        front: what is known of the front.
    """

    question: TradeOff
    resolved: Resolved
    region: Region
    costs: tuple[Objective, ...]
    front: Front

    @property
    def budget(self) -> Budget:
        """The training FLOPs at the high end of the budget, and the hardware behind them."""
        return self.resolved.budget

    @property
    def law(self) -> Law:
        """The law that was maximised."""
        return self.resolved.law

    @cached_property
    def plans(self) -> tuple[Plan, ...]:
        """The plans of the front's points, in the same order."""
        checked = self.resolved.residuals
        return tuple(
            make_plan(point.plan, self.region, self.law, self.budget, checked)
            for point in self.front.points
        )

    @cached_property
    def line(self) -> tuple[Segment, ...]:
        """Upper bounds of the score between neighbouring points; empty for two costs."""
        if len(self.costs) > 1:
            return ()
        return upper_line(self.region, self.law, self.costs[0].limit, self.front)

    @property
    def top(self) -> FrontPoint:
        """The point with the highest score."""
        return max(self.front.points, key=lambda point: point.plan.index)

    @cached_property
    def savings(self) -> tuple[tuple[Objective, Fraction, float], ...]:
        """What the score loses if a cost is cut to a share of what the top plan takes.

        Each loss is found by a proven search.

        Returns:
            Tuples of the cost, the share [unitless] and the change of the score [score]. Shares
            that leave no plan are left out.
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
        """The point where the front bends most.

        It is the point furthest above the chord between the ends, over the logarithm of the cost.

        Returns:
            The point; None for two costs, for few points, or if the front hardly bends.
        """
        points = self.front.points
        if len(self.costs) > 1 or len(points) < FEWEST_FOR_A_KNEE:
            return None
        knee = max(points, key=lambda point: _height(point, points[0], points[-1]))
        return knee if _height(knee, points[0], points[-1]) >= LEAST_BEND else None


FEWEST_FOR_A_KNEE = 5
"""Points that a front must have to bend visibly [point]."""
LEAST_BEND = 0.02
"""Height of the knee over the chord, as a share of the front's rise, that counts as a bend."""


def _height(point: FrontPoint, first: FrontPoint, last: FrontPoint) -> float:
    """How far a point lies above the chord between two others, as a share of their rise."""
    at, low, high = (log_exact(p.amounts[0]) for p in (point, first, last))
    rise = last.plan.index - first.plan.index
    return (point.plan.index - first.plan.index) / rise - (at - low) / (high - low)
