"""How plans rank over draws of a law: whether the law can tell them apart at all.

A draw is one set of the law's coefficients from the bootstrap.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from constraints.algebra.limit import TOKENS
from constraints.algebra.log_form import FloatArray
from constraints.models.architecture import EXPERTS_MET
from optimizer.laws.law import Law
from optimizer.problem.candidate import Candidate

__all__ = ["DrawRanking", "draw_ranking_of", "gains_of_draws"]


@dataclass(frozen=True)
class DrawRanking:
    """How P plans compare over draws of a law.

    Attributes:
        draws: how many there are [draw].
        best: share of the draws in which each plan is the best of them [unitless], shape [P].
        difference: index of the first plan less that of the last, mean over draws [index].
        spread: standard deviation of that difference over draws [index].
    """

    draws: int
    best: tuple[float, ...]
    difference: float
    spread: float

    @property
    def tells_apart(self) -> bool:
        """Whether the draws agree on the order of the first and the last plan.

        They do if the mean difference exceeds two of its standard deviations.
        """
        return abs(self.difference) > 2 * self.spread


def draw_ranking_of(plans: Sequence[Candidate], draws: Sequence[Law]) -> DrawRanking:
    """How plans compare over draws of a law.

    Circumstances such as the release date move all plans alike, so they may stay open.

    Args:
        plans: P of them, best first.
        draws: laws with the coefficients of each draw.
    """
    gains = gains_of_draws(plans, draws)
    wins = np.bincount(gains.argmax(axis=1), minlength=len(plans)) / len(draws)
    apart = gains[:, 0] - gains[:, -1]
    return DrawRanking(len(draws), tuple(wins.tolist()), float(apart.mean()), float(apart.std()))


def gains_of_draws(plans: Sequence[Candidate], draws: Sequence[Law]) -> FloatArray:
    """The index that each draw gives each plan [index], shape [B, P].

    Args:
        plans: P of them, of one region or of several. Regions may differ in attention, whose sizes
            no law reads, but not in having experts.
        draws: B laws with the coefficients of each draw, in the sizes of dense models.
    """

    def column(name: str) -> FloatArray:
        return np.array([plan.sizes[name] for plan in plans], dtype=np.float64)

    common = set(plans[0].sizes).intersection(*(plan.sizes for plan in plans))
    values = {name: column(name) for name in common}
    if EXPERTS_MET in plans[0].sizes:
        draws = [law.of_experts() for law in draws]
    values[TOKENS] = np.array([plan.effective_tokens for plan in plans])
    parameters = np.array([float(plan.parameters) for plan in plans])
    return np.array([law.index(values, parameters) for law in draws])
