"""The layout in which a model is trained, with its memory and the time of its step."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from constraints.hardware.throughput import Throughput
from constraints.layouts.layout import Layout
from constraints.layouts.training_memory import Recipe

__all__ = ["FittedLayout"]


@dataclass(frozen=True)
class FittedLayout:
    """The layout chosen for one model, and its memory.

    Attributes:
        layout: the layout.
        memory: memory that it is predicted to take on each part of the fullest stage [byte].
        usable: memory that predictions may fill on each part [byte].
        seconds: time of a training step by the clock [s].
        tokens_per_second: tokens that each part then trains on [token/s].
        mfu: model FLOPs over what the bf16 peak makes of that time [unitless].
        batch: tokens of the step [token].
        seq_len: length of sequences [token].
        others: the next best layouts that hold the model, with their times over this one's.
        pace: time that the design takes, over that of one for which the budget was counted
            [unitless]; None if time does not count.
        layers: of the model [layer].
        recipe: how model states are sharded over the replicas.
    """

    layout: Layout
    memory: float
    usable: int
    seconds: float
    tokens_per_second: float
    mfu: float
    batch: int
    seq_len: int
    others: tuple[tuple[Layout, float], ...] = ()
    pace: Fraction | None = None
    layers: int = 1
    recipe: Recipe = "distributed-optimizer"

    def __str__(self) -> str:
        """The layout in words, and how full its stages are if they share the layers unevenly."""
        return self.layout.filled(self.layers)

    @property
    def least_batch(self) -> int:
        """Tokens of a step that leaves a micro-batch to each replica [token]."""
        return self.layout.data * self.layout.micro_batch * self.seq_len

    def planned(self, used: Throughput | None) -> tuple[float, float]:
        """The time [s] and the MFU [unitless] of a step as it is planned with.

        Args:
            used: what a part delivers, for which the budget was counted; None for benchmarks.
        """
        if used is None:
            return self.seconds, self.mfu
        mfu = used.mfu / float(self.pace or 1)
        return self.seconds * self.mfu / mfu, mfu

    @property
    def cost(self) -> Fraction:
        """What training takes of the compute budget over the FLOPs counted [unitless]."""
        if self.pace is not None:
            return self.pace
        return self.layout.least_cost
