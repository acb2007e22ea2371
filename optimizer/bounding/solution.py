"""A point of the continuous problem with its multipliers, and how a solver ended."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum

from constraints.algebra.log_form import FloatArray

__all__ = ["Solution", "Status"]


class Status(Enum):
    """How a solver ended."""

    SOLVED = "solved"
    INFEASIBLE = "infeasible"
    FAILED = "failed"


@dataclass(frozen=True)
class Solution:
    """A point of the continuous problem and its multipliers.

    logs [D], tokens, counted: x, t and t'. index: the law's index there, as the solver has it.
    duals [K]: index gained per unit of the logarithm of each limit, saturation last.
    low_duals, high_duals [D]: of the ends of each axis.
    """

    status: Status
    logs: FloatArray
    tokens: float
    counted: float
    index: float
    duals: FloatArray
    low_duals: FloatArray
    high_duals: FloatArray

    def with_duals(self, other: Solution) -> Solution | None:
        """This point with the duals of another solution; None if that was not solved."""
        if other.status is not Status.SOLVED:
            return None
        return replace(
            self, duals=other.duals, low_duals=other.low_duals, high_duals=other.high_duals
        )
