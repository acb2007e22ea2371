"""The least of a cost that reaches a score, proved; or the highest score that can be reached.

The best score within a level of the cost rises with the level. In logarithms it is concave where
the problem is convex, so Newton's method on the continuous problem finds the level that reaches the
score. The multipliers and the optimum found there guide the exact search, which proves the least.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from fractions import Fraction

from constraints.algebra.limit import Limit
from constraints.algebra.posynomial import Exact, log_exact
from constraints.space.region import COMPUTE, Region
from optimizer.bounding.multipliers import default_rows, row_from_duals
from optimizer.bounding.prices import true_optimum
from optimizer.bounding.solution import Solution
from optimizer.laws.law import Law
from optimizer.problem.candidate import Candidate
from optimizer.problem.problem import Problem
from optimizer.searching.certificate import Certificate
from optimizer.searching.least_cost import LeastSearch, least_plan
from optimizer.searching.search import SearchResult, SearchStatus, search

__all__ = ["TargetResult", "TargetStatus", "least_cost", "least_cost_of_all"]

ROUNDS = 12
"""Newton's steps at most."""
SETTLED = 1e-3
"""Where a level is this near in logarithms, its multipliers are good enough."""
ROOM = 1.5
"""Cost allowed over the continuous level [unitless], since whole sizes take a little more."""
LEAP = 5.0
"""How far a tangent is followed in one step, in logarithms of the level."""


class TargetStatus(Enum):
    """How a search for the least cost ended."""

    REACHED = "reached"
    UNREACHABLE = "unreachable"
    INFEASIBLE = "infeasible"
    UNPROVED = "unproved"

    @property
    def message(self) -> str:
        """What the status means and what to do."""
        return {
            TargetStatus.REACHED: "proved: no plan reaches the score with less",
            TargetStatus.UNREACHABLE: "no plan of the region reaches the score: loosen a limit",
            TargetStatus.INFEASIBLE: "no plan satisfies all limits: loosen one of those named",
            TargetStatus.UNPROVED: "stopped before the proof: narrow the ranges or allow more time",
        }[self]


@dataclass(frozen=True)
class TargetResult:
    """What a search for the least cost found.

    Attributes:
        status: how it ended.
        highest: the search for the best score at any cost within the limits.
        plan: of least cost; None if there is none.
        amount: what it takes of the cost, exact, in the cost's unit.
        account: of every lattice point.
    """

    status: TargetStatus
    highest: SearchResult
    plan: Candidate | None = None
    amount: Exact | None = None
    account: Certificate | None = None


def least_cost(
    region: Region,
    law: Law,
    cost: Limit,
    score: float,
    *,
    explain: bool = True,
    highest: SearchResult | None = None,
) -> TargetResult:
    """The plan that reaches a score with the least of a cost.

    Args:
        region: all plans that satisfy the limits.
        law: that scores them.
        cost: a limit on what is to be saved; its bound holds, too.
        score: to be reached [score].
        explain: whether to find out which limits conflict if there is no plan at all.
        highest: the search for the best score within the cost's bound, if it is known.
    """
    region = region.within(cost, cost.bound)
    highest = highest or search(region, law, 1, explain=explain)
    if highest.status is not SearchStatus.OPTIMAL:
        return TargetResult(TargetStatus[highest.status.name], highest)
    floor, best = law.response.inverse(score), highest.plans[0]
    if best.index < floor:
        return TargetResult(TargetStatus.UNREACHABLE, highest)
    most = region.spent(cost, best.sizes, best.tokens)
    optimum = _continuous_optimum(region, law, cost, floor, log_exact(most))
    levels = [most]
    if optimum is not None:
        about = Fraction(math.exp(optimum.level) * ROOM) * _pace(region, cost, best)
        levels.insert(0, min(Fraction(about), Fraction(most)))
    for level in levels:
        problem = Problem(region.within(cost, level), law)
        rows, near = default_rows(problem), None
        if optimum is not None:
            rows = rows + row_from_duals(problem, optimum.solution.duals, optimum.solution.counted)
            near = optimum.solution.logs
        found = least_plan(problem, rows, floor, cost, near)
        plan = found.chosen
        if not found.proved:
            return TargetResult(TargetStatus.UNPROVED, highest, plan)
        if plan is not None:
            amount = region.spent(cost, plan.sizes, plan.tokens)
            return TargetResult(TargetStatus.REACHED, highest, plan, amount, _account(found))
    raise AssertionError("a plan reached the score and was not found again")


def _pace(region: Region, cost: Limit, best: Candidate) -> Exact:
    """What a plan takes in its layout, which the continuous problem does not see [unitless]."""
    choice = region.layout_choice
    if choice is None or cost.name not in COMPUTE:
        return 1
    return choice.cost(region.space.complete(best.sizes)) or 1


def least_cost_of_all(
    regions: Sequence[Region],
    law: Law,
    cost_in: Callable[[Region], Limit],
    score: float,
    highest: SearchResult | None = None,
) -> tuple[Region, TargetResult]:
    """The plan that reaches a score with the least of a cost, over several regions.

    Each region has to undercut those before it, and is done with if it can't.

    Args:
        regions: to be searched, one or more.
        law: that scores the plans of all of them.
        cost_in: the limit on the cost in each region; its bound holds, too.
        score: to be reached [score].
        highest: the search for the best score in the first region, if it is known.

    Returns:
        The region with the plan of least cost, and its result with one account of all lattices. If
        no plan reaches the score, the region whose best score is highest; if a search gave up, the
        region where it did.
    """
    best: tuple[Region, TargetResult] | None = None
    accounts: list[Certificate] = []
    guides: dict[tuple[object, ...], Solution | None] = {}
    for region in regions:
        cost = cost_in(region)
        if best is not None and best[1].amount is not None:
            within = replace(cost, bound=best[1].amount)
            found = _undercut(region, law, within, score, best[1], guides)
        else:
            known = highest if best is None else None
            found = least_cost(region, law, cost, score, explain=best is None, highest=known)
        if found.status is TargetStatus.UNPROVED:
            return region, found
        account = found.account or found.highest.certificate
        accounts += [] if account is None else [account]
        if best is None or _better(found, best[1]):
            best = region, found
    assert best is not None
    region, found = best
    if found.account is None or len(regions) == 1:
        return best
    return region, replace(found, account=_joined(accounts))


def _undercut(
    region: Region,
    law: Law,
    cost: Limit,
    score: float,
    known: TargetResult,
    guides: dict[tuple[object, ...], Solution | None],
) -> TargetResult:
    """The plan of a further region that reaches a score with at most what is known to reach it.

    Whether any plan does is all that matters, so the region's best score is not looked for.

    Args:
        region: all plans that satisfy the limits.
        law: that scores them.
        cost: a limit on what is to be saved, at what the known plan takes.
        score: to be reached [score].
        known: the least so far.
        guides: continuous optima of regions before it, by the names of limits and free sizes; any
            multipliers make valid bounds, so those of one region serve all that are like it.
    """
    problem = Problem(region.within(cost, cost.bound), law)
    alike = (problem.names, problem.lattice.names)
    if alike not in guides:
        guides[alike] = true_optimum(problem)
    rows, optimum = default_rows(problem), guides[alike]
    if optimum is not None:
        rows = rows + row_from_duals(problem, optimum.duals, optimum.counted)
    near = None if optimum is None else optimum.logs
    found = least_plan(problem, rows, law.response.inverse(score), cost, near)
    if not found.proved:
        return TargetResult(TargetStatus.UNPROVED, known.highest, found.chosen)
    if found.chosen is None:
        return TargetResult(TargetStatus.UNREACHABLE, known.highest, account=_account(found))
    amount = region.spent(cost, found.chosen.sizes, found.chosen.tokens)
    return TargetResult(TargetStatus.REACHED, known.highest, found.chosen, amount, _account(found))


def _better(found: TargetResult, known: TargetResult) -> bool:
    """Whether a region's plan takes less, or scores higher where none reaches the score."""
    if found.amount is not None and found.plan is not None:
        if known.amount is None or known.plan is None:
            return True
        return (found.amount, found.plan.rank) < (known.amount, known.plan.rank)
    if known.amount is not None or not found.highest.plans:
        return False
    return not known.highest.plans or found.highest.plans[0].index > known.highest.plans[0].index


def _joined(accounts: Sequence[Certificate]) -> Certificate:
    """One account of all lattices."""

    def total(name: str) -> int:
        return sum(getattr(account, name) for account in accounts)

    counts = ("lattice_points", "outside_limits", "below_bound", "evaluated", "boxes")
    return Certificate(bound=None, gap=0.0, **{name: total(name) for name in counts})


def _account(found: LeastSearch) -> Certificate:
    """The account of a search for the least cost.

    It proves that no point reaches the score with less. It has no bound, since the score has none
    there.
    """
    return Certificate(
        bound=None,
        gap=0.0,
        lattice_points=found.lattice.size,
        outside_limits=found.outside_limits,
        below_bound=found.below_bound,
        evaluated=found.evaluated,
        boxes=found.boxes,
    )


@dataclass(frozen=True)
class _Level:
    """The continuous problem at one level of the cost.

    Attributes:
        level: in logarithms.
        solution: the optimum within it.
    """

    level: float
    solution: Solution


def _continuous_optimum(
    region: Region, law: Law, cost: Limit, floor: float, level: float
) -> _Level | None:
    """The continuous problem at the level that just reaches an index; None if it was not solved.

    Args:
        region: all plans that satisfy the limits.
        law: that scores them.
        cost: a limit on what is to be saved.
        floor: index to be reached [index].
        level: of the cost, in logarithms, at which the index is reached for sure.
    """
    found = None
    for _ in range(ROUNDS):
        problem = Problem(region.within(cost, Fraction(math.exp(level))), law)
        solution = true_optimum(problem)
        if solution is None:
            return found
        rise = float(solution.duals[problem.names.index(cost.name)])
        found = _Level(level, solution)
        missing = floor - solution.index
        if rise <= 0 or abs(missing) <= SETTLED * rise:
            return found
        level = min(max(level + missing / rise, level - LEAP), level + LEAP)
    return found
