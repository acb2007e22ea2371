"""What to expect of a run on its way: scores and losses after a share of its tokens."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from constraints.resources.text_supply import TextSupply
from optimizer.laws.law import Law
from optimizer.laws.library import law
from optimizer.plans.prediction import predict_score
from scenarios.answers.below_floor import LOSS_LAW
from scenarios.launch.launched import Launched
from scenarios.questions.law_choice import LawInForce

__all__ = ["LOSS_SPREAD", "SHARES", "Expected", "Milestone", "laws_told", "milestones"]

SHARES = (Fraction(1, 10), Fraction(1, 4), Fraction(1, 2), Fraction(1))
"""Shares of the tokens after which a run is looked at [unitless]."""
LOSS_SPREAD = 0.07
"""90 % of losses lie within so much of `LOSS_LAW` once their mean is set right [nat].

It is 1.645 × 0.044, the standard deviation of its errors on 106 runs of (Mis)Fitting (arXiv
2502.18969) on FineWeb and C4, which as a whole lie 0.22 above it. Those of OLMo's ladder (arXiv
2412.04403) lie 0.45 to 0.64 above it: the level is the text's and the tokenizer's.
"""


@dataclass(frozen=True)
class Expected:
    """What a law expects.

    Attributes:
        law: the law.
        score: its score [score].
        interval: 90 % interval around the score [score]; None if not known.
    """

    law: Law
    score: float
    interval: tuple[float, float] | None


@dataclass(frozen=True)
class Milestone:
    """A run after a share of its tokens.

    Attributes:
        share: of the tokens [unitless].
        tokens: seen until then [token].
        step: number of the step.
        expected: by law, as in `laws_told`.
    """

    share: Fraction
    tokens: int
    step: int
    expected: tuple[Expected, ...]


def laws_told(plan: Launched, in_force: LawInForce) -> tuple[Law, ...]:
    """The laws that say what to expect.

    They are the one that chose the plan, the one with the least error, and one of the loss.

    Args:
        plan: what is launched.
        in_force: the law that chose the plan.
    """
    told = [in_force.law]
    better = in_force.with_least_error(plan.kind)
    if better is not None:
        told.append(better)
    if plan.kind == "dense" and in_force.record.name != LOSS_LAW:
        told.append(law(LOSS_LAW).at(in_force.circumstances))
    return tuple(told)


def milestones(plan: Launched, in_force: LawInForce, text: TextSupply) -> tuple[Milestone, ...]:
    """What to expect after each share of the tokens.

    Args:
        plan: what is launched.
        in_force: the law that chose the plan.
        text: how many tokens of it are new.
    """
    laws = laws_told(plan, in_force)
    return tuple(_milestones(plan, laws, text, naive=in_force.naive))


def _milestones(
    plan: Launched, laws: Sequence[Law], text: TextSupply, *, naive: bool
) -> Iterator[Milestone]:
    for share in SHARES:
        tokens = max(int(plan.tokens * share), 1)
        seen = int(text.effective(tokens))
        expected = tuple(_expected(plan, each, seen, naive=naive) for each in laws)
        yield Milestone(share, tokens, max(round(plan.recipe.steps * share), 1), expected)


def _expected(plan: Launched, by: Law, tokens: int, *, naive: bool) -> Expected:
    """A naive reading of experts is asked only of laws that know none."""
    reads = naive and by.expert_share is None
    told = predict_score(plan.model, tokens, by, plan.recipe.seq_len, "causal", naive=reads)
    return Expected(by, told.score, told.interval)
