"""What a document of flopwise says beside a plan: the worth of limits, and what others would train.

As with plans, nothing in the file is trusted to have the right type.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from constraints.configs.plan_document import (
    FAULTS,
    PREFERRED,
    architecture_in,
    score_in,
    text_in,
    whole_in,
)
from constraints.errors import InputError
from constraints.models.architecture import Architecture

__all__ = ["Outlook", "Rival", "WrittenLimit", "outlook_in"]


@dataclass(frozen=True)
class WrittenLimit:
    """A limit that holds a plan back.

    Attributes:
        name: of the limit.
        sense: `<=` or `>=`.
        bound: the bound, in the limit's unit.
        price: points of the score that one per cent more of it is worth [score]; None if not known.
    """

    name: str
    sense: str
    bound: float
    price: float | None


@dataclass(frozen=True)
class Rival:
    """What another law would train with the same budget.

    Attributes:
        law: its name.
        unit: of its scores.
        score: its score of the plan [score].
        model: the architecture that it would train.
        tokens: on so many tokens [token].
        own_score: its score of that [score].
    """

    law: str
    unit: str
    score: float
    model: Architecture
    tokens: int
    own_score: float


@dataclass(frozen=True)
class Outlook:
    """What would change a plan.

    Attributes:
        binding: the limits that hold it back.
        one_more: points that one more of something brings, by what it is [score].
        rivals: what other laws would train.
    """

    binding: tuple[WrittenLimit, ...]
    one_more: Mapping[str, float]
    rivals: tuple[Rival, ...]


def outlook_in(name: str, document: Mapping[str, Any], rank: int = 1) -> Outlook:
    """What a document says beside one of its plans.

    Args:
        name: name of its file, for errors.
        document: the document.
        rank: number of the plan, from 1; 0 for the preferred plan, P.

    Raises:
        InputError: if it can't be read.
    """
    try:
        plans = document.get("plans", [document])
        plan = document["preferred"] if rank == PREFERRED else plans[rank - 1]
        return Outlook(
            tuple(map(_limit, (x for x in plan.get("limits") or () if x["binding"]))),
            {text_in(k): score_in(v) for k, v in (document.get("one_more") or {}).items()},
            tuple(map(_rival, document.get("second_opinion") or ())),
        )
    except FAULTS:
        raise InputError(name, "must be what flopwise printed as JSON, unchanged") from None


def _limit(told: Mapping[str, Any]) -> WrittenLimit:
    price, sense = told.get("shadow_price"), told["sense"]
    if sense not in ("<=", ">="):
        raise ValueError("a sense")
    known = None if price is None else score_in(price)
    return WrittenLimit(text_in(told["name"]), sense, score_in(told["limit"]), known)


def _rival(told: Mapping[str, Any]) -> Rival:
    own = told["own_plan"]
    return Rival(
        text_in(told["law"]),
        text_in(told["score_unit"]),
        score_in(told["score"]),
        architecture_in(own["architecture"]),
        whole_in(own["tokens"]),
        score_in(own["score"]),
    )
