"""How fast a plan trains, in words: its layout, the time of a step, and its MFU."""

from __future__ import annotations

import math

from constraints.algebra.units import format_count
from constraints.clock.fitted_layout import FittedLayout
from constraints.clock.pacing import GPUS as REFERENCE_GPUS
from constraints.hardware.throughput import Throughput
from constraints.layouts.training_memory import LEAST_MARGIN, MARGIN_SHARE
from constraints.resources.recipe_laws import law_batch
from optimizer.plans.plan import Plan
from scenarios.answers.answer import Answer
from scenarios.vocabulary.readers import AUTO

__all__ = ["layout_line", "pace_line", "step_line", "uneven_line"]


def pace_line(answer: Answer) -> str | None:
    """How fast the best plan trains beside a design of usual speed; None if all train alike."""
    used, fitted = answer.budget.throughput, answer.plans[0].layout
    if used is None or fitted is None or fitted.pace is None:
        return None
    mfu = used.mfu / float(fitted.pace)
    models = "Phi-3.5-MoE and dots.llm1" if answer.resolved.of_experts else "Llama 3's models"
    reference = f"{models} on {REFERENCE_GPUS} GPUs"
    run = answer.resolved.hardware.measured
    stands = f"{reference}, for which the budget's {used.mfu:.2f} stands"
    if used.assumed is None and run is not None:
        stands = f"your run, of {used.mfu:.2f}"
        if run.gpus is None:
            stands += ", if that was as fast as it could be on 64 GPUs (else say @gpus=64,tp=2)"
    faster = mfu / used.mfu - 1
    if used.assumed is not None and math.isclose(mfu, fitted.mfu, rel_tol=1e-6):
        return (
            f"MFU of plan 1: {mfu:.2f}, as in benchmarks by the clock, which give {models} less "
            f"than the budget's {used.mfu:.2f} ({used.assumed.note})."
        )
    return (
        f"MFU of plan 1: {mfu:.2f}. By the clock it is {abs(faster):.0%} "
        f"{'faster' if faster >= 0 else 'slower'}, in its fastest layout, than {stands}."
    )


ZERO3 = "zero3"
"""The sharding that is another choice beside the usual one."""
LEAST_STEP, MOST_STEP = 0.25, 2.0
"""Steps within these times what suits a budget need no remark [unitless]."""


def step_line(answer: Answer) -> str | None:
    """That steps are far larger or smaller than suits the budget; None if they are not."""
    best, scenario = answer.plans[0], answer.scenario
    fitted = best.layout
    if fitted is None or scenario.flops is not None:
        return None
    usual = law_batch(answer.budget.training_flops, experts=answer.resolved.of_experts)
    ratio = fitted.batch / usual
    if LEAST_STEP < ratio < MOST_STEP:
        return None
    by_laws = sorted(opinion.batch for opinion in best.recipe.opinions)
    said = (
        f"A step of {format_count(fitted.batch)} tokens is {ratio:.2g} times what suits this "
        f"budget by the law of batches ({format_count(usual, 2)}); laws of recipes give plan 1 "
        f"{format_count(by_laws[0], 2)} to {format_count(by_laws[-1], 2)}"
    )
    if scenario.batch != AUTO:
        return f"{said}."
    return (
        f"{said}. The cluster has too many GPUs for it, or a number that divides badly: "
        f"{fitted.layout.data:,} replicas need a micro-batch each."
    )


def uneven_line(answer: Answer) -> str | None:
    """That few layouts divide a cluster of no whole number of nodes; None if it is whole."""
    gpus, part = answer.scenario.gpus, answer.resolved.hardware.gpu
    domain = 1 if part is None else part.scaleup_domain_size or 1
    if answer.plans[0].layout is None or gpus is None or gpus < domain or gpus % domain == 0:
        return None
    whole = gpus // domain * domain
    return (
        f"{gpus:,} GPUs are no whole number of nodes of {domain}, so that few layouts divide them: "
        f"--gpus {whole} leaves {gpus - whole} idle and may well score higher."
    )


def layout_line(plan: Plan, margin: float | None, used: Throughput | None) -> str | None:
    """The layout in which the best plan is trained, and its memory; None without a layout.

    Args:
        plan: the best plan.
        used: what a part delivers, for which the budget was counted.
        margin: share of memory to leave free [unitless]; None for the usual margin.
    """
    if plan.layout is None:
        return None
    fitted, band = plan.layout, ""
    if margin is None:
        high = fitted.memory + max(LEAST_MARGIN, MARGIN_SHARE * fitted.memory)
        band = f" ({high / 1e9:.3g} GB with the usual max(6 GB, 12 %) on top)"
    part = None if used is None else used.accelerator.memory_bytes
    whole = "" if part is None else f" of {part / 1e9:.3g}"
    again = "" if fitted.layout.recomputation == "none" else ", a third more FLOP spent"
    others = "; ".join(
        f"{layout.filled(fitted.layers)} ({ratio - 1:+.1%})" for layout, ratio in fitted.others
    )
    return (
        f"Layout of plan 1: {fitted}{again}; {fitted.memory / 1e9:.3g}{whole} GB a GPU"
        f"{band}. "
        f"A step of {format_count(fitted.batch)} tokens (in this layout at least "
        f"{format_count(fitted.least_batch)}) takes {_step_time(fitted, used)}"
        f"{f'; next best in time: {others}' if others else ''}. All are of --sharding "
        f"{fitted.recipe}{'' if fitted.recipe == ZERO3 else f'; {ZERO3} may be faster'}."
    )


def _step_time(fitted: FittedLayout, used: Throughput | None) -> str:
    """The time of a step as it is planned with, and as benchmarks have it."""
    measured = f"{fitted.seconds:.3g} s in benchmarks, by the clock, at MFU {fitted.mfu:.2f}"
    if used is None:
        return measured
    seconds, mfu = fitted.planned(used)
    return f"{seconds:.3g} s at MFU {mfu:.2f} ({measured})"
