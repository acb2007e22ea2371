"""What an accelerator delivers to a training run: peak · MFU · goodput.

The MFU is given, or measured on a user's own run, or taken from the prior of the part's class
(`constraints.hardware.mfu`). Goodput is the share of the time in which the run makes progress.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property

from constraints.algebra.posynomial import Exact
from constraints.errors import InputError
from constraints.hardware.accelerators import Accelerator
from constraints.hardware.mfu import GOODPUT, UNSEEN, MfuPrior, Precision, mfu_prior
from constraints.models.architecture import Architecture
from constraints.models.counting import FlopCount, training_flops_per_token

__all__ = ["SECONDS_AN_HOUR", "Throughput", "throughput_of"]

SECONDS_AN_HOUR = 3600


@dataclass(frozen=True)
class Throughput:
    """What one accelerator delivers to a training run.

    Attributes:
        accelerator: the part.
        mfu: share of its bf16 peak that training reaches [unitless].
        goodput: share of the time in which the run makes progress [unitless].
        assumed: the prior behind the MFU; None if the MFU was given or measured.
        precision: number format of the GEMMs.
    """

    accelerator: Accelerator
    mfu: float
    goodput: float = GOODPUT
    assumed: MfuPrior | None = None
    precision: Precision = "bf16"

    def __post_init__(self) -> None:
        """Check that shares are in (0, 1] and that the best GEMM measured reaches the MFU."""
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
        """The throughput by given figures, or by defaults where they are missing.

        Args:
            accelerator: the part.
            mfu: share of its bf16 peak [unitless]; None to take the prior of the part's class.
            goodput: share of the time that makes progress [unitless]; None to take `GOODPUT`.
            precision: number format of the GEMMs, which the prior depends on.
            experts: whether the model is a mixture of experts, which the prior depends on, too.
        """
        prior = mfu_prior(accelerator, precision, experts=experts)
        share = GOODPUT if goodput is None else goodput
        reached, assumed = (prior.mfu, prior) if mfu is None else (mfu, None)
        return cls(accelerator, reached, share, assumed, precision)

    @cached_property
    def flops_per_gpu_hour(self) -> Fraction:
        """Model FLOPs that one accelerator delivers in an hour [FLOP/hour]."""
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
        """The throughput of a user's own run.

        Args:
            accelerator: the part.
            tokens_per_second: tokens that each part trains on [token/s].
            flops_per_token: training FLOPs of the run's model [FLOP/token].
            goodput: share of the time that makes progress [unitless]; None to take `GOODPUT`.
        """
        mfu = tokens_per_second * float(flops_per_token) / accelerator.peak_flops
        return cls(accelerator, mfu, GOODPUT if goodput is None else goodput)

    @property
    def spread(self) -> tuple[float, float] | None:
        """Least and greatest FLOPs that a run may get, over those assumed [unitless].

        They span all published runs, and what runs in no table may reach. None if the MFU was given
        or measured.
        """
        if self.assumed is None:
            return None
        share = self.mfu * self.goodput
        low, high = self.assumed.implied_low / share, self.assumed.implied_high / share
        return min(low, 1 / UNSEEN), max(high, UNSEEN)


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
    """What a part delivers: as measured on a model, or as given, or by the prior of its class.

    Args:
        accelerator: the part.
        mfu: share of its bf16 peak [unitless]; None if not given.
        goodput: share of the time that makes progress [unitless]; None to take `GOODPUT`.
        precision: number format of the GEMMs.
        measured: tokens that each part trains on in a user's own run [token/s], and the run's
            model; None if there is no such run.
        counting: length of training sequences [token], and convention of counting FLOPs.
        experts: whether the model to train is a mixture of experts.

    Raises:
        InputError: if both an MFU and a measured run are given, if the part lacks the precision,
            or if the measured rate means an MFU that cannot be.
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
        told = Throughput.measured(accelerator, rate, per_token.value(model.sizes), goodput)
        return replace(told, precision=precision)
    except InputError as error:
        rule = f"must mean an MFU that can be: {error.rule}"
        raise InputError("tokens_per_second_per_gpu", rule, error.value) from None


def _decimal(value: float) -> Fraction:
    """The decimal number that people mean by a float: 0.1 is exactly one tenth."""
    return Fraction(repr(float(value)))
