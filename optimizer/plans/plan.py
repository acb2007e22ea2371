"""A plan: one architecture and its tokens, with all that a reader needs to judge it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

from constraints.algebra.limit import TOKENS
from constraints.clock.fitted_layout import FittedLayout
from constraints.hardware.mfu import Precision
from constraints.models.architecture import Architecture
from constraints.resources.budget import Budget
from constraints.space.region import COMPUTE, Region
from optimizer.laws.evidence.accuracy import (
    Accuracy,
    accuracy_near,
    beyond_fit,
    outside_support,
    residuals,
)
from optimizer.laws.inputs import law_inputs
from optimizer.laws.law import Law
from optimizer.laws.trust import Unseen
from optimizer.plans.recipe import Recipe, recipe_for
from optimizer.problem.candidate import Candidate
from optimizer.problem.problem import law_for

__all__ = ["LimitState", "Plan", "make_plan"]

NOT_BELOW_ONE = ("size", "ratio")
"""Units in which a lower limit of 1 is no choice, so that it does not hold a plan back.

Such limits are one layer, one expert, or as many experts per token as there are.
"""
AT_LIMIT = 0.01
"""A limit is called binding if less than this share of it is left [unitless]."""


@dataclass(frozen=True)
class LimitState:
    """How a plan stands to one limit, in the unit that reports show.

    Attributes:
        name: of the limit.
        value: what the plan has, in `unit`.
        sense: `<=` or `>=`.
        limit: the bound, in `unit`.
        unit: of the limit.
        slack: room left, in `unit`; ≥ 0 means satisfied.
        binding: whether (nearly) nothing is left.
    """

    name: str
    value: float
    sense: str
    limit: float
    unit: str
    slack: float
    binding: bool


@dataclass(frozen=True)
class Plan:
    """What to train, what it costs, and what score the law predicts.

    Attributes:
        architecture: to be trained.
        tokens: to train it on [token].
        effective_tokens: what these are worth after repetition [token].
        epochs: how often unique text is used [unitless]; None if there is enough of it.
        score: what was maximised; the predicted score, unless it is an objective over draws
            [score].
        parameters: all of them [parameter].
        active_parameters: those that a token meets [parameter].
        training_flops: of training, recomputation not counted [FLOP].
        gpu_hours: recomputation included [hour]; None if the budget does not tell.
        days: recomputation included [day]; None if the budget does not tell.
        dollars: recomputation included [dollar]; None if the budget does not tell.
        saturated: whether more tokens would not raise this law's score.
        layout: how it is trained on the cluster; None if that was not asked.
        limits: how the plan stands to each limit.
        near: the law's error on published models of similar size and tokens; None if there are too
            few.
        outside: in words, in what the plan lies beyond every published model, or beyond those that
            the law was fitted to.
        law_score: the score that the law predicts [score].
        interval: 90 % interval around that score [score]; None if not known.
        seq_len: length of training sequences [token].
        precision: number format of the GEMMs in training.
    """

    architecture: Architecture
    tokens: int
    effective_tokens: float
    epochs: float | None
    score: float
    parameters: int
    active_parameters: int
    training_flops: float
    gpu_hours: float | None
    days: float | None
    dollars: float | None
    saturated: bool
    layout: FittedLayout | None
    limits: tuple[LimitState, ...]
    near: Accuracy | None
    outside: tuple[str, ...]
    law_score: float
    interval: tuple[float, float] | None
    seq_len: int
    precision: Precision = "bf16"

    @cached_property
    def recipe(self) -> Recipe:
        """How to train it: learning rate, batch and schedule."""
        size = None if self.layout is None else self.layout.batch
        given = (self.architecture, self.tokens, self.parameters, Fraction(self.training_flops))
        return recipe_for(*given, self.seq_len, size)

    def score_by(self, law: Law) -> float:
        """What another law says of the plan [score].

        Args:
            law: of MMLU or of loss, under its circumstances; one of dense models reads experts
                naively.
        """
        values = law_inputs(law, self.architecture, self.effective_tokens, naive=True)
        return float(law.score(values, float(self.parameters)))

    @property
    def tokens_per_parameter(self) -> float:
        """Training tokens per parameter [unitless]."""
        return self.tokens / self.parameters

    @property
    def binding(self) -> tuple[str, ...]:
        """Names of the limits that hold the plan back."""
        return tuple(state.name for state in self.limits if state.binding)


def make_plan(
    candidate: Candidate,
    region: Region,
    law: Law,
    budget: Budget,
    checked: Sequence[Unseen] | None = None,
) -> Plan:
    """The plan at a design that a search returned.

    Args:
        candidate: the design with its tokens.
        region: that it is from.
        law: that scored it.
        budget: that says what FLOPs cost.
        checked: the law's residuals on published models; looked up if None.
    """
    sizes, flops = dict(candidate.sizes), candidate.training_flops
    fitted = region.fitted_layout(sizes)
    spent = flops * fitted.cost if fitted else flops
    score = law_score = float(law.response(candidate.index))
    if law.as_it_is is not law:  # an objective over draws is no prediction
        values = {**sizes, TOKENS: candidate.effective_tokens}
        plain = law_for(law.as_it_is, region)
        law_score = float(plain.score(values, float(candidate.parameters)))
    useful, unique = law.saturation_tokens(candidate.parameters), region.text.unique_tokens
    return Plan(
        architecture=region.architecture(sizes),
        tokens=candidate.tokens,
        effective_tokens=candidate.effective_tokens,
        epochs=None if unique is None else candidate.tokens / unique,
        score=score,
        parameters=candidate.parameters,
        active_parameters=int(region.space.active_parameters.value(sizes)),
        training_flops=float(flops),
        gpu_hours=budget.gpu_hours(spent),
        days=budget.days(spent),
        dollars=budget.dollars(spent),
        layout=fitted,
        saturated=useful is not None and candidate.effective_tokens >= useful,
        limits=(
            *_limits(candidate, region, fitted),
            *_axis_limits(candidate, region),
        ),
        near=accuracy_near(
            residuals(law) if checked is None else checked, candidate.parameters, candidate.tokens
        ),
        outside=(
            *outside_support(
                sizes,
                candidate.parameters,
                candidate.tokens,
                of_experts=region.space.style.experts is not None,
            ),
            *beyond_fit(law, candidate.parameters, candidate.tokens),
        ),
        law_score=law_score,
        interval=law.interval(law_score),
        seq_len=region.space.seq_len,
        precision="bf16" if budget.throughput is None else budget.throughput.precision,
    )


def _limits(candidate: Candidate, region: Region, fitted: FittedLayout | None) -> list[LimitState]:
    """How a plan stands to the memory of an accelerator and to each limit of the region.

    Where time counts, compute is in the FLOPs that the plan has and could have at its own speed.
    """
    memory, pace = [], None if fitted is None else fitted.pace
    if fitted is not None:
        memory = [_state("training_memory", fitted.memory, "<=", fitted.usable, "byte")]
    states = []
    for limit in region.limits:
        value = limit.shown(region.spent(limit, candidate.sizes, candidate.tokens))
        bound = limit.shown(limit.bound)
        if pace is not None and limit.name in COMPUTE:
            value, bound = value / pace, bound / pace
        states.append(_state(limit.name, float(value), limit.shown_sense, float(bound), limit.unit))
    return memory + states


def _axis_limits(candidate: Candidate, region: Region) -> list[LimitState]:
    """How a plan stands to the ends of those axes that leave a choice."""
    states = []
    for axis in region.space.lattice.axes:
        if axis.low < axis.high:
            value = candidate.sizes[axis.name]
            for end, sense, limit in (("min", ">=", axis.low), ("max", "<=", axis.high)):
                states.append(_state(f"{axis.name}_{end}", value, sense, limit, "size"))
    return states


def _state(name: str, value: float, sense: str, limit: float, unit: str) -> LimitState:
    """How a value stands to a limit."""
    slack = limit - value if sense == "<=" else value - limit
    given = sense == "<=" or limit != 1 or unit not in NOT_BELOW_ONE
    return LimitState(name, value, sense, limit, unit, slack, given and slack <= AT_LIMIT * limit)
