"""How sure it is that one plan beats another, as far as a law is known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from constraints.algebra.log_form import FloatArray
from optimizer.laws.law import Circumstances, Law
from optimizer.laws.record import Record

__all__ = ["Odds", "Scored", "odds"]


@dataclass(frozen=True)
class Odds:
    """The probability that a plan beats another.

    law: whose draws they are over. draws: how many. by_law: share of draws in which it scores
    higher. with_scatter: the probability that it is reported higher, since models of one lab
    scatter around any law by `scatter` [score]; None if that is not known.
    """

    law: str
    draws: int
    by_law: float
    with_scatter: float | None
    scatter: float | None


@dataclass(frozen=True)
class Scored:
    """A plan as laws look at it: sizes and tokens by name, parameters, date and kind of FFN."""

    values: Mapping[str, float]
    parameters: float
    circumstances: Circumstances

    def by(self, laws: Sequence[Law]) -> FloatArray:
        """The scores that laws give it [B]."""
        found = (law.at(self.circumstances).score(self.values, self.parameters) for law in laws)
        return np.array(list(found), dtype=np.float64)


def odds(plan: Scored, other: Scored, record: Record) -> Odds:
    """The odds that a plan beats another. record: a law with draws."""
    apart = plan.by(record.drawn) - other.by(record.drawn)
    wins = float(np.mean(apart > 0) + np.mean(apart == 0) / 2)
    scatter = None if record.anchoring is None else record.anchoring.within
    told = None if scatter is None else float(ndtr(apart / (np.sqrt(2) * scatter)).mean())
    return Odds(record.name, len(record.draws), wins, told, scatter)
