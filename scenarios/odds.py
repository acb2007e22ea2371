"""How sure it is that one plan beats another, as far as a law is known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from constraints.limit import TOKENS
from constraints.logform import FloatArray
from optimizer.laws.law import Circumstances
from optimizer.laws.record import Record

__all__ = ["Odds", "odds"]


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


def odds(
    plan: Mapping[str, float],
    parameters: float,
    other: Mapping[str, float],
    other_parameters: float,
    record: Record,
    around: Circumstances,
) -> Odds:
    """The odds that a plan beats another. plan, other: sizes and tokens by name.

    record: a law with draws.
    """
    values = {name: np.array([plan[name], other[name]]) for name in (*plan.keys(), TOKENS)}
    sizes = np.array([parameters, other_parameters])
    gains: FloatArray = np.array(
        [np.asarray(law.at(around).score(values, sizes)) for law in record.drawn]
    )
    apart = gains[:, 0] - gains[:, 1]
    wins = float(np.mean(apart > 0) + np.mean(apart == 0) / 2)
    scatter = None if record.anchoring is None else record.anchoring.within
    told = None if scatter is None else float(ndtr(apart / (np.sqrt(2) * scatter)).mean())
    return Odds(record.name, len(record.draws), wins, told, scatter)
