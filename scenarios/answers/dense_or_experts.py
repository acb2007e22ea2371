"""Dense or a mixture of experts: both optima under the same limits, and how sure the order is."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from optimizer.laws.evidence.accuracy import Accuracy, accuracy, residuals
from optimizer.laws.inputs import law_inputs
from optimizer.laws.law import Circumstances, Law
from optimizer.laws.library import find_record
from optimizer.laws.trust import EXPERTS
from optimizer.plans.plan import Plan
from optimizer.questions.target import least_cost_of_all
from scenarios.answers.answer import Answer, explored, searched
from scenarios.answers.odds import Odds, Scored, odds
from scenarios.questions.resolve import resolve
from scenarios.questions.scenario import Scenario

__all__ = ["Kinds", "Otherwise", "both_explored", "both_searched"]

NINETY = (0.05, 0.95)
"""Quantiles at the ends of a 90 % interval [unitless]."""
HALFWAY_LAW = "calibrated-half"
"""The law that counts √(all · active) experts, as is usual in the field.

All draws of a law count experts in the same way, so another law has to show how much that matters.
"""


@dataclass(frozen=True)
class Otherwise:
    """What another law of both kinds says about the two plans.

    Attributes:
        law: name of the law.
        more: its score of the mixture less that of the dense model [score].
        error: its errors on mixtures that it never saw; None if there are none.
    """

    law: str
    more: float
    error: Accuracy | None


@dataclass(frozen=True)
class Kinds:
    """The best dense plan and the best mixture of experts.

    Attributes:
        dense: the answer for dense models.
        experts: the answer for mixtures of experts.
        odds: probability that the mixture is better; None if the law has no draws or one of the
            kinds has no plan.
        spread: 90 % interval, over draws, of the mixture's score less the dense model's [score];
            None as for `odds`.
        errors: the law's errors on dense models and on mixtures that it never saw, in this order;
            None where there are none.
        otherwise: what a law says that counts experts in another way; None as for `odds`, or if
            that law itself was asked for.
        even_mfu: MFU at which the better kind would only be as good as the other [unitless]; None
            as for `odds`, or if the budget is not in GPU time, the plans are robust ones, or the
            search proves none.
    """

    dense: Answer
    experts: Answer
    odds: Odds | None
    spread: tuple[float, float] | None
    errors: tuple[Accuracy | None, Accuracy | None]
    otherwise: Otherwise | None = None
    even_mfu: float | None = None

    @property
    def of_experts_is_better(self) -> bool:
        """Whether the mixture scores higher, or is the only plan."""
        if not self.experts.plans or not self.dense.plans:
            return bool(self.experts.plans)
        return self.experts.plans[0].score > self.dense.plans[0].score

    @property
    def better(self) -> Answer:
        """The answer whose best plan scores higher."""
        return self.experts if self.of_experts_is_better else self.dense

    @property
    def difference(self) -> float | None:
        """Score of the mixture less that of the dense model [score]; None without both plans."""
        if not self.experts.plans or not self.dense.plans:
            return None
        return self.experts.plans[0].score - self.dense.plans[0].score


def both_searched(scenario: Scenario) -> Kinds:
    """The best plans of a scenario of both kinds, by the same law, proved; no odds yet.

    Raises:
        InputError: if the scenario is not valid for one of the kinds.
    """
    of_dense = resolve(scenario, "dense")
    law = replace(of_dense.in_force, naive=scenario.naive_experts)
    of_experts = resolve(scenario, "experts", today=of_dense.today, in_force=law)
    on_dense = [x for x in of_dense.residuals if x.kind != EXPERTS]
    on_experts = (x for x in of_experts.residuals if x.kind == EXPERTS)
    errors = accuracy(on_dense), accuracy(on_experts)
    return Kinds(searched(of_dense), searched(of_experts), None, None, errors)


def both_explored(kinds: Kinds) -> Kinds:
    """Add what lies around both best plans, and how sure their order is."""
    dense, experts = explored(kinds.dense), explored(kinds.experts)
    kinds = replace(kinds, dense=dense, experts=experts)
    record, circumstances = dense.resolved.record, dense.resolved.circumstances
    if not (dense.plans and experts.plans and record.draws):
        return kinds
    scored = [_scored(x.plans[0], record.law, circumstances) for x in (experts, dense)]
    apart = scored[0].by(record.drawn) - scored[1].by(record.drawn)
    low, high = np.quantile(apart, NINETY)
    chance, otherwise = odds(scored[0], scored[1], record), None
    if record.name != HALFWAY_LAW:
        half = find_record(HALFWAY_LAW)
        more = [
            float(_scored(x.plans[0], half.law, circumstances).by([half.law])[0])
            for x in (experts, dense)
        ]
        error = accuracy(x for x in residuals(half.law) if x.kind == EXPERTS)
        otherwise = Otherwise(half.name, more[0] - more[1], error)
    spread = (float(low), float(high))
    found = replace(kinds, odds=chance, spread=spread, otherwise=otherwise)
    return replace(found, even_mfu=_even_mfu(found))


def _even_mfu(kinds: Kinds) -> float | None:
    """MFU at which the better kind would reach just the other's score [unitless].

    It follows from the least FLOPs with which the better kind reaches that score, which are proved.
    """
    better = kinds.better
    other = kinds.dense if kinds.of_experts_is_better else kinds.experts
    used, law = better.budget.throughput, better.law
    if used is None or better.scenario.flops is not None or better.scenario.robust is not None:
        return None
    score = other.plans[0].score
    if score <= law.response.floor:
        return None
    # the best plan's region first, as the others are done with sooner the less they may take
    regions = sorted(better.resolved.regions, key=lambda region: region is not better.region)
    least = least_cost_of_all(regions, law, lambda x: x.compute, score, better.result)[1]
    if least.amount is None:
        return None
    return used.mfu * float(least.amount / Fraction(better.region.compute.bound))


def _scored(plan: Plan, law: Law, circumstances: Circumstances) -> Scored:
    """A plan of either kind, as laws read it."""
    values = law_inputs(law, plan.architecture, plan.effective_tokens, naive=True)
    return Scored(values, float(plan.parameters), circumstances)
