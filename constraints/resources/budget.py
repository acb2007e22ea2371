"""The compute budget: training FLOPs, from GPUs and days, GPU-hours, dollars or FLOPs themselves.

    FLOP = GPU-hours · 3600 · peak · MFU · goodput
    GPU-hours = GPUs · days · 24 = dollars / price

with the peak in FLOP/s, the price in dollars per GPU-hour, and goodput, the share of the time in
which the run makes progress.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from constraints.algebra.posynomial import Exact
from constraints.errors import InputError
from constraints.hardware.throughput import Throughput

__all__ = [
    "MOST_FLOPS",
    "Budget",
    "budget_from_cluster",
    "budget_from_cost",
    "budget_from_flops",
    "budget_from_gpu_hours",
]

HOURS_A_DAY = 24
MOST_FLOPS = 10**40
"""The largest budget [FLOP]: far beyond any computer; it keeps numbers within their types."""


@dataclass(frozen=True)
class Budget:
    """Training FLOPs, and what is known of the hardware that delivers them.

    Attributes:
        training_flops: the budget [FLOP].
        throughput: what one accelerator delivers; None if only FLOPs were given.
        gpus: number of accelerators [part]; None if not given.
        price: price of an accelerator [dollar/GPU-hour]; None if not given.
    """

    training_flops: Exact
    throughput: Throughput | None = None
    gpus: int | None = None
    price: Exact | None = None

    def __post_init__(self) -> None:
        """Check that everything given is positive and the budget is not too large."""
        for name in ("training_flops", "gpus", "price"):
            value = getattr(self, name)
            if value is not None and value <= 0:
                raise InputError(name, "must be > 0", float(value))
        if self.training_flops > MOST_FLOPS:
            raise InputError("the budget", "must be ≤ 1e40 FLOP")

    def gpu_hours(self, flops: Exact) -> float | None:
        """GPU-hours that training FLOPs take [GPU-hour]; None without an accelerator."""
        if self.throughput is None:
            return None
        return float(flops / self.throughput.flops_per_gpu_hour)

    def days(self, flops: Exact) -> float | None:
        """Days that training FLOPs take on the cluster [day]; None without a cluster."""
        hours = self.gpu_hours(flops)
        return None if hours is None or self.gpus is None else hours / self.gpus / HOURS_A_DAY

    def dollars(self, flops: Exact) -> float | None:
        """What training FLOPs cost [dollar]; None without a price."""
        hours = self.gpu_hours(flops)
        return None if hours is None or self.price is None else hours * float(self.price)


def budget_from_cluster(
    throughput: Throughput, gpus: int, days: Exact, price: Exact | None
) -> Budget:
    """The FLOPs that a cluster delivers in some days.

    Args:
        throughput: what one accelerator delivers.
        gpus: number of accelerators [part].
        days: wall-clock time [day].
        price: price of an accelerator, for reports [dollar/GPU-hour]; None if not given.

    Raises:
        InputError: if there is no accelerator or no time.
    """
    if gpus < 1:
        raise InputError("gpus", "must be ≥ 1", gpus)
    if days <= 0:
        raise InputError("days", "must be > 0", float(days))
    return _from_hours(throughput, gpus * days * HOURS_A_DAY, gpus, price)


def budget_from_gpu_hours(
    throughput: Throughput, hours: Exact, gpus: int | None, price: Exact | None
) -> Budget:
    """The FLOPs of some GPU-hours.

    Args:
        throughput: what one accelerator delivers.
        hours: the GPU-hours [GPU-hour].
        gpus: number of accelerators, for reports [part]; None if not given.
        price: price of an accelerator, for reports [dollar/GPU-hour]; None if not given.

    Raises:
        InputError: if the GPU-hours are not positive.
    """
    if hours <= 0:
        raise InputError("gpu_hours", "must be > 0", float(hours))
    return _from_hours(throughput, hours, gpus, price)


def budget_from_cost(
    throughput: Throughput, dollars: Exact, price: Exact, gpus: int | None
) -> Budget:
    """The FLOPs that some dollars buy.

    Args:
        throughput: what one accelerator delivers.
        dollars: the dollars to spend [dollar].
        price: price of an accelerator [dollar/GPU-hour].
        gpus: number of accelerators, for reports [part]; None if not given.

    Raises:
        InputError: if the dollars or the price are not positive.
    """
    for name, value in (("cost", dollars), ("price", price)):
        if value <= 0:
            raise InputError(name, "must be > 0", float(value))
    return _from_hours(throughput, Fraction(dollars) / Fraction(price), gpus, price)


def budget_from_flops(
    flops: Exact, throughput: Throughput | None, gpus: int | None, price: Exact | None
) -> Budget:
    """FLOPs as given; the hardware only lets reports show hours, days and dollars.

    Args:
        flops: the budget [FLOP].
        throughput: what one accelerator delivers; None if not given.
        gpus: number of accelerators [part]; None if not given.
        price: price of an accelerator [dollar/GPU-hour]; None if not given.

    Raises:
        InputError: if the FLOPs are not positive.
    """
    if flops <= 0:
        raise InputError("flops", "must be > 0", float(flops))
    return Budget(flops, throughput, gpus, price)


def _from_hours(
    throughput: Throughput, hours: Exact, gpus: int | None, price: Exact | None
) -> Budget:
    flops = throughput.flops_per_gpu_hour * hours
    return Budget(int(flops) if flops >= 1 else flops, throughput, gpus, price)
