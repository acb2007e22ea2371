"""How long a run takes: GPU-hours and days, with the spread of published runs."""

from __future__ import annotations

from dataclasses import dataclass

from constraints.hardware.throughput import Throughput
from constraints.resources.budget import HOURS_A_DAY

__all__ = ["TrainingTime", "training_time"]


@dataclass(frozen=True)
class TrainingTime:
    """The time that a run takes.

    Attributes:
        throughput: what one accelerator delivers.
        gpu_hours: expected GPU-hours [GPU-hour].
        low: GPU-hours if the run is as efficient as the best published one [GPU-hour]; None if the
            MFU was given or measured, or if only one run is known.
        high: GPU-hours if it is as inefficient as the worst [GPU-hour]; None likewise.
        gpus: number of accelerators [part]; None if not given.
    """

    throughput: Throughput
    gpu_hours: float
    low: float | None
    high: float | None
    gpus: int | None

    @property
    def days(self) -> float | None:
        """Expected wall-clock time [day]; None without a number of accelerators."""
        return None if self.gpus is None else self.gpu_hours / self.gpus / HOURS_A_DAY


def training_time(flops: float, throughput: Throughput, gpus: int | None) -> TrainingTime:
    """The time that a run takes.

    Args:
        flops: its training FLOPs [FLOP].
        throughput: what one accelerator delivers.
        gpus: number of accelerators [part]; None if not given.
    """
    hours = flops / float(throughput.flops_per_gpu_hour)
    spread = throughput.spread
    low, high = (None, None) if spread is None else (hours / spread[1], hours / spread[0])
    if spread is not None and spread[0] == spread[1]:  # one run, which is no spread
        low, high = None, None
    return TrainingTime(throughput, hours, low, high, gpus)
