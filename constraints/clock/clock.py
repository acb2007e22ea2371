"""The constants of the clock: how far parts and networks fall short of their figures.

They are fitted to measured steps (constraints/data/clock_runs.csv) by `make clock`, which writes
constraints/data/clock.json with the standard error of each in logarithms.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from functools import cache
from importlib.resources import files
from typing import Any

from constraints.errors import InputError

__all__ = ["Clock", "OwnClock", "clock_file", "shipped_clock"]


@dataclass(frozen=True)
class Clock:
    """Constants, each over what a part's figures promise, so that 1 is perfect unless said else.

    Attributes:
        gemm: time of matrix products, over that at the best rate measured on the part.
        gemm_fp8: the same in fp8, over the best rate in bf16.
        size: time that products lose at the edges of matrices: 1024 / width of it, for each width.
        weights: passes over 16-bit weights for each micro-batch (gradients are added up in fp32).
        attention: time of attention, over its causal FLOPs at the best GEMM's rate.
        attention_before: what kernels before FlashAttention-3 or cuDNN 9 add to it on Hopper, and
            FlashAttention-1 on Ampere.
        attention_eager: passes over the scores [10 byte] where attention is not fused.
        elements: passes over the 16-bit numbers between matrices.
        elements_eager: further passes where norms are not fused.
        layer_seconds: time that a layer takes whatever its size [s].
        layer_seconds_eager: what a layer takes more that is not compiled [s].
        tensor: time of tensor- and context-parallel traffic.
        pipeline: time of traffic between pipeline stages.
        replicas: time of reducing gradients and gathering weights once a step.
        sharded: time of gathering sharded weights for each micro-batch, as far as it is not hidden.
        sharded_copies: passes over gathered weights in memory.
        optimizer: passes over the optimizer's states.
        logits: passes over the logits.
        copies: passes over the copies of tokens that experts get.
        dispatch: time of sending tokens to experts and back.
    """

    gemm: float
    gemm_fp8: float
    size: float
    weights: float
    attention: float
    attention_before: float
    attention_eager: float
    elements: float
    elements_eager: float
    layer_seconds: float
    layer_seconds_eager: float
    tensor: float
    pipeline: float
    replicas: float
    sharded: float
    sharded_copies: float
    optimizer: float
    logits: float
    copies: float
    dispatch: float

    def __post_init__(self) -> None:
        """Check that no constant is negative."""
        for name, value in asdict(self).items():
            if not 0 <= value < float("inf"):
                raise InputError(name, "must be ≥ 0", value)

    def scaled(self, factor: float) -> Clock:
        """The clock of a run that takes so many times as long throughout."""
        return Clock(**{name: value * factor for name, value in asdict(self).items()})

    @staticmethod
    def names() -> tuple[str, ...]:
        """Names of all constants, in order."""
        return tuple(item.name for item in fields(Clock))


@dataclass(frozen=True)
class OwnClock:
    """The clock of one's own runs.

    Attributes:
        clock: the constants, at the level of the runs.
        level: log of their time over that of published benchmarks.
        error: root mean square error on the runs [ln].
        runs: number of them.
    """

    clock: Clock
    level: float
    error: float
    runs: int


@cache
def clock_file() -> Mapping[str, Any]:
    """The shipped constants with their errors, and how they fare on sources that are left out."""
    text = files("constraints").joinpath("data/clock.json").read_text("utf-8")
    found: Mapping[str, Any] = json.loads(text)
    return found


def shipped_clock() -> Clock:
    """The constants that ship."""
    return Clock(**clock_file()["constants"])
