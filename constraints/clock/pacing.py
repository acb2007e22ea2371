"""A budget in time: what a design's own speed costs it, over the best speed that there is.

No design is faster than a part's matrix products alone (the ceiling). At the ceiling a FLOP takes
less of a budget in GPU time than it was counted for, by the headroom. A design that reaches less
pays for it, as one that recomputes activations does: with the ceiling's MFU over its own, in the
fastest layout that holds it. So time is one more cost of a layout, never below 1, and bounds,
search and proof stay as they are.

Published production runs set the level: a prior, or an MFU that is given, belongs to the reference,
which is what the clock gives a few published models, and other designs are as much faster or slower
as the clock says.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from functools import lru_cache

from constraints.clock.clock import Clock, shipped_clock
from constraints.clock.layout_choice import LayoutChoice
from constraints.errors import InputError
from constraints.hardware.accelerators import Accelerator, find_accelerator
from constraints.hardware.mfu import Precision, mfu_prior
from constraints.models.architecture import Architecture, Style
from constraints.models.experts import Experts

__all__ = ["GPUS", "ceiling_mfu", "headroom", "headroom_over_run", "reference_mfu"]

GPUS = 512
"""Cluster of the reference [part]: a sequence a part in steps of `REFERENCE_BATCH`."""
BORROWED_FROM = "h100-sxm"
"""The part whose runs stand for parts that have none published."""
CONTEXT = 8192
"""Context of the reference [token]."""
DENSE = (
    Architecture(32, 4096, 14336, 32, 8, 128, 128256),
    Architecture(80, 8192, 28672, 64, 8, 128, 128256),
    Architecture(126, 16384, 53248, 128, 8, 128, 128256),
)
"""Llama 3 8B, 70B and 405B (arXiv 2407.21783, table 3)."""
MIXTURES = (
    Architecture(
        32,
        4096,
        6400,
        32,
        8,
        128,
        32064,
        style=Style(experts=Experts()),
        num_experts=16,
        num_experts_per_tok=2,
        moe_intermediate_size=6400,
    ),
    Architecture(
        62,
        4096,
        10944,
        32,
        32,
        128,
        152064,
        style=Style(experts=Experts(shared_experts=Fraction(2), dense_layers=1)),
        num_experts=128,
        num_experts_per_tok=6,
        moe_intermediate_size=1408,
    ),
)
"""Phi-3.5-MoE and dots.llm1 by their configs: of the three runs behind the prior, those with usual
attention."""


def ceiling_mfu(part: Accelerator, precision: Precision, clock: Clock | None = None) -> float:
    """The MFU that no design exceeds by the clock [unitless]: that of matrix products alone.

    Args:
        part: the accelerator.
        precision: number format of the GEMMs.
        clock: the constants; None for those that ship.
    """
    clock = shipped_clock() if clock is None else clock
    fastest = min(clock.gemm, clock.gemm_fp8) if precision == "fp8" else clock.gemm
    return part.highest_known_mfu / fastest


@lru_cache(maxsize=64)
def reference_mfu(part: Accelerator, precision: Precision, *, experts: bool) -> float:
    """The clock's MFU of a few published models, their geometric mean [unitless].

    It is no less than the prior: production runs are not faster than benchmarks. The one run in FP8
    that is published, DeepSeek-V3's in kernels of its own, would make all mixtures so.

    Args:
        part: the accelerator.
        precision: number format of the GEMMs.
        experts: whether it is about mixtures of experts.
    """
    prior = mfu_prior(part, precision, experts=experts)
    if not prior.runs and precision != "fp8":
        part = find_accelerator(BORROWED_FROM)  # whose prior is borrowed, so is what it stands for
    found = list(_own(part, precision, MIXTURES if experts else DENSE))
    if not found:  # a part with little memory: as if it had enough
        return ceiling_mfu(part, precision) / 2
    return max(math.exp(sum(map(math.log, found)) / len(found)), prior.mfu)


def _own(
    part: Accelerator, precision: Precision, models: Sequence[Architecture]
) -> Sequence[float]:
    found = []
    choices: dict[Style, LayoutChoice] = {}
    for model in models:
        alike = model.style
        if alike not in choices:
            choices[alike] = LayoutChoice(GPUS, part, CONTEXT, alike, precision=precision)
        fitted = choices[alike].fit(model.sizes)
        if fitted is not None:
            found.append(fitted.mfu)
    return found


def headroom(part: Accelerator, precision: Precision, *, experts: bool) -> float:
    """How much faster than the reference a design could be at most [unitless].

    Args:
        part: the accelerator.
        precision: number format of the GEMMs.
        experts: whether it is about mixtures of experts.
    """
    return ceiling_mfu(part, precision) / reference_mfu(part, precision, experts=experts)


def headroom_over_run(choice: LayoutChoice, model: Architecture) -> float:
    """How much faster than a run of one's own a design could be at most [unitless].

    Args:
        choice: the layouts of the run's cluster, for models of its style.
        model: that was trained.

    Raises:
        InputError: if no layout holds the model.
    """
    fitted = choice.fit(model.sizes)
    if fitted is None:
        rule = "must be of a run in a layout that divides the model and has the memory"
        raise InputError("tokens_per_second_per_gpu", rule)
    return ceiling_mfu(choice.accelerator, choice.precision) / fitted.mfu
