"""Whether designs train at their own speed, by the clock, or all at one MFU.

They do wherever the clock can time them and nothing says otherwise: a cluster and a time are given,
and no MFU.
"""

from __future__ import annotations

from constraints.errors import InputError
from constraints.hardware.accelerators import Accelerator
from scenarios.questions.scenario import Kind, Scenario

__all__ = ["check_clock", "is_timed", "looks_at_layouts"]


def is_timed(scenario: Scenario, kind: Kind, part: Accelerator | None) -> bool:
    """Whether the designs of a scenario train at their own speed.

    Args:
        scenario: the scenario.
        kind: dense models or mixtures of experts.
        part: the accelerator that trains; None if none is given.
    """
    if scenario.clock is not None:
        return scenario.clock
    mfus = (scenario.mfu, scenario.moe_mfu if kind == "experts" or scenario.moe else None)
    said = mfus != (None, None) or scenario.flops is not None or scenario.lifetime_tokens
    known = part is not None and part.memory_bytes is not None and scenario.gpus is not None
    return known and scenario.flop_count == "causal" and not said


def looks_at_layouts(scenario: Scenario, kind: Kind, part: Accelerator | None) -> bool:
    """Whether only models count that the cluster's memory holds.

    Args:
        scenario: the scenario.
        kind: dense models or mixtures of experts.
        part: the accelerator that trains; None if none is given.
    """
    return scenario.layout is not None or is_timed(scenario, kind, part)


def check_clock(scenario: Scenario) -> None:
    """Check that designs can be timed one by one, where the scenario asks for that.

    Raises:
        InputError: if the scenario has no cluster or no time, or asks for what the clock does not
            time.
    """
    if not scenario.clock:
        return
    for needed in ("gpu", "gpus"):
        if getattr(scenario, needed) is None:
            raise InputError(needed, "must be given with {clock}: it is missing")
    if scenario.flops is not None:
        raise InputError(
            "flops", "must not be given with {clock}: give GPUs and days", scenario.flops
        )
    if scenario.lifetime_tokens:
        raise InputError("lifetime_tokens", "must not be given with {clock}")
    if scenario.flop_count != "causal":
        raise InputError("flop_count", "must be causal with {clock}", scenario.flop_count)
