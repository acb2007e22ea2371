"""How long a run takes: GPU-hours and days with the spread of published runs."""

from __future__ import annotations

from dataclasses import dataclass

from constraints.hardware.accelerators import Accelerator
from constraints.models.architecture import Architecture
from constraints.resources.budget import HOURS_A_DAY, Throughput
from constraints.models.counting import FlopCount, training_flops_per_token
from constraints.errors import InputError
from constraints.hardware.mfu import Precision

__all__ = ["TrainingTime", "throughput_of", "training_time"]


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


def throughput_of(
    accelerator: Accelerator,
    mfu: float | None,
    goodput: float | None,
    precision: Precision,
    measured: tuple[float, Architecture] | None,
    counting: tuple[int, FlopCount],
    *,
    experts: bool = False,
) -> Throughput:
    """What a part delivers: as measured on a model, as given, or by the prior of its class.

    measured: tokens a second and part [token/s] and the model. counting: seq_len and flop_count.
    experts: whether the model to train is a mixture of them.
    Raises InputError if both an MFU and a measured run are given.
    """
    if precision == "fp8" and accelerator.fp8_dense_tflops is None:
        raise InputError("precision", f"must be one that {accelerator.name} has", precision)
    if measured is None:
        return Throughput.of(accelerator, mfu, goodput, precision, experts=experts)
    if mfu is not None:
        raise InputError("mfu", "must not be given with a measured rate", mfu)
    rate, model = measured
    per_token = training_flops_per_token(model.style, *counting)
    try:
        return Throughput.measured(accelerator, rate, per_token.value(model.sizes), goodput)
    except InputError as error:
        rule = f"must mean an MFU that can be: {error.rule}"
        raise InputError("tokens_per_second_per_gpu", rule, error.value) from None


def training_time(flops: float, throughput: Throughput, gpus: int | None) -> TrainingTime:
    """The time that training FLOPs take [FLOP]."""
    hours = flops / float(throughput.flops_per_gpu_hour)
    spread = throughput.spread
    low, high = (None, None) if spread is None else (hours / spread[1], hours / spread[0])
    return TrainingTime(throughput, hours, low, high, gpus)
