"""The answer to a goal: the least cost that reaches a score, or the best score in reach."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from fractions import Fraction

from constraints.algebra.posynomial import Exact
from constraints.errors import InputError
from constraints.resources.budget import HOURS_A_DAY, MOST_FLOPS, Budget
from constraints.resources.recipe_laws import batch_on_cluster, law_batch
from constraints.space.objectives import Objective, objective
from constraints.space.region import Region
from optimizer.laws.law import Law
from optimizer.plans.plan import Plan, make_plan
from optimizer.problem.candidate import Candidate
from optimizer.questions.remedies import Remedy, remedies
from optimizer.questions.target import TargetResult, TargetStatus, least_cost, least_cost_of_all
from optimizer.searching.family import search_family
from optimizer.searching.search import SearchStatus
from scenarios.answers.speeds import scenarios_at_ends
from scenarios.questions.goal import Goal
from scenarios.questions.resolve import Resolved, resolve
from scenarios.vocabulary.readers import AUTO

__all__ = ["Cluster", "Otherwise", "Reached", "reach"]

CLUSTERS = tuple(2**k for k in range(3, 18))
"""Sizes of the clusters that are suggested if none is given, 8 to 131,072 [part]."""
DAYS = (7, 120)
"""Shortest and longest run of a suggested cluster [day]."""


@dataclass(frozen=True)
class Cluster:
    """A cluster that trains a plan in some days.

    Attributes:
        gpus: number of accelerators [part].
        days: wall-clock time that the plan takes on them [day].
    """

    gpus: int
    days: float


@dataclass(frozen=True)
class Otherwise:
    """What another law says that a score takes.

    Attributes:
        law: the other law.
        plan: its plan of least cost; None if it reaches the score with none.
        amount: what that takes, in the unit of the cost's limit; None likewise.
    """

    law: Law
    plan: Candidate | None
    amount: Exact | None


def reach(goal: Goal) -> Reached:
    """Search for the plan that reaches a score at the least cost.

    Raises:
        InputError: if the score is so low that every plan reaches it, or the scenario is not valid.
    """
    resolved = _in_suitable_steps(goal, resolve(goal.limits, may_be_unlimited=True))
    found = _at_one_speed(goal, resolved)
    again = _in_steps_of(goal, resolved, found)
    found = found if again is None else _at_one_speed(goal, again)
    ends = tuple(
        (mfu, reach(replace(goal, scenario=scenario)))
        for mfu, scenario in scenarios_at_ends(goal.scenario, resolved.kind)
    )
    return replace(found, at_ends=ends)


def _in_suitable_steps(goal: Goal, resolved: Resolved) -> Resolved:
    """The scenario with steps that suit the run which reaches the goal in designs of one speed.

    Only where compute is unlimited, so that no budget says which steps suit.
    """
    scenario, choice = goal.limits, resolved.regions[0].layout_choice
    if scenario.budgets_given or scenario.batch != AUTO or choice is None:
        return resolved
    plain = replace(goal, scenario=replace(goal.scenario, clock=False, layout=None))
    found = _at_one_speed(plain, resolve(plain.limits, may_be_unlimited=True))
    return _in_steps_of(goal, resolved, found) or resolved


def _in_steps_of(goal: Goal, resolved: Resolved, found: Reached) -> Resolved | None:
    """The scenario with the steps that a budget of the GPU-hours found would have.

    None if it has them already, or steps do not follow from what is found.
    """
    scenario, choice = goal.limits, resolved.regions[0].layout_choice
    hours = None if found.plan is None else found.plan.gpu_hours
    used = resolved.budget.throughput
    if scenario.budgets_given or scenario.batch != AUTO or choice is None:
        return None
    if hours is None or used is None:
        return None
    usual = law_batch(Fraction(hours) * used.flops_per_gpu_hour, experts=resolved.of_experts)
    batch = batch_on_cluster(usual, choice.gpus, choice.seq_len)
    if batch == choice.batch:
        return None
    stepped = resolve(replace(scenario, batch=batch), may_be_unlimited=True)
    return replace(stepped, scenario=scenario)


def _cost_in(goal: Goal, resolved: Resolved, region: Region) -> Objective:
    """The cost that a goal saves, in one region."""
    return objective(goal.cost, region, resolved.budget, resolved.deployment)


def _at_one_speed(goal: Goal, resolved: Resolved) -> Reached:
    """The answer at one MFU."""
    law = resolved.law
    if goal.score is None:
        return _best_of_size(goal, resolved)
    if goal.score <= law.response.floor:
        rule = f"must be > {law.response.floor:g}, which any plan has by the law"
        raise InputError("score", rule, float(goal.score))

    def cost_in(region: Region) -> Objective:
        return _cost_in(goal, resolved, region)

    def least(score: float) -> tuple[Region, TargetResult]:
        return least_cost_of_all(resolved.regions, law, lambda x: cost_in(x).limit, score)

    score = float(goal.score)
    region, result = least(score)
    limited = bool(goal.limits.budgets_given)
    found = Reached(goal, resolved, region, cost_in(region), result, limited)
    if result.status is TargetStatus.REACHED and result.plan is not None:
        _, more = least(score + 1)
        found = replace(found, plan=found.described(result.plan), a_point_more=more.amount)
        better = resolved.with_least_error
        if better is not None and better.unit == law.unit:
            given = (resolved.regions, better, lambda x: cost_in(x).limit, score)
            _, other = least_cost_of_all(*given)
            found = replace(found, by_better=Otherwise(better, other.plan, other.amount))
        return replace(found, clusters=found.sized(goal.deadline))
    if result.status is TargetStatus.UNREACHABLE:
        return found.out_of_reach()
    if result.plan is not None:  # the least so far
        return replace(found, plan=found.described(result.plan))
    return found


def _best_of_size(goal: Goal, resolved: Resolved) -> Reached:
    """The best plan of a size and a number of tokens, and what it takes."""
    found = search_family(resolved.regions, resolved.law, 1)
    region = found.plan_regions[0] if found.plan_regions else resolved.regions[0]
    cost = _cost_in(goal, resolved, region)
    limited = bool(goal.limits.budgets_given)
    if found.status is not SearchStatus.OPTIMAL:
        status = TargetStatus[found.status.name]
        return Reached(goal, resolved, region, cost, TargetResult(status, found), limited)
    best = found.plans[0]
    amount = region.spent(cost.limit, best.sizes, best.tokens)
    result = TargetResult(TargetStatus.REACHED, found, best, amount, found.certificate)
    reached = Reached(goal, resolved, region, cost, result, limited)
    reached = replace(reached, plan=reached.described(best))
    return replace(reached, clusters=reached.sized(goal.deadline))


@dataclass(frozen=True)
class Reached:
    """What it takes to reach a goal.

    Attributes:
        goal: the goal.
        resolved: its scenario, resolved.
        region: feasible region of the plan.
        cost: the cost that is minimised.
        result: what the search proved.
        limited: whether the scenario gives a budget, which then limits plans.
        plan: the plan of least cost. If the goal is out of reach, the plan with the best score;
            None if there is no plan.
        a_point_more: least cost of a score one point higher, in the unit of the cost's limit; None
            if that is out of reach.
        by_better: what the law with the least error says it takes; None if that is the law asked,
            or one of another unit.
        clusters: clusters that train the plan, and serve its lifetime tokens if there are any.
        needed: compute that reaches the goal if only the budget is raised [FLOP]; None if none
            does, the goal is reached, or the scenario gives no budget.
        remedies: what each limit keeps from being reached, if the goal is out of reach.
        at_ends: the answers at both ends of a range of MFUs, with these [unitless]; empty if the
            scenario gives no range. This answer is that of the middle.
    """

    goal: Goal
    resolved: Resolved
    region: Region
    cost: Objective
    result: TargetResult
    limited: bool
    plan: Plan | None = None
    a_point_more: Exact | None = None
    by_better: Otherwise | None = None
    clusters: tuple[Cluster, ...] = ()
    needed: Exact | None = None
    remedies: tuple[Remedy, ...] = ()
    at_ends: tuple[tuple[float, Reached], ...] = ()

    @property
    def budget(self) -> Budget:
        """The training FLOPs, and the hardware behind them."""
        return self.resolved.budget

    @property
    def law(self) -> Law:
        """The law that scores plans."""
        return self.resolved.law

    @property
    def amount(self) -> float | None:
        """The least cost, as people count it [unit of the cost]; None if out of reach."""
        amount = self.result.amount
        return None if amount is None else self.cost.shown(amount)

    def cost_in(self, region: Region) -> Objective:
        """The cost in one of the scenario's regions."""
        return _cost_in(self.goal, self.resolved, region)

    def described(self, plan: Candidate) -> Plan:
        """A candidate of the search as a plan with its figures."""
        residuals = self.resolved.residuals
        return make_plan(plan, self.region, self.law, self.budget, residuals)

    def out_of_reach(self) -> Reached:
        """The answer for a goal out of reach: the best plan, the limits in the way, the compute."""
        highest, score = self.result.highest, float(self.goal.score or 0)
        best, optimum = highest.plans[0], highest.relaxed.optimum
        found = remedies(self.region, self.law, best, optimum, score)
        needed = None
        if self.limited:
            endless = self.region.with_bound(self.region.compute.name, MOST_FLOPS)
            needed = least_cost(endless, self.law, endless.compute, score).amount
        return replace(self, plan=self.described(best), remedies=found, needed=needed)

    def sized(self, deadline: Exact | None) -> tuple[Cluster, ...]:
        """Clusters that train the plan.

        It is the scenario's own cluster if it gives one, else the smallest that meets the deadline
        if there is one, else usual sizes.

        Args:
            deadline: longest time that the run may take [day]; None for no deadline.

        Returns:
            The clusters; none if no accelerator is given.
        """
        best = self.result.plan
        if best is None:
            return ()
        hours = self.budget.gpu_hours(
            self.region.spent(self.region.compute, best.sizes, best.tokens)
        )
        if hours is None:
            return ()
        if self.goal.scenario.gpus is not None:
            return (self._cluster(hours, self.goal.scenario.gpus),)
        if deadline is not None:
            return (self._cluster(hours, math.ceil(hours / HOURS_A_DAY / float(deadline))),)
        sized = (self._cluster(hours, gpus) for gpus in CLUSTERS)
        return tuple(cluster for cluster in sized if DAYS[0] <= cluster.days <= DAYS[1])

    def _cluster(self, hours: float, gpus: int) -> Cluster:
        return Cluster(gpus, hours / gpus / HOURS_A_DAY)
