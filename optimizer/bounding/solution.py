"""A point of the continuous problem with its multipliers, and how a solver ended.

Derivation: docs/theory.md.
"""

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

    Attributes:
        status: how the solver ended; the other fields mean something only if it solved.
        logs: x, logarithms of the sizes [D].
        tokens: t, the logarithm of the tokens.
        counted: t', the logarithm of the counted tokens.
        index: the law's index there, as the solver has it [index].
        duals: index gained per unit of the logarithm of each bound, saturation last [index], shape
            [K].
        low_duals: the same for the lower end of each axis [index], shape [D].
        high_duals: the same for the upper end of each axis [index], shape [D].
        is_rough: whether it is only near the optimum, or the optimum of a problem nearby. Its
            multipliers do for bounds, and it is where to start from.
    """

    status: Status
    logs: FloatArray
    tokens: float
    counted: float
    index: float
    duals: FloatArray
    low_duals: FloatArray
    high_duals: FloatArray
    is_rough: bool = False

    def with_duals(self, other: Solution) -> Solution | None:
        """This point with the duals of another solution; None if that was not solved.

        Args:
            other: of the same problem, or of one condensed at this point.
        """
        if other.status is not Status.SOLVED:
            return None
        return replace(
            self, duals=other.duals, low_duals=other.low_duals, high_duals=other.high_duals
        )
