"""Plans where the speed of training is known only within a range: at its ends and in the middle.

The answer's own plans are those of the middle. At each end the question is asked again, so that
every plan is proved there, too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from constraints.resources.budget import Budget
from constraints.space.region import Region
from optimizer.plans.plan import Plan, make_plan
from optimizer.problem.candidate import Candidate
from optimizer.problem.problem import Problem
from optimizer.searching.family import search_family
from optimizer.searching.search import SearchStatus
from scenarios.answers.regret import design_in
from scenarios.questions.hardware import speeds_of
from scenarios.questions.resolve import Resolved
from scenarios.questions.scenario import Kind, Scenario

__all__ = ["AtSpeed", "at_speeds", "scenarios_at_ends"]


@dataclass(frozen=True)
class AtSpeed:
    """What is best if training reaches one MFU.

    Attributes:
        mfu: the MFU [unitless].
        budget: the training FLOPs at that MFU.
        status: whether the best plan is proved.
        best: the best plan; None if there is none.
        kept: the design of the plan for the middle, with the tokens that it can have at this MFU;
            None if it breaks a limit.
    """

    mfu: float
    budget: Budget
    status: SearchStatus
    best: Plan | None
    kept: Plan | None


def at_speeds(resolved: Resolved, first: Plan) -> tuple[AtSpeed, ...]:
    """The ends and the middle of the range of MFUs that a scenario gives; none without a range.

    An objective over draws knows the range already, so for robust plans the law as it is tells what
    each speed comes to.

    Args:
        resolved: the scenario, resolved at the middle.
        first: the best plan there.
    """
    ends = list(scenarios_at_ends(resolved.scenario, resolved.kind))
    if not ends:
        return ()
    used = resolved.budget.throughput
    assert used is not None
    middle = AtSpeed(used.mfu, resolved.budget, SearchStatus.OPTIMAL, first, first)
    if resolved.scenario.robust is not None:
        plain = replace(resolved.scenario, robust=None)
        ends = list(scenarios_at_ends(plain, resolved.kind))
        middle = _at_end(used.mfu, resolved.asked_anew(plain), first)
    slow, fast = (_at_end(mfu, resolved.asked_anew(changed), first) for mfu, changed in ends)
    return (slow, middle, fast)


def scenarios_at_ends(scenario: Scenario, kind: Kind) -> Iterator[tuple[float, Scenario]]:
    """The ends of the range of MFUs that a scenario gives, each with the scenario there.

    Args:
        scenario: the scenario.
        kind: dense models or mixtures of experts, which may have a range of their own.
    """
    for mfu in speeds_of(scenario, kind) or ():
        if kind == "experts" and scenario.moe_mfu is not None:
            yield mfu, replace(scenario, moe_mfu=mfu)
        else:
            yield mfu, replace(scenario, mfu=mfu)


def _at_end(mfu: float, resolved: Resolved, first: Plan) -> AtSpeed:
    found = search_family(resolved.regions, resolved.law, 1)
    planned = _planned(resolved)
    best = planned(found.plans[0], found.plan_regions[0]) if found.plans else None
    own = design_in(first.architecture, resolved.regions)
    kept = None
    if own is not None:
        region, sizes = own
        candidate = Problem(region, resolved.law).candidate(sizes)
        kept = None if candidate is None else planned(candidate, region)
    return AtSpeed(mfu, resolved.budget, found.status, best, kept)


def _planned(resolved: Resolved) -> Callable[[Candidate, Region], Plan]:
    """Makes plans of candidates, with the figures of a question."""

    def made(plan: Candidate, region: Region) -> Plan:
        return make_plan(plan, region, resolved.law, resolved.budget, resolved.residuals)

    return made
