"""The answer to a scenario: its best plans with proof, and how firm that choice is.

Besides the plans an answer holds near-equal designs, the worth of one unit more of each resource,
the opinions of other laws, and the ranking of the plans over draws of the law.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property

from constraints.clock.expert_widths import WidthSpeed, width_speeds
from constraints.clock.pacing import reference_mfu
from constraints.errors import InputError
from constraints.resources.budget import Budget
from constraints.space.region import Region
from optimizer.bounding.multipliers import Multipliers
from optimizer.bounding.prices import Relaxed
from optimizer.laws.law import Law
from optimizer.plans.plan import Plan, make_plan
from optimizer.problem.candidate import Candidate
from optimizer.problem.problem import Problem
from optimizer.questions.draw_ranking import DrawRanking, draw_ranking_of
from optimizer.questions.near_optimal import Band, near_optimal_band
from optimizer.questions.one_more import (
    gains,
    with_more_compute,
    with_more_gpus,
    with_more_memory,
    with_more_serving_memory,
)
from optimizer.questions.preference import Preference, preferred_plan
from optimizer.questions.sensitivity import Swing, sensitivity
from optimizer.searching.branch_and_bound import MAX_BOXES
from optimizer.searching.family import search_family
from optimizer.searching.search import SearchResult, SearchStatus, bound_rows
from scenarios.answers.second_opinion import Opinion, opinions
from scenarios.answers.speeds import AtSpeed, at_speeds
from scenarios.questions.regions import layouts_of
from scenarios.questions.resolve import Resolved
from scenarios.questions.scenario import Kind, Scenario

__all__ = ["TRIFLE", "Answer", "answer_to", "explored", "searched", "settled"]

ROBUST_BOXES = 200_000
"""Most boxes of a robust search: draws make each box dearer, so that this takes some ten seconds.
"""
TRIFLE = 1.2
"""Ratio of granularities from which on experts count as finer than others [unitless]."""
SWING = Fraction(1, 10)
"""Share of itself by which each limit is moved in a sensitivity analysis [unitless]."""
BAND = 0.3
"""How far below the best score near-equal designs may lie [score]; any law errs by far more."""
DEFAULT_WITHIN: dict[Preference, float] = {
    "params": 0.3,
    "depth": 0.3,
    "serving": 0.3,
    "cost": 0.3,
    "tokens": 0.3,
    "hardware": 0.05,
    "granularity": 0.1,
}
"""How far below the best score a preferred plan may lie if the scenario does not say [score]."""


@dataclass(frozen=True)
class Answer:
    """The best plans of a scenario, with what lies around them.

    If there are several regions, the plans and the certificate cover all of them. Everything else
    describes the region of the best plan.

    Attributes:
        resolved: the scenario and all that it comes to.
        region: region of the best plan; the first region if there is no plan.
        result: what the search proved.
        plans: the best plans, best first.
        band: near-equal designs; None if a search for them gave up.
        preferred: the near-equal plan that the scenario prefers; None if it prefers none or the
            search gave up.
        one_more: gain from one unit more of each resource [score], by the unit in words.
        opinions: what other laws say about the best plan.
        draw_ranking: how the plans rank over draws of the law; None if it has no draws.
        speeds: what is best at the ends and in the middle of a range of MFUs; empty without one.
        swings: how the score moves with each limit; empty until `with_swings` finds it.
    """

    resolved: Resolved
    region: Region
    result: SearchResult
    plans: tuple[Plan, ...]
    band: Band | None = None
    preferred: Plan | None = None
    one_more: Mapping[str, float] = field(default_factory=dict)
    opinions: tuple[Opinion, ...] = ()
    draw_ranking: DrawRanking | None = None
    speeds: tuple[AtSpeed, ...] = ()
    swings: tuple[Swing, ...] = ()

    @cached_property
    def width_speeds(self) -> tuple[WidthSpeed, ...]:
        """How fast the preferred mixture would train with coarser and finer experts.

        Empty for dense models, and where no cluster is given.
        """
        resolved, hardware = self.resolved, self.resolved.hardware
        own, part = self.preferred or (self.plans or (None,))[0], hardware.gpu
        known = part is not None and part.memory_bytes is not None
        if own is None or not (resolved.of_experts and known and self.scenario.gpus):
            return ()
        style = own.architecture.style
        choice = layouts_of(self.scenario, self.kind, style, hardware, self.budget)
        return width_speeds(choice, own.architecture.sizes)

    def days_by_the_clock(self, plan: Plan) -> float | None:
        """What a mixture takes at its own speed, where the budget counts all at one MFU [day].

        None if each design is timed anyway, an MFU was given, or the cluster is not known.

        Args:
            plan: of mixtures, with its days at the budget's MFU.
        """
        resolved, used = self.resolved, self.budget.throughput
        known = used is not None and used.assumed is not None and self.scenario.gpus is not None
        if not known or resolved.paced or not resolved.of_experts or plan.days is None:
            return None
        assert used is not None
        if used.accelerator.memory_bytes is None:
            return None
        style, hardware = plan.architecture.style, resolved.hardware
        choice = layouts_of(self.scenario, self.kind, style, hardware, self.budget)
        fitted = choice.fit(plan.architecture.sizes)
        if fitted is None:
            return None
        usual = reference_mfu(used.accelerator, self.scenario.precision, experts=True)
        return plan.days * usual / fitted.mfu

    @property
    def gap_bound(self) -> float | None:
        """The score that no plan exceeds, where a search gave up [score]; None if it did not."""
        bound = self.result.open_bound
        if bound is None or not math.isfinite(bound):
            return None
        return float(self.law.response(bound))

    @property
    def scenario(self) -> Scenario:
        """The scenario as it was asked."""
        return self.resolved.scenario

    @property
    def kind(self) -> Kind:
        """Dense models or mixtures of experts, whichever was searched."""
        return self.resolved.kind

    @property
    def budget(self) -> Budget:
        """The training FLOPs, and the hardware behind them."""
        return self.resolved.budget

    @property
    def law(self) -> Law:
        """The law that was maximised."""
        return self.resolved.law

    def with_swings(self, share: Fraction = SWING) -> Answer:
        """The answer with a sensitivity analysis: the best score with each limit moved.

        Args:
            share: how far each limit moves either way, as a share of itself [unitless].

        Returns:
            The answer with its swings; unchanged if nothing was proved.

        Raises:
            InputError: if the scenario asks for least regret, which is about one region alone.
        """
        if not self.plans or self.result.status is not SearchStatus.OPTIMAL:
            return self
        if self.scenario.robust == "regret":
            rule = "is about one region: what lies around it goes with mean or cvar"
            raise InputError("robust", rule, "regret")
        best, optimum = self.result.plans[0], self.result.relaxed.optimum
        return replace(self, swings=sensitivity(self.region, self.law, best, optimum, share))


def answer_to(resolved: Resolved) -> Answer:
    """Search the regions of a scenario and explore around the best plan."""
    return explored(searched(resolved))


def searched(resolved: Resolved) -> Answer:
    """The best plans of a scenario, proved, and nothing yet of what lies around them."""
    most = MAX_BOXES if resolved.scenario.robust is None else ROBUST_BOXES
    result = search_family(resolved.regions, resolved.law, resolved.scenario.top, max_boxes=most)
    plans = tuple(
        make_plan(plan, region, resolved.law, resolved.budget, resolved.residuals)
        for plan, region in zip(result.plans, result.plan_regions, strict=True)
    )
    region = result.plan_regions[0] if result.plan_regions else resolved.regions[0]
    return Answer(resolved, region, result, plans)


def settled(resolved: Resolved) -> Resolved:
    """The same question with the attention, shared experts and dense layers of the best plan."""
    if len(resolved.regions) == 1:
        return resolved
    found = search_family(resolved.regions, resolved.law, 1).plan_regions or resolved.regions
    return resolved.pinned_to(found[0])


def explored(answer: Answer) -> Answer:
    """Add what lies around the best plan to an answer; unchanged if it is not proved."""
    if answer.result.status is not SearchStatus.OPTIMAL:
        return answer
    resolved, region, law, result = answer.resolved, answer.region, answer.law, answer.result
    problem, best = Problem(region, law), result.plans[0]
    rows = bound_rows(problem, result.relaxed.optimum)
    answer = replace(answer, band=near_optimal_band(problem, rows, best, BAND))
    if resolved.scenario.robust == "regret":  # depends on the region: a changed one has another law
        answer = replace(answer, result=replace(result, relaxed=_unpriced(result.relaxed)))
    else:
        more = gains(_one_more(resolved.scenario, region), law, best, result.relaxed.optimum)
        more = {name: max(gain, 0.0) for name, gain in more.items()}  # GPUs may stand idle
        answer = replace(answer, one_more=more)
    answer = replace(answer, preferred=_preferred(answer, problem, rows))
    others = opinions(region, best, resolved.record.name, resolved.circumstances)
    draws = resolved.draws
    ranking = draw_ranking_of(result.plans, draws) if draws else None
    speeds = at_speeds(resolved, answer.plans[0])
    return replace(answer, opinions=tuple(others), draw_ranking=ranking, speeds=speeds)


def _preferred(answer: Answer, problem: Problem, rows: Multipliers) -> Plan | None:
    """The near-equal plan that a scenario prefers; None if it prefers none, or a search gave up.

    Fine experts are preferred unless something else is asked for. That takes experts that are finer
    by more than a trifle.
    """
    resolved, best = answer.resolved, answer.result.plans[0]
    if resolved.preference is None:
        return None
    usual, asked = DEFAULT_WITHIN[resolved.preference], resolved.scenario.within
    given = (float(usual if asked is None else asked), resolved.preference)
    chosen = preferred_plan(problem, rows, best, *given, resolved.deployment)
    if chosen is None:
        return None
    if resolved.scenario.prefer is None and not _is_finer(chosen, best):
        chosen = best
    return make_plan(chosen, answer.region, answer.law, answer.budget, resolved.residuals)


def _is_finer(plan: Candidate, best: Candidate) -> bool:
    """Whether a mixture's experts are narrower beside its hidden size by more than a trifle."""
    own, other = (x.sizes["hidden_size"] / x.sizes["moe_intermediate_size"] for x in (plan, best))
    return own >= TRIFLE * other


def _one_more(scenario: Scenario, region: Region) -> dict[str, Region]:
    """Regions with one unit more of each resource that the scenario counts, by unit."""
    regions: dict[str, Region | None] = {}
    if scenario.days is not None and scenario.gpus is not None:
        if region.layout_choice is None:
            regions["GPU"] = with_more_compute(region, Fraction(1, scenario.gpus))
        else:  # one GPU more may fit no layout, so add a whole scale-up domain
            more = region.layout_choice.domain
            regions[f"{more} GPUs" if more > 1 else "GPU"] = with_more_gpus(
                region, region.layout_choice, more
            )
        regions["day"] = with_more_compute(region, 1 / Fraction(scenario.training_days or 1))
    elif scenario.gpu_hours is not None:
        regions["1,000 GPU-hours"] = with_more_compute(region, 1000 / Fraction(scenario.gpu_hours))
    elif scenario.cost is not None:
        regions["$10,000"] = with_more_compute(region, 10_000 / Fraction(scenario.cost))
    regions["GiB on every GPU"] = with_more_memory(region)
    regions["GiB to serve it"] = with_more_serving_memory(region)
    return {name: changed for name, changed in regions.items() if changed is not None}


def _unpriced(relaxed: Relaxed) -> Relaxed:
    """The relaxation without its shadow prices."""
    return replace(relaxed, shadow_prices={})
