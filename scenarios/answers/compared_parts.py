"""One question answered for several accelerators, in the order of the answers."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from scenarios.answers.answer import Answer
from scenarios.answers.target import Reached

__all__ = ["ComparedParts", "rank_of_answer", "rank_of_reached"]

Found = TypeVar("Found", Answer, Reached)


@dataclass(frozen=True)
class ComparedParts(Generic[Found]):
    """The answers for several accelerators.

    Attributes:
        ranked: names of the parts, each with its answer, the best first.
        given: the options that ask for all of them at once, each with its text.
    """

    ranked: tuple[tuple[str, Found], ...]
    given: Mapping[str, str]


def rank_of_answer(answer: Answer) -> tuple[float, ...]:
    """Sorting key of answers: the best score first; ties go to less money, then less GPU time."""
    if not answer.plans:
        return (math.inf,)
    best = answer.plans[0]
    return (-best.score, _known(best.dollars), _known(best.gpu_hours))


def rank_of_reached(reached: Reached) -> tuple[float, ...]:
    """Sorting key of answers to a goal: the least cost first; goals out of reach come last."""
    if reached.amount is None:
        return (math.inf, -reached.plan.score if reached.plan is not None else math.inf)
    return (-reached.amount if reached.cost.rising else reached.amount, 0.0)


def _known(amount: float | None) -> float:
    return math.inf if amount is None else amount
