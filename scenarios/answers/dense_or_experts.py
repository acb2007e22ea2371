"""Dense or a mixture of experts: both proven optima under the same limits, and how sure it is."""

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
from scenarios.answers.answer import Answer, answer_to
from scenarios.answers.odds import Odds, Scored, odds
from scenarios.questions.resolve import resolve
from scenarios.questions.scenario import Scenario

__all__ = ["Kinds", "Otherwise", "both_kinds"]

NINETY = (0.05, 0.95)
HALFWAY_LAW = "calibrated-half"
"""The law that takes the community's word for how much experts count: draws leave that as it is."""


@dataclass(frozen=True)
class Otherwise:
    """Another law of both kinds on the two plans.

    law: its name. more: what it gives the mixture over the dense model [score]. error: on
    mixtures, out of sample.
    """

    law: str
    more: float
    error: Accuracy | None


@dataclass(frozen=True)
class Kinds:
    """The best dense plan and the best mixture of experts.

    odds: that the mixture is the better one, None without draws or without one of the plans.
    spread: 90 % of the draws give the mixture so much more [score], None likewise.
    errors: of the law on dense models and on mixtures, out of sample. otherwise: what the same
    mixture scores more than the same dense model by a law that counts experts otherwise [score].
    even_mfu: share of the peak at which the better kind would be as good as the other [unitless],
    None without GPUs.
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
        """Whether the mixture scores higher, or is the only one that there is."""
        if not self.experts.plans or not self.dense.plans:
            return bool(self.experts.plans)
        return self.experts.plans[0].score > self.dense.plans[0].score

    @property
    def better(self) -> Answer:
        """The answer with the better plan."""
        return self.experts if self.of_experts_is_better else self.dense

    @property
    def difference(self) -> float | None:
        """What the mixture scores more [score]; None if one of the plans is missing."""
        if not self.experts.plans or not self.dense.plans:
            return None
        return self.experts.plans[0].score - self.dense.plans[0].score


def both_kinds(scenario: Scenario) -> Kinds:
    """Both answers to a scenario, by one law."""
    of_dense = resolve(scenario, "dense")
    law = replace(of_dense.in_force, naive=scenario.naive_experts)
    of_experts = resolve(scenario, "experts", today=of_dense.today, in_force=law)
    dense, experts = answer_to(of_dense), answer_to(of_experts)
    on_dense = [x for x in of_dense.residuals if x.kind != EXPERTS]
    on_experts = (x for x in of_experts.residuals if x.kind == EXPERTS)
    errors = accuracy(on_dense), accuracy(on_experts)
    record, circumstances = of_dense.record, of_dense.circumstances
    if not (dense.plans and experts.plans and record.draws):
        return Kinds(dense, experts, None, None, errors)
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
    found = Kinds(dense, experts, chance, (float(low), float(high)), errors, otherwise)
    return replace(found, even_mfu=_even_mfu(found))


def _even_mfu(kinds: Kinds) -> float | None:
    """By the least FLOPs that take the better kind to the other's score, proved."""
    better = kinds.better
    other = kinds.dense if kinds.of_experts_is_better else kinds.experts
    used, law = better.budget.throughput, better.law
    if used is None or better.scenario.flops is not None or better.scenario.robust is not None:
        return None
    score = other.plans[0].score
    if score <= law.response.floor:
        return None
    _, least = least_cost_of_all(better.resolved.regions, law, lambda region: region.compute, score)
    if least.amount is None:
        return None
    return used.mfu * float(least.amount / Fraction(better.budget.training_flops))


def _scored(plan: Plan, law: Law, circumstances: Circumstances) -> Scored:
    """A plan of any kind as laws look at it."""
    values = law_inputs(law, plan.architecture, plan.effective_tokens, naive=True)
    return Scored(values, float(plan.parameters), circumstances)
