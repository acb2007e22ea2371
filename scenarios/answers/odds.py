"""The probability that one plan beats another, from the draws of a law."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from constraints.algebra.log_form import FloatArray
from optimizer.laws.law import Circumstances, Law
from optimizer.laws.record import Record

__all__ = ["Odds", "Scored", "odds"]


@dataclass(frozen=True)
class Odds:
    """The probability that one plan beats another.

    Models of one lab scatter around any law, so even a plan that the law is sure about may be
    reported lower.

    Attributes:
        law: name of the law whose draws were used.
        draws: how many draws there are [draw].
        by_law: share of the draws in which the plan scores higher [unitless].
        with_scatter: probability that the plan is reported higher [unitless]; None if the scatter
            is not known.
        scatter: standard deviation of models of one lab around the law [score]; None if not known.
        more: score of the plan less that of the other, on average over the draws [score].
    """

    law: str
    draws: int
    by_law: float
    with_scatter: float | None
    scatter: float | None
    more: float = 0.0


@dataclass(frozen=True)
class Scored:
    """A plan as laws read it.

    Attributes:
        values: variables of laws, such as sizes and tokens, by name.
        parameters: number of all parameters [parameter].
        circumstances: release and kind of FFN.
    """

    values: Mapping[str, float]
    parameters: float
    circumstances: Circumstances

    def by(self, laws: Sequence[Law]) -> FloatArray:
        """The scores of the plan by B laws [score], shape [B]."""
        found = (law.at(self.circumstances).score(self.values, self.parameters) for law in laws)
        return np.array(list(found), dtype=np.float64)


def odds(plan: Scored, other: Scored, record: Record) -> Odds:
    """The probability that a plan beats another.

    Args:
        plan: the plan.
        other: the plan to beat.
        record: a law with draws.
    """
    apart = plan.by(record.drawn) - other.by(record.drawn)
    wins = float(np.mean(apart > 0) + np.mean(apart == 0) / 2)
    scatter = None if record.anchoring is None else record.anchoring.within
    told = None if scatter is None else _mean_of_normal(apart / (math.sqrt(2) * scatter))
    more = float(np.mean(apart))
    return Odds(record.name, len(record.draws), wins, told, scatter, more)


def _mean_of_normal(values: FloatArray) -> float:
    """The mean of the normal distribution function at some values."""
    return float(np.mean([math.erfc(-value / math.sqrt(2)) / 2 for value in values.tolist()]))
