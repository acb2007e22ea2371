"""What an accelerator delivers to a training run: peak × MFU × goodput.

The MFU is given, or measured on a run of one's own, or the prior of the part's class
(`constraints.hardware.mfu`).
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from constraints.algebra.posynomial import Exact
from constraints.errors import InputError
from constraints.hardware.accelerators import Accelerator
from constraints.hardware.mfu import GOODPUT, MfuPrior, Precision, mfu_prior
from constraints.models.architecture import Architecture
from constraints.models.counting import FlopCount, training_flops_per_token

__all__ = ["SECONDS_AN_HOUR", "Throughput", "throughput_of"]

SECONDS_AN_HOUR = 3600


@dataclass(frozen=True)
class Throughput:
    """What one accelerator delivers to a training run.

    mfu, goodput [unitless]: share of peak while training, share of time that trains.
    assumed: the prior behind the MFU if it was not given, else None.
    """

    accelerator: Accelerator
    mfu: float
    goodput: float = GOODPUT
    assumed: MfuPrior | None = None

    def __post_init__(self) -> None:
        """Shares in (0, 1], and no MFU that the best GEMM on the part does not reach."""
        for name in ("mfu", "goodput"):
            if not 0 < getattr(self, name) <= 1:
                raise InputError(name, "must be > 0 and ≤ 1", getattr(self, name))
        if self.mfu > self.accelerator.highest_mfu:
            best = f"{self.accelerator.highest_mfu:.2f}"
            rule = f"must be ≤ {best}, the best GEMM measured on {self.accelerator.name}"
            raise InputError("mfu", rule, self.mfu)

    @classmethod
    def of(
        cls,
        accelerator: Accelerator,
        mfu: float | None = None,
        goodput: float | None = None,
        precision: Precision = "bf16",
        *,
        experts: bool = False,
    ) -> Throughput:
        """Given figures, or the prior of the accelerator's class in their place.

        experts: whether a mixture of experts is trained.
        """
        prior = mfu_prior(accelerator, precision, experts=experts)
        share = GOODPUT if goodput is None else goodput
        return cls(accelerator, prior.mfu if mfu is None else mfu, share, None if mfu else prior)

    @property
    def flops_per_gpu_hour(self) -> Fraction:
        """Model FLOPs that one GPU delivers in an hour [FLOP/hour]."""
        share = _decimal(self.mfu) * _decimal(self.goodput)
        return _decimal(self.accelerator.peak_flops) * share * SECONDS_AN_HOUR

    @classmethod
    def measured(
        cls,
        accelerator: Accelerator,
        tokens_per_second: float,
        flops_per_token: Exact,
        goodput: float | None = None,
    ) -> Throughput:
        """From a run of one's own: tokens a second and part [token/s], FLOPs of its model."""
        mfu = tokens_per_second * float(flops_per_token) / accelerator.peak_flops
        return cls(accelerator, mfu, GOODPUT if goodput is None else goodput)

    @property
    def spread(self) -> tuple[float, float] | None:
        """Published runs' FLOPs as multiples of those assumed; None if the MFU was given."""
        if self.assumed is None:
            return None
        share = self.mfu * self.goodput
        return self.assumed.implied_low / share, self.assumed.implied_high / share


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


def _decimal(value: float) -> Fraction:
    """The number that people mean by a float: 0.1 is one tenth."""
    return Fraction(repr(float(value)))
