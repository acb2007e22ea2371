"""What of a calendar is not training: failures, checkpoints, and days kept for other things.

A run on n parts fails every M = (hours of a part between failures) / n. With checkpoints every τ,
each of which stops training for C, and a restart that takes R, a failure costs R and on average
half of what lies between two checkpoints, so that training makes progress in a share of

    1 / ((1 + C/τ) · (1 + (R + (τ + C)/2) / M))

of the time. Young's interval τ = √(2·C·M) is the best one where C is small beside M (Young 1974, "A
first order approximation to the optimum checkpoint interval"; Daly 2006, "A higher order estimate
of the optimum checkpoint interval for restart dumps"). Llama 3 405B met 419 failures in 54 days on
16,384 H100s (arXiv 2407.21783 §3.3.4): a part fails every 50,700 hours.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from constraints.errors import InputError

__all__ = ["Failures"]

MINUTES_AN_HOUR = 60


@dataclass(frozen=True)
class Failures:
    """How often a run fails, and what checkpoints and restarts take.

    Attributes:
        mtbf: hours that a part runs between failures [hour].
        checkpoint: minutes that training stops for a checkpoint [minute].
        restart: minutes from a failure until training goes on [minute].
    """

    mtbf: float
    checkpoint: float
    restart: float

    def __post_init__(self) -> None:
        """Check that all are positive."""
        for name in ("mtbf", "checkpoint", "restart"):
            if not 0 < getattr(self, name) < math.inf:
                raise InputError(name, "must be > 0", getattr(self, name))

    def between(self, gpus: int) -> float:
        """Hours between failures of a run [hour].

        Args:
            gpus: number of parts [part].
        """
        return self.mtbf / gpus

    def interval(self, gpus: int) -> float:
        """Hours between two checkpoints, after Young [hour].

        Args:
            gpus: number of parts [part].
        """
        return math.sqrt(2 * self.checkpoint / MINUTES_AN_HOUR * self.between(gpus))

    def goodput(self, gpus: int) -> float:
        """Share of the time in which training makes progress [unitless].

        Args:
            gpus: number of parts [part].
        """
        stop, interval = self.checkpoint / MINUTES_AN_HOUR, self.interval(gpus)
        lost = self.restart / MINUTES_AN_HOUR + (interval + stop) / 2
        return 1 / ((1 + stop / interval) * (1 + lost / self.between(gpus)))
