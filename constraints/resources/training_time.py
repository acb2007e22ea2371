"""How long a run takes: GPU-hours and days with the spread of published runs."""

from __future__ import annotations

from dataclasses import dataclass

from constraints.hardware.throughput import Throughput
from constraints.resources.budget import HOURS_A_DAY

__all__ = ["TrainingTime", "training_time"]


@dataclass(frozen=True)
class TrainingTime:
    """GPU-hours [hour], least and greatest if as off as published runs were; days [day].

    low, high: None if the MFU was given or measured. days: None without a number of GPUs.
    """

    throughput: Throughput
    gpu_hours: float
    low: float | None
    high: float | None
    gpus: int | None

    @property
    def days(self) -> float | None:
        """Wall-clock days [day]."""
        return None if self.gpus is None else self.gpu_hours / self.gpus / HOURS_A_DAY


def training_time(flops: float, throughput: Throughput, gpus: int | None) -> TrainingTime:
    """The time that training FLOPs take [FLOP]."""
    hours = flops / float(throughput.flops_per_gpu_hour)
    spread = throughput.spread
    low, high = (None, None) if spread is None else (hours / spread[1], hours / spread[0])
    return TrainingTime(throughput, hours, low, high, gpus)
