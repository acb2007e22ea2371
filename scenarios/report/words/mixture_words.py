"""Mixtures of experts in words: how to read their figures, and what finer experts would cost."""

from __future__ import annotations

from optimizer.laws.evidence.accuracy import accuracy
from scenarios.answers.answer import Answer

__all__ = ["expert_speed_line", "experts_line"]


def experts_line(answer: Answer) -> str | None:
    """How to read the figures of mixtures, and what their law does not see.

    None if the plans are dense models, or there are none.
    """
    if not answer.plans or answer.plans[0].architecture.style.experts is None:
        return None
    said = (
        "8/256+1 is 8 of 256 experts and 1 shared, 3+58 layers are 3 dense ones (as wide as the "
        "active experts together) and 58 with experts. The law does not see how finely a width "
        "is cut into experts, though finer ones train better (Krajewski 2024, arXiv 2402.07871): "
        "so --prefer granularity is the default."
    )
    if answer.resolved.in_force.naive:
        error = accuracy(answer.resolved.residuals)
        if error is not None:
            said += (
                f" The law is of dense models and reads experts as one FFN: on {error.models} "
                f"published mixtures it is {error.mean_absolute:.1f} points off so "
                f"(bias {error.bias:+.1f})."
            )
    return said


def expert_speed_line(answer: Answer) -> str | None:
    """What finer or coarser experts would do to the speed of training; None if not known."""
    speeds = answer.width_speeds
    own = answer.preferred or (answer.plans[0] if answer.plans else None)
    if own is None or len(speeds) < 2:
        return None
    width = own.architecture.moe_intermediate_size
    now = next(speed for speed in speeds if speed.moe_intermediate_size == width)
    others = ", ".join(
        f"{speed.mfu:.2f} at {speed.moe_intermediate_size} "
        f"({speed.num_experts_per_tok}/{speed.num_experts}, {speed.mfu / now.mfu - 1:+.0%})"
        for speed in speeds
        if speed is not now
    )
    plan = "P" if answer.preferred is own and own != answer.plans[0] else "1"
    return (
        f"What the width of experts costs: by the clock plan {plan} trains at MFU {now.mfu:.2f}, "
        f"its experts {width} wide; with as many parameters and FLOP it would be {others}."
    )
