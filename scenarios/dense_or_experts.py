"""Dense or a mixture of experts: both proven optima under the same limits, and how sure it is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from optimizer.laws.accuracy import Accuracy, accuracy
from optimizer.laws.law import Law
from optimizer.laws.seen import seen
from optimizer.laws.trust import EXPERTS
from optimizer.plan import Plan
from scenarios.answer import Answer, answer_to
from scenarios.odds import Odds, Scored, odds
from scenarios.scenario import Scenario

__all__ = ["Kinds", "both_kinds"]

NINETY = (0.05, 0.95)


@dataclass(frozen=True)
class Kinds:
    """The best dense plan and the best mixture of experts.

    odds: that the mixture is the better one, None without draws or without one of the plans.
    spread: 90 % of the draws give the mixture so much more [score], None likewise.
    errors: of the law on dense models and on mixtures, out of sample.
    """

    dense: Answer
    experts: Answer
    odds: Odds | None
    spread: tuple[float, float] | None
    errors: tuple[Accuracy | None, Accuracy | None]

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
    dense, experts = answer_to(scenario.of_dense_models()), answer_to(scenario.of_experts())
    known = scenario.of_experts().residuals()
    on_dense = [x for x in scenario.of_dense_models().residuals() if x.kind != EXPERTS]
    errors = accuracy(on_dense), accuracy(x for x in known if x.kind == EXPERTS)
    record = scenario.record()
    if not (dense.plans and experts.plans and record.draws):
        return Kinds(dense, experts, None, None, errors)
    scored = [_scored(answer.plans[0], record.law, scenario) for answer in (experts, dense)]
    apart = scored[0].by(record.drawn) - scored[1].by(record.drawn)
    low, high = np.quantile(apart, NINETY)
    chance = odds(scored[0], scored[1], record)
    return Kinds(dense, experts, chance, (float(low), float(high)), errors)


def _scored(plan: Plan, law: Law, scenario: Scenario) -> Scored:
    """A plan of any kind as laws look at it."""
    values = seen(law, plan.architecture, plan.effective_tokens, naive=True)
    return Scored(values, float(plan.parameters), scenario.circumstances())
